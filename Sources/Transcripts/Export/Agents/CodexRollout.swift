internal import SessionJournal

/// A branch as a rollout of Codex: `rollout-<time>-<id>.jsonl`, with items of Responses and the events
/// that its list of sessions is made of.
struct CodexRollout {
    private let session: ExportedSession
    private let conversation: ProviderConversation
    private let media: ProviderMedia
    private let start: Timestamp
    private var lines: [JSONValue] = []
    private var model: String?

    private init(_ session: ExportedSession) {
        self.session = session
        conversation = ProviderConversation(
            session, messages: session.messages, joinsAnswers: false)
        media = ProviderMedia(blobs: session.blobs)
        start = session.state.createdAt ?? .earliest
    }

    /// The name that Codex looks for.
    static func name(_ session: ExportedSession) -> String {
        let start = (session.state.createdAt ?? .earliest).description
        let time = start.prefix(19).replacing(":", with: "-")
        return "rollout-\(time)-\(AgentNames.session(session))"
    }

    static func write(_ session: ExportedSession) -> ExportedContent {
        var rollout = Self(session)
        rollout.write()
        return ExportedContent(lines: rollout.lines, setAside: rollout.conversation.setAside)
    }

    private mutating func write() {
        var head: JSONObject = [
            "id": .string(AgentNames.session(session)),
            "timestamp": .string(AgentNames.milliseconds(start)),
            "cwd": .string(session.text("cwd") ?? "/"), "originator": "sjournal",
            "cli_version": .string(session.text("client_version") ?? "0.0.0"), "source": "cli",
        ]
        if let branch = session.text("git_branch") { head["git"] = ["branch": .string(branch)] }
        add("session_meta", .object(head), at: start)
        var time = start
        for (step, source) in zip(conversation.steps, conversation.sources) {
            if let source { time = max(time, source.moment) }
            add(step, source, at: time)
        }
    }

    private mutating func add(_ type: String, _ payload: JSONValue, at time: Timestamp) {
        lines.append([
            "timestamp": .string(AgentNames.milliseconds(time)), "type": .string(type),
            "payload": payload,
        ])
    }

    private mutating func item(_ item: JSONValue, at time: Timestamp) {
        add("response_item", item, at: time)
    }

    private static func message(_ role: String, _ content: [JSONValue]) -> JSONValue {
        ["type": "message", "role": .string(role), "content": .array(content)]
    }

    private mutating func add(
        _ step: ProviderConversation.Step, _ source: Message?, at time: Timestamp
    ) {
        switch step {
        case .system(let text):
            item(
                Self.message("developer", [["type": "input_text", "text": .string(text)]]), at: time
            )
        case .user(let parts):
            item(Self.message("user", parts.map { content($0) }), at: time)
            let text = parts.compactMap(\.plainText).joined(separator: "\n\n")
            if source?.synthetic == nil, !text.isEmpty {
                add("event_msg", ["type": "user_message", "message": .string(text)], at: time)
            }
        case .results(let results):
            for result in results {
                item(
                    [
                        "type": "function_call_output", "call_id": .string(result.call.id),
                        "output": .string(result.output.text),
                    ], at: time)
            }
        case .assistant(let spoken): addAnswer(spoken, source, at: time)
        }
    }

    private mutating func addAnswer(
        _ spoken: [ProviderConversation.Spoken], _ source: Message?, at time: Timestamp
    ) {
        if let name = source?.model, name != model {
            model = name
            add(
                "turn_context",
                [
                    "cwd": .string(session.text("cwd") ?? "/"), "approval_policy": "on-request",
                    "sandbox_policy": ["type": "read-only"], "model": .string(name),
                    "summary": "auto",
                ], at: time)
        }
        for part in spoken {
            switch part {
            case .text(let text):
                item(
                    Self.message("assistant", [["type": "output_text", "text": .string(text)]]),
                    at: time)
                add("event_msg", ["type": "agent_message", "message": .string(text)], at: time)
            case .thought(let text, _, _):
                guard !text.isEmpty else { continue }
                item(
                    [
                        "type": "reasoning",
                        "summary": [["type": "summary_text", "text": .string(text)]],
                        "content": .null, "encrypted_content": .null,
                    ], at: time)
            case .call(let call):
                item(
                    [
                        "type": "function_call", "name": .string(call.name),
                        "arguments": .string(JSONValue.object(call.input).description),
                        "call_id": .string(call.id),
                    ], at: time)
            case .foreign: break
            }
        }
    }

    private func content(_ part: Part) -> JSONValue {
        if case .image(let picture) = part, let link = media.link(picture) {
            return ["type": "input_image", "image_url": .string(link)]
        }
        return ["type": "input_text", "text": .string(part.plainText ?? ProviderMedia.words(part))]
    }
}
