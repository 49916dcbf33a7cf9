/// What a change of metadata comes to on a state: what is to be stored, what is wrong with it, and
/// where it meets a change of somebody else.
struct MetadataPlan {
    /// A field that was changed since the caller read it.
    struct Clash {
        var field: String
        var sequence: UInt64
    }

    private let state: SessionState
    private let branch: String
    /// The version that the caller read, and what it read; nil where the caller does not say.
    private let since: UInt64?
    private let base: SessionState?

    private var merged: JSONObject
    private var set: JSONObject = [:]
    private var added: JSONObject = [:]
    private var removed: JSONObject = [:]
    private(set) var problems: [MetadataProblem] = []
    private(set) var clashes: [Clash] = []

    init(
        _ update: MetadataUpdate, on state: SessionState, branch: String, since base: SessionState?
    ) {
        self.state = state
        self.branch = branch
        self.base = base
        since = base?.version
        merged = state.metadata(on: branch)
        // These two are about to be the moment and the actor of this change.
        merged[MetadataField.lastModified] = .null
        merged[MetadataField.modifiedBy] = .null
        for name in Self.unique(update.set.names) {
            if let value = update.set[name] { take(name, value) }
        }
        for name in Self.unique(update.added.names + update.removed.names) {
            guard update.set[name] == nil else {
                refuse(name, nil, "is set and changed by elements at once")
                continue
            }
            take(
                name, added: update.added[name]?.array ?? [],
                removed: update.removed[name]?.array ?? [])
        }
        let erased = state.table.erasedNames(on: branch).filter { merged[$0] == .erased }
        problems += state.schema.problems(in: merged, on: branch, only: nil, besides: erased)
    }

    /// The events that store the change; none where it changes nothing.
    func drafts(reason: String?) -> [EventDraft] {
        var drafts = [MetadataField.Scope.session, .branch].compactMap { scope -> EventDraft? in
            // A branch's fields on `main` stand with the session's.
            guard scope == .session || branch != EventDraft.mainBranch else { return nil }
            let part = { (all: JSONObject) in
                JSONObject(
                    all.members.filter { member in
                        branch == EventDraft.mainBranch || self.scope(member.name) == scope
                    }.map { ($0.name, $0.value) })
            }
            var data: JSONObject = ["schema": .integer(MetadataField.schemaVersion)]
            for (key, all) in [("set", set), ("add", added), ("remove", removed)] {
                let members = part(all)
                if !members.isEmpty { data.append(key, .object(members)) }
            }
            guard data.count > 1 else { return nil }
            let names = ["set", "add", "remove"].flatMap { data[$0]?.object?.names ?? [] }
            let branchNames = Self.unique(state.schema.branchNames(among: names))
            if !branchNames.isEmpty {
                data.append("branch_fields", .array(branchNames.map { .string($0) }))
            }
            var draft = EventDraft(.sessionMetadataChanged, data: EventData(data))
            draft.branch = scope == .session ? EventDraft.mainBranch : branch
            draft.reason = reason
            return draft
        }
        // One act, which is undone as one.
        for index in drafts.indices.dropFirst() { drafts[index].cause = .inBatch(0) }
        return drafts
    }

    private func scope(_ name: String) -> MetadataField.Scope {
        state.schema[name]?.scope ?? state.table.scope(of: name)
    }

    private mutating func refuse(_ name: String, _ value: JSONValue?, _ problem: String) {
        let place = scope(name) == .branch ? branch : EventDraft.mainBranch
        problems.append(
            MetadataProblem(field: name, branch: place, value: value, problem: problem))
    }

    // MARK: Values

    private mutating func take(_ name: String, _ value: JSONValue) {
        if let problem = MetadataField.problem(withName: name) {
            refuse(name, value, problem)
            return
        }
        switch name {
        case MetadataField.lastModified, MetadataField.modifiedBy:
            refuse(name, value, "follows from the changes; it cannot be set")
        case MetadataField.turnCount:
            // A claim beside the number that is counted: it changes nothing in the result.
            if let problem = state.schema[name]?.problem(with: value) {
                refuse(name, value, problem)
            } else if state.turnCountClaim?.value != value {
                set.append(name, value)
            }
        case MetadataField.archived: takeArchived(value)
        default:
            let isSet = state.schema[name]?.type == .set
            store(name, isSet ? value.asSet : value, isSet: isSet)
        }
    }

    private mutating func takeArchived(_ value: JSONValue) {
        guard let isArchived = value.bool else {
            refuse(MetadataField.archived, value, "must be true or false, not \(value.brief)")
            return
        }
        let current = merged[MetadataField.status]
        if isArchived == (current?.string == SessionStatus.archived.rawValue) { return }
        guard let status = SessionStatus.viewed(archived: value, from: current) else {
            // Not archived it is, whether active or deleted.
            if !isArchived { return }
            refuse(MetadataField.archived, value, "cannot be: the session is deleted")
            return
        }
        store(MetadataField.status, .string(status.rawValue), isSet: false)
    }

    private mutating func store(_ name: String, _ value: JSONValue, isSet: Bool) {
        let current = merged[name]
        if isSet, current?.isSameSet(as: value) ?? false { return }
        guard current != value else { return }
        if let clash = clash(name) {
            // Two changes of a set meet without a quarrel: each keeps what it added and removed.
            guard isSet, let new = value.array else {
                clashes.append(clash)
                return
            }
            let old = base?.table.value(name, on: branch)?.array ?? []
            take(
                name, added: new.filter { !old.contains($0) },
                removed: old.filter { !new.contains($0) })
            return
        }
        set.append(name, value)
        merged[name] = value
    }

    /// The change that somebody made to a field since the caller read it.
    private func clash(_ name: String) -> Clash? {
        guard let since, let entry = state.table.entry(name, on: branch), entry.version > since
        else { return nil }
        return Clash(field: name, sequence: entry.sequence)
    }

    // MARK: Elements

    private mutating func take(_ name: String, added: [JSONValue], removed: [JSONValue]) {
        if let problem = MetadataField.problem(withName: name) {
            refuse(name, nil, problem)
            return
        }
        let field = state.schema[name]
        let current = merged[name] ?? []
        guard field == nil || field?.type == .set, let old = current.array else {
            refuse(name, current, "is no set that elements could be added to or removed from")
            return
        }
        if let both = added.first(where: { removed.contains($0) }) {
            refuse(name, both, "cannot get and lose \(both.brief) at once")
            return
        }
        let new = added.filter { !old.contains($0) }
        let gone = removed.filter { old.contains($0) }
        guard !new.isEmpty || !gone.isEmpty else { return }
        if !new.isEmpty { self.added.append(name, .array(new)) }
        if !gone.isEmpty { self.removed.append(name, .array(gone)) }
        merged[name] = .array(old.filter { !gone.contains($0) } + new)
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension JSONValue {
    /// Whether two lists hold the same elements, in whatever order.
    fileprivate func isSameSet(as other: JSONValue) -> Bool {
        guard let array, let others = other.array else { return false }
        return array.count == others.count && Set(array) == Set(others)
    }
}
