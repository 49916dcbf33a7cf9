/// A value that a metadata field took: which, when, by whom, why, by which event.
public struct FieldValue: Sendable, Hashable {
    /// The event that set it.
    public let sequence: UInt64
    /// What kind of event that was.
    public let kind: EventKind
    /// When the journal took it.
    public let time: Timestamp
    /// When it happened by its source's clock.
    public let occurred: Timestamp?
    /// The branch that the event was on.
    public let branch: String
    /// Who did it; nil where the content is withheld.
    public let actor: String?
    /// On whose behalf.
    public let onBehalf: String?
    /// Why.
    public let reason: String?
    /// The event that the writer named as its cause.
    public let cause: UInt64?
    /// The event that this one undoes; nil where it undoes none.
    public let undoes: UInt64?
    /// The value. Null where the content is withheld, and nobody knows whether the field was set.
    public let value: JSONValue
    /// Whether the event's content was erased, or is encrypted and locked.
    public let isWithheld: Bool

    init(_ event: Event, value: JSONValue) {
        sequence = event.sequence
        kind = event.kind
        time = event.time
        occurred = event.occurred
        branch = event.branch ?? EventDraft.mainBranch
        actor = event.actor
        onBehalf = event.onBehalf
        reason = event.reason
        cause = event.cause
        undoes = event.undoneSequence
        self.value = value
        isWithheld = event.isWithheld
    }
}

/// Every value that each metadata field of a session has had, in order.
public struct FieldTrail: Sendable {
    /// The fields that were ever set, in the order in which they came.
    public private(set) var names: [String] = []

    /// The session as far as metadata goes: it says what a change comes to, and whose a field is.
    fileprivate var table = MetadataTable()
    private var ofSession: [String: [FieldValue]] = [:]
    /// By branch and then by field; a branch begins with what its parent had then.
    private var ofBranches: [String: [String: [FieldValue]]] = [:]
    /// Changes whose content is withheld: nobody knows which fields they set.
    private var withheld: [FieldValue] = []
    private var known: Set<String> = []
    private var branches: Set<String> = [EventDraft.mainBranch]
    private var sidechains: Set<String> = []
    /// Of branches that were put away, the last one last.
    private var deleted: [String: [[String: [FieldValue]]]] = [:]
    private var turnCount: Int64 = 0

    /// The values of a field in order, those that a branch began with included. A change of
    /// metadata whose content is withheld stands among them, since it may have set the field.
    public func values(
        of field: String, on branch: String = EventDraft.mainBranch
    ) -> [FieldValue] {
        let known =
            table.scope(of: field) == .branch
            ? ofBranches[branch]?[field] ?? [] : ofSession[field] ?? []
        guard !withheld.isEmpty else { return known }
        return (known + withheld).sorted { $0.sequence < $1.sequence }
    }

    fileprivate mutating func set(_ field: String, to value: FieldValue) {
        if known.insert(field).inserted { names.append(field) }
        if table.scope(of: field) == .branch {
            ofBranches[value.branch, default: [:]][field, default: []].append(value)
        } else {
            ofSession[field, default: []].append(value)
        }
    }

    fileprivate mutating func hide(_ value: FieldValue) { withheld.append(value) }

    fileprivate mutating func begin(
        _ branch: String, from parent: String?, at sequence: UInt64?, type: String?, by event: Event
    ) {
        if type == Branch.Kind.sidechain.rawValue { sidechains.insert(branch) }
        guard branches.insert(branch).inserted else { return }
        let parent = parent ?? EventDraft.mainBranch
        table.apply(.began(branch, from: parent, at: sequence), by: event)
        guard ofBranches[branch] == nil, let values = ofBranches[parent] else { return }
        let last = sequence ?? .max
        ofBranches[branch] = values.mapValues { $0.filter { $0.sequence <= last } }
    }

    /// Follows a branch to another name, or to where it is put away and taken from.
    fileprivate mutating func follow(_ event: Event) {
        guard let reader = try? DataReader(event), let name = reader.string("branch"),
            name != EventDraft.mainBranch
        else { return }
        switch event.kind {
        case .branchRenamed:
            guard branches.contains(name), let new = reader.string("to"),
                new != EventDraft.mainBranch, branches.insert(new).inserted
            else { return }
            branches.remove(name)
            ofBranches[new] = ofBranches.removeValue(forKey: name)
            table.apply(.renamed(name, to: new), by: event)
        case .branchDeleted:
            guard branches.remove(name) != nil else { return }
            deleted[name, default: []].append(ofBranches.removeValue(forKey: name) ?? [:])
            table.apply(.deleted(name), by: event)
        default:
            guard !branches.contains(name), let values = deleted[name]?.popLast() else { return }
            branches.insert(name)
            ofBranches[name] = values
            table.apply(.restored(name), by: event)
        }
    }

    fileprivate mutating func countTurn(_ event: Event) {
        guard !sidechains.contains(event.branch ?? EventDraft.mainBranch) else { return }
        turnCount += 1
        set(MetadataField.turnCount, to: FieldValue(event, value: .integer(turnCount)))
    }
}

/// Folds one session's events into every value that its metadata fields have had.
///
/// The derived fields have values, too: `last_modified` and `modified_by` what the creation says and
/// then each change of metadata, `turn_count` each turn of a person, `archived` each change of
/// `status`.
public struct FieldTrailProjection: Projection {
    /// The projection's name.
    public static let name = "fields"

    /// The version of its rules.
    public static let version = 1

    /// The field that is looked for; nil means all.
    public let field: String?

    /// Creates the fold, for one field or for all.
    public init(field: String? = nil) { self.field = field }

    /// A trail without values.
    public func initialState() -> FieldTrail { FieldTrail() }

    /// The kinds that the fold needs to see. Most fields need the changes of metadata alone; only
    /// the values of a branch, and the count of turns, depend on what else happened.
    func kinds(on branch: String) -> Set<EventKind> {
        var kinds = Self.changes
        // Of a field that is not built in the events say whose it is.
        let isOfSession = field.flatMap { MetadataField.builtIn($0) }?.scope == .session
        if !isOfSession && branch != EventDraft.mainBranch || field == nil
            || field == MetadataField.turnCount
        {
            kinds.formUnion([
                .branchCreated, .branchRenamed, .branchDeleted, .branchRestored, .messageAppended,
            ])
        }
        return kinds
    }

    /// The kinds that change metadata, those that do so by what they are included.
    private static let changes: Set<EventKind> = [
        .sessionCreated, .sessionMetadataChanged, .sessionArchived, .sessionUnarchived,
        .sessionDeleted, .sessionRestored, .sessionResumed, .branchMerged,
    ]

    /// Takes one event into the trail.
    public func apply(_ event: Event, to state: inout FieldTrail) {
        switch event.kind {
        case let kind where Self.changes.contains(kind):
            if kind == .branchMerged {
                if let branch = event.branch {
                    state.begin(branch, from: nil, at: nil, type: nil, by: event)
                }
                guard MetadataChange(event) != nil || event.isWithheld else { return }
            }
            change(event, &state)
        case .branchCreated:
            guard let reader = try? DataReader(event), let branch = reader.string("branch") else {
                return
            }
            let sequence = reader.integer("at").flatMap { UInt64(exactly: $0) }
            state.begin(
                branch, from: reader.string("parent_branch"),
                at: sequence.map { min($0, event.sequence) }, type: reader.string("type"),
                by: event)
        case .branchRenamed, .branchDeleted, .branchRestored: state.follow(event)
        case .messageAppended:
            if let branch = event.branch {
                state.begin(branch, from: nil, at: nil, type: nil, by: event)
            }
            guard isWanted(MetadataField.turnCount), let reader = try? DataReader(event),
                reader.string("role") == Role.user.rawValue, reader.string("synthetic") == nil
            else { return }
            state.countTurn(event)
        default: break
        }
    }

    private func change(_ event: Event, _ state: inout FieldTrail) {
        let isCreation = event.kind == .sessionCreated
        var applied = MetadataChange(event)?.apply(to: &state.table, by: event) ?? []
        if event.kind == .sessionResumed {
            // Opening a session again is a change only where it was archived.
            applied.removeAll { $0.old == $0.new }
            if applied.isEmpty { return }
        }
        // What a creation says of these two is believed; later they follow from the change.
        let said = isCreation ? applied : []
        func note(_ name: String, _ value: JSONValue) {
            guard isWanted(name) else { return }
            let value = said.last { $0.field == name }?.new ?? value
            state.set(name, to: FieldValue(event, value: value))
        }
        note(MetadataField.lastModified, .string(event.moment.description))
        note(MetadataField.modifiedBy, isCreation ? .null : JSONValue(event.actor))
        if isCreation, isWanted(MetadataField.turnCount) {
            state.set(MetadataField.turnCount, to: FieldValue(event, value: 0))
        }
        guard !event.isWithheld else { return state.hide(FieldValue(event, value: .null)) }
        for change in applied where !Self.derived.contains(change.field) {
            if isWanted(change.field) {
                state.set(change.field, to: FieldValue(event, value: change.new))
            }
            if change.field == MetadataField.status, isWanted(MetadataField.archived) {
                let isArchived = change.new.string == SessionStatus.archived.rawValue
                state.set(MetadataField.archived, to: FieldValue(event, value: .bool(isArchived)))
            }
        }
    }

    private func isWanted(_ name: String) -> Bool { field.map { $0 == name } ?? true }

    private static let derived = Set(MetadataField.builtIn.filter(\.isDerived).map(\.name))
}

extension FieldValue {
    /// What `history --json` prints of it.
    public var json: JSONValue {
        var object: JSONObject = [
            "seq": JSONValue(sequence), "kind": .string(kind.rawValue),
            "time": .string(time.description), "branch": .string(branch),
            "actor": JSONValue(actor), "reason": JSONValue(reason),
            "cause": cause.map { JSONValue($0) } ?? .null, "value": value,
        ]
        object["occurred"] = occurred.map { .string($0.description) }
        object["onbehalf"] = onBehalf.map { .string($0) }
        object["undoes"] = undoes.map { JSONValue($0) }
        if isWithheld { object["withheld"] = true }
        return .object(object)
    }
}
