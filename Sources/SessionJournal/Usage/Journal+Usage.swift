extension Journal {
    /// What sessions took: tokens, answers, turns, tools, errors.
    ///
    /// ```swift
    /// let sessions = try await journal.usage()
    /// let report = UsageReport(of: sessions, by: [.model, .day])
    /// for row in report.rows { print(row.group, row.counts.tokens.total, row.cost.amount()) }
    /// ```
    ///
    /// Cost: reads each session once; memory for one session at a time, and some hundred bytes for
    /// each model, day and actor of a session.
    ///
    /// - Parameters:
    ///   - session: One session; nil for all, without `@journal`.
    ///   - point: Up to which event, looked for in every session by itself.
    ///   - damage: What to do where events are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/damaged``.
    public func usage(
        of session: SessionID? = nil, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> [SessionUsage] {
        let sessions: [SessionID] =
            if let session { [session] } else { try await sessionHeads().map(\.session) }
        var usages: [SessionUsage] = []
        for session in sessions {
            var usage = try await fold(
                UsageProjection(), over: session, at: point, damage: damage)
            guard usage.session != nil else { continue }
            usage.finish()
            usages.append(usage)
        }
        return usages
    }
}

extension SessionUsage {
    /// Gives back what only further events would need.
    mutating func finish() {
        said = [:]
        calls = [:]
        sidechains = []
    }
}
