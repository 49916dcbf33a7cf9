/// Folds one session's events into its state. The first event says which session that is; events of
/// others are passed over.
public struct SessionProjection: Projection {
    /// The projection's name.
    public static let name = "session"

    /// The version of its rules.
    public static let version = 4

    /// Whether the state keeps the lines that hold the messages' content.
    public let keepsContent: Bool

    /// Creates the fold. Without content a state takes a few hundred bytes a message, and the
    /// messages' parts and usage cannot be asked for.
    public init(keepsContent: Bool = true) { self.keepsContent = keepsContent }

    /// A session without events.
    public func initialState() -> SessionState { SessionState() }

    /// Takes one event into the state. Cost: one pass over the data of the kinds that matter,
    /// nothing for the others.
    public func apply(_ event: Event, to state: inout SessionState) {
        if state.session == nil {
            state.session = event.session
            state.tree.session = event.session
            state.firstSequence = event.sequence
            state.createdAt = event.moment
            state.lastModified = event.moment
            state.shownLastModified = .string(event.moment.description)
        }
        guard event.session == state.session else { return }
        state.lastSequence = event.sequence
        state.version = event.version
        state.eventCount += 1
        state.lastActive = state.lastActive.map { max($0, event.moment) } ?? event.moment
        if let rule = LifecycleRule.rule(of: event.kind) {
            state.life.apply(event, rule, status: state.table.status)
        }
        switch event.kind {
        case .sessionCreated: create(event, &state)
        case .sessionMetadataChanged: change(event, &state)
        case .sessionArchived, .sessionUnarchived, .sessionDeleted, .sessionRestored,
            .sessionResumed:
            // A change of metadata where the status is another one afterwards.
            if apply(event, &state).contains(where: { $0.old != $0.new }) {
                noteChange(event, &state)
            }
        case .sessionTouched, .sessionExtended, .sessionExpired, .sessionTerminated: break
        case .sessionLimitReached: state.life.mark(event)
        case .sessionLimitsChanged: state.life.changeLimits(event)
        default:
            var changes: [BranchChange] = []
            state.tree.apply(event, keepsContent: keepsContent) { changes.append($0) }
            for change in changes { take(change, event, &state) }
        }
    }

    private func create(_ event: Event, _ state: inout SessionState) {
        state.createdAt = event.moment
        state.lastModified = event.moment
        state.shownLastModified = .string(event.moment.description)
        if let reader = try? DataReader(event) { state.key = reader.string("key") }
        for change in apply(event, &state) {
            // What an import brings survives until the next change.
            switch change.field {
            case MetadataField.lastModified:
                state.shownLastModified = change.new
                if let time = change.new.string.flatMap({ Timestamp($0) }) {
                    state.lastModified = time
                }
            case MetadataField.modifiedBy:
                state.shownModifiedBy = change.new
                state.modifiedBy = change.new.string
            default: break
            }
        }
    }

    private func change(_ event: Event, _ state: inout SessionState) {
        noteChange(event, &state)
        _ = apply(event, &state)
    }

    /// Notes who changed metadata, and when.
    private func noteChange(_ event: Event, _ state: inout SessionState) {
        state.lastModified = event.moment
        state.modifiedBy = event.actor
        state.shownLastModified = .string(event.moment.description)
        state.shownModifiedBy = JSONValue(event.actor)
    }

    private func apply(
        _ event: Event, _ state: inout SessionState
    ) -> [MetadataChange.Applied] {
        guard let change = MetadataChange(event) else { return [] }
        let place = state.tree.branchPlaces[event.branch ?? EventDraft.mainBranch] ?? 0
        let applied = change.apply(to: &state.table, by: event, branchPlace: place)
        for change in applied where change.field == MetadataField.turnCount {
            state.turnCountClaim = .init(value: change.new, sequence: event.sequence)
        }
        return applied
    }

    private func take(_ change: BranchChange, _ event: Event, _ state: inout SessionState) {
        state.table.apply(change, by: event)
        if case .merged(_, _, let merge, _, _) = change, !merge.metadata.isEmpty {
            noteChange(event, &state)
        }
    }
}

/// Folds a whole journal into the states of all its sessions, without the messages' content.
public struct SessionListProjection: Projection {
    /// The projection's name.
    public static let name = "sessions"

    /// The version of its rules.
    public static let version = SessionProjection.version

    private let projection = SessionProjection(keepsContent: false)

    /// Creates the fold.
    public init() {}

    /// A journal without events.
    public func initialState() -> [SessionID: SessionState] { [:] }

    /// Takes one event into the state of its session. The journal's own session is left out.
    public func apply(_ event: Event, to state: inout [SessionID: SessionState]) {
        guard !event.session.isJournal else { return }
        projection.apply(event, to: &state[event.session, default: SessionState()])
    }
}
