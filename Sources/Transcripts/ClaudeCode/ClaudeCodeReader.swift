internal import SessionJournal

/// Folds the lines of one Claude Code session into messages, branches and what happened around
/// them. All that it knows follows from the distinct lines of the session in the order in which
/// they came, so that a reader which is shown the same lines again goes on as if it had never
/// stopped.
struct ClaudeCodeReader: Sendable {
    /// A message; its place in ``messages`` is its index.
    struct Message {
        let name: SourceNames.Name
        /// Whether it is there because a tool was used.
        let isToolActivity: Bool
        /// Whether it was told that a model answered with it.
        var isAnswered = false
        private let parentPlace: UInt32
        private let branchPlace: UInt32
        private let turnPlace: UInt32
        private var tipPlace: UInt32

        init(
            name: SourceNames.Name, parent: Int, branch: Int, turn: Int, tip: Int,
            isToolActivity: Bool
        ) {
            self.name = name
            parentPlace = UInt32(parent + 1)
            branchPlace = UInt32(branch)
            turnPlace = UInt32(turn + 1)
            tipPlace = UInt32(tip)
            self.isToolActivity = isToolActivity
        }

        /// The message above; -1 for none.
        var parent: Int { Int(parentPlace) - 1 }

        var branch: Int { Int(branchPlace) }

        /// The assistant message whose turn this belongs to: itself, or the one whose tools it
        /// answers; -1 for none.
        var turn: Int { Int(turnPlace) - 1 }

        /// Of the first message of a turn: the last one.
        var tip: Int {
            get { Int(tipPlace) }
            set { tipPlace = UInt32(newValue) }
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
        /// The last message of an assistant; -1 for none.
        var lastAssistant = -1
    }

    /// A tool call.
    struct Call {
        let tool: TextList.Place?
        let message: Int
        let time: Timestamp?
        var prompt: PieceKey?
    }

    static let main = 0

    var messages = PagedList<Message>()
    var branches = [
        Branch(name: "main", head: -1, parent: -1, isSidechain: false, model: nil)
    ]

    /// The branch that the person is on.
    var current = ClaudeCodeReader.main

    /// For each `uuid` of a line the message that it is, or is part of, or stands below; -1 where
    /// it stands before all messages.
    var names = NameTable()

    /// For each `message.id` of the API the message.
    var messagesOfAPI = NameTable()

    var calls = KeyedList<Call>()

    /// What messages and calls are called.
    var spellings = SourceNames()

    /// Calls that began a sub-agent and have no result, oldest first; the last few of them.
    var openAgents: [String] = []

    /// How many sub-agents are waited for at once.
    static let openAgentLimit = 256

    /// For each sub-agent its branch, and the branch of the last one.
    var sidechains: [String: Int] = [:]
    var lastSidechain: Int?

    /// For each sub-agent the call that began it.
    var agentCalls: [String: String] = [:]

    /// Summaries of a conversation whose last line has not come yet, by its `uuid`.
    var pendingNames: [String: String] = [:]

    var name: String?
    var directory: String?
    var gitBranch: String?

    /// The client's version, as the last line that has one says, and as the metadata does.
    var version: String?
    var recordedVersion: String?

    var forkCount = 0
    var sidechainCount = 0

    /// Who did what the client did by itself.
    static let client = "client:claude-code"

    /// The id of a message.
    func id(of message: Int) -> String { spellings[messages[message].name] }

    /// The name of the tool that a call is of; nil where that is not known.
    func tool(of call: String) -> String? { calls[call]?.tool.map { spellings[$0] } }

    /// Roughly how much memory this takes, in bytes.
    var weight: Int {
        messages.weight + names.table.weight + messagesOfAPI.table.weight + calls.weight
            + spellings.weight + branches.count * MemoryLayout<Branch>.stride
    }

    /// Whether something that was known could not be read again.
    var hasLost: Bool {
        messages.hasLost || names.table.hasLost || messagesOfAPI.table.hasLost || calls.hasLost
            || spellings.hasLost
    }

    /// Reads the next distinct line of the session.
    ///
    /// - Parameters:
    ///   - line: What the line says.
    ///   - ordinal: Its number among the session's distinct lines, from 1.
    ///   - original: Its bytes: one JSON object.
    mutating func read(
        _ line: ClaudeCodeLine, ordinal: Int, original: Span<UInt8>, into output: inout LineOutput
    ) {
        if let version = line.version { self.version = version }
        output.origin = EnvelopeName.clean(version.map { "claude-code/\($0)" } ?? "claude-code")
        if let uuid = line.uuid, let message = names[uuid] {
            keep(
                ordinal, original, branch: branchName(of: message),
                why: "another version of a line that came before", into: &output)
            return
        }
        switch line.type {
        case "user" where line.hasMessage, "assistant" where line.hasMessage:
            readMessage(line, ordinal, original, into: &output)
        case "progress": readProgress(line, ordinal, original, into: &output)
        case "system": readSystem(line, ordinal, original, into: &output)
        case "summary" where line.summary != nil:
            readSummary(line, ordinal, original, into: &output)
        case "pr-link": readLink(line, ordinal, original, into: &output)
        default:
            let above = alias(line)
            keep(
                ordinal, original, branch: branchName(of: above.message), why: above.why,
                into: &output)
        }
        recordMetadata(line, into: &output)
        recordName(line, into: &output)
    }

    /// Takes what a session's first line says about it for granted: its creation tells it.
    ///
    /// - Returns: The fields of metadata that the session is created with.
    mutating func open(_ line: ClaudeCodeLine) -> JSONObject {
        guard line.uuid != nil, !line.isSidechain else { return [:] }
        var fields: JSONObject = [:]
        directory = line.directory?.cut(toBytes: Self.nameLimit)
        gitBranch = line.gitBranch?.cut(toBytes: Self.nameLimit)
        recordedVersion = line.version
        if let directory { fields.append("cwd", .string(directory)) }
        if let gitBranch { fields.append("git_branch", .string(gitBranch)) }
        if let recordedVersion { fields.append("client_version", .string(recordedVersion)) }
        return fields
    }

    /// Keeps a line that none of the other events stands for.
    func keep(
        _ ordinal: Int, _ original: Span<UInt8>, branch: String, why: String?,
        into output: inout LineOutput
    ) {
        output.emitMain(.importLine, branch: branch, onBehalf: Self.client) { data in
            data.member("line", ordinal)
            data.member("why", ifPresent: why)
            data.original(original)
        }
    }
}

extension DataWriter {
    /// The source's line, verbatim.
    mutating func original(_ bytes: Span<UInt8>) {
        reserve(bytes.count + 16)
        member("original", json: bytes)
    }
}
