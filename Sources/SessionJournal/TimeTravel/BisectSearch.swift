/// What a predicate says of a state.
public enum BisectVerdict: Sendable, Hashable {
    /// Not yet: the state is good.
    case good
    /// It has turned true: the state is bad.
    case bad
    /// It cannot be said of this state; another one is asked.
    case unknown
}

/// The search for the first of a row of states for which a predicate is true, which it then stays.
///
/// Nothing is assumed of the ends: "true from the first on" and "never" are answers like any other.
/// So there are one more answers than states, and ⌈log₂(n + 1)⌉ questions tell them apart; that is
/// ⌈log₂ n⌉ for every n that is no power of two.
package struct BisectSearch {
    /// What is known at the end.
    package enum Outcome: Equatable {
        /// The first true state. The one before it, if there is one, was found not to be.
        case first(Int)
        /// None is true.
        case never
        /// The first true state is one of these; the others could not be judged. At `count` stands
        /// "never".
        case among(ClosedRange<Int>)
    }

    private let count: Int
    /// The states below are known to be good.
    private var low = 0
    /// This state is known to be bad; `count` where none is.
    private var high: Int
    private var unknown: Set<Int> = []

    package init(count: Int) {
        self.count = count
        high = count
    }

    /// The state to ask about next; nil when no question is left.
    package var next: Int? {
        guard low < high else { return nil }
        let middle = low + (high - low) / 2
        // The nearest one to the middle that was not asked about yet.
        for distance in 0...(high - low) {
            for candidate in [middle + distance, middle - distance]
            where candidate >= low && candidate < high && !unknown.contains(candidate) {
                return candidate
            }
        }
        return nil
    }

    /// Takes the answer to the question.
    package mutating func take(_ verdict: BisectVerdict, of state: Int) {
        switch verdict {
        case .good: low = max(low, state + 1)
        case .bad: high = min(high, state)
        case .unknown: unknown.insert(state)
        }
    }

    /// What is known when no question is left.
    package var outcome: Outcome {
        guard low == high else { return .among(low...high) }
        return high == count ? .never : .first(high)
    }
}
