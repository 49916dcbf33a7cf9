internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of Pi: version 1, which is a list, and since version 2 a tree.
    static let pi = TranscriptFormat(
        "pi", title: "Pi", place: "~/.pi/agent/sessions/…/*.jsonl",
        confidence: { document, bytes in
            piConfidence(Recognition(document, bytes))
        },
        session: { document, bytes in piSession(document, bytes) },
        reader: ConversationFormat(client: "pi", read: { PiReading.read($0, &$1) }))

    /// The sessions of OpenClaw, which writes what Pi writes.
    static let openClaw = TranscriptFormat(
        "openclaw", title: "OpenClaw", place: "~/.openclaw/agents/…/sessions/*.jsonl",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            let names = [
                line.text("id"), line.text("provider"), line.text("modelId"), line.text("agent"),
                line.text("customType"), line.text("message", "provider"),
            ]
            guard line.has("type") else { return 0 }
            let isNamed = names.contains { $0?.lowercased().contains("openclaw") ?? false }
            // What no other client of Pi's kind writes, and where its agents work.
            let isOurs =
                line.text("customType") == "model-snapshot"
                || line.text("cwd")?.contains("/.openclaw") == true
            return (isNamed || isOurs) && (piConfidence(line) > 0 || line.has("parentId")) ? 1 : 0
        },
        session: { document, bytes in piSession(document, bytes) },
        reader: ConversationFormat(client: "openclaw", read: { PiReading.read($0, &$1) }))

    private static func piConfidence(_ line: Recognition) -> Double {
        switch line.text("type") {
        case "session":
            return line.hasAll(["id", "timestamp", "cwd"]) ? 0.85 : 0
        case "model_change": return line.hasAll(["provider", "modelId"]) ? 0.8 : 0
        case "thinking_level_change": return line.has("thinkingLevel") ? 0.8 : 0
        case "message":
            return line.has("timestamp") && line.has("message", "role")
                && line.has("message", "timestamp") ? 0.8 : 0
        case "custom", "custom_message": return line.hasAll(["customType", "parentId"]) ? 0.7 : 0
        default: return 0
        }
    }

    private static func piSession(_ document: JSONDocument, _ bytes: Span<UInt8>) -> String? {
        document.rootText("type", in: bytes) == "session"
            ? document.rootText("id", in: bytes) : nil
    }
}

private enum PiReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        let id = line["id"]?.name
        let parent = line["parentId"]?.name
        switch line["type"]?.string {
        case "session":
            talk.set("cwd", line["cwd"]?.value)
            talk.set("parent_session", line["parentSession"]?.value)
            talk.set("model", line["modelId"]?.value)
            talk.set("model_provider", line["provider"]?.value)
            talk.alias(id, above: nil)
            return
        case "message":
            if let message = line["message"] { say(message, line, &talk) }
            return
        case "custom_message":
            let isSystem = line["customType"]?.string == PiSession.instructions
            var draft = Conversation.Draft(
                isSystem ? "system" : "user", talk.parts(of: line["content"]), id: id)
            draft.above = above(line)
            if !isSystem { draft.synthetic = "meta" }
            talk.say(draft)
            return
        case "compaction":
            move(to: parent, &talk)
            talk.summarise(
                line["summary"].map { .at($0) } ?? .text(""), tokensBefore: line["tokensBefore"],
                keptFrom: line["firstKeptEntryId"]?.name)
        case "branch_summary":
            move(to: parent, &talk)
            talk.summarise(
                line["summary"].map { .at($0) } ?? .text(""), trigger: .text("branch"))
        case "model_change":
            talk.setModel(line["modelId"]?.name, branch: talk.current)
        case "session_info": talk.set("name", line["name"]?.value)
        case "label":
            let message = line["targetId"]?.name.flatMap { talk.names[$0] }
            if let message, message >= 0, let label = line["label"] {
                talk.note("label", .at(label), about: message)
            }
        default: break
        }
        if line["parentId"] != nil || line.body.value["parentId"] != nil {
            talk.alias(id, above: parent)
            // The conversation goes on where the last entry stands.
            if let id, let message = talk.names[id] { talk.position = message }
            talk.moveTo(id)
        }
    }

    private static func move(to parent: String?, _ talk: inout Conversation) {
        if let parent, let message = talk.names[parent] { talk.position = message }
    }

    /// What an entry follows: the one that it names, else the one before.
    private static func above(_ line: SourcePiece) -> Conversation.Above {
        guard let value = line.body.value["parentId"] else { return .last }
        return .named(value.string)
    }

    private static func say(
        _ message: Sourced, _ line: SourcePiece, _ talk: inout Conversation
    ) {
        var draft: Conversation.Draft
        let id = line["id"]?.name
        switch message["role"]?.string {
        case "user": draft = .init("user", talk.parts(of: message["content"]), id: id)
        case "system": draft = .init("system", talk.parts(of: message["content"]), id: id)
        case "assistant":
            draft = .init("assistant", talk.parts(of: message["content"]), id: id)
            draft.model = message["model"]
            // Counts that are all 0 stand where nobody counted.
            if let usage = message["usage"], (TokenUsage(usage.value)?.total ?? 1) > 0 {
                draft.usage = .at(usage)
            }
            draft.request = message["responseId"]?.name
            draft.stop = message["stopReason"]
        case "toolResult":
            let call = talk.resultCall(message["toolCallId"], tool: nil)
            draft = .init(
                "tool",
                [.result(call, message["content"], isError: message["isError"]?.value.bool)],
                id: id)
        case "bashExecution":
            draft = .init(
                "user",
                [message["command"], message["output"]].compactMap { $0.map { .text($0) } },
                id: id)
        case "compactionSummary", "branchSummary":
            draft = .init("user", talk.parts(of: message["summary"]), id: id)
            draft.synthetic = "summary"
        default:
            draft = .init("user", talk.parts(of: message["content"]), id: id)
            draft.synthetic = "meta"
        }
        draft.above = above(line)
        let said = talk.say(draft)
        // Results may name the call that they answer as their parent.
        for part in draft.parts {
            if let call = part.call, talk.names[call.id] == nil { talk.names[call.id] = said }
        }
        if let error = message["errorMessage"], error.text != nil {
            talk.fail(.at(error), message: said)
        }
    }
}
