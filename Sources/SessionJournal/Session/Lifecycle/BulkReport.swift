/// What became of an act on many sessions.
public struct BulkReport: Sendable, Hashable {
    /// What became of it in one session.
    public enum Outcome: Sendable, Hashable {
        /// It was done, by the event of that sequence number; nil where nothing is written.
        case done(sequence: UInt64?)
        /// There was nothing to do.
        case unchanged
        /// It does not go, and why.
        case refused(String)
    }

    /// A session and what became of it.
    public struct Entry: Sendable, Hashable {
        /// The session.
        public let session: SessionID
        /// What became of it.
        public let outcome: Outcome
    }

    /// Whether nothing was written.
    public let isDryRun: Bool

    /// The sessions, in the order in which they were given.
    public internal(set) var entries: [Entry] = []

    /// Whether it went, or would go, in every session.
    public var isWhole: Bool {
        entries.allSatisfy { if case .refused = $0.outcome { false } else { true } }
    }

    /// One JSON value a session: `session`, `outcome` (`done`, `unchanged`, `refused`), and where
    /// they say something `seq`, `error`.
    public var json: [JSONValue] {
        entries.map { entry in
            var object: JSONObject = ["session": .string(entry.session.hexadecimal)]
            switch entry.outcome {
            case .done(let sequence):
                object["outcome"] = "done"
                object["seq"] = sequence.map { JSONValue($0) }
            case .unchanged: object["outcome"] = "unchanged"
            case .refused(let error):
                object["outcome"] = "refused"
                object["error"] = .string(error)
            }
            return .object(object)
        }
    }
}

extension JournalWriter {
    /// Does something to many sessions, one after the other, each by an event of its own. Where it
    /// does not go in one, the others are done all the same.
    ///
    /// Cost: reads each session.
    ///
    /// - Parameters:
    ///   - act: What to do.
    ///   - sessions: In which sessions.
    ///   - isDryRun: Whether to say only what would be done.
    ///   - reason: Why.
    /// - Throws: what is about the journal and not about a session: damage, a disk that fails.
    public func performAll(
        _ act: SessionAct, on sessions: [SessionID], isDryRun: Bool = false, reason: String? = nil
    ) async throws -> BulkReport {
        var report = BulkReport(isDryRun: isDryRun)
        for session in sessions {
            let outcome: BulkReport.Outcome
            do {
                if isDryRun {
                    let (_, drafts) = try await plan(act, in: session, reason: reason)
                    outcome = drafts.isEmpty ? .unchanged : .done(sequence: nil)
                } else {
                    let receipt = try await perform(act, in: session, reason: reason)
                    outcome = receipt.map { .done(sequence: $0.sequence) } ?? .unchanged
                }
            } catch let error as JournalError where Self.isAboutSession(error) {
                outcome = .refused(error.message)
            }
            report.entries.append(BulkReport.Entry(session: session, outcome: outcome))
        }
        return report
    }

    /// Does something to every session that a question says yes to.
    ///
    /// Cost: reads the journal once, and then each session that is meant.
    public func performAll(
        _ act: SessionAct, where isMeant: (SessionSummary) throws -> Bool, isDryRun: Bool = false,
        reason: String? = nil
    ) async throws -> BulkReport {
        let sessions = try await journal.sessions().filter(isMeant).map(\.session)
        return try await performAll(act, on: sessions, isDryRun: isDryRun, reason: reason)
    }

    /// Does something to every session that matches a query, as it stands when this begins.
    ///
    /// Cost: reads the journal once, and then each session that is meant.
    ///
    /// - Parameters:
    ///   - act: What to do.
    ///   - query: In which sessions; an empty one means all.
    ///   - isDryRun: Whether to say only what would be done.
    ///   - reason: Why.
    public func performAll(
        _ act: SessionAct, matching query: SessionQuery, isDryRun: Bool = false,
        reason: String? = nil
    ) async throws -> BulkReport {
        let sessions = try await journal.sessions(matching: query, order: .began).sessions
        return try await performAll(
            act, on: sessions.map(\.session), isDryRun: isDryRun, reason: reason)
    }

    private static func isAboutSession(_ error: JournalError) -> Bool {
        [.conflict, .invalidMetadata, .sessionNotFound, .invalidArgument].contains(error.code)
    }
}
