/// A pure fold over events: everything a person asks of a journal is one, and users write their
/// own.
///
/// The same events give the same state, always: a projection reads no clock, no file and no random
/// number. It takes what comes: kinds it does not know, entry lines whose content is withheld, and
/// content that makes no sense are passed over, and throw nothing that would end a fold.
///
/// ```swift
/// struct Tokens: Projection {
///     static let name = "tokens"
///     static let version = 1
///     func initialState() -> Int64 { 0 }
///     func apply(_ event: Event, to state: inout Int64) throws {
///         guard event.kind == .modelResponded, let data = try? event.data() else { return }
///         state += data["usage"]?["output_tokens"]?.integer ?? 0
///     }
/// }
/// let tokens = try Tokens().fold(events)
/// ```
public protocol Projection<State>: Sendable {
    /// What the events add up to.
    associatedtype State: Sendable

    /// The projection's name, in reverse domain order for one of your own.
    static var name: String { get }

    /// The version of its rules: another one means that kept states are of no use.
    static var version: Int { get }

    /// The state before the first event.
    func initialState() -> State

    /// Takes one event into the state. Events come in order of their sequence numbers.
    func apply(_ event: Event, to state: inout State) throws
}

extension Projection {
    /// The state after these events.
    public func fold(_ events: some Sequence<Event>) throws -> State {
        var state = initialState()
        for event in events { try apply(event, to: &state) }
        return state
    }

    /// The state after these events, read as they come.
    public func fold<Events: AsyncSequence>(
        _ events: Events
    ) async throws -> State where Events.Element == Event {
        var state = initialState()
        for try await event in events { try apply(event, to: &state) }
        return state
    }

    /// The state of one session at a point in time: a fold over the prefix of its events that the
    /// point selects. `lastVersion` is the version of the session's last event, which
    /// ``PointInTime/back(_:)`` counts from. Reads no further than the first event outside.
    public func fold<Events: AsyncSequence>(
        _ events: Events, at point: PointInTime, lastVersion: UInt64
    ) async throws -> State where Events.Element == Event {
        var state = initialState()
        var prefix = SessionPrefix(point, lastVersion: lastVersion)
        for try await event in events {
            guard prefix.admits(event) else { break }
            try apply(event, to: &state)
        }
        return state
    }
}
