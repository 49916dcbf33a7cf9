internal import SegmentLog
internal import Synchronization

/// Which sessions were created with which keys, in segments that have no tables yet: kept until they
/// are sealed.
final class FileIndex: Sendable {
    private struct State {
        /// Keys of the sessions created in unsealed segments, with those events.
        var keys: [String: (session: SessionID, sequence: UInt64)] = [:]

        /// The last event that was looked at for them.
        var covered: UInt64 = 0

        /// The first event of those segments when the keys of others were last given back.
        var start: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The session created with a key.
    ///
    /// Cost: a few pages of the tables, and the first event of each session created in an unsealed
    /// segment since the last call.
    func session(forKey key: String, in view: LogView) throws(JournalError) -> SessionID? {
        if let known = try unsealedSession(forKey: key, in: view) { return known }
        let owners = try JournalError.wrap { () throws(LogError) in
            try view.sealedOwners(ofName: LineSemantics.term(key: key))
        }
        for owner in owners {
            let session = SessionID(owner)
            guard let event = try creation(of: session, in: view) else {
                throw Self.lost(key)
            }
            if try AdoptedLines.key(of: event) == key { return session }
        }
        // Without the line, and without a table that names it, nobody can say that it was not it.
        let holes = try JournalError.wrap { () throws(LogError) in try view.holesThatMayHide() }
        guard holes.isEmpty else { throw Self.lost(key) }
        return nil
    }

    private static func lost(_ key: String) -> JournalError {
        JournalError(
            .damaged,
            "the event that created a session is damaged, and that session may be the one with "
                + "the key \"\(key)\"; run 'sjournal verify', or name the session by its id")
    }

    private func unsealedSession(
        forKey key: String, in view: LogView
    ) throws(JournalError) -> SessionID? {
        let start = view.firstUnsealedSequence
        let covered = state.withLock { max($0.covered, start - 1) }
        var found: [String: (session: SessionID, sequence: UInt64)] = [:]
        if covered < view.lastSequence {
            try JournalError.wrap { () throws(LogError) in
                try view.scanFirstLines(after: covered) { line in
                    guard let event = try? Event(line: [UInt8](copying: line)),
                        let key = (try? AdoptedLines.key(of: event)) ?? nil
                    else { return }
                    found[key] = (event.session, event.sequence)
                }
            }
        }
        return state.withLock { state in
            state.keys.merge(found) { known, _ in known }
            if state.start < start {
                state.keys = state.keys.filter { $0.value.sequence >= start }
                state.start = start
            }
            state.covered = max(state.covered, view.lastSequence)
            guard let known = state.keys[key], known.sequence <= view.lastSequence else {
                return nil
            }
            return known.session
        }
    }

    /// The first event of a session; nil where damage has taken it.
    private func creation(
        of session: SessionID, in view: LogView
    ) throws(JournalError) -> Event? {
        var first: Event?
        try JournalError.wrap { () throws(LogError) in
            try view.scan(stream: session.streamKey, in: 1...(.max), onHole: { _ in }) { _, line in
                first = try? Event(line: [UInt8](copying: line))
                return false
            }
        }
        guard let first, first.version == 1 else { return nil }
        return first
    }
}
