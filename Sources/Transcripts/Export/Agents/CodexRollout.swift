internal import SessionJournal

/// A branch as a rollout of Codex: `rollout-<time>-<id>.jsonl`, with items of Responses and the events
/// that its list of sessions is made of.
struct CodexRollout {
    private let session: ExportedSession
    private var conversation: ProviderConversation
    private let media: ProviderMedia
    private let start: Timestamp
    private var lines: [JSONValue] = []
    private var model: String?
    private var total = TokenUsage()
    /// The messages whose usage was told.
    private var counted: Set<String> = []

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
            "cwd": .string(session.text("cwd") ?? ""), "originator": "sjournal",
            "cli_version": .string(session.text("client_version") ?? "0.0.0"), "source": "cli",
        ]
        head["model_provider"] = session.text("model_provider").map { .string($0) }
        head["forked_from_id"] = session.text("forked_from").map { .string($0) }
        head["parent_thread_id"] = session.text("parent_session").map { .string($0) }
        head["agent_nickname"] = session.text("agent").map { .string($0) }
        var git = JSONObject()
        git["commit_hash"] = session.text("git_commit").map { .string($0) }
        git["branch"] = session.text("git_branch").map { .string($0) }
        if !git.isEmpty { head["git"] = .object(git) }
        add("session_meta", .object(head), at: start)
        var time = start
        for (step, source) in zip(conversation.steps, conversation.sources) {
            if let source { time = max(time, source.moment) }
            add(step, source, at: time)
        }
        if let name = session.text("name") {
            add(
                "event_msg",
                [
                    "type": "thread_name_updated",
                    "thread_id": .string(AgentNames.session(session)),
                    "thread_name": .string(name),
                ], at: time)
        }
    }

    private mutating func add(_ type: String, _ payload: JSONValue, at time: Timestamp) {
        lines.append([
            "timestamp": .string(AgentNames.milliseconds(time)),
            // So that a line is no other's copy.
            "ordinal": JSONValue(lines.count), "type": .string(type), "payload": payload,
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
            var said: [JSONValue] = []
            for part in parts { said.append(content(part)) }
            item(Self.message("user", said), at: time)
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
            conversation.countFlattened(results, keepsFailures: false)
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
                    "cwd": .string(session.text("cwd") ?? ""), "approval_policy": "on-request",
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
            case .thought(let thought):
                // Its provider reads what it sealed itself, and nothing of others.
                let isOwn = !thought.isMade(by: ["claude", "anthropic", "gemini", "gemma"])
                let sealed = thought.isSigned && isOwn ? thought.signature : nil
                if thought.isSigned, !isOwn { conversation.setAside(ExportLosses.signatures) }
                guard !thought.text.isEmpty || sealed != nil else { continue }
                item(
                    [
                        "type": "reasoning",
                        "summary": thought.text.isEmpty
                            ? [] : [["type": "summary_text", "text": .string(thought.text)]],
                        "content": .null, "encrypted_content": JSONValue(sealed),
                    ], at: time)
            case .call(let call):
                item(
                    [
                        "type": "function_call", "name": .string(call.name),
                        "arguments": .string(JSONValue.object(call.input).description),
                        "call_id": .string(call.id),
                    ], at: time)
            case .foreign: conversation.setAside(ExportLosses.unknownParts)
            }
        }
        if let source { addUsage(source, at: time) }
    }

    /// What the answer cost, as the screen of Codex is told.
    private mutating func addUsage(_ message: Message, at time: Timestamp) {
        guard counted.insert(message.id).inserted, let usage = TokenUsage(message.usage()) else {
            return
        }
        if usage.cacheWrite > 0 || usage.cacheWriteLong > 0 {
            conversation.setAside(ExportLosses.cacheWrites)
        }
        total += usage
        add(
            "event_msg",
            [
                "type": "token_count",
                "info": [
                    "total_token_usage": Self.counts(total),
                    "last_token_usage": Self.counts(usage), "model_context_window": .null,
                ], "rate_limits": .null,
            ], at: time)
    }

    private static func counts(_ usage: TokenUsage) -> JSONValue {
        [
            "input_tokens": JSONValue(usage.inputAnew &+ usage.cacheRead),
            "cached_input_tokens": JSONValue(usage.cacheRead),
            "output_tokens": JSONValue(usage.output), "reasoning_output_tokens": 0,
            "total_tokens": JSONValue(usage.total),
        ]
    }

    private mutating func content(_ part: Part) -> JSONValue {
        if case .image(let picture) = part, let link = media.link(picture) {
            return ["type": "input_image", "image_url": .string(link)]
        }
        if part.media != nil { conversation.setAside(ExportLosses.attachments) }
        return ["type": "input_text", "text": .string(part.plainText ?? ProviderMedia.words(part))]
    }
}
