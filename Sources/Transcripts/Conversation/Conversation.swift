internal import SessionJournal

/// What a reader knows of a session, and the events that the piece at hand yields.
///
/// All of it follows from the session's distinct pieces in the order in which they came, so that a
/// reader which is shown them again goes on as if it had never stopped. A format tells what a piece
/// says with ``say(_:)`` and its neighbours; where a message stands in the tree, which branch it
/// is on and what else follows from it is decided here, alike for all formats.
struct Conversation: Sendable {
    /// A message; its place in ``messages`` is its index.
    struct Message {
        let name: SourceNames.Name
        /// Whether it stands aside of what people and models say to each other: results of tools,
        /// and what the client adds.
        let isAside: Bool
        private let parentPlace: UInt32
        private let branchPlace: UInt32
        let role: TextList.Place
        /// What its parts say.
        var parts: PartsDigest

        init(
            name: SourceNames.Name, parent: Int, branch: Int, role: TextList.Place,
            isAside: Bool, parts: PartsDigest
        ) {
            self.name = name
            parentPlace = UInt32(parent + 1)
            branchPlace = UInt32(branch)
            self.role = role
            self.isAside = isAside
            self.parts = parts
        }

        /// The message above; -1 for none.
        var parent: Int { Int(parentPlace) - 1 }

        var branch: Int { Int(branchPlace) }
    }

    /// A hash of what parts say, so that another version of a message is told from the same. It is of
    /// this process, and nobody outside can make two alike.
    struct PartsDigest: Equatable {
        private(set) var count: UInt32 = 0
        private var hash = 0

        init(_ parts: some Sequence<PartDraft>) {
            for part in parts { add(part) }
        }

        mutating func add(_ part: PartDraft) {
            var hasher = Hasher()
            hasher.combine(hash)
            hasher.combine(part.content)
            hash = hasher.finalize()
            count += 1
        }
    }

    /// A branch; its place in ``branches`` is its index.
    struct Branch: Sendable {
        let name: String
        /// The last message; -1 for none.
        var head: Int
        let parent: Int
        let isSidechain: Bool
        var model: String?
    }

    /// A call of a tool.
    struct Call {
        let tool: TextList.Place
        let message: Int
        let time: Timestamp?
        var isOpen = true
        /// Whether it was told that it began before a message asked for it.
        var isStarted = false
    }

    static let main = 0

    /// The name of the client, as events carry it.
    let client: String

    var clientVersion: String?

    private(set) var messages = PagedList<Message>()
    var branches = [Branch(name: "main", head: -1, parent: -1, isSidechain: false, model: nil)]

    /// The branch that the person is on.
    var current = Conversation.main

    /// The message that the next one follows where nothing else is said; -1 for none.
    var position = -1

    /// For each id of the source the message that it is, or stands below; -1 before all messages.
    var names = NameTable()

    private(set) var calls = KeyedList<Call>()

    /// What messages and calls are called.
    private(set) var spellings = SourceNames()

    /// Calls that have no result, oldest first; the last few of them.
    private var openCalls: [String] = []
    private static let openCallLimit = 256

    /// For each piece that others may follow the message that it ended with.
    private var ends = KeyedList<Int>()

    /// The metadata that has been told.
    private var fields: [String: JSONValue] = [:]

    /// What a format wants to remember.
    var memory: [String: JSONValue] = [:]

    /// What the piece at hand yields.
    var acts: [Act] = []

    /// The piece's number and time, and why it is kept where nothing else is made of it.
    private(set) var ordinal = 0
    private(set) var time: Timestamp?
    var why: String?

    private var callCount = 0
    private var messageCount = 0
    var forkCount = 0

    init(client: String) {
        self.client = client
    }

    /// Who did what the client did by itself.
    var clientActor: String { "client:\(client)" }

    // MARK: Pieces

    /// Begins a piece.
    mutating func begin(_ piece: SourcePiece, at time: Timestamp?) {
        acts.removeAll(keepingCapacity: true)
        ordinal = piece.ordinal
        self.time = time
        why = nil
        callCount = 0
        messageCount = 0
        if let after = piece.note.after { position = ends[after] ?? -1 }
    }

    /// Ends a piece that others may follow.
    mutating func end(isChained: Bool) {
        if isChained { ends[ordinal] = position }
    }

    // MARK: Metadata

    /// The longest value of a metadata field that is taken, in bytes.
    private static let valueLimit = 4096

    /// Tells a field of the session's metadata, where it is other than before.
    mutating func set(_ field: String, _ value: JSONValue?, branch: Int = Conversation.main) {
        guard var value, !value.isNull else { return }
        if case .string(let text) = value {
            guard !text.isEmpty else { return }
            value = .string(text.cut(toBytes: Self.valueLimit))
        }
        let key = branch == Self.main ? field : "\(branch)/\(field)"
        guard fields[key] != value else { return }
        fields[key] = value
        let name = branches[branch].name
        if let last = acts.indices.last, acts[last].kind == .sessionMetadataChanged,
            acts[last].branch == name, case .object(let members) = acts[last].fields[0].1
        {
            acts[last].fields[0].1 = .object(members + [(field, .json(value))])
            return
        }
        acts.append(
            Act(
                kind: .sessionMetadataChanged, branch: name, onBehalf: clientActor,
                reason: "as the transcript says",
                fields: [("set", .object([(field, .json(value))]))]))
    }

    /// Tells the model that answers on a branch.
    mutating func setModel(_ model: String?, branch: Int) {
        guard let model, branches[branch].model != model else { return }
        branches[branch].model = model
        set("model", .string(model), branch: branch)
    }

    /// Takes the metadata that the first piece tells, for the event that creates the session.
    mutating func takeFields() -> JSONObject {
        var taken: JSONObject = [:]
        acts.removeAll { act in
            guard act.kind == .sessionMetadataChanged, act.branch == branches[Self.main].name,
                case .object(let members) = act.fields[0].1
            else { return false }
            for case (let name, .json(let value)) in members { taken[name] = value }
            return true
        }
        return taken
    }

    // MARK: Names

    /// An id for a message: the source's own, where it can be one and is free.
    mutating func id(_ given: String?) -> String {
        messageCount += 1
        if let given, names[given] == nil, given.utf8.count <= ClaudeCodeLine.nameLimit,
            EnvelopeName.isValid(given)
        {
            return given
        }
        return messageCount == 1 ? "line-\(ordinal)" : "line-\(ordinal)-\(messageCount)"
    }

    /// An id for a call: the source's own, else one that is made up.
    mutating func callID(_ given: Sourced?) -> String {
        if let name = given?.name { return name }
        callCount += 1
        return "line-\(ordinal)-call-\(callCount)"
    }

    /// The call that a result belongs to: the one it names, else the first that waits for one, of
    /// that tool where it is named.
    mutating func resultCall(_ given: Sourced?, tool: String? = nil) -> String {
        guard let name = given?.name else {
            return openCalls.first { tool == nil || self.tool(of: $0) == tool } ?? callID(nil)
        }
        if calls[name] != nil { return name }
        // A call that had no id may be the one that the result knows by its own.
        return openCalls.first {
            $0.hasPrefix("line-") && (tool == nil || self.tool(of: $0) == tool)
        } ?? name
    }

    /// The message that the model is writing: the last one, where it is an assistant's.
    var openAnswer: Int? {
        position >= 0 && role(of: position) == "assistant" ? position : nil
    }

    /// The last message of a role above where the conversation stands.
    func lastMessage(of role: String) -> Int? {
        var index = position
        while index >= 0 {
            if self.role(of: index) == role { return index }
            index = messages[index].parent
        }
        return nil
    }

    /// The call that has waited longest for its result.
    var openCall: String? { openCalls.first }

    /// Adds a message; returns its index.
    mutating func add(_ id: String, at place: Place, _ draft: Draft) -> Int {
        messages.append(
            Message(
                name: spellings.add(id), parent: place.parent, branch: place.branch,
                role: spellings.add(usual: draft.role),
                isAside: ["tool", "system"].contains(draft.role) || draft.synthetic == "meta",
                parts: PartsDigest(draft.parts)))
        return messages.count - 1
    }

    /// The id of a message.
    func id(of message: Int) -> String { spellings[messages[message].name] }

    /// The role of a message.
    func role(of message: Int) -> String { spellings[messages[message].role] }

    /// The name of the tool that a call is of; nil where the call is not known.
    func tool(of call: String) -> String? { calls[call].map { spellings[$0.tool] } }

    /// Roughly how much memory this takes, in bytes.
    var weight: Int {
        messages.weight + names.table.weight + calls.weight + spellings.weight + ends.weight
            + branches.count * MemoryLayout<Branch>.stride
    }

    /// Whether something that was known could not be read again.
    var hasLost: Bool {
        messages.hasLost || names.table.hasLost || calls.hasLost || spellings.hasLost
            || ends.hasLost
    }

    mutating func replaceParts(of message: Int, by parts: PartsDigest) {
        messages[message].parts = parts
    }

    mutating func open(_ call: PartDraft.Call, by message: Int, isStarted: Bool = false) {
        calls[call.id] = Call(
            tool: spellings.add(usual: call.name), message: message, time: time,
            isStarted: isStarted)
        if openCalls.count == Self.openCallLimit { openCalls.removeFirst() }
        openCalls.append(call.id)
    }

    mutating func close(_ call: String) {
        calls[call]?.isOpen = false
        openCalls.removeAll { $0 == call }
    }
}
