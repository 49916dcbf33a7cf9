/// What the sequencer has to know of events that it does not remember.
package enum HistoryQuestion: Hashable, Sendable {
    /// Where a session stands.
    case head(SessionID)

    /// The sequence number of the last event on a branch of a session.
    case branch(SessionID, String)

    /// The event of a session that has an `id`.
    case id(SessionID, String)

    /// Which session was created with a key.
    case key(String)
}

/// What a store found in its history for the sequencer's questions. What is not there was not asked.
package struct HistoryAnswers: Sendable {
    /// A session's last event; zeros where it has none.
    package struct Head: Hashable, Sendable {
        package var version: UInt64
        package var lastSequence: UInt64

        package init(version: UInt64, lastSequence: UInt64) {
            self.version = version
            self.lastSequence = lastSequence
        }

        /// That of a session without events.
        package static let none = Head(version: 0, lastSequence: 0)
    }

    /// The last event that was looked at for every answer: what came later is for the sequencer to
    /// remember.
    package var asOf: UInt64 = .max

    package var heads: [SessionID: Head] = [:]

    /// 0 where there is no event on the branch.
    package var branches: [SessionID: [String: UInt64]] = [:]

    /// nil inside where no event has the `id`.
    package var ids: [SessionID: [IDFingerprint: EventPosition?]] = [:]

    /// nil inside where no session was created with the key.
    package var keys: [String: SessionID?] = [:]

    package init() {}

    /// Takes in what was answered later.
    mutating func merge(_ later: HistoryAnswers) {
        asOf = min(asOf, later.asOf)
        heads.merge(later.heads) { $1 }
        branches.merge(later.branches) { $0.merging($1) { $1 } }
        ids.merge(later.ids) { $0.merging($1) { $1 } }
        keys.merge(later.keys) { $1 }
    }
}

/// Where an event stands: its first receipt, without what its session says anyway.
package struct EventPosition: Sendable, Hashable {
    package var sequence: UInt64
    package var version: UInt64
    package var time: Timestamp

    package init(sequence: UInt64, version: UInt64, time: Timestamp) {
        self.sequence = sequence
        self.version = version
        self.time = time
    }
}

/// Half of the SHA-256 of an `id`: two different `id`s that share one would have to be searched for
/// through 2^64 hashes.
package struct IDFingerprint: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    package init(_ id: String) {
        (high, low) = Digest(hashing: id.utf8.span).leadingWords
    }
}
