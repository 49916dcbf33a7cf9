extension Journal {
    /// The session that a text means: its 32 digits, its caller's key, the first digits of it (at
    /// least ``JournalLimits/prefixDigits``, as long as one session alone begins so), or
    /// `@journal`. A key wins over a prefix.
    ///
    /// - Throws: ``JournalError/Code/sessionNotFound``, or ``JournalError/Code/sessionAmbiguous``,
    ///   which lists sessions that begin so.
    public func resolve(_ text: String) async throws -> SessionID {
        if text == SessionID.journalName { return .journal }
        if let session = SessionID(text), try await store.head(of: session) != nil {
            return session
        }
        if let session = try await store.session(forKey: text) { return session }
        guard let range = SessionID.range(prefix: text) else {
            throw JournalError.sessionNotFound(text)
        }
        let candidates = try await store.heads(
            from: range.lowerBound, limit: Self.candidateLimit + 1
        ).map(\.session).filter { range.contains($0) && $0 != .journal }
        guard let first = candidates.first else { throw JournalError.sessionNotFound(text) }
        guard candidates.count == 1 else {
            throw JournalError.sessionAmbiguous(text, candidates: candidates)
        }
        return first
    }

    /// The session that was created with a caller's key; nil when none was.
    public func session(forKey key: String) async throws -> SessionID? {
        try await store.session(forKey: key)
    }

    /// Where the sessions stand, without `@journal`, by id, which is by time of creation here.
    /// Cost: an entry a session; no event is read.
    public func sessionHeads() async throws -> [SessionHead] {
        var heads: [SessionHead] = []
        var first = SessionID(high: 0, low: 1)
        while true {
            let page = try await store.heads(from: first, limit: Self.headPageCount)
            heads += page
            guard page.count == Self.headPageCount, let next = page.last?.session.successor else {
                return heads
            }
            first = next
        }
    }

    /// How many candidates for a prefix an error names at most.
    static let candidateLimit = 8

    /// How many heads are asked for at once.
    static let headPageCount = 4_096
}

extension SessionID {
    /// The ids that begin with a text of hexadecimal digits; nil for any other text, and for one
    /// shorter than ``JournalLimits/prefixDigits``.
    static func range(prefix: String) -> ClosedRange<SessionID>? {
        let digits = prefix.utf8.count
        guard (JournalLimits.prefixDigits...32).contains(digits),
            let lower = SessionID(prefix + String(repeating: "0", count: 32 - digits)),
            let upper = SessionID(prefix + String(repeating: "f", count: 32 - digits))
        else { return nil }
        return lower...upper
    }

    /// The next id in order; nil after the last.
    var successor: SessionID? {
        let (low, carries) = low.addingReportingOverflow(1)
        guard carries else { return SessionID(high: high, low: low) }
        let (high, overflows) = high.addingReportingOverflow(1)
        return overflows ? nil : SessionID(high: high, low: 0)
    }
}
