internal import SessionJournal

/// What a line of a Claude Code transcript says, as far as the reader needs it: small owned
/// values, so that the bytes are not needed again but to be copied.
struct ClaudeCodeLine: Sendable {
    /// A block of a message's content.
    struct Block: Sendable {
        enum Kind: Sendable {
            case text, thinking, toolUse, toolResult, unknown
            /// An image or a document, with the kind of its source ("base64", "url").
            case media(name: StaticMedia, source: String?)
        }

        enum StaticMedia: Sendable { case image, document }

        var kind: Kind
        /// The call that a tool use or a tool result names.
        var call: String?
        /// The tool's name.
        var name: String?
        /// What a sub-agent was told, hashed; nil for any other tool.
        var prompt: PieceKey?
        var isError = false
        var hasSignature = false
    }

    /// A message's content.
    enum Content: Sendable {
        case none
        case text(PieceKey)
        case blocks([Block])
        case unknown
    }

    var type = ""
    var subtype: String?
    var uuid: String?
    var parent: String?
    var logicalParent: String?
    var time: Timestamp?
    var isSidechain = false
    var isMeta = false
    var isCompactSummary = false
    var isAPIError = false
    var agentID: String?
    var version: String?
    var directory: String?
    var gitBranch: String?
    var requestID: String?
    /// The tool call that a user line belongs to, where it says so.
    var sourceCall: String?

    var hasMessage = false
    var messageID: String?
    var model: String?
    var hasUsage = false
    var stopReason: String?
    var content = Content.none
    /// The start of the first text block of an API error.
    var errorText: String?

    /// What the tool result says of itself.
    var resultDuration: Int64?
    var resultAgentID: String?
    var isDenied = false

    // Of progress lines.
    var parentCall: String?
    var hasProgressType = false
    var progressAgentID: String?

    // Of summary lines.
    var summary: String?
    var leaf: String?

    /// Which members of the original exist that an event may point to.
    var hasContentText = false
    var hasTrigger = false
    var hasTokensBefore = false
    var hasDuration = false
    var hasError = false
}

extension ClaudeCodeLine {
    /// The longest name (of a message, a call, a model, …) that is taken for one, in bytes.
    static let nameLimit = 512

    /// The most blocks of a message that are told apart; one with more is a single part.
    static let blockLimit = 4096

    /// How much of an API error's text is told, in bytes.
    static let errorLimit = 400

    /// Reads a line that has been parsed. Cost: one look at each of its own members.
    init(_ document: JSONDocument, _ bytes: Span<UInt8>) {
        guard let root = document.root else { return }
        for (key, value) in document.members(of: root) {
            read(document.key(key, in: bytes), value, document, bytes)
        }
        if isAPIError { errorText = Self.firstText(document, bytes) }
    }

    /// The start of the first text of a message's content.
    private static func firstText(_ document: JSONDocument, _ bytes: Span<UInt8>) -> String? {
        guard let root = document.root,
            let message = document.member("message", of: root, in: bytes),
            let content = document.member("content", of: message, in: bytes)
        else { return nil }
        for node in document.elements(of: content) {
            if let text = document.string("text", of: node, in: bytes) {
                return text.cut(toBytes: errorLimit)
            }
        }
        return nil
    }

    private mutating func read(
        _ key: String, _ value: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) {
        func name() -> String? { document.name(value, in: bytes) }
        func has(_ member: String) -> Bool {
            document.member(member, of: value, in: bytes) != nil
        }
        switch key {
        case "type": type = name() ?? ""
        case "subtype": subtype = name()
        case "uuid": uuid = name()
        case "parentUuid": parent = name()
        case "logicalParentUuid": logicalParent = name()
        case "timestamp": time = document.string(value, in: bytes).flatMap { Timestamp($0) }
        case "isSidechain": isSidechain = value.kind == .true
        case "isMeta": isMeta = value.kind == .true
        case "isCompactSummary": isCompactSummary = value.kind == .true
        case "isApiErrorMessage": isAPIError = value.kind == .true
        case "agentId": agentID = name()
        case "version": version = name()
        case "cwd":
            directory = document.string(value, in: bytes).flatMap { $0.isEmpty ? nil : $0 }
        case "gitBranch": gitBranch = document.string(value, in: bytes)
        case "requestId": requestID = name()
        case "sourceToolUseID": sourceCall = name()
        case "message": readMessage(value, document, bytes)
        case "toolUseResult": readResult(value, document, bytes)
        case "parentToolUseID": parentCall = name()
        case "data":
            hasProgressType = document.member("type", of: value, in: bytes)?.kind == .string
            progressAgentID = document.member("agentId", of: value, in: bytes).flatMap {
                document.name($0, in: bytes)
            }
        case "summary": summary = document.string(value, in: bytes)
        case "leafUuid": leaf = name()
        case "content": hasContentText = value.kind == .string
        case "compactMetadata":
            hasTrigger = has("trigger")
            hasTokensBefore = has("preTokens")
        case "durationMs": hasDuration = value.kind == .number
        case "error": hasError = value.kind != .null
        default: break
        }
    }

    private mutating func readMessage(
        _ message: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) {
        hasMessage = true
        guard message.kind == .object else {
            content = .unknown
            return
        }
        for (key, value) in document.members(of: message) {
            switch document.key(key, in: bytes) {
            case "id": messageID = document.name(value, in: bytes)
            case "model": model = document.name(value, in: bytes)
            case "usage": hasUsage = value.kind == .object
            case "stop_reason": stopReason = document.name(value, in: bytes)
            case "content": readContent(value, document, bytes)
            default: break
            }
        }
        if case .none = content { content = .unknown }
    }

    private mutating func readContent(
        _ value: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) {
        switch value.kind {
        case .string:
            content = .text(PieceKey(bytes.extracting(document.range(of: value))))
        case .array:
            var blocks: [Block] = []
            for node in document.elements(of: value) {
                guard blocks.count < Self.blockLimit else {
                    content = .unknown
                    return
                }
                blocks.append(Block(node, document, bytes))
            }
            content = .blocks(blocks)
        default: content = .unknown
        }
    }

    private mutating func readResult(
        _ value: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) {
        if value.kind == .object {
            for name in ["totalDurationMs", "durationMs"] where resultDuration == nil {
                resultDuration = document.member(name, of: value, in: bytes)
                    .flatMap { document.integer($0, in: bytes) }
                    .flatMap { $0 >= 0 ? $0 : nil }
            }
            resultAgentID = document.member("agentId", of: value, in: bytes)
                .flatMap { document.name($0, in: bytes) }
        } else if value.kind == .string, document.range(of: value).count < 2048,
            let text = document.string(value, in: bytes)
        {
            isDenied = Self.denials.contains { text.hasPrefix($0) }
        }
    }

    /// How a tool result begins that a person, or a rule that a person set, refused.
    private static let denials = [
        "User rejected tool use", "Error: The user doesn't want to proceed with this tool use",
        "The user doesn't want to take this action right now",
        "Error: Permission for this tool use was denied",
    ]
}

extension ClaudeCodeLine.Block {
    /// Tools that start a sub-agent.
    private static let agentTools: Set<String> = ["Task", "Agent"]

    init(_ node: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>) {
        func name(_ member: String) -> String? {
            document.member(member, of: node, in: bytes).flatMap { document.name($0, in: bytes) }
        }
        func has(_ member: String) -> Bool {
            document.member(member, of: node, in: bytes)?.kind == .string
        }
        kind = .unknown
        switch name("type") {
        case "text" where has("text"): kind = .text
        case "thinking" where has("thinking"):
            kind = .thinking
            hasSignature = has("signature")
        case "tool_use":
            kind = .toolUse
            call = name("id")
            self.name = name("name")
            if let tool = self.name, Self.agentTools.contains(tool),
                let input = document.member("input", of: node, in: bytes),
                let prompt = document.member("prompt", of: input, in: bytes)
            {
                self.prompt = PieceKey(bytes.extracting(document.range(of: prompt)))
            }
        case "tool_result":
            kind = .toolResult
            call = name("tool_use_id")
            isError = document.member("is_error", of: node, in: bytes)?.kind == .true
        case "image": kind = .media(name: .image, source: source(node, document, bytes))
        case "document": kind = .media(name: .document, source: source(node, document, bytes))
        default: break
        }
    }

    private func source(
        _ node: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) -> String? {
        guard let source = document.member("source", of: node, in: bytes) else { return nil }
        return document.member("type", of: source, in: bytes)
            .flatMap { document.name($0, in: bytes) }
    }
}

extension JSONDocument {
    /// A string that serves as a name; nil for any other value, and for one that is too long.
    func name(_ node: Node, in bytes: Span<UInt8>) -> String? {
        guard node.kind == .string, range(of: node).count <= ClaudeCodeLine.nameLimit + 2 else {
            return nil
        }
        return string(node, in: bytes)
    }

    /// A key, where it can be one that is known; else nothing.
    func key(_ node: Node, in bytes: Span<UInt8>) -> String {
        range(of: node).count > 32 ? "" : string(node, in: bytes) ?? ""
    }
}

extension String {
    /// The text, cut at a character so that it has at most `limit` bytes.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var size = 0
        var end = startIndex
        while end < endIndex {
            let next = index(after: end)
            size += self[end..<next].utf8.count
            guard size <= limit else { break }
            end = next
        }
        return self[..<end] + "…"
    }
}
