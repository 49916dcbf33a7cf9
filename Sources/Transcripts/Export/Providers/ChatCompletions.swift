internal import SessionJournal

/// A conversation as OpenAI's chat-completions take it: `messages` and `tools`.
struct ChatCompletions: Sendable {
    private(set) var conversation: ProviderConversation
    private let media: ProviderMedia
    private(set) var messages: [JSONValue] = []

    init(_ conversation: ProviderConversation, _ blobs: [String: String]) {
        self.conversation = conversation
        media = ProviderMedia(blobs: blobs)
        for step in conversation.steps { add(step) }
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        let chat = Self(ProviderConversation(session, session.elements), session.blobs)
        return ExportedContent(lines: [chat.body], setAside: chat.conversation.setAside)
    }

    /// What is sent, without the model.
    var body: JSONValue {
        var body: JSONObject = ["messages": .array(messages)]
        let tools = conversation.tools.map { name -> JSONValue in
            [
                "type": "function",
                "function": ["name": .string(name), "parameters": ["type": "object"]],
            ]
        }
        if !tools.isEmpty { body.append("tools", .array(tools)) }
        return .object(body)
    }

    private mutating func add(_ step: ProviderConversation.Step) {
        switch step {
        case .system(let text): messages.append(["role": "system", "content": .string(text)])
        case .user(let parts): addUser(parts)
        case .assistant(let spoken): addAssistant(spoken)
        case .results(let results):
            for result in results {
                messages.append([
                    "role": "tool", "tool_call_id": .string(result.call.id),
                    "content": .string(result.output.text),
                ])
            }
            conversation.countFlattened(results, keepsFailures: false)
            // A tool's message is text alone: its pictures follow.
            let pictures = results.flatMap { $0.output.parts }.filter {
                if case .image = $0 { content($0)?["type"] == "image_url" } else { false }
            }
            if !pictures.isEmpty { addUser(pictures) }
        }
    }

    private mutating func addUser(_ parts: [Part]) {
        let contents = parts.map { part -> JSONValue in
            if let content = content(part) { return content }
            if part.media != nil { conversation.setAside(ProviderConversation.attachmentsNamed) }
            return ["type": "text", "text": .string(part.plainText ?? ProviderMedia.words(part))]
        }
        let text = contents.count == 1 ? contents[0]["text"]?.string : nil
        messages.append([
            "role": "user", "content": text.map { .string($0) } ?? .array(contents),
        ])
    }

    private mutating func addAssistant(_ spoken: [ProviderConversation.Spoken]) {
        var texts: [String] = []
        var calls: [JSONValue] = []
        for part in spoken {
            switch part {
            case .text(let text): texts.append(text)
            case .call(let call):
                calls.append([
                    "id": .string(call.id), "type": "function",
                    "function": [
                        "name": .string(call.name),
                        "arguments": .string(JSONValue.object(call.input).description),
                    ],
                ])
            case .thought: conversation.setAside(ProviderConversation.thoughtsLeftOut)
            case .foreign: conversation.setAside(ProviderConversation.foreignLeftOut)
            }
        }
        if texts.count > 1 { conversation.setAside(ProviderConversation.textsJoined) }
        guard !texts.isEmpty || !calls.isEmpty else { return }
        var message: JSONObject = [
            "role": "assistant",
            "content": texts.isEmpty ? .null : .string(texts.joined(separator: "\n\n")),
        ]
        if !calls.isEmpty { message.append("tool_calls", .array(calls)) }
        messages.append(.object(message))
    }

    /// A part as the provider takes it; nil where it is to be told in words.
    private func content(_ part: Part) -> JSONValue? {
        switch part {
        case .image(let picture):
            if media.isPicture(picture), let link = media.link(picture) {
                return ["type": "image_url", "image_url": ["url": .string(link)]]
            }
        case .audio(let sound):
            let formats = ["audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3"]
            if let data = media.data(sound), let format = formats[data.type] {
                return [
                    "type": "input_audio",
                    "input_audio": ["data": .string(data.base64), "format": .string(format)],
                ]
            }
        case .document(let document):
            if let data = media.data(document), data.type == "application/pdf",
                let link = media.link(document)
            {
                return [
                    "type": "file",
                    "file": [
                        "filename": .string(document.name ?? "document.pdf"),
                        "file_data": .string(link),
                    ],
                ]
            }
        default: break
        }
        return nil
    }
}
