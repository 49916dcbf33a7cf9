extension Journal {
    /// The fields that metadata has: the built-in ones and those that were declared.
    ///
    /// Cost: what is new in the journal's own session is read.
    ///
    /// - Parameter point: When; a declaration counts from its event on, in every session.
    ///   ``PointInTime/back(_:)`` and ``PointInTime/label(_:)`` are about a session and mean now here.
    public func schema(at point: PointInTime = .now) async throws -> MetadataSchema {
        let declarations = try await declarations.all(in: self)
        return MetadataSchema(
            declared: declarations.filter { $0.holds(at: point) }.map(\.content))
    }

    /// The fields at the point that a state was folded at.
    func schema(of state: SessionState, at point: PointInTime) async throws -> MetadataSchema {
        if case .back(let count) = point, count > 0 {
            return try await schema(at: .sequence(state.lastSequence))
        }
        return try await schema(at: point)
    }
}

extension JournalWriter {
    /// Declares a field of metadata: its type, default, scope and constraints. An event in the
    /// journal's own session. Declared again, a field takes its new form; its scope stays.
    ///
    /// What sessions hold already is not changed: values that do not fit are told by
    /// ``SessionState/invalidFields``.
    ///
    /// - Returns: The receipt; nil where the field is declared exactly so.
    /// - Throws: ``JournalError/Code/invalidArgument``, which names all that is wrong with the
    ///   declaration.
    @discardableResult
    public func declareField(
        _ field: MetadataField, reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        for _ in 0..<Self.attemptLimit {
            let version = try await journal.store.head(of: .journal)?.version ?? 0
            let known = try await journal.schema()[field.name]
            if let known, known.declaration == field.declaration { return nil }
            var problems = field.problemsOfDeclaration
            if let known, known.scope != field.scope, MetadataField.builtIn(field.name) == nil {
                problems.append("its values belong to the \(known.scope.rawValue) already")
            }
            guard problems.isEmpty else {
                throw JournalError(
                    .invalidArgument,
                    "the field “\(field.name)” cannot be declared: "
                        + problems.joined(separator: "; "))
            }
            let draft = EventDraft(
                .fieldDeclared, branch: nil, data: EventData(field.declaration), reason: reason)
            do {
                return try await append(
                    draft, to: .journal, if: .version(version), durability: durability)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody may have declared the same field.
            }
        }
        throw JournalError.contention(.journal, attempts: Self.attemptLimit)
    }
}
