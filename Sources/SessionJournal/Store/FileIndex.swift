internal import SegmentLog
internal import Synchronization

/// What was looked up in the tables of the segments, kept until they grow.
final class FileIndex: Sendable {
    private struct State {
        /// The heads of the sessions in order of their ids, as of a sequence number.
        var heads: [SessionHead] = []
        var headsSequence: UInt64 = 0

        /// The keys of the sessions created up to a sequence number.
        var keys: [String: SessionID] = [:]
        var keysSequence: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Where every session stands. Cost: the tables of all segments where the log has grown since
    /// the last call.
    func heads(in view: LogView) throws(JournalError) -> [SessionHead] {
        let known = state.withLock { state in
            state.headsSequence == view.lastSequence ? state.heads : nil
        }
        if let known { return known }
        let extents = try JournalError.wrap { () throws(LogError) in try view.streams() }
        let heads = extents.map { extent in
            SessionHead(
                session: SessionID(extent.key), version: extent.lastVersion,
                firstSequence: extent.firstSequence, lastSequence: extent.lastSequence,
                count: UInt64(extent.eventCount))
        }.sorted { $0.session < $1.session }
        state.withLock { state in
            guard view.lastSequence >= state.headsSequence else { return }
            state.heads = heads
            state.headsSequence = view.lastSequence
        }
        return heads
    }

    /// The session created with a key. Cost: the first event of each session that is new since the
    /// last call.
    func session(forKey key: String, in view: LogView) throws(JournalError) -> SessionID? {
        let (known, covered) = state.withLock { state in
            (state.keys[key], state.keysSequence)
        }
        if let known { return known }
        guard covered < view.lastSequence else { return nil }
        var keys: [String: SessionID] = [:]
        var lost: [UInt64] = []
        for head in try heads(in: view) where head.firstSequence > covered {
            guard let event = try creation(of: head, in: view) else {
                if head.session != .journal { lost.append(head.firstSequence) }
                continue
            }
            if let key = (try? AdoptedLines.key(of: event)) ?? nil { keys[key] = head.session }
        }
        let found = state.withLock { state in
            state.keys.merge(keys) { known, _ in known }
            // What is lost is asked for again, so that each look-up is answered alike.
            if lost.isEmpty {
                state.keysSequence = max(state.keysSequence, view.lastSequence)
            }
            return state.keys[key]
        }
        if found == nil, let last = lost.max() {
            try refuseUnlessAbsent(key, lostThrough: last, in: view)
        }
        return found
    }

    /// Where damage has taken the first event of a session, only a filter can still prove that its
    /// key was another one. Without that proof a second session of the same key could be made.
    private func refuseUnlessAbsent(
        _ key: String, lostThrough last: UInt64, in view: LogView
    ) throws(JournalError) {
        let mayBeThere = try JournalError.wrap { () throws(LogError) in
            try view.sealedSegmentsMayContain(LineSemantics.term(key: key))
        }
        guard mayBeThere || last >= view.firstUnsealedSequence else { return }
        throw JournalError(
            .damaged,
            "the event that created a session is damaged, and that session may be the one with "
                + "the key \"\(key)\"; run 'sjournal verify', or name the session by its id")
    }

    /// The first event of a session; nil where damage has taken it.
    private func creation(
        of head: SessionHead, in view: LogView
    ) throws(JournalError) -> Event? {
        guard head.session != .journal else { return nil }
        do throws(JournalError) {
            let line = try JournalError.wrap { () throws(LogError) in
                try view.line(at: head.firstSequence)
            }
            return try line.map { line throws(JournalError) in try Event(line: line) }
        } catch {
            guard error.code == .damaged || error.code == .invalidEvent else { throw error }
            return nil
        }
    }
}
