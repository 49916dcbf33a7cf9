internal import SessionJournal

extension TranscriptFormat {
    /// The chats of Grok CLI: lines without ids.
    static let grok = TranscriptFormat(
        "grok", title: "Grok CLI", place: "~/.grok/sessions/…/chat_history.jsonl", isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            switch line.text("type") {
            case "assistant":
                return line.has("content") && (line.has("model_id") || line.has("tool_calls"))
                    && !line.has("message") ? 0.95 : 0
            case "user":
                return line.kind("content") == .array && line.has("prompt_index") ? 0.95 : 0
            case "tool_result": return line.hasAll(["tool_call_id", "content"]) ? 0.8 : 0
            case "backend_tool_call": return line.has("kind") ? 0.9 : 0
            default: return 0
            }
        },
        shape: {
            var shape = DocumentShape(name: nil, containers: [], start: [["created_at"]]) {
                document, bytes in
                Recognition(document, bytes).hasAll(
                    ["info", "session_summary", "chat_format_version"]) ? 1 : 0
            }
            shape.companions = ["summary.json": "chat_history.jsonl"]
            return shape
        }(),
        reader: ConversationFormat(client: "grok", read: { GrokReading.read($0, &$1) }))
}

private enum GrokReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        guard !line.isFrame else {
            talk.set("name", (line["generated_title"] ?? line["session_summary"])?.value)
            talk.set("cwd", line["info"]?["cwd"]?.value)
            talk.set("source_session", line["info"]?["id"]?.value)
            talk.set("git_branch", line["head_branch"]?.value)
            talk.set("git_commit", line["head_commit"]?.value)
            talk.set("agent", line["agent_name"]?.value)
            talk.setModel(line["current_model_id"]?.name, branch: Conversation.main)
            return
        }
        switch line["type"]?.string {
        case "system": talk.say(.init("system", talk.parts(of: line["content"])))
        case "user":
            var draft = Conversation.Draft("user", talk.parts(of: line["content"]))
            if line["synthetic_reason"] != nil { draft.synthetic = "meta" }
            talk.say(draft)
        case "reasoning":
            var parts: [PartDraft] = []
            for block in line["summary"]?.elements ?? [] {
                guard let text = block["text"] else { continue }
                parts.append(
                    .thinking(text, signature: parts.isEmpty ? line["encrypted_content"] : nil))
            }
            if parts.isEmpty, let sealed = line["encrypted_content"] {
                parts.append(.sealed(signature: sealed))
            }
            answer(parts, line, &talk)
        case "assistant":
            answer(
                talk.parts(ofText: line["content"]) + talk.calls(line["tool_calls"]), line, &talk)
        case "tool_result":
            let call = talk.resultCall(line["tool_call_id"])
            talk.say(.init("tool", [.result(call, line["content"])]))
        case "backend_tool_call":
            guard let kind = line["kind"] else { return }
            let call = talk.callID(kind["id"])
            answer([.call(call, kind["tool_type"]?.name ?? "tool", kind["action"])], line, &talk)
            // What the provider ran itself has no result of its own.
            if let status = kind["status"]?.string, status != "in_progress" {
                talk.finish(call, isError: status == "failed", branch: talk.current)
            }
        default: break
        }
    }

    /// What the model thinks, and what its provider ran for it, is part of the message that follows.
    private static func answer(
        _ parts: [PartDraft], _ line: SourcePiece, _ talk: inout Conversation
    ) {
        guard !parts.isEmpty else { return }
        let model = line["model_id"]
        if let open = talk.openAnswer, talk.memory["thinking"] == true || model == nil {
            talk.extend(open, parts, by: model?.name.map { "model:\($0)" })
            talk.setModel(model?.name, branch: talk.messages[open].branch)
        } else {
            var draft = Conversation.Draft("assistant", parts, id: line["id"]?.name)
            draft.model = model
            draft.modelName = talk.branches[talk.current].model
            talk.say(draft)
        }
        talk.memory["thinking"] = .bool(line["type"]?.string != "assistant")
    }
}
