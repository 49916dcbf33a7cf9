internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of Factory's Droid, as it stores them and as it streams them.
    static let droid = TranscriptFormat(
        "droid", title: "Factory Droid", place: "~/.factory/sessions/…/*.jsonl",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            switch line.text("type") {
            case "session_start": return line.has("id") ? 1 : 0
            case "message":
                if line.has("session_id") || line.has("sessionId") {
                    return line.hasAll(["role", "text"]) ? 0.95 : 0
                }
                return line.hasAll(["id", "message"]) && !line.has("message", "timestamp") ? 0.6 : 0
            case "tool_call": return line.hasAll(["toolName", "parameters"]) ? 0.9 : 0
            case "completion": return line.has("finalText") ? 0.9 : 0
            default: return 0
            }
        },
        session: { document, bytes in
            let line = Recognition(document, bytes)
            if line.text("type") == "session_start" { return line.text("id") }
            return line.text("session_id") ?? line.text("sessionId")
        },
        time: { document, bytes in
            let line = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            return Sourced(line)["timestamp"]?.time
        },
        reader: ConversationFormat(client: "droid", read: { DroidReading.read($0, &$1) }))
}

private enum DroidReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        switch line["type"]?.string {
        case "session_start":
            talk.set("name", (line["sessionTitle"] ?? line["title"])?.value)
            talk.set("cwd", line["cwd"]?.value)
            talk.set("parent_session", line["parentSessionId"]?.value)
            talk.clientVersion = line["version"]?.name
            talk.alias(line["id"]?.name, above: nil)
        case "message":
            if let message = line["message"] {
                stored(message, line, &talk)
            } else {
                streamed(line, &talk)
            }
        case "system":
            talk.set("cwd", line["cwd"]?.value)
            talk.setModel(line["model"]?.name, branch: talk.current)
        case "tool_call":
            let call = talk.callID(line["toolCallId"] ?? line["id"])
            answer([.call(call, line["toolName"]?.name ?? "tool", line["parameters"])], &talk)
        case "tool_result":
            let call = talk.resultCall(line["toolCallId"] ?? line["id"])
            talk.say(
                .init(
                    "tool",
                    [
                        .result(
                            call, line["value"] ?? line["error"],
                            isError: line["isError"]?.value.bool)
                    ]))
        case "completion":
            // What it ends with may have been said before.
            if let text = line["finalText"], text.text != nil, talk.memory["said"] != text.value {
                answer([.text(text)], &talk)
            }
            if let usage = line["usage"], let message = talk.openAnswer {
                talk.extend(message, [], usage: .at(usage))
            }
        case "error": talk.fail(line["message"].map { .at($0) } ?? .at(line.body))
        case "compaction_state", "compaction":
            talk.summarise((line["summary"] ?? line["summaryText"]).map { .at($0) } ?? .text(""))
        default: break
        }
    }

    private static func stored(
        _ message: Sourced, _ line: SourcePiece, _ talk: inout Conversation
    ) {
        let parts = talk.parts(of: message["content"])
        var role = message["role"]?.string ?? "user"
        if role == "user", !parts.isEmpty, parts.allSatisfy({ $0.isResult }) { role = "tool" }
        var draft = Conversation.Draft(role, parts, id: line["id"]?.name)
        if !["user", "assistant", "tool", "system"].contains(role) { draft.role = "system" }
        if let parent = line["parentId"]?.name { draft.above = .named(parent) }
        draft.model = message["model"]
        draft.usage = message["usage"].map { .at($0) }
        talk.say(draft)
    }

    private static func streamed(_ line: SourcePiece, _ talk: inout Conversation) {
        let parts = talk.parts(of: line["text"] ?? line["content"])
        if line["role"]?.string == "assistant" {
            talk.memory["said"] = line["text"]?.value
            answer(parts, &talk, id: line["id"]?.name)
        } else {
            let role = line["role"]?.string == "user" ? "user" : "system"
            talk.say(.init(role, parts, id: line["id"]?.name))
        }
    }

    private static func answer(
        _ parts: [PartDraft], _ talk: inout Conversation, id: String? = nil
    ) {
        let model = talk.branches[talk.current].model
        if let open = talk.openAnswer {
            talk.extend(open, parts, alias: id, by: model.map { "model:\($0)" })
            return
        }
        var draft = Conversation.Draft("assistant", parts, id: id)
        draft.modelName = model
        talk.say(draft)
    }
}
