/// The first event of a session at which something became true.
public struct Bisection: Sendable, Hashable {
    /// What was found.
    public enum Outcome: Sendable, Hashable {
        /// It became true with this event. With the event before it, it was not.
        case turned(at: UInt64)
        /// It was true with the first event of the range already: the ends do not differ.
        case alreadyTrue(at: UInt64)
        /// It was never true: the ends do not differ.
        case neverTrue
        /// It became true with one of these events, which could not be judged; `mayBeNever` where
        /// the last of the range is among them, so that it may not have become true at all.
        case unclear([UInt64], mayBeNever: Bool)
        /// The range holds no event.
        case nothing
    }

    /// A state that was asked about.
    public struct Evaluation: Sendable, Hashable {
        /// The state's last event.
        public let sequence: UInt64
        /// What was said of it.
        public let verdict: BisectVerdict
    }

    /// What was found.
    public let outcome: Outcome
    /// The number of events in the range.
    public let count: Int
    /// What was asked, in order.
    public let evaluations: [Evaluation]
}

/// A session's state as a bisection asks about it.
public struct BisectState: Sendable {
    /// The session as of an event.
    public internal(set) var session = SessionState()

    /// How many tool calls have failed: ended with the status `error`, or gave a result that says so.
    public internal(set) var toolErrorCount = 0

    private var failedCalls: Set<String> = []

    fileprivate mutating func fail(_ call: String?) {
        // A call that fails says so twice: when it ends, and in its result.
        guard call.map({ failedCalls.insert($0).inserted }) ?? true else { return }
        toolErrorCount += 1
    }
}

/// Folds one session's events into what a bisection asks about.
package struct BisectProjection: Projection {
    package static let name = "bisect"
    package static let version = 1
    private let projection = SessionProjection()

    package init() {}

    package func initialState() -> BisectState { BisectState() }

    package func apply(_ event: Event, to state: inout BisectState) {
        projection.apply(event, to: &state.session)
        guard
            event.kind == .toolFinished || event.kind == .messageAppended
                || event.kind == .messageExtended, let reader = try? DataReader(event)
        else { return }
        if event.kind == .toolFinished {
            if reader.string("status") == "error" { state.fail(reader.string("call")) }
            return
        }
        guard let parts = reader.member("parts") else { return }
        for part in reader.elements(of: parts) where reader.bool("is_error", of: part) == true {
            state.fail(reader.string("call", of: part))
        }
    }
}

extension Journal {
    /// Finds the first event of a session at which a predicate turned true, and asks about few
    /// states for it: ⌈log₂(n + 1)⌉ of n, or one more for each that cannot be judged.
    ///
    /// As with every search by halves, the predicate is taken to stay true once it is; where it
    /// goes back and forth, one of the events at which it turned is found.
    ///
    /// Cost: reads the range once for the sequence numbers, and then what lies between the states
    /// that are asked about; no state is folded twice from the start.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - from: The first state of the range; nil for that of the session's first event.
    ///   - through: The last state of the range.
    ///   - damage: What to do where events of the session are lost.
    ///   - predicate: Says of a state whether it is true yet.
    public func bisect(
        _ session: SessionID, from: PointInTime? = nil, through: PointInTime = .now,
        damage: DamagePolicy = .fail,
        where predicate: (BisectState) async throws -> BisectVerdict
    ) async throws -> Bisection {
        var range = try await sequences(of: session, at: through, damage: damage)[...]
        if let from {
            let before = try await sequences(of: session, at: from, damage: damage).count
            range = range.dropFirst(max(before, 1) - 1)
        }
        let sequences = Array(range)
        var search = BisectSearch(count: sequences.count)
        var evaluations: [Bisection.Evaluation] = []
        // The last good state: everything that is still asked about lies behind it.
        var known = BisectProjection().initialState()
        while let next = search.next {
            var state = try await advance(known, through: sequences[next], of: session, damage)
            state.session.schema = try await schema(at: .sequence(sequences[next]))
            let verdict = try await predicate(state)
            evaluations.append(.init(sequence: sequences[next], verdict: verdict))
            search.take(verdict, of: next)
            if verdict == .good { known = state }
        }
        let outcome: Bisection.Outcome =
            switch search.outcome {
            case _ where sequences.isEmpty: .nothing
            case .never: .neverTrue
            case .first(0): .alreadyTrue(at: sequences[0])
            case .first(let place): .turned(at: sequences[place])
            case .among(let places):
                .unclear(
                    Array(sequences[places.clamped(to: 0...(sequences.count - 1))]),
                    mayBeNever: places.upperBound == sequences.count)
            }
        return Bisection(outcome: outcome, count: sequences.count, evaluations: evaluations)
    }

    /// Folds on from a state up to an event.
    private func advance(
        _ state: BisectState, through sequence: UInt64, of session: SessionID,
        _ damage: DamagePolicy
    ) async throws -> BisectState {
        var state = state
        let projection = BisectProjection()
        let events = events(
            from: state.session.lastSequence + 1, through: sequence, session: session,
            damage: damage)
        for try await event in events { projection.apply(event, to: &state) }
        return state
    }
}
