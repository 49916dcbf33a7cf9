import SessionJournal

/// States of one session that were folded lately, so that the next one near them costs little.
///
/// Cost: memory for a few states. Those at the ends of what was asked for stay longest; of the others
/// the one that stands closest to a neighbour goes first, so that they spread over the session.
struct FoldKeeper<State: Sendable>: Sendable {
    private let mostKept: Int
    private(set) var kept: [(version: UInt64, state: State)] = []

    init(mostKept: Int) { self.mostKept = max(mostKept, 2) }

    /// The last state up to a version.
    func nearest(upTo version: UInt64) -> (version: UInt64, state: State)? {
        kept.last { $0.version <= version }
    }

    /// Keeps a state, and forgets another where there are too many.
    mutating func keep(_ state: State, at version: UInt64) {
        if let place = kept.firstIndex(where: { $0.version == version }) {
            kept[place].state = state
            return
        }
        let place = kept.firstIndex { $0.version > version } ?? kept.endIndex
        kept.insert((version, state), at: place)
        guard kept.count > mostKept else { return }
        let inner = kept.indices.dropFirst().dropLast().filter { $0 != place }
        let closest = inner.min { gap($0) < gap($1) }
        kept.remove(at: closest ?? kept.startIndex)
    }

    /// How far the neighbours of a state are apart.
    private func gap(_ place: Int) -> UInt64 {
        kept[place + 1].version - kept[place - 1].version
    }
}
