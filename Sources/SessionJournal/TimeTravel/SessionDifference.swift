/// What differs between two states: of a session at two points, of two of its branches, or of two
/// sessions.
public struct SessionDifference: Sendable {
    /// One of the two states.
    public struct Side: Sendable, Hashable {
        /// The session; nil before its first event.
        public let session: SessionID?
        /// The sequence number of its last event; 0 before the first.
        public let sequence: UInt64
        /// The branch that is compared; nil where all messages of the session are.
        public let branch: String?
    }

    /// A metadata field that differs.
    public struct Field: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The value on the old side; nil where the field is not there.
        public let old: JSONValue?
        /// The value on the new side; nil where the field is not there.
        public let new: JSONValue?
        /// Of a field that is a set, what is in the new one alone; nil for any other field.
        public let added: [JSONValue]?
        /// Of a field that is a set, what is in the old one alone; nil for any other field.
        public let removed: [JSONValue]?
    }

    /// A message that both sides have.
    public struct Pair: Sendable {
        /// As the old side has it.
        public let old: Message
        /// As the new side has it.
        public let new: Message
    }

    /// A branch whose head is another message.
    public struct Move: Sendable, Hashable {
        /// The branch.
        public let branch: String
        /// Its head on the old side.
        public let old: MessageReference?
        /// Its head on the new side.
        public let new: MessageReference?
    }

    /// The old side.
    public let old: Side
    /// The new side.
    public let new: Side
    /// Of two branches, the last message that is on both; nil where there is none, and where no two
    /// branches are compared.
    public internal(set) var base: MessageReference?
    /// The metadata fields that differ.
    public internal(set) var fields: [Field] = []
    /// Messages that the new side alone has, in its order.
    public internal(set) var added: [Message] = []
    /// Messages that the old side alone has, in its order.
    public internal(set) var removed: [Message] = []
    /// Messages of one id whose role or content differs.
    public internal(set) var edited: [Pair] = []
    /// Messages that have another id on each side, and the same role and content. They stand in
    /// neither ``added`` nor ``removed``.
    public internal(set) var renamed: [Pair] = []
    /// Branches that the new side alone has.
    public internal(set) var branchesAdded: [Branch] = []
    /// Branches that the old side alone has.
    public internal(set) var branchesRemoved: [Branch] = []
    /// Branches with another head; of two sessions none, for their messages have ids of their own.
    public internal(set) var moved: [Move] = []
    /// The current branch of each side, where that differs.
    public internal(set) var current: (old: String, new: String)?

    /// Whether nothing differs. Messages that have another id alone are no difference.
    public var isEmpty: Bool {
        fields.isEmpty && added.isEmpty && removed.isEmpty && edited.isEmpty
            && branchesAdded.isEmpty && branchesRemoved.isEmpty && moved.isEmpty && current == nil
    }

    /// Compares two states.
    ///
    /// Fields that are sets are compared as such, whatever their order. Messages are compared by id, and those
    /// that are left over by role and content, each with one of the other side at most.
    ///
    /// - Parameters:
    ///   - old: The old state, with content.
    ///   - oldBranch: The branch whose path is compared; nil for all messages of the session, and
    ///     for the metadata as `main` has it.
    ///   - new: The new state, with content.
    ///   - newBranch: The branch of the new state.
    /// - Complexity: the messages; the content of those that are the same events is not parsed.
    public init(
        from old: SessionState, branch oldBranch: String? = nil, to new: SessionState,
        branch newBranch: String? = nil
    ) {
        self.old = Side(session: old.session, sequence: old.lastSequence, branch: oldBranch)
        self.new = Side(session: new.session, sequence: new.lastSequence, branch: newBranch)
        compareMetadata(
            old.metadata(on: oldBranch ?? EventDraft.mainBranch),
            new.metadata(on: newBranch ?? EventDraft.mainBranch)
        ) { old.schema[$0]?.type == .set || new.schema[$0]?.type == .set }
        let before = Self.messages(of: old.tree, branch: oldBranch)
        let after = Self.messages(of: new.tree, branch: newBranch)
        if oldBranch != newBranch {
            base = Self.base(of: before, and: after, in: new.tree)
        }
        compareMessages(before, after)
        compareStructure(old.tree, new.tree)
    }

    private static func messages(of tree: ConversationTree, branch: String?) -> [Message] {
        guard let branch else { return Array(tree.messages) }
        return tree.path(ofBranch: branch)?.messages ?? []
    }

    private static func base(
        of old: [Message], and new: [Message], in tree: ConversationTree
    ) -> MessageReference? {
        let ids = Set(old.map(\.id))
        return new.last { ids.contains($0.id) }.map { MessageReference($0.id) }
    }

    // MARK: Metadata

    private mutating func compareMetadata(
        _ old: JSONObject, _ new: JSONObject, isSet: (String) -> Bool
    ) {
        var names = old.names
        names += new.names.filter { old[$0] == nil }
        for name in names {
            let before = old[name]
            let after = new[name]
            guard before != after else { continue }
            var added: [JSONValue]?
            var removed: [JSONValue]?
            if isSet(name), let old = before?.array, let new = after?.array {
                let (before, after) = (Set(old), Set(new))
                guard before != after else { continue }
                added = Self.distinct(new.filter { !before.contains($0) })
                removed = Self.distinct(old.filter { !after.contains($0) })
            }
            fields.append(
                Field(name: name, old: before, new: after, added: added, removed: removed))
        }
    }

    private static func distinct(_ values: [JSONValue]) -> [JSONValue] {
        var seen: Set<JSONValue> = []
        return values.filter { seen.insert($0).inserted }
    }

    // MARK: Messages

    private mutating func compareMessages(_ old: [Message], _ new: [Message]) {
        var places: [String: Int] = [:]
        for (place, message) in old.enumerated() { places[message.id] = place }
        // An id means the same message in one session alone.
        let isOneSession = self.old.session == self.new.session
        var isFound = [Bool](repeating: false, count: old.count)
        for message in new {
            guard isOneSession, let place = places[message.id] else {
                added.append(message)
                continue
            }
            isFound[place] = true
            if !message.hasContent(of: old[place]) {
                edited.append(Pair(old: old[place], new: message))
            }
        }
        removed = old.indices.filter { !isFound[$0] }.map { old[$0] }
        matchByContent()
    }

    /// Takes those apart that are the same but for their ids.
    private mutating func matchByContent() {
        guard !added.isEmpty, !removed.isEmpty else { return }
        var waiting: [Fingerprint: [Int]] = [:]
        for (place, message) in removed.enumerated().reversed() {
            if let print = Fingerprint(message) { waiting[print, default: []].append(place) }
        }
        var partners = [Int?](repeating: nil, count: added.count)
        for (place, message) in added.enumerated() {
            guard let print = Fingerprint(message) else { continue }
            partners[place] = waiting[print]?.popLast()
        }
        let taken = Set(partners.compactMap { $0 })
        for (place, partner) in partners.enumerated() {
            guard let partner else { continue }
            renamed.append(Pair(old: removed[partner], new: added[place]))
        }
        added = added.indices.filter { partners[$0] == nil }.map { added[$0] }
        removed = removed.indices.filter { !taken.contains($0) }.map { removed[$0] }
    }

    private struct Fingerprint: Hashable {
        let role: Role?
        let content: [JSONValue]

        init?(_ message: Message) {
            guard let content = message.content() else { return nil }
            role = message.role
            self.content = content
        }
    }

    // MARK: Structure

    private mutating func compareStructure(_ old: ConversationTree, _ new: ConversationTree) {
        branchesAdded = new.branches.filter { old.branch($0.name) == nil }
        branchesRemoved = old.branches.filter { new.branch($0.name) == nil }
        guard
            self.old.session == self.new.session || self.old.session == nil
                || self.new.session == nil
        else { return }
        for branch in new.branches {
            guard let before = old.branch(branch.name), before.head != branch.head else { continue }
            moved.append(Move(branch: branch.name, old: before.head, new: branch.head))
        }
        if old.currentBranch != new.currentBranch {
            current = (old.currentBranch, new.currentBranch)
        }
    }
}

extension Message {
    /// Whether role and content are the same. Where the same events hold it, nothing is parsed.
    func hasContent(of other: Message) -> Bool {
        guard role == other.role, isWithheld == other.isWithheld else { return false }
        if events == other.events { return true }
        return content() == other.content()
    }
}
