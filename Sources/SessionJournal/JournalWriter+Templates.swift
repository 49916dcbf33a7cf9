extension Journal {
    /// The templates that there are, every version of each: those that ship, and those that were
    /// declared, in that order.
    ///
    /// Cost: what is new in the journal's own session is read.
    ///
    /// - Parameter point: When; points that are about a session mean now.
    public func templates(at point: PointInTime = .now) async throws -> [SessionTemplate] {
        var templates = SessionTemplate.builtIn
        for declaration in try await templateDeclarations.all(in: self)
        where declaration.holds(at: point) {
            let isKnown = templates.contains { $0.reference == declaration.content.reference }
            // A version does not change, whoever says so.
            if !isKnown { templates.append(declaration.content) }
        }
        return templates
    }

    /// A template by its name, the newest version, or by name and version: `tea@2`.
    ///
    /// - Parameters:
    ///   - name: Which one.
    ///   - point: When; points that are about a session mean now.
    /// - Throws: ``JournalError/Code/templateNotFound``, which names those that there are.
    public func template(
        _ name: String, at point: PointInTime = .now
    ) async throws -> SessionTemplate {
        let all = try await templates(at: point)
        let newest = all.filter { $0.name == name }.max { $0.version ?? 0 < $1.version ?? 0 }
        if let found = newest ?? all.first(where: { $0.reference == name }) { return found }
        throw JournalError(
            .templateNotFound,
            "there is no template “\(name)”; there are "
                + all.map(\.reference).joined(separator: ", "))
    }
}

extension JournalWriter {
    /// Declares a template, or the next version of one. An event in the journal's own session;
    /// sessions that were made from an earlier version stay as they are.
    ///
    /// - Parameters:
    ///   - template: The template. Without a version it takes the next.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The template with its version, and the receipt; no receipt where it is declared
    ///   exactly so.
    /// - Throws: ``JournalError/Code/conflict`` where it names a version that is not the next and
    ///   says something else than that one.
    @discardableResult
    public func declareTemplate(
        _ template: SessionTemplate, reason: String? = nil, durability: Durability = .durable
    ) async throws -> (template: SessionTemplate, receipt: AppendReceipt?) {
        for _ in 0..<Self.attemptLimit {
            let journalVersion = try await journal.store.head(of: .journal)?.version ?? 0
            let known = try await journal.templates().filter { $0.name == template.name }
            let newest = known.max { $0.version ?? 0 < $1.version ?? 0 }
            let next = (newest?.version ?? 0) + 1
            let same = template.version.map { version in known.first { $0.version == version } }
            if let before = same ?? newest {
                var given = template
                given.version = before.version
                if given == before { return (before, nil) }
            }
            var new = template
            new.version = template.version ?? next
            guard new.version == next else {
                throw JournalError(
                    .conflict,
                    "the template “\(new.reference)” cannot be declared: a version does not change, "
                        + "and the next one of “\(new.name)” is \(next)")
            }
            let draft = EventDraft(
                .templateDeclared, branch: nil, data: EventData(new.json), reason: reason)
            do {
                let receipt = try await append(
                    draft, to: .journal, if: .version(journalVersion), durability: durability)
                return (new, receipt)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody may have declared the same.
            }
        }
        throw JournalError.contention(.journal, attempts: Self.attemptLimit)
    }

    /// Creates a session from a template: its metadata, limits and first message, by one commit. The
    /// session names the template, its version and the parameters.
    ///
    /// - Parameters:
    ///   - template: The template, by name or by name and version: `tea@2`.
    ///   - parameters: What fills its places.
    ///   - key: The caller's own name for the session, unique in the journal.
    ///   - metadata: Fields that have other values than the template gives them.
    ///   - limits: Other limits than the template gives it.
    ///   - durability: What the answer promises.
    /// - Returns: The session's id.
    /// - Throws: ``JournalError/Code/templateNotFound``; ``JournalError/Code/invalidArgument``, which
    ///   names every parameter that is unknown, missing or wrong;
    ///   ``JournalError/Code/invalidMetadata``, which names every field that is wrong;
    ///   ``JournalError/Code/sessionExists``.
    public func createSession(
        template: String, parameters: JSONObject = [:], key: String? = nil,
        metadata: JSONObject = [:], limits: SessionLimits? = nil,
        durability: Durability = .durable
    ) async throws -> SessionID {
        let filling = try await journal.template(template).filled(with: parameters)
        var fields = filling.metadata
        for member in metadata { fields[member.name] = member.value }
        let schema = try await journal.schema()
        let problems = schema.problems(ofNew: fields)
        guard problems.isEmpty else { throw JournalError.invalidMetadata(problems) }
        let session = journal.newSessionID()
        var drafts = [
            sessionCreation(
                key: key, metadata: fields, schema: schema, limits: limits ?? filling.limits,
                template: filling.use)
        ]
        if let prompt = filling.systemPrompt, !prompt.isEmpty {
            drafts.append(
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": .string(journal.newMessageID()), "parent": .null,
                        "role": .string(Role.system.rawValue),
                        "parts": [["type": "text", "text": .string(prompt)]],
                    ], cause: .inBatch(0)))
        }
        try await append(drafts, to: session, if: .version(0), durability: durability)
        return session
    }
}
