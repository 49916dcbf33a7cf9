/// The last `id`s that callers gave to the events of one session, with the receipts they got: what
/// makes an append idempotent.
///
/// Holds at most ``JournalLimits/rememberedIDs``; the oldest is forgotten first. About 80 bytes an
/// `id`, whatever its length.
package struct RememberedIDs: Sendable {
    /// The first receipt of an event, without what the session says anyway.
    package struct Position: Sendable, Hashable {
        package var sequence: UInt64
        package var version: UInt64
        package var time: Timestamp

        package init(sequence: UInt64, version: UInt64, time: Timestamp) {
            self.sequence = sequence
            self.version = version
            self.time = time
        }
    }

    private var positions: [IDFingerprint: Position] = [:]

    /// The fingerprints by age: a ring once the limit is reached.
    private var ring: [IDFingerprint] = []
    private var oldest = 0
    private let limit: Int

    package init(limit: Int = JournalLimits.rememberedIDs) {
        self.limit = limit
    }

    package var count: Int { ring.count }

    package subscript(_ fingerprint: IDFingerprint) -> Position? { positions[fingerprint] }

    /// Remembers an `id`. One that is known keeps its first position.
    package mutating func remember(_ fingerprint: IDFingerprint, at position: Position) {
        guard positions[fingerprint] == nil else { return }
        if ring.count < limit {
            ring.append(fingerprint)
        } else {
            positions[ring[oldest]] = nil
            ring[oldest] = fingerprint
            oldest = (oldest + 1) % limit
        }
        positions[fingerprint] = position
    }

    /// Remembers what `newer` remembers, on top of what is remembered here.
    package mutating func remember(all newer: RememberedIDs) {
        for index in 0..<newer.ring.count {
            let fingerprint = newer.ring[(newer.oldest + index) % newer.ring.count]
            if let position = newer.positions[fingerprint] {
                remember(fingerprint, at: position)
            }
        }
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
