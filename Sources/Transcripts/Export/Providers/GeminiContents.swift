internal import SessionJournal

/// A conversation as Gemini takes it: `systemInstruction`, `contents` in turn of user and model,
/// `tools`.
struct GeminiContents: Sendable {
    private(set) var conversation: ProviderConversation
    private let media: ProviderMedia
    private var system: [String] = []
    private var contents: [(role: String, parts: [JSONValue])] = []

    init(_ conversation: ProviderConversation, _ blobs: [String: String]) {
        self.conversation = conversation
        media = ProviderMedia(blobs: blobs)
        for step in conversation.steps { add(step) }
        if contents.first?.role == "model" {
            contents.insert(
                ("user", [["text": .string(ProviderConversation.beginning)]]), at: 0)
        }
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        let gemini = Self(ProviderConversation(session, session.elements), session.blobs)
        return ExportedContent(
            lines: [gemini.body(withTools: true)], setAside: gemini.conversation.setAside)
    }

    /// What is sent, without the model.
    func body(withTools: Bool) -> JSONValue {
        var body = JSONObject()
        if !system.isEmpty {
            body.append(
                "systemInstruction", ["parts": .array(system.map { ["text": .string($0)] })])
        }
        body.append(
            "contents",
            .array(contents.map { ["role": .string($0.role), "parts": .array($0.parts)] }))
        if withTools, !conversation.tools.isEmpty {
            let declarations = conversation.tools.map { name -> JSONValue in
                [
                    "name": .string(name),
                    "description": "A tool that was used in this conversation.",
                ]
            }
            body.append("tools", [["functionDeclarations": .array(declarations)]])
        }
        return .object(body)
    }

    private mutating func add(_ step: ProviderConversation.Step) {
        switch step {
        case .system(let text): if !system.contains(text) { system.append(text) }
        case .user(let parts): add("user", parts.map { part($0) })
        case .assistant(let spoken): addModel(spoken)
        case .results(let results): addResults(results)
        }
    }

    private mutating func add(_ role: String, _ parts: [JSONValue]) {
        if contents.last?.role == role {
            contents[contents.count - 1].parts += parts
        } else {
            contents.append((role, parts))
        }
    }

    private mutating func addModel(_ spoken: [ProviderConversation.Spoken]) {
        var parts: [JSONValue] = []
        for part in spoken {
            switch part {
            case .text(let text): parts.append(["text": .string(text)])
            case .call(let call):
                parts.append([
                    "functionCall": [
                        "id": .string(call.id), "name": .string(call.name),
                        "args": .object(call.input),
                    ]
                ])
            case .thought: conversation.setAside("thoughts are left out")
            case .foreign:
                conversation.setAside("parts of a kind that no provider takes are left out")
            }
        }
        if !parts.isEmpty { add("model", parts) }
    }

    private mutating func addResults(_ results: [ProviderConversation.Result]) {
        var parts = results.map { result -> JSONValue in
            [
                "functionResponse": [
                    "id": .string(result.call.id), "name": .string(result.call.name),
                    "response": [
                        result.isError ? "error" : "output": .string(result.output.text)
                    ],
                ]
            ]
        }
        let pictures = results.flatMap { $0.output.parts }.filter { part in
            if case .image(let picture) = part { media.data(picture) != nil } else { false }
        }
        parts += pictures.map { part($0) }
        add("user", parts)
    }

    private func part(_ part: Part) -> JSONValue {
        if let attachment = part.media, let data = media.data(attachment) {
            return [
                "inlineData": ["mimeType": .string(data.type), "data": .string(data.base64)]
            ]
        }
        return ["text": .string(part.plainText ?? ProviderMedia.words(part))]
    }
}

extension ProviderConversation {
    /// What stands before a conversation that a model began, for providers that begin with a person.
    static let beginning = "(The conversation begins with the answer below.)"
}
