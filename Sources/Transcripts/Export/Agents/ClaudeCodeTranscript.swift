internal import SessionJournal

/// A session as a transcript of Claude Code: `<session>.jsonl`.
///
/// What came from such a transcript and stands as it came is written as it came; all else (messages
/// of other sources, of this journal, and edited ones) in the same shape. One branch, or a range, is
/// made anew throughout, so that no line names one that is not there.
struct ClaudeCodeTranscript {
    private let session: ExportedSession
    private let name: String
    private let kept: [ConversationTree.Node]
    private let parents: [String: Message]
    private var lines: [(place: UInt64, text: String)] = []
    private var setAside: [String: Int] = [:]

    init(_ session: ExportedSession) {
        self.session = session
        name = Self.name(session)
        kept = session.spoken
        parents = session.parents(among: kept)
    }

    /// The session's id in its file, and the file's name.
    static func name(_ session: ExportedSession) -> String {
        guard !session.originals.isEmpty, let key = session.state.key else {
            return AgentNames.session(session)
        }
        let lead = "claude-code:"
        return key.hasPrefix(lead) ? String(key.dropFirst(lead.count)) : key
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        var transcript = Self(session)
        transcript.write()
        let text = transcript.lines.sorted { $0.place < $1.place }.map { $0.text + "\n" }.joined()
        return ExportedContent(text, setAside: transcript.setAside)
    }

    private var isWhole: Bool { session.isWhole && !session.originals.isEmpty }

    private mutating func write() {
        var ofMessages: Set<UInt64> = []
        for message in session.tree.messages {
            ofMessages.formUnion(message.events.map(\.sequence))
        }
        for node in kept {
            let message = node.message
            if isWhole, isAsItCame(message) {
                for event in message.events { add(event.sequence) }
            } else {
                lines.append((message.sequence, line(node).description))
                count(message)
            }
        }
        if !isWhole, let last = kept.last?.message,
            !session.messages.contains(where: { $0.id == last.id })
        {
            setAside[ExportLosses.current, default: 0] += 1
        }
        if isWhole {
            for place in session.originals.keys where !ofMessages.contains(place) { add(place) }
        } else if let title = session.text("name"), let last = session.messages.last {
            let line: JSONValue = [
                "type": "summary", "summary": .string(title), "leafUuid": .string(uuid(last)),
            ]
            lines.append((.max, line.description))
        }
    }

    /// Counts what of a message that is made anew has no place.
    private mutating func count(_ message: Message) {
        func add(_ what: String, _ isSo: Bool = true) {
            if isSo { setAside[what, default: 0] += 1 }
        }
        add("instructions stand as a client's words", message.role == .system)
        let media = ProviderMedia(blobs: session.blobs)
        for part in session.parts(of: message) {
            switch part {
            case .toolUse(let use): add(ExportLosses.inputs, !ToolNames.isObject(use.input))
            case .unknown(let value):
                add(ExportLosses.unknownParts, !ClaudeCodeBlocks.isForeignBlock(value))
            case .derived: add(ExportLosses.origins)
            default: add(ExportLosses.attachments, !ClaudeCodeBlocks.isTaken(part, media))
            }
        }
    }

    private mutating func add(_ place: UInt64) {
        if let text = session.originals[place] { lines.append((place, text)) }
    }

    /// Whether the lines of a message are those that were imported, and what they name is there.
    private func isAsItCame(_ message: Message) -> Bool {
        let isBelow = message.parent.map {
            session.tree.messageBefore($0)?.id == parents[message.id]?.id
        }
        return message.revision == nil && isBelow ?? true
            && message.events.allSatisfy { session.originals[$0.sequence] != nil }
    }

    /// The id of the last line of a message.
    private func uuid(_ message: Message) -> String {
        if isWhole, isAsItCame(message) { return message.aliases.last ?? message.id }
        return AgentNames.uuid(message.id, in: session.session)
    }

    // MARK: Lines

    private func line(_ node: ConversationTree.Node) -> JSONValue {
        let message = node.message
        let sidechain = sidechain(of: message.branch)
        var line: JSONObject = [
            "parentUuid": JSONValue(parents[message.id].map { uuid($0) }),
            "isSidechain": .bool(sidechain != nil), "userType": "external",
            "cwd": .string(session.text("cwd") ?? ""), "sessionId": .string(name),
            "version": .string(session.text("client_version") ?? "2.0.0"),
            "gitBranch": .string(session.text("git_branch") ?? ""),
        ]
        line["agentId"] = sidechain.map { .string($0) }
        let isAssistant = message.role == .assistant
        line.append("type", isAssistant ? "assistant" : "user")
        switch message.synthetic {
        case "summary": line.append("isCompactSummary", true)
        case "error": line.append("isApiErrorMessage", true)
        case .some where !isAssistant: line.append("isMeta", true)
        default:
            if message.role == .system { line.append("isMeta", true) }
        }
        line.append("message", isAssistant ? answer(message) : said(message))
        line.append("uuid", .string(AgentNames.uuid(message.id, in: session.session)))
        line.append("timestamp", .string(AgentNames.milliseconds(message.moment)))
        return .object(line)
    }

    /// The name of the sub-agent whose branch it is, or a branch of it; nil for any other.
    private func sidechain(of branch: String) -> String? {
        var next: String? = branch
        var seen: Set<String> = []
        while let name = next, seen.insert(name).inserted, let branch = session.tree.branch(name) {
            if branch.type == .sidechain {
                return name.hasPrefix("agent-") ? String(name.dropFirst("agent-".count)) : name
            }
            next = branch.parent
        }
        return nil
    }

    private func said(_ message: Message) -> JSONValue {
        let parts = session.parts(of: message)
        if parts.count == 1, let text = parts[0].plainText {
            return ["role": "user", "content": .string(text)]
        }
        return ["role": "user", "content": .array(ClaudeCodeBlocks.of(parts, session.blobs))]
    }

    private func answer(_ message: Message) -> JSONValue {
        let parts = session.parts(of: message)
        let calls = parts.contains { if case .toolUse = $0 { true } else { false } }
        let isByClient = message.synthetic == "error"
        var answer: JSONObject = [
            "id": .string("msg_" + AgentNames.uuid(message.id, in: session.session)),
            "type": "message", "role": "assistant",
            "model": .string(isByClient ? "<synthetic>" : message.model ?? "unknown"),
            "content": .array(ClaudeCodeBlocks.of(parts, session.blobs)),
            "stop_reason": calls ? "tool_use" : "end_turn", "stop_sequence": .null,
        ]
        answer["usage"] = usage(message.usage())
        return .object(answer)
    }

    /// Counts as Anthropic calls them; those of its own as they are.
    private func usage(_ usage: JSONValue?) -> JSONValue? {
        guard let usage else { return nil }
        if usage["input_tokens"]?.integer != nil, usage["output_tokens"]?.integer != nil {
            return usage
        }
        let counts = TokenCounts(usage)
        guard counts.input != nil || counts.output != nil else { return nil }
        let cached = counts.cached ?? 0
        return [
            "input_tokens": .integer(max(0, (counts.input ?? 0) &- cached)),
            "cache_read_input_tokens": .integer(cached),
            "output_tokens": .integer(counts.output ?? 0),
        ]
    }
}

/// Parts of messages as blocks of Anthropic's content.
enum ClaudeCodeBlocks {
    static func of(_ parts: [Part], _ blobs: [String: String]) -> [JSONValue] {
        parts.map { block($0, ProviderMedia(blobs: blobs)) }
    }

    private static func text(_ text: String) -> JSONValue {
        ["type": "text", "text": .string(text)]
    }

    private static func block(_ part: Part, _ media: ProviderMedia) -> JSONValue {
        switch part {
        case .text(let text), .derived(let text, _): return Self.text(text)
        case .thinking(let thought, let signature):
            return [
                "type": "thinking", "thinking": .string(thought),
                "signature": .string(signature ?? ""),
            ]
        case .toolUse(let use):
            return [
                "type": "tool_use", "id": .string(use.call), "name": .string(use.name),
                "input": .object(ToolNames.object(use.input)),
            ]
        case .toolResult(let result):
            var block: JSONObject = [
                "type": "tool_result", "tool_use_id": .string(result.call),
                "content": content(result.content, media),
            ]
            if result.isError == true { block.append("is_error", true) }
            return .object(block)
        case .image(let picture), .document(let picture):
            let isImage = if case .image = part { true } else { false }
            guard let source = source(picture, media) else {
                return Self.text(ProviderMedia.words(part))
            }
            return ["type": isImage ? "image" : "document", "source": source]
        case .audio, .video: return Self.text(ProviderMedia.words(part))
        case .unknown(let value):
            return isForeignBlock(value) ? value : Self.text(value.description)
        }
    }

    /// Where the bytes of a picture or a document are; nil where nobody knows.
    private static func source(_ item: Part.Media, _ media: ProviderMedia) -> JSONValue? {
        if let data = media.data(item) {
            return [
                "type": "base64", "media_type": .string(data.type), "data": .string(data.base64),
            ]
        }
        return media.address(item).map { ["type": "url", "url": .string($0)] }
    }

    /// Whether a part is no attachment, or one that the shape has a place for.
    static func isTaken(_ part: Part, _ media: ProviderMedia) -> Bool {
        switch part {
        case .image(let item), .document(let item):
            source(item, media) != nil && item.name == nil
        default: part.media == nil
        }
    }

    /// Whether a value is a block of a kind that this version does not know.
    static func isForeignBlock(_ value: JSONValue) -> Bool {
        value["type"]?.string.map { !known.contains($0) } ?? false
    }

    /// Kinds of blocks whose members are known; one that is none of ours is not as it should be.
    private static let known: Set<String> = [
        "text", "thinking", "tool_use", "tool_result", "image", "document",
    ]

    /// What a tool gave back: a text, or blocks.
    private static func content(_ content: JSONValue, _ media: ProviderMedia) -> JSONValue {
        if content.string != nil { return content }
        guard let elements = content.array else {
            return .string(content.isNull ? "" : content.description)
        }
        let areBlocks = elements.allSatisfy { element in
            element["type"] == "text" && element["text"]?.string != nil
                || element["type"] == "image" && element["source"]?["data"]?.string != nil
                || element["type"] == "tool_reference"
        }
        return areBlocks ? content : .array(ToolOutput(content).parts.map { block($0, media) })
    }
}
