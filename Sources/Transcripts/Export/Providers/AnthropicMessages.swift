internal import SessionJournal

/// A conversation as Anthropic's messages: `system`, `messages` in turn of user and assistant, `tools`.
struct AnthropicMessages: Sendable {
    private(set) var conversation: ProviderConversation
    private let media: ProviderMedia
    private var system: [String] = []
    private var messages: [(role: String, content: [JSONValue])] = []

    init(_ conversation: ProviderConversation, _ blobs: [String: String]) {
        self.conversation = conversation
        media = ProviderMedia(blobs: blobs)
        for step in conversation.steps { add(step) }
        if messages.first?.role == "assistant" {
            messages.insert(("user", [Self.text(ProviderConversation.beginning)]), at: 0)
        }
        trimEnd()
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        let anthropic = Self(ProviderConversation(session, session.elements), session.blobs)
        return ExportedContent(lines: [anthropic.body], setAside: anthropic.conversation.setAside)
    }

    /// What is sent, without the model and the number of tokens.
    private var body: JSONValue {
        var body = JSONObject()
        if !system.isEmpty { body.append("system", .string(system.joined(separator: "\n\n"))) }
        body.append(
            "messages",
            .array(
                messages.map { ["role": .string($0.role), "content": .array($0.content)] }))
        let tools = conversation.tools.map { name -> JSONValue in
            ["name": .string(name), "input_schema": ["type": "object"]]
        }
        if !tools.isEmpty { body.append("tools", .array(tools)) }
        return .object(body)
    }

    private mutating func add(_ step: ProviderConversation.Step) {
        switch step {
        case .system(let text):
            if !messages.isEmpty { conversation.setAside(ProviderConversation.systemMoved) }
            if !system.contains(text) { system.append(text) }
        case .user(let parts):
            var content: [JSONValue] = []
            for part in parts { if let block = self.content(part) { content.append(block) } }
            if !content.isEmpty { add("user", content) }
        case .assistant(let spoken): addAssistant(spoken)
        case .results(let results):
            var blocks: [JSONValue] = []
            for result in results { blocks.append(block(result)) }
            add("user", blocks)
        }
    }

    /// Adds to the last message where that is of the same role. Results stand before all else.
    private mutating func add(_ role: String, _ content: [JSONValue]) {
        if messages.last?.role == role {
            messages[messages.count - 1].content += content
        } else {
            messages.append((role, content))
        }
    }

    private mutating func addAssistant(_ spoken: [ProviderConversation.Spoken]) {
        var blocks: [JSONValue] = []
        for part in spoken {
            switch part {
            case .text(let text): if let block = Self.block(text) { blocks.append(block) }
            case .call(let call):
                blocks.append([
                    "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
                    "input": .object(call.input),
                ])
            case .thought(let thought):
                // The provider takes back only what its own models signed.
                if let signature = thought.signature, thought.isSigned, thought.isMade(by: Self.own)
                {
                    blocks.append(
                        thought.text.isEmpty
                            ? ["type": "redacted_thinking", "data": .string(signature)]
                            : [
                                "type": "thinking", "thinking": .string(thought.text),
                                "signature": .string(signature),
                            ])
                } else {
                    conversation.setAside("thoughts without a signature of Anthropic are left out")
                }
            case .foreign(let value, let maker):
                if value["type"] == "redacted_thinking", value["data"]?.string != nil,
                    Self.own.contains(where: { maker?.contains($0) ?? false })
                {
                    blocks.append([
                        "type": "redacted_thinking", "data": value["data"] ?? .null,
                    ])
                } else {
                    conversation.setAside(ProviderConversation.foreignLeftOut)
                }
            }
        }
        // A message may not end with a thought.
        while let last = blocks.last, ["thinking", "redacted_thinking"].contains(last["type"]) {
            blocks.removeLast()
            conversation.setAside("thoughts that nothing follows are left out")
        }
        if !blocks.isEmpty { add("assistant", blocks) }
    }

    /// What stands in the names of its models, and of those who write what they said.
    private static let own = ["claude", "anthropic"]

    /// The last answer, which a model would go on with, may not end with white space.
    private mutating func trimEnd() {
        guard let last = messages.last, last.role == "assistant",
            let text = last.content.last?["text"]?.string
        else { return }
        var scalars = Array(text.unicodeScalars)
        while let end = scalars.last, end.properties.isWhitespace { scalars.removeLast() }
        if scalars.count < text.unicodeScalars.count {
            conversation.setAside("white space at the end of the last answer is left out")
        }
        var trimmed = String.UnicodeScalarView()
        trimmed.append(contentsOf: scalars)
        let place = messages.count - 1
        messages[place].content[last.content.count - 1] = Self.text(String(trimmed))
    }

    // MARK: Blocks

    private static func text(_ text: String) -> JSONValue {
        ["type": "text", "text": .string(text)]
    }

    /// A text that is not blank; the provider refuses one that is.
    private static func block(_ text: String) -> JSONValue? {
        // A bare nil would be the null of JSON.
        text.allSatisfy(\.isWhitespace) ? Optional<JSONValue>.none : Self.text(text)
    }

    private mutating func block(_ result: ProviderConversation.Result) -> JSONValue {
        var block: JSONObject = [
            "type": "tool_result", "tool_use_id": .string(result.call.id),
        ]
        var content: [JSONValue] = []
        for part in result.output.parts {
            if let block = self.content(part) { content.append(block) }
        }
        if !content.isEmpty { block.append("content", .array(content)) }
        if result.isError { block.append("is_error", true) }
        return .object(block)
    }

    private mutating func content(_ part: Part) -> JSONValue? {
        switch part {
        case .image(let picture):
            if let data = media.data(picture), ProviderMedia.pictures.contains(data.type) {
                return [
                    "type": "image",
                    "source": [
                        "type": "base64", "media_type": .string(data.type),
                        "data": .string(data.base64),
                    ],
                ]
            }
            if let address = media.address(picture) {
                return ["type": "image", "source": ["type": "url", "url": .string(address)]]
            }
        case .document(let document):
            if let data = media.data(document), data.type == "application/pdf" {
                return [
                    "type": "document",
                    "source": [
                        "type": "base64", "media_type": "application/pdf",
                        "data": .string(data.base64),
                    ],
                ]
            }
        default: break
        }
        if part.media != nil { conversation.setAside(ProviderConversation.attachmentsNamed) }
        return Self.block(part.plainText ?? ProviderMedia.words(part))
    }
}
