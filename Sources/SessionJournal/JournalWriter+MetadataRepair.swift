extension JournalWriter {
    /// Mends metadata that the schema does not take: a value that is only spelled wrongly is spelled
    /// right (`"true"`, `1` for a boolean; `"12"`, `12.0` for an integer), any other gives way to
    /// the one that a session begins with. Each is a `session.metadata_changed` event that names the
    /// field and what was wrong; the value before stays in the history.
    ///
    /// Run again it finds nothing to do.
    ///
    /// Cost: reads the session, or the journal, from its start.
    ///
    /// - Parameters:
    ///   - session: The session; nil for all.
    ///   - isDryRun: Whether to say only what would be done.
    ///   - reason: Why; nil for the words that something was invalid.
    public func repairMetadata(
        of session: SessionID? = nil, isDryRun: Bool = false, reason: String? = nil
    ) async throws -> MetadataRepairReport {
        var report = MetadataRepairReport(isDryRun: isDryRun)
        if let session {
            try await repair(session, isDryRun, reason, &report)
            return report
        }
        let schema = try await journal.schema()
        let states = try await journal.fold(SessionListProjection())
        for state in states.values.sorted(by: { $0.firstSequence < $1.firstSequence }) {
            var state = state
            state.schema = schema
            guard let session = state.session, !state.invalidFields.isEmpty else { continue }
            try await repair(session, isDryRun, reason, &report)
        }
        return report
    }

    private func repair(
        _ session: SessionID, _ isDryRun: Bool, _ reason: String?,
        _ report: inout MetadataRepairReport
    ) async throws {
        for _ in 0..<Self.attemptLimit {
            let state = try await journal.readState(of: session)
            var mends: [MetadataRepairReport.Mend] = []
            var left: [MetadataProblem] = []
            for problem in state.invalidFields {
                if let value = state.schema[problem.field]?.mended(problem.value) {
                    mends.append(.init(problem: problem, value: value))
                } else {
                    left.append(problem)
                }
            }
            guard !mends.isEmpty || !left.isEmpty else { return }
            var entry = MetadataRepairReport.Session(
                session: session, key: state.key, mends: mends, left: left)
            do {
                if !isDryRun, !mends.isEmpty {
                    entry.sequences = try await append(
                        Self.drafts(mends, schema: state.schema, reason: reason), to: session,
                        if: .version(state.version)
                    ).map(\.sequence)
                }
                report.sessions.append(entry)
                return
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between, and may have mended it.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// One event for each branch that has something to mend.
    private static func drafts(
        _ mends: [MetadataRepairReport.Mend], schema: MetadataSchema, reason: String?
    ) -> [EventDraft] {
        var branches: [String] = []
        for mend in mends where !branches.contains(mend.problem.branch) {
            branches.append(mend.problem.branch)
        }
        return branches.map { branch in
            var set: JSONObject = [:]
            var repaired: JSONObject = [:]
            for mend in mends where mend.problem.branch == branch {
                let name = mend.problem.field
                repaired.append(name, .string(mend.problem.problem))
                // Derived fields take their value from the change itself.
                if schema[name]?.isDerived == false { set.append(name, mend.value) }
            }
            var data: JSONObject = [
                "schema": .integer(MetadataField.schemaVersion), "set": .object(set),
            ]
            let branchNames = schema.branchNames(among: set.names)
            if !branchNames.isEmpty {
                data.append("branch_fields", .array(branchNames.map { .string($0) }))
            }
            data.append("repaired", .object(repaired))
            var draft = EventDraft(.sessionMetadataChanged, data: EventData(data))
            draft.branch = branch
            draft.reason = reason ?? "repair of values that the schema does not take"
            return draft
        }
    }
}
