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
        case .system(let text):
            if !contents.isEmpty { conversation.setAside(ProviderConversation.systemMoved) }
            if !system.contains(text) { system.append(text) }
        case .user(let parts):
            var said: [JSONValue] = []
            for part in parts { said.append(self.part(part)) }
            add("user", said)
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
        // A signature without a thought is that of the part behind it.
        var sealed: String?
        func take(_ part: JSONObject) {
            var part = part
            if let signature = sealed { part.append("thoughtSignature", .string(signature)) }
            sealed = nil
            parts.append(.object(part))
        }
        for part in spoken {
            switch part {
            case .text(let text): take(["text": .string(text)])
            case .call(let call):
                take([
                    "functionCall": [
                        "id": .string(call.id), "name": .string(call.name),
                        "args": .object(call.input),
                    ]
                ])
            case .thought(let thought):
                guard thought.isMade(by: Self.own) else {
                    conversation.setAside("thoughts of other providers' models are left out")
                    continue
                }
                if sealed != nil { take(["text": ""]) }
                sealed = thought.isSigned ? thought.signature : nil
                if !thought.text.isEmpty {
                    take(["text": .string(thought.text), "thought": true])
                }
            case .foreign: conversation.setAside(ProviderConversation.foreignLeftOut)
            }
        }
        if sealed != nil { take(["text": ""]) }
        if !parts.isEmpty { add("model", parts) }
    }

    /// What stands in the names of its models, and of those who write what they said.
    private static let own = ["gemini", "gemma"]

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
        conversation.countFlattened(results, keepsFailures: true)
        let pictures = results.flatMap { $0.output.parts }.filter { part in
            if case .image(let picture) = part { media.data(picture) != nil } else { false }
        }
        for picture in pictures { parts.append(part(picture)) }
        add("user", parts)
    }

    private mutating func part(_ part: Part) -> JSONValue {
        if let attachment = part.media, let data = media.data(attachment) {
            return [
                "inlineData": ["mimeType": .string(data.type), "data": .string(data.base64)]
            ]
        }
        if part.media != nil { conversation.setAside(ProviderConversation.attachmentsNamed) }
        return ["text": .string(part.plainText ?? ProviderMedia.words(part))]
    }
}

extension ProviderConversation {
    /// What is said of instructions that came in the middle, where they have one place.
    static let systemMoved = "instructions amid the conversation stand before it"
    /// What is said of texts that an answer had several of.
    static let textsJoined = "texts of one answer are joined"

    /// Counts what a result lost that is a text.
    mutating func countFlattened(_ results: [Result], keepsFailures: Bool) {
        for result in results {
            if result.isError, !keepsFailures { setAside(ExportLosses.failures) }
            if result.output.parts.contains(where: { $0.media != nil }) {
                setAside(ExportLosses.resultAttachments)
            }
            if result.output.parts.count > 1 { setAside(ExportLosses.resultsJoined) }
        }
    }

    /// What stands before a conversation that a model began, for providers that begin with a person.
    static let beginning = "(The conversation begins with the answer below.)"
}
