internal import SessionJournal

/// A shape in which a session is exported.
public struct ExportFormat: Sendable {
    /// Its name, as `--format` takes it.
    public let name: String

    /// What a file of it ends with, after a point.
    public let suffix: String

    /// What it is, in a few words.
    public let meaning: String

    /// Whether it shows the tree with all its branches; any other shows one branch.
    public let showsTree: Bool

    /// Whether files of it can be joined, the end of one to the beginning of the next.
    public let isLines: Bool

    /// The format of imported sessions whose own lines it is made of; nil where it asks for none.
    var source: String?

    /// What it has a place for.
    var places = ShapePlaces.all

    /// The fields of the session's metadata that it has a place for, where it has not for all.
    var fields: Set<String> = []

    /// Whether a summary stands in it for what it replaced.
    var sendsSummaries = false

    /// The name of a session's file, where that is not the session's key.
    var fileName: (@Sendable (ExportedSession) -> String)?

    /// The file's content, and what had no place in it.
    let write: @Sendable (ExportedSession) -> ExportedContent

    init(
        _ name: String, _ suffix: String, showsTree: Bool = false, isLines: Bool = false,
        _ meaning: String, write: @escaping @Sendable (ExportedSession) -> ExportedContent
    ) {
        self.name = name
        self.suffix = suffix
        self.meaning = meaning
        self.showsTree = showsTree
        self.isLines = isLines
        self.write = write
    }

    /// All of them, those for people first.
    public static let all: [ExportFormat] =
        readable + providers + training + agents
        + managers

    /// The format of a name.
    public static func named(_ name: String) -> ExportFormat? { all.first { $0.name == name } }

    private static let readable = [
        ExportFormat("markdown", "md", "a conversation in Markdown") { MarkdownPage.write($0) },
        ExportFormat("html", "html", showsTree: true, "one page with the tree, nothing beside it") {
            HTMLPage.write($0)
        },
        ExportFormat("text", "txt", "a conversation in plain text") { TextPage.write($0) },
        ExportFormat("json", "json", showsTree: true, "one document with everything") {
            .init(lines: [SessionDocument.json($0)])
        },
        ExportFormat(
            "jsonl", "jsonl", showsTree: true, isLines: true,
            "the session, its branches, its messages: one a line"
        ) { .init(lines: SessionDocument.lines($0)) },
        ExportFormat("csv", "csv", showsTree: true, "a table with a row for each message") {
            MessageTable.write($0)
        },
    ]

    private static let providers = [
        ExportFormat("openai-chat", "json", "messages for chat-completions, ready to send") {
            ChatCompletions.write($0)
        },
        ExportFormat("openai-responses", "json", "items for Responses, ready to send") {
            ResponsesItems.write($0)
        },
        ExportFormat("anthropic", "json", "messages for Anthropic, ready to send") {
            AnthropicMessages.write($0)
        },
        ExportFormat("gemini", "json", "contents for Gemini, ready to send") {
            GeminiContents.write($0)
        },
    ].map { format in
        var format = format
        format.places = []
        format.sendsSummaries = true
        return format
    }

    private static let training = [
        ExportFormat("finetune-openai", "jsonl", isLines: true, "an example for chat models") {
            TrainingLines.chat($0)
        },
        ExportFormat("finetune-sharegpt", "jsonl", isLines: true, "an example as ShareGPT has it") {
            TrainingLines.shareGPT($0)
        },
        ExportFormat("finetune-gemini", "jsonl", isLines: true, "an example for Gemini") {
            TrainingLines.gemini($0)
        },
        ExportFormat(
            "preferences", "jsonl", showsTree: true, isLines: true,
            "answers to the same message in pairs, the better one first"
        ) { TrainingLines.preferences($0) },
    ].map { format in
        var format = format
        format.places = format.showsTree ? [.branches] : []
        return format
    }

    private static let agents: [ExportFormat] = {
        var atif = ExportFormat("atif", "json", "a trajectory of an agent") {
            TrajectoryDocument.write($0)
        }
        atif.places = [.models, .usage, .times]
        atif.fields = ["agent", "client_version"]
        var claudeCode = ExportFormat(
            "claude-code", "jsonl", showsTree: true, isLines: true, "a transcript of Claude Code"
        ) { ClaudeCodeTranscript.write($0) }
        claudeCode.source = TranscriptFormat.claudeCode.name
        claudeCode.fileName = { ClaudeCodeTranscript.name($0) }
        claudeCode.places = [.branches, .models, .usage, .times, .marks]
        claudeCode.fields = ["name", "cwd", "client_version", "git_branch"]
        var codex = ExportFormat("codex", "jsonl", "a rollout of Codex") {
            CodexRollout.write($0)
        }
        codex.fileName = { CodexRollout.name($0) }
        codex.places = [.models, .usage, .times]
        codex.fields = [
            "name", "cwd", "client_version", "git_branch", "git_commit", "model_provider",
            "forked_from", "parent_session", "agent",
        ]
        var pi = ExportFormat("pi", "jsonl", showsTree: true, "a session of Pi, version 3") {
            PiSession.write($0)
        }
        pi.places = [.branches, .models, .usage, .times, .marks]
        pi.fields = ["name", "cwd"]
        var chatGPT = ExportFormat(
            "chatgpt", "json", showsTree: true, "a conversation as ChatGPT hands them out"
        ) { ChatGPTConversation.write($0) }
        chatGPT.places = [.branches, .models, .times, .marks]
        chatGPT.fields = ["name"]
        return [atif, claudeCode, codex, pi, chatGPT]
    }()

    private static let managers: [ExportFormat] = {
        var object = ExportFormat(
            "session-object", "json", "one object a session, as older session managers keep it"
        ) { PlainSession.object($0) }
        object.source = object.name
        object.places = [.models, .usage, .times, .metadata]
        var lines = ExportFormat(
            "session-lines", "jsonl", "a line of metadata, then a message a line"
        ) { PlainSession.lines($0) }
        lines.source = lines.name
        lines.places = [.times, .messageMetadata, .metadata]
        return [object, lines]
    }()
}

/// The content of a file to be.
struct ExportedContent: Sendable {
    var text = ""

    /// What had no place in the shape, by what it is, and how much of it.
    var setAside: [String: Int] = [:]

    init(_ text: String = "", setAside: [String: Int] = [:]) {
        self.text = text
        self.setAside = setAside
    }

    /// A value of JSON a line.
    init(lines: [JSONValue], setAside: [String: Int] = [:]) {
        var bytes: [UInt8] = []
        for line in lines {
            line.write(to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        text = String(decoding: bytes, as: UTF8.self)
        self.setAside = setAside
    }
}
