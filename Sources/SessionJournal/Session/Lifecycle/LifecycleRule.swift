/// What a kind of event does to the life of a session: one row of the one table, ``all``, that says
/// for every change of status whether it came as metadata or by a call.
public struct LifecycleRule: Hashable, Sendable {
    /// Which status a session has afterwards.
    public enum Outcome: Hashable, Sendable {
        /// That one.
        case status(SessionStatus)
        /// The one that the event gives.
        case given
        /// The one that it had before it was deleted.
        case beforeDeletion
        /// The same as before.
        case same
    }

    /// The kind of event.
    public let kind: EventKind

    /// What the call is named, in the library and on the command line.
    public let call: String

    /// The statuses that it is for. Where the session has another, the call is a conflict, and an
    /// event that stands there all the same is passed over.
    public let from: [SessionStatus]

    /// The status afterwards.
    public let outcome: Outcome

    /// The phases that it is for.
    public let phases: [SessionLifecycle.Phase]

    /// The phase afterwards; nil for the same as before.
    public let phase: SessionLifecycle.Phase?

    /// The table.
    public static let all: [LifecycleRule] = [
        LifecycleRule(.sessionCreated, "new", from: any, .given, phase: .open),
        LifecycleRule(.sessionMetadataChanged, "set", from: any, .given),
        LifecycleRule(.sessionArchived, "archive", from: [.active], .status(.archived)),
        LifecycleRule(.sessionUnarchived, "unarchive", from: [.archived], .status(.active)),
        LifecycleRule(.sessionDeleted, "delete", from: [.active, .archived], .status(.deleted)),
        LifecycleRule(.sessionRestored, "undelete", from: [.deleted], .beforeDeletion),
        LifecycleRule(
            .sessionResumed, "resume", from: [.active, .archived], .status(.active), phase: .open),
        LifecycleRule(.sessionTouched, "touch", from: any, .same),
        LifecycleRule(
            .sessionExtended, "extend", from: [.active, .archived], .same, phases: [.open]),
        LifecycleRule(
            .sessionExpired, "expire", from: [.active, .archived], .same, phases: [.open],
            phase: .expired),
        LifecycleRule(
            .sessionTerminated, "terminate", from: [.active, .archived], .same,
            phases: [.open, .expired], phase: .terminated),
    ]

    /// The rule of a kind; nil for one that says nothing of a session's life.
    public static func rule(of kind: EventKind) -> LifecycleRule? { byKind[kind] }

    private static let byKind = Dictionary(
        all.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })

    private static let any = SessionStatus.allCases

    private init(
        _ kind: EventKind, _ call: String, from: [SessionStatus], _ outcome: Outcome,
        phases: [SessionLifecycle.Phase] = SessionLifecycle.Phase.allCases,
        phase: SessionLifecycle.Phase? = nil
    ) {
        self.kind = kind
        self.call = call
        self.from = from
        self.outcome = outcome
        self.phases = phases
        self.phase = phase
    }

    /// Whether the rule is for a session that stands so. A status that is none of ours admits what
    /// `active` does.
    func admits(_ status: SessionStatus?, _ phase: SessionLifecycle.Phase) -> Bool {
        from.contains(status ?? .active) && phases.contains(phase)
    }

    /// The status that follows, where the kind alone says it.
    func status(after status: SessionStatus?, beforeDeletion: SessionStatus?) -> SessionStatus? {
        switch outcome {
        case .status(let status): status
        case .beforeDeletion: beforeDeletion ?? .active
        case .given, .same: nil
        }
    }

    /// Whether a session that stands so is what the call would make of it.
    func isDone(_ status: SessionStatus?, _ phase: SessionLifecycle.Phase) -> Bool {
        switch outcome {
        case .status(let wanted): status == wanted && (self.phase == nil || self.phase == phase)
        case .beforeDeletion: status != .deleted
        case .given: false
        case .same: self.phase == phase
        }
    }
}
