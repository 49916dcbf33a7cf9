/// What the sequencer has to know of the events before this opening, and does not know yet.
package enum HistoryQuestion: Hashable, Sendable {
    /// Where a session stands: its version and last sequence number.
    case head(SessionID)

    /// A session's branch heads and remembered `id`s, besides.
    case history(SessionID)

    /// Which session was created with a key, if any.
    case key(String)
}

/// What a store found in its history for the sequencer's questions.
package struct HistoryAnswers: Sendable {
    package var sessions: [SessionID: SessionHistory] = [:]

    /// Keys that were looked up, with the session created with each; nil where none was.
    package var keys: [String: SessionID?] = [:]

    package init() {}
}

/// What a session's stored events say to the sequencer.
package struct SessionHistory: Sendable {
    /// The version and the sequence number of the session's last event; 0 where it has none.
    package var version: UInt64 = 0
    package var lastSequence: UInt64 = 0

    /// The sequence number of the last event on each branch.
    package var branches: [String: UInt64] = [:]
    package var ids = RememberedIDs()

    /// Whether `branches` and `ids` hold what the session's earlier events say.
    package var isComplete = false

    package init() {}

    /// That of a session without events.
    package static var empty: SessionHistory {
        var history = SessionHistory()
        history.isComplete = true
        return history
    }

    /// Takes note of an event.
    package mutating func note(
        sequence: UInt64, version: UInt64, time: Timestamp, branch: String?, id: IDFingerprint?
    ) {
        self.version = version
        lastSequence = sequence
        if let branch { branches[branch] = sequence }
        if let id {
            ids.remember(id, at: .init(sequence: sequence, version: version, time: time))
        }
    }

    /// Takes in what an earlier part of the same session says. What is known here is newer.
    package mutating func complete(from earlier: SessionHistory) {
        guard earlier.isComplete, !isComplete else { return }
        branches = earlier.branches.merging(branches) { _, newer in newer }
        var merged = earlier.ids
        merged.remember(all: ids)
        ids = merged
        isComplete = true
    }
}
