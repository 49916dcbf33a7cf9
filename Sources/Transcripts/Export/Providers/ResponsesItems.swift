internal import SessionJournal

/// A conversation as items of OpenAI's Responses: `input` and `tools`.
struct ResponsesItems: Sendable {
    private(set) var conversation: ProviderConversation
    private let media: ProviderMedia
    private(set) var items: [JSONValue] = []

    init(_ conversation: ProviderConversation, _ blobs: [String: String]) {
        self.conversation = conversation
        media = ProviderMedia(blobs: blobs)
        for step in conversation.steps { add(step) }
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        let responses = Self(ProviderConversation(session, session.elements), session.blobs)
        return ExportedContent(lines: [responses.body], setAside: responses.conversation.setAside)
    }

    /// What is sent, without the model.
    private var body: JSONValue {
        var body: JSONObject = ["input": .array(items)]
        let tools = conversation.tools.map { name -> JSONValue in
            [
                "type": "function", "name": .string(name), "parameters": ["type": "object"],
                "strict": false,
            ]
        }
        if !tools.isEmpty { body.append("tools", .array(tools)) }
        return .object(body)
    }

    private mutating func add(_ step: ProviderConversation.Step) {
        switch step {
        case .system(let text):
            items.append(Self.message("system", [["type": "input_text", "text": .string(text)]]))
        case .user(let parts):
            let contents = parts.map { part -> JSONValue in
                if let content = content(part) { return content }
                if part.media != nil {
                    conversation.setAside(ProviderConversation.attachmentsNamed)
                }
                return [
                    "type": "input_text",
                    "text": .string(part.plainText ?? ProviderMedia.words(part)),
                ]
            }
            items.append(Self.message("user", contents))
        case .assistant(let spoken): addAssistant(spoken)
        case .results(let results):
            for result in results {
                items.append([
                    "type": "function_call_output", "call_id": .string(result.call.id),
                    "output": .string(result.output.text),
                ])
            }
            conversation.countFlattened(results, keepsFailures: false)
            let pictures = results.flatMap { $0.output.parts }.compactMap { content($0) }
                .filter { $0["type"] == "input_image" }
            if !pictures.isEmpty { items.append(Self.message("user", pictures)) }
        }
    }

    private static func message(_ role: String, _ content: [JSONValue]) -> JSONValue {
        ["type": "message", "role": .string(role), "content": .array(content)]
    }

    private mutating func addAssistant(_ spoken: [ProviderConversation.Spoken]) {
        for part in spoken {
            switch part {
            case .text(let text):
                items.append([
                    "type": "message", "role": "assistant", "content": .string(text),
                ])
            case .call(let call):
                items.append([
                    "type": "function_call", "call_id": .string(call.id),
                    "name": .string(call.name),
                    "arguments": .string(JSONValue.object(call.input).description),
                ])
            case .thought(let thought): add(thought)
            case .foreign: conversation.setAside(ProviderConversation.foreignLeftOut)
            }
        }
    }

    /// A thought goes back sealed as it came, under its own id; the provider takes no other.
    private mutating func add(_ thought: ProviderConversation.Thought) {
        guard let id = thought.id, let signature = thought.signature else {
            return conversation.setAside("thoughts that the provider did not seal are left out")
        }
        items.append([
            "type": "reasoning", "id": .string(id),
            "summary": thought.text.isEmpty
                ? [] : [["type": "summary_text", "text": .string(thought.text)]],
            "encrypted_content": .string(signature),
        ])
    }

    /// A part as the provider takes it; nil where it is to be told in words.
    private func content(_ part: Part) -> JSONValue? {
        switch part {
        case .image(let picture):
            if media.isPicture(picture), let link = media.link(picture) {
                return ["type": "input_image", "image_url": .string(link), "detail": "auto"]
            }
        case .document(let document):
            if let data = media.data(document), data.type == "application/pdf",
                let link = media.link(document)
            {
                return [
                    "type": "input_file", "filename": .string(document.name ?? "document.pdf"),
                    "file_data": .string(link),
                ]
            }
        default: break
        }
        return nil
    }
}
