/// What a merge would do, worked out without writing anything.
public struct MergePreview: Sendable {
    /// The branch that would be merged.
    public let source: String

    /// The branch that it would be merged into.
    public let target: String

    /// How.
    public let strategy: MergeStrategy

    /// The last message of the source that the target has, or had; nil where there is none.
    public let base: Message?

    /// The messages that would be brought, in order, as the source shows them.
    public let messages: [Message]

    /// The metadata that would be set on the target.
    public let metadata: JSONObject

    /// The messages that both have and whose text would become that of the source, by id, with the
    /// event that edited or removed them there.
    public let edits: [(message: String, sequence: UInt64)]

    /// What both sides changed, and which side's value would hold.
    public let conflicts: [MergeConflict]

    /// The fields that both sides changed to the same value, unseen by each other: nothing is set,
    /// and the merge records that they agree.
    public let sameMetadata: JSONObject

    /// The messages that both sides edited to the same text, in the same way.
    public let sameEdits: [(message: String, sequence: UInt64)]

    /// Whether nothing is to be merged.
    public var isUpToDate: Bool {
        messages.isEmpty && metadata.isEmpty && edits.isEmpty && conflicts.isEmpty
            && sameMetadata.isEmpty && sameEdits.isEmpty
    }

    /// The conflicts that nobody has decided.
    public var undecided: [MergeConflict] { conflicts.filter { $0.taken == nil } }

    /// What `merge --preview --json` prints.
    public var json: JSONValue {
        [
            "source": .string(source), "target": .string(target),
            "strategy": .string(strategy.rawValue), "base": JSONValue(base?.id),
            "messages": .array(messages.map { .string($0.id) }), "set": .object(metadata),
            "edits": .object(Self.object(edits)), "conflicts": .array(conflicts.map(\.json)),
            "up_to_date": .bool(isUpToDate),
        ]
    }

    /// Edits as an event holds them.
    fileprivate static func object(_ edits: [(message: String, sequence: UInt64)]) -> JSONObject {
        JSONObject(edits.map { ($0.message, JSONValue($0.sequence)) })
    }
}

extension SessionState {
    /// What merging one branch into another would do now.
    ///
    /// The messages that are brought are those on the source's path that the target neither has nor
    /// ever had: what a rewind took from it is not brought again. Metadata of the branch and edits
    /// of shared messages are merged three ways, unless the strategy is `append`: a change that the
    /// other side has not seen wins over one that it has seen; where neither has seen the other's,
    /// that is a conflict.
    ///
    /// - Parameters:
    ///   - source: The branch to merge.
    ///   - target: The branch to merge into; nil for the one that the source came from.
    ///   - strategy: What to do where both sides changed something.
    ///   - take: Decisions by name: the field, or the id of the message. They go before the strategy.
    /// - Throws: ``JournalError`` `branchNotFound`, and `invalidArgument` for a decision about
    ///   something that is no conflict.
    /// - Complexity: the messages of both branches.
    public func mergePreview(
        _ source: String, into target: String? = nil, strategy: MergeStrategy = .append,
        take: [String: MergeConflict.Side] = [:]
    ) throws(JournalError) -> MergePreview {
        guard let from = tree.branchPlaces[source] else {
            throw JournalError.branchNotFound(source, in: tree)
        }
        let target = target ?? tree.allBranches[from].parent ?? EventDraft.mainBranch
        guard let into = tree.branchPlaces[target] else {
            throw JournalError.branchNotFound(target, in: tree)
        }
        guard from != into else {
            throw JournalError(
                .invalidArgument, "the branch “\(source)” cannot be merged into itself")
        }
        let sides = MergeSides(state: self, source: from, target: into)
        var merged = MergeSides.Merged()
        if strategy != .append {
            sides.mergeFields(into: &merged)
            sides.mergeEdits(into: &merged)
        }
        let names = Set(merged.conflicts.map(\.name))
        if let unknown = take.keys.sorted().first(where: { !names.contains($0) }) {
            throw JournalError(
                .invalidArgument,
                "“\(unknown)” is no conflict of this merge"
                    + (names.isEmpty
                        ? "; there is none"
                        : "; those are " + names.sorted().joined(separator: ", ")))
        }
        for index in merged.conflicts.indices {
            let conflict = merged.conflicts[index]
            let side = take[conflict.name] ?? strategy.side
            merged.conflicts[index].taken = side
            guard side == .theirs else { continue }
            switch conflict.subject {
            case .field(let name): merged.metadata.append(name, conflict.theirs)
            case .message(let id):
                let sequence = conflict.theirs.integer.flatMap { UInt64(exactly: $0) } ?? 0
                merged.edits.append((id, sequence))
            }
        }
        return MergePreview(
            source: source, target: target, strategy: strategy,
            base: sides.base.map { tree.messages[$0] },
            messages: sides.brought.map { tree.message(at: $0, on: from) },
            metadata: merged.metadata, edits: merged.edits, conflicts: merged.conflicts,
            sameMetadata: merged.sameMetadata, sameEdits: merged.sameEdits)
    }

    /// The event that merges; nil where nothing is to be merged.
    ///
    /// - Throws: ``JournalError`` `mergeConflict` where a conflict is not decided.
    package func merging(_ preview: MergePreview, id: String) throws(JournalError) -> EventDraft? {
        guard !preview.isUpToDate else { return nil }
        guard preview.undecided.isEmpty else {
            throw JournalError(
                .mergeConflict,
                "both branches changed "
                    + preview.undecided.map(\.name).joined(separator: ", ")
                    + "; decide each, or merge with the strategy ours or theirs")
        }
        let head = tree.branch(preview.source)?.head
        var data: JSONObject = [
            "merge": .string(id), "source": .string(preview.source),
            "source_head": head?.json ?? .null, "base": JSONValue(preview.base?.id),
            "strategy": .string(preview.strategy.rawValue),
            "messages": .array(preview.messages.map { .string($0.id) }),
        ]
        if !preview.metadata.isEmpty { data.append("set", .object(preview.metadata)) }
        if !preview.edits.isEmpty {
            data.append("edits", .object(MergePreview.object(preview.edits)))
        }
        if !preview.sameMetadata.isEmpty { data.append("same_set", .object(preview.sameMetadata)) }
        if !preview.sameEdits.isEmpty {
            data.append("same_edits", .object(MergePreview.object(preview.sameEdits)))
        }
        if !preview.conflicts.isEmpty {
            data.append("conflicts", .array(preview.conflicts.map(\.json)))
        }
        return EventDraft(.branchMerged, branch: preview.target, data: EventData(data))
    }
}

extension MergeStrategy {
    /// Whose value holds where both sides changed something; nil where somebody has to decide.
    var side: MergeConflict.Side? {
        switch self {
        case .append, .ours: .ours
        case .theirs: .theirs
        case .ask: nil
        }
    }
}

/// The two sides of a merge.
private struct MergeSides {
    /// What becomes of metadata and edits.
    struct Merged {
        var metadata: JSONObject = [:]
        var edits: [(message: String, sequence: UInt64)] = []
        var conflicts: [MergeConflict] = []
        var sameMetadata: JSONObject = [:]
        var sameEdits: [(message: String, sequence: UInt64)] = []
    }

    let state: SessionState
    let source: Int
    let target: Int
    /// The places of the messages that the source has and the target never had, in order.
    let brought: [Int]
    /// The last message of the source that the target has or had.
    let base: Int?
    /// The places of the messages of the source that the target has or had, in order.
    private let shared: [Int]

    init(state: SessionState, source: Int, target: Int) {
        self.state = state
        self.source = source
        self.target = target
        let tree = state.tree
        var known: Set<Int> = []
        let branch = tree.allBranches[target]
        for head in [branch.head] + branch.abandonedHeads.map({ $0 }) {
            known.formUnion(tree.way(to: head).messages)
        }
        let way = tree.way(to: tree.allBranches[source].head).messages.reversed()
        brought = way.filter { !known.contains($0) }
        shared = way.filter { known.contains($0) }
        base = shared.last
    }

    /// Whether a branch has seen a change.
    private func knows(_ branch: Int, _ change: ChangeID) -> Bool {
        change.branch == branch
            || change.sequence <= state.tree.knowledge[branch][change.branch] ?? 0
            || state.tree.knowledge[branch][change.alone] != nil
    }

    /// What becomes of two values of which each was set by a change.
    private enum Verdict { case keep, agree, take, conflict }

    private func verdict(_ ours: ChangeID?, _ theirs: ChangeID, isEqual: Bool) -> Verdict {
        if knows(target, theirs) || ours == theirs { return .keep }
        if isEqual { return .agree }
        guard let ours, !knows(source, ours) else { return .take }
        return .conflict
    }

    func mergeFields(into merged: inout Merged) {
        let targetName = state.tree.allBranches[target].name
        let ours = state.table.values(on: targetName)
        let theirs = state.table.values(on: state.tree.allBranches[source].name)
        for (name, value) in theirs.current.sorted(by: { $0.key < $1.key }) {
            let mine = ours[name]
            let isEqual = (state.table.value(name, on: targetName) ?? .null) == value.value
            switch verdict(mine?.origin, value.origin, isEqual: isEqual) {
            case .keep: continue
            case .agree: merged.sameMetadata.append(name, value.value)
            case .take: merged.metadata.append(name, value.value)
            case .conflict:
                let base = ours.last(name) { knows(source, $0.origin) && knows(target, $0.origin) }
                if state.schema[name]?.type == .set,
                    let set = Self.mergedSet(base?.value, mine?.value, value.value)
                {
                    if set != mine?.value { merged.metadata.append(name, set) }
                } else {
                    merged.conflicts.append(
                        MergeConflict(
                            subject: .field(name), ours: mine?.value ?? .null, theirs: value.value))
                }
            }
        }
    }

    /// What both sets have or either added, without what either took away; nil where one of them is
    /// no array.
    private static func mergedSet(
        _ base: JSONValue?, _ ours: JSONValue?, _ theirs: JSONValue
    ) -> JSONValue? {
        guard let ours = ours?.array, let theirs = theirs.array else { return nil }
        let before = Set(base?.array ?? [])
        let mine = Set(ours)
        let others = Set(theirs)
        var seen: Set<JSONValue> = []
        let merged = (ours + theirs).filter { value in
            let isGone =
                before.contains(value) && !(mine.contains(value) && others.contains(value))
            return !isGone && seen.insert(value).inserted
        }
        return .array(merged.sorted { $0.description < $1.description })
    }

    func mergeEdits(into merged: inout Merged) {
        let tree = state.tree
        for place in shared {
            guard let theirs = tree.views[source][place] else { continue }
            let ours = tree.views[target][place]
            let message = tree.messages[place]
            let isEqual = isSame(message, ours?.edit, theirs.edit)
            let sequence = message.edit(at: theirs.edit)?.sequence ?? 0
            switch verdict(ours?.origin, theirs.origin, isEqual: isEqual) {
            case .keep: continue
            case .agree: merged.sameEdits.append((message.id, sequence))
            case .take: merged.edits.append((message.id, sequence))
            case .conflict:
                let mine = message.edit(at: ours?.edit)?.sequence ?? 0
                merged.conflicts.append(
                    MergeConflict(
                        subject: .message(message.id), ours: JSONValue(mine),
                        theirs: JSONValue(sequence)))
            }
        }
    }

    /// Whether two edits of a message say the same; nil stands for the text it was appended with.
    private func isSame(_ message: Message, _ left: Int?, _ right: Int?) -> Bool {
        if left == right { return true }
        let revisions = message.revisions
        let ours = left.map { $0 + 1 } ?? 0
        let theirs = right.map { $0 + 1 } ?? 0
        guard revisions.indices.contains(ours), revisions.indices.contains(theirs) else {
            return false
        }
        return isSame(revisions[ours], revisions[theirs])
    }

    private func isSame(_ ours: Message.Revision, _ theirs: Message.Revision) -> Bool {
        guard ours.isRemoval == theirs.isRemoval else { return false }
        if ours.isRemoval { return true }
        // Without content two texts are only known to be the same where the event is.
        guard !ours.events.isEmpty, !theirs.events.isEmpty else { return false }
        return ours.content() == theirs.content()
    }
}
