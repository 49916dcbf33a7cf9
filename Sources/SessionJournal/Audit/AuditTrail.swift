/// One change of one metadata field: what, by whom, when, why.
public struct AuditEntry: Sendable, Hashable {
    /// The event that made the change.
    public let sequence: UInt64
    /// When the journal took it.
    public let time: Timestamp
    /// When it happened by its source's clock.
    public let occurred: Timestamp?
    /// The session.
    public let session: SessionID
    /// The branch that the value belongs to, for a field of the branch; else `main`.
    public let branch: String
    /// The field, or ``limitsField`` or ``prunedField``; nil where the event's content is withheld.
    public let field: String?
    /// The value before; null where there was none.
    public let old: JSONValue
    /// The value after; null where the content is withheld.
    public let new: JSONValue
    /// Who made it; nil where the content is withheld.
    public let actor: String?
    /// On whose behalf.
    public let onBehalf: String?
    /// Why.
    public let reason: String?
    /// The event that this one undoes; nil where it undoes none.
    public let undoes: UInt64?
    /// Whether the change's content was erased, or is encrypted and locked.
    public let isWithheld: Bool
}

/// Every change of metadata, in the order of the events. A session's creation contributes all its
/// fields, with no value before.
public struct AuditTrail: Sendable {
    /// The changes.
    public internal(set) var entries: [AuditEntry] = []

    var tables: [SessionID: MetadataTable] = [:]
    /// The branches that are known, so that each inherits once.
    var branches: [SessionID: Set<String>] = [:]
    /// The limits of sessions, as their last change gave them.
    var limits: [SessionID: JSONValue] = [:]
    /// The sessions that are out of sight.
    var pruned: Set<SessionID> = []
    /// How many branches of a name were put away.
    var deleted: [SessionID: [String: Int]] = [:]
}

/// Folds events, of one session or of all, into the trail of metadata changes.
public struct AuditProjection: Projection {
    /// The projection's name.
    public static let name = "audit"

    /// The version of its rules.
    public static let version = 6

    /// Creates the fold.
    public init() {}

    /// A trail without changes.
    public func initialState() -> AuditTrail { AuditTrail() }

    /// Takes one event into the trail.
    public func apply(_ event: Event, to state: inout AuditTrail) {
        switch event.kind {
        case .sessionCreated, .sessionMetadataChanged, .sessionArchived, .sessionUnarchived,
            .sessionDeleted, .sessionRestored, .sessionResumed:
            change(event, &state)
        case .sessionLimitsChanged: changeLimits(event, &state)
        case .sessionPruned, .sessionUnpruned: changeSight(event, &state)
        case .branchMerged:
            begin(event.branch, event, &state)
            if MetadataChange(event) != nil || event.isWithheld { change(event, &state) }
        case .branchCreated: createBranch(event, &state)
        case .branchRenamed, .branchDeleted, .branchRestored: follow(event, &state)
        case .messageAppended:
            begin(event.branch, event, &state)
            // What is used again is in sight again.
            if state.pruned.contains(event.session) { changeSight(event, &state) }
        case .erasureOutlined: outline(event, &state)
        default: break
        }
    }

    private func change(_ event: Event, _ state: inout AuditTrail) {
        let change = MetadataChange(event)
        if event.isWithheld {
            state.entries.append(AuditEntry(event, field: nil, old: .null, new: .null))
            // What the kind alone says is not withheld.
            _ = change?.apply(
                to: &state.tables[event.session, default: MetadataTable()], by: event)
            return
        }
        guard let change else { return }
        let isCreation = event.kind == .sessionCreated
        let applied = change.apply(
            to: &state.tables[event.session, default: MetadataTable()], by: event)
        // Opening a session again is a change only where it was archived.
        for change in applied where event.kind != .sessionResumed || change.old != change.new {
            state.entries.append(
                AuditEntry(
                    event, field: change.field, old: isCreation ? .null : change.old,
                    new: change.new))
        }
        if isCreation { changeLimits(event, &state) }
    }

    /// Says of erased changes which fields they were of, and takes the values that they gave from the
    /// changes behind them. On which branch is not known here.
    private func outline(_ event: Event, _ state: inout AuditTrail) {
        for kept in OutlinedEvent.all(in: event) where kept.saysFields {
            let session = event.session
            guard
                let place = state.entries.firstIndex(where: {
                    $0.sequence == kept.sequence && $0.session == session && $0.field == nil
                })
            else { continue }
            let others = kept.hasOthers ? state.tables[session]?.ownNames ?? [] : []
            let names = kept.fields + others
            let found = state.entries.remove(at: place)
            state.entries.insert(
                contentsOf: names.map { AuditEntry(found, field: $0, old: .null, new: .erased) },
                at: place)
            for name in names {
                state.tables[session, default: MetadataTable()].erase(
                    name, on: EventDraft.mainBranch,
                    by: ChangeID(branch: 0, sequence: kept.sequence))
                guard
                    let next = state.entries.firstIndex(where: {
                        $0.sequence > kept.sequence && $0.session == session && $0.field == name
                    })
                else { continue }
                let entry = state.entries[next]
                state.entries[next] = AuditEntry(
                    entry, field: entry.field, old: .erased, new: entry.new)
            }
        }
    }

    /// Limits are no field of metadata, and stand among the changes under a name that is none.
    private func changeLimits(_ event: Event, _ state: inout AuditTrail) {
        guard let declared = SessionLimits.declared(by: event) else {
            if event.isWithheld {
                state.entries.append(
                    AuditEntry(event, field: nil, old: .null, new: .null))
            }
            return
        }
        let new = declared.map { JSONValue.object($0.json) } ?? .null
        let old = state.limits.updateValue(new, forKey: event.session) ?? .null
        guard event.kind == .sessionLimitsChanged || !new.isNull else { return }
        state.entries.append(
            AuditEntry(event, field: AuditEntry.limitsField, old: old, new: new))
    }

    /// Whether a session is in sight is no field of metadata either.
    private func changeSight(_ event: Event, _ state: inout AuditTrail) {
        let isPruned = event.kind == .sessionPruned
        guard state.pruned.contains(event.session) != isPruned else { return }
        if isPruned {
            state.pruned.insert(event.session)
        } else {
            state.pruned.remove(event.session)
        }
        state.entries.append(
            AuditEntry(
                event, field: AuditEntry.prunedField, old: .bool(!isPruned), new: .bool(isPruned)))
    }

    private func createBranch(_ event: Event, _ state: inout AuditTrail) {
        guard let reader = try? DataReader(event), let branch = reader.string("branch") else {
            return
        }
        let sequence = reader.integer("at").flatMap { UInt64(exactly: $0) }
        begin(
            branch, from: reader.string("parent_branch"),
            at: sequence.map { min($0, event.sequence) }, event, &state)
    }

    /// Notes that a branch is there, once.
    private func begin(
        _ branch: String?, from parent: String? = nil, at sequence: UInt64? = nil, _ event: Event,
        _ state: inout AuditTrail
    ) {
        guard let branch, branch != EventDraft.mainBranch,
            state.branches[event.session, default: []].insert(branch).inserted
        else { return }
        state.tables[event.session, default: MetadataTable()].apply(
            .began(branch, from: parent ?? EventDraft.mainBranch, at: sequence), by: event)
    }

    /// Follows a branch to another name, or to where it is put away and taken from.
    private func follow(_ event: Event, _ state: inout AuditTrail) {
        guard let reader = try? DataReader(event), let name = reader.string("branch"),
            name != EventDraft.mainBranch
        else { return }
        let isThere = state.branches[event.session]?.contains(name) ?? false
        var change: BranchChange?
        if event.kind == .branchRenamed, isThere, let new = reader.string("to"),
            new != EventDraft.mainBranch,
            state.branches[event.session, default: []].insert(new).inserted
        {
            state.branches[event.session]?.remove(name)
            change = .renamed(name, to: new)
        } else if event.kind == .branchDeleted, isThere {
            state.branches[event.session]?.remove(name)
            state.deleted[event.session, default: [:]][name, default: 0] += 1
            change = .deleted(name)
        } else if event.kind == .branchRestored, !isThere,
            let count = state.deleted[event.session]?[name], count > 0
        {
            state.branches[event.session, default: []].insert(name)
            state.deleted[event.session]?[name] = count - 1
            change = .restored(name)
        }
        if let change {
            state.tables[event.session, default: MetadataTable()].apply(change, by: event)
        }
    }
}

extension AuditEntry {
    /// What ``field`` says of a change of a session's limits.
    public static let limitsField = "session.limits"

    /// What ``field`` says of a session that was put out of sight, or is in sight again.
    public static let prunedField = "session.pruned"

    /// The same change with other values.
    fileprivate init(_ entry: AuditEntry, field: String?, old: JSONValue, new: JSONValue) {
        sequence = entry.sequence
        time = entry.time
        occurred = entry.occurred
        session = entry.session
        branch = entry.branch
        self.field = field
        self.old = old
        self.new = new
        actor = entry.actor
        onBehalf = entry.onBehalf
        reason = entry.reason
        undoes = entry.undoes
        isWithheld = entry.isWithheld
    }

    fileprivate init(_ event: Event, field: String?, old: JSONValue, new: JSONValue) {
        sequence = event.sequence
        time = event.time
        occurred = event.occurred
        session = event.session
        branch = event.branch ?? EventDraft.mainBranch
        self.field = field
        self.old = old
        self.new = new
        actor = event.actor
        onBehalf = event.onBehalf
        reason = event.reason
        undoes = event.undoneSequence
        isWithheld = event.isWithheld
    }
}
