/// Folds one session's events into its state. The first event says which session that is; events of
/// others are passed over.
public struct SessionProjection: Projection {
    /// The projection's name.
    public static let name = "session"

    /// The version of its rules.
    public static let version = 10

    /// Whether the state keeps the lines that hold the messages' content.
    public let keepsContent: Bool

    /// Whether the state knows which events gave the fields their values.
    var keepsHistory = true

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
            state.tree.begin(event.session)
            state.firstSequence = event.sequence
            state.createdAt = event.moment
            state.lastModified = event.moment
            state.shownLastModified = .string(event.moment.description)
        }
        guard event.session == state.session else { return }
        state.lastSequence = event.sequence
        state.version = event.version
        state.eventCount += 1
        if event.isWithheld { state.hasWithheld = true }
        // To look at a session, or to put some of it away, is no activity in it.
        if !event.isUpkeep {
            state.lastActive = state.lastActive.map { max($0, event.moment) } ?? event.moment
        }
        if let rule = LifecycleRule.rule(of: event.kind) {
            state.life.apply(event, rule, status: state.table.status)
        }
        switch event.kind {
        case .sessionCreated: create(event, &state)
        case .sessionMetadataChanged: change(event, &state)
        case .sessionArchived, .sessionUnarchived, .sessionDeleted, .sessionRestored,
            .sessionResumed:
            // A change of metadata where the status is another one afterwards.
            let applied = apply(event, &state)
            if applied.contains(where: { $0.old != $0.new }) {
                noteChange(event, &state)
                log(applied, event, &state)
            }
        case .sessionAccessed: state.accesses.count(event)
        case .sessionPruned: state.prunedSequence = event.sequence
        case .sessionUnpruned: state.prunedSequence = nil
        case .sessionTouched, .sessionExtended, .sessionExpired, .sessionTerminated: break
        case .sessionCloned: state.clone?.isFinished = true
        case .sessionLimitReached: state.life.mark(event)
        case .sessionLimitsChanged: state.life.changeLimits(event)
        case .erasureOutlined: outline(event, &state)
        default:
            // What is used again is in sight again.
            if event.kind == .messageAppended { state.prunedSequence = nil }
            let turnCount = state.tree.turnCount
            var changes: [BranchChange] = []
            state.tree.apply(event, keepsContent: keepsContent) { changes.append($0) }
            for change in changes { take(change, event, &state) }
            if keepsHistory, event.kind == .branchMerged, event.isWithheld {
                state.fieldLogs.noteWithheld(event)
            }
            if state.tree.turnCount != turnCount {
                log(MetadataField.turnCount, .integer(Int64(state.tree.turnCount)), event, &state)
            }
        }
    }

    /// Puts what an erasure kept of its events where they stand, and what redacts an event in its place.
    /// What is about events behind the state says nothing of it, and events that were not erased speak
    /// for themselves.
    func outline(_ event: Event, _ state: inout SessionState) {
        var changes: [BranchChange] = []
        if event.kind == .messageRedacted {
            guard let sequence = event.redactedSequence, sequence <= state.lastSequence else {
                return
            }
            state.tree.apply(event, keepsContent: keepsContent) { changes.append($0) }
            for change in changes { take(change, event, &state) }
            return
        }
        let unknown = keepsHistory ? state.fieldLogs.withheldSequences : []
        for kept in OutlinedEvent.all(in: event) where kept.sequence <= state.lastSequence {
            state.tree.outline(kept, by: event) { changes.append($0) }
            for change in changes { take(change, event, &state) }
            changes = []
            guard kept.saysFields else { continue }
            let place = state.tree.branchPlace(begunAt: kept.branch) ?? 0
            let branch = state.tree.allBranches[place].name
            for name in kept.branchFields { state.table.noteBranchField(name) }
            // Of fields that nobody declared it is not known which: all that there were before.
            let names = kept.fields + (kept.hasOthers ? state.table.ownNames : [])
            for name in names where !Self.derived.contains(name) {
                state.table.erase(
                    name, on: branch, by: ChangeID(branch: place, sequence: kept.sequence))
                guard unknown.contains(kept.sequence) else { continue }
                state.fieldLogs.noteErased(name, by: kept.sequence, branch: place)
            }
        }
    }

    private func create(_ event: Event, _ state: inout SessionState) {
        state.createdAt = event.moment
        state.lastModified = event.moment
        state.shownLastModified = .string(event.moment.description)
        if let reader = try? DataReader(event) {
            state.key = reader.string("key")
            state.clone = reader.value("clone").flatMap { CloneOrigin($0) }
            state.template = reader.value("template").flatMap { TemplateUse($0) }
        }
        let applied = apply(event, &state)
        for change in applied {
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
        log(MetadataField.lastModified, state.shownLastModified, event, &state)
        log(MetadataField.modifiedBy, state.shownModifiedBy, event, &state)
        log(MetadataField.turnCount, 0, event, &state)
        log(applied, event, &state)
    }

    private func change(_ event: Event, _ state: inout SessionState) {
        noteChange(event, &state)
        log(apply(event, &state), event, &state)
    }

    /// Notes the values that an event gave fields, also where its kind alone says them; where it is
    /// withheld otherwise, that it may have.
    private func log(
        _ applied: [MetadataChange.Applied], _ event: Event, _ state: inout SessionState
    ) {
        guard keepsHistory else { return }
        guard !event.isWithheld || !applied.isEmpty else {
            return state.fieldLogs.noteWithheld(event)
        }
        for change in applied where !Self.derived.contains(change.field) {
            log(change.field, change.new, event, &state)
            if change.field == MetadataField.status {
                let isArchived = change.new.string == SessionStatus.archived.rawValue
                log(MetadataField.archived, .bool(isArchived), event, &state)
            }
        }
    }

    private func log(
        _ field: String, _ value: JSONValue, _ event: Event, _ state: inout SessionState
    ) {
        guard keepsHistory else { return }
        let branch = state.tree.branchPlaces[event.branch ?? EventDraft.mainBranch] ?? 0
        state.fieldLogs.note(field, value, by: event, branch: branch)
    }

    private static let derived = Set(MetadataField.builtIn.filter(\.isDerived).map(\.name))

    /// Notes who changed metadata, and when.
    private func noteChange(_ event: Event, _ state: inout SessionState) {
        state.lastModified = event.moment
        state.modifiedBy = event.actor
        state.shownLastModified = .string(event.moment.description)
        state.shownModifiedBy = JSONValue(event.actor)
        // The event itself says these values.
        log(MetadataField.lastModified, .null, event, &state)
        log(MetadataField.modifiedBy, .null, event, &state)
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
            log(
                merge.metadata.map { .init(field: $0.name, old: .null, new: $0.value) }, event,
                &state)
        }
    }
}

/// Folds a whole journal into the states of all its sessions, without the messages' content.
public struct SessionListProjection: Projection {
    /// The projection's name.
    public static let name = "sessions"

    /// The version of its rules.
    public static let version = SessionProjection.version

    private let projection: SessionProjection

    /// Creates the fold.
    public init() {
        var projection = SessionProjection(keepsContent: false)
        projection.keepsHistory = false
        self.projection = projection
    }

    /// A journal without events.
    public func initialState() -> [SessionID: SessionState] { [:] }

    /// Takes one event into the state of its session. The journal's own session is left out.
    public func apply(_ event: Event, to state: inout [SessionID: SessionState]) {
        guard !event.session.isJournal else { return }
        projection.apply(event, to: &state[event.session, default: SessionState()])
    }
}
