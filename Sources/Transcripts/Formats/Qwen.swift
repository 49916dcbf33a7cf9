internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of Qwen Code: lines with parents, and Gemini's parts.
    static let qwen = TranscriptFormat(
        "qwen", title: "Qwen Code", place: "~/.qwen/projects/…/chats/*.jsonl",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            guard line.hasAll(["uuid", "sessionId", "type", "timestamp"]) else { return 0 }
            if line.kind("message", "parts") == .array { return 1 }
            return line.has("systemPayload") ? 0.9 : 0
        },
        session: { document, bytes in document.rootText("sessionId", in: bytes) },
        reader: ConversationFormat(client: "qwen-code", read: { QwenReading.read($0, &$1) }))
}

private enum QwenReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        talk.clientVersion = line["version"]?.name ?? talk.clientVersion
        talk.set("cwd", line["cwd"]?.value)
        talk.set("git_branch", line["gitBranch"]?.value)
        talk.set("client_version", line["version"]?.value)
        let id = line["uuid"]?.name
        let above = Conversation.Above.named(line["parentUuid"]?.name)
        let parts = talk.geminiParts(line["message"]?["parts"]?.elements ?? [])
        switch line["type"]?.string {
        case "user" where !parts.isEmpty:
            var draft = Conversation.Draft("user", parts, id: id)
            draft.above = above
            if line["subtype"]?.string == "notification" { draft.synthetic = "meta" }
            talk.say(draft)
        case "assistant" where line["message"] != nil: answer(line, parts, id, above, &talk)
        case "tool_result":
            var draft = Conversation.Draft("tool", parts, id: id)
            draft.above = above
            let isError = line["toolCallResult"]?["status"]?.string == "error"
            if isError {
                for index in draft.parts.indices { draft.parts[index].result?.isError = true }
            }
            talk.say(draft)
        case "system": system(line, &talk)
        default: break
        }
        talk.alias(id, above: line["parentUuid"]?.name)
    }

    /// Lines of one id are one message of the model.
    private static func answer(
        _ line: SourcePiece, _ parts: [PartDraft], _ id: String?, _ above: Conversation.Above,
        _ talk: inout Conversation
    ) {
        let usage = line["usageMetadata"].map { Field.at($0) }
        if let id, let known = talk.names[id], known >= 0, talk.id(of: known) == id {
            talk.extend(known, parts, usage: usage, by: line["model"]?.name.map { "model:\($0)" })
            talk.setModel(line["model"]?.name, branch: talk.messages[known].branch)
            return
        }
        var draft = Conversation.Draft("assistant", parts, id: id)
        draft.above = above
        draft.model = line["model"]
        draft.usage = usage
        talk.say(draft)
    }

    private static func system(_ line: SourcePiece, _ talk: inout Conversation) {
        let payload = line["systemPayload"]
        switch line["subtype"]?.string {
        case "custom_title": talk.set("name", payload?["customTitle"]?.value)
        case "rewind":
            let target = payload?["targetUuid"]?.name ?? line["parentUuid"]?.name
            if let target, let message = talk.names[target] { talk.position = message }
        case "chat_compression":
            talk.summarise((payload?["summary"]).map { .at($0) } ?? .text(""))
        default: break
        }
    }
}
