/// Where the versions of one session stand among the sequence numbers of the journal, as far as
/// events of it were seen: what lies between two of them is found by halving.
struct VersionPositions: Sendable {
    /// Where to look for a version.
    enum Place: Equatable {
        case known(UInt64)
        /// Not known: the event at this sequence number, or the next of the session, tells more.
        case probe(UInt64)
    }

    /// More than this is not remembered: what was seen is found again with a few reads.
    private static let mostKnown = 65_536

    /// Ascending in both.
    private var versions: [UInt64] = []
    private var sequences: [UInt64] = []
    /// Sequence numbers that were probed, each with the version that was found there: what lies
    /// between the probe and the event is none of the session's.
    private var probes: [UInt64: UInt64] = [:]

    private func index(of version: UInt64) -> Int {
        var low = 0
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle] < version { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Notes where an event stands.
    ///
    /// - Parameters:
    ///   - version: Its version.
    ///   - sequence: Its sequence number.
    ///   - probed: The sequence number from which on it was looked for, where it was.
    mutating func note(version: UInt64, sequence: UInt64, probed: UInt64? = nil) {
        if versions.count >= Self.mostKnown {
            // The last one stays: it says how far the session goes.
            versions = Array(versions.suffix(1))
            sequences = Array(sequences.suffix(1))
            probes = [:]
        }
        let place = index(of: version)
        if place == versions.count || versions[place] != version {
            versions.insert(version, at: place)
            sequences.insert(sequence, at: place)
        }
        if let probed { probes[probed] = version }
    }

    /// Where a version stands, or where to look next.
    func place(of version: UInt64) -> Place {
        let place = index(of: version)
        if place < versions.count, versions[place] == version { return .known(sequences[place]) }
        // The version is above that of the place before, and below that of the place itself.
        let low = place > 0 ? (versions[place - 1], sequences[place - 1]) : (0, 0)
        guard place < versions.count else {
            // Behind all that is known: nothing tells how far.
            return .probe(low.1 + 1)
        }
        let high = (versions[place], sequences[place])
        // Most sessions stand in one stretch, or are spread evenly; halving helps where neither is so.
        // In turns, so that none of them can lead astray for long.
        let guess: UInt64? =
            switch probes.count % 3 {
            case 0: low.0 == 0 ? high.1 &- (high.0 - version) : low.1 + (version - low.0)
            case 1:
                low.1
                    + UInt64(
                        Double(high.1 - low.1) * Double(version - low.0) / Double(high.0 - low.0))
            default: nil
            }
        if let guess, guess > low.1, guess < high.1, probes[guess] == nil { return .probe(guess) }
        var left = low.1 + 1
        var right = high.1
        while left < right {
            let middle = left + (right - left) / 2
            guard let found = probes[middle] else { return .probe(middle) }
            if found >= version { right = middle } else { left = middle + 1 }
        }
        // Nothing is between: the version is not there, and the next one is what there is.
        return .known(high.1)
    }
}
