internal import SessionJournal

extension TranscriptFormat {
    /// The rollouts of Codex CLI, of 2025 and since.
    static let codex: TranscriptFormat = {
        var format = TranscriptFormat(
            "codex", title: "Codex CLI", place: "~/.codex/sessions/…/rollout-*.jsonl",
            confidence: { document, bytes in
                let line = Recognition(document, bytes)
                if line.kind("payload") == .object, line.has("timestamp"),
                    let type = line.text("type")
                {
                    return type == "session_meta" ? 1 : codexTypes.contains(type) ? 0.95 : 0
                }
                if line.text("record_type") == "state" { return 0.9 }
                if line.hasAll(["id", "timestamp", "instructions"]), !line.has("type") {
                    return 0.8
                }
                return line.hasAll(["created_at", "role", "message"]) ? 0.6 : 0
            },
            session: { document, bytes in
                let line = Recognition(document, bytes)
                if line.text("type") == "session_meta" { return line.text("payload", "id") }
                return line.has("type") || !line.has("timestamp") ? nil : line.text("id")
            },
            reader: ConversationFormat(
                client: "codex", time: { ($0["timestamp"] ?? $0["created_at"])?.time },
                read: { CodexReading.read($0, &$1) }))
        format.isOneSessionAFile = true
        format.repeatsHistory = true
        return format
    }()

    private static let codexTypes: Set<String> = [
        "session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state",
        "inter_agent_communication_metadata",
    ]
}

/// Reads the lines of a rollout. What the model saw (`response_item`) is the conversation; what the
/// screen showed (`event_msg`) repeats it, and is kept, but for what it alone says: usage, how long
/// tools took, what was aborted, and names.
private enum CodexReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        guard let payload = line["payload"] else {
            old(line, &talk)
            return
        }
        switch line["type"]?.string {
        case "session_meta": meta(payload, &talk)
        case "turn_context":
            talk.set("cwd", payload["cwd"]?.value)
            talk.setModel(payload["model"]?.name, branch: talk.current)
            talk.memory["model"] = payload["model"]?.value
        case "response_item": ResponseItems.read(payload, &talk)
        case "event_msg": event(payload, &talk)
        case "compacted":
            talk.summarise(payload["message"].map { .at($0) } ?? .text(""))
        default: break
        }
    }

    private static func meta(_ payload: Sourced, _ talk: inout Conversation) {
        // A forked rollout repeats the head of the one that it came from.
        guard talk.memory["meta"] == nil else {
            talk.why = "the head of the session that this one was forked from"
            return
        }
        talk.memory["meta"] = true
        talk.clientVersion = payload["cli_version"]?.name
        talk.set("cwd", payload["cwd"]?.value)
        talk.set("client_version", payload["cli_version"]?.value)
        talk.set("git_branch", payload["git"]?["branch"]?.value)
        talk.set("git_commit", payload["git"]?["commit_hash"]?.value)
        talk.set("model_provider", payload["model_provider"]?.value)
        talk.set("forked_from", payload["forked_from_id"]?.value)
        talk.set("parent_session", payload["parent_thread_id"]?.value)
        talk.set("agent", (payload["agent_nickname"] ?? payload["agent_role"])?.value)
    }

    private static func event(_ payload: Sourced, _ talk: inout Conversation) {
        switch payload["type"]?.string {
        case "token_count":
            guard let usage = payload["info"]?["last_token_usage"],
                let total = payload["info"]?["total_token_usage"]?.value,
                talk.memory["total"] != total,
                let message = talk.lastMessage(of: "assistant")
            else { return }
            talk.memory["total"] = total
            // One message may take several calls of the model.
            var sum = TokenUsage(usage.value) ?? TokenUsage()
            if talk.memory["counted"] == .integer(Int64(message)) {
                sum += TokenUsage(talk.memory["usage"]) ?? TokenUsage()
            }
            talk.memory["counted"] = .integer(Int64(message))
            talk.memory["usage"] = sum.json
            talk.extend(message, [], usage: .json(sum.json))
        case "turn_aborted", "error", "stream_error":
            talk.fail(
                (payload["message"] ?? payload["reason"] ?? payload["type"]).map { .at($0) }
                    ?? .text("aborted"))
        case "thread_name_updated": talk.set("name", payload["thread_name"]?.value)
        default: break
        }
    }

    /// A line of 2025: a head without a type, and items as they are.
    private static func old(_ line: SourcePiece, _ talk: inout Conversation) {
        let body = line.body
        if body["type"] == nil, body["id"] != nil, body["role"] == nil {
            talk.set("git_branch", body["git"]?["branch"]?.value)
            talk.set("git_commit", body["git"]?["commit_hash"]?.value)
            return
        }
        if body["type"] == nil, let role = body["role"]?.string {
            let content = body["content"] ?? body["message"]
            var draft = Conversation.Draft(
                role == "assistant" ? "assistant" : role == "user" ? "user" : "system",
                talk.parts(of: content))
            if role == "assistant" { draft.model = body["model"] }
            talk.say(draft)
            return
        }
        ResponseItems.read(body, &talk)
    }
}
