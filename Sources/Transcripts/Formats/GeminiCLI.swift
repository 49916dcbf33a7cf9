internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of Gemini CLI: one JSON document, and since 0.40 JSON Lines.
    static let geminiCLI: TranscriptFormat = {
        var shape = DocumentShape(
            name: ["sessionId"], containers: [["messages"], ["history"]],
            start: [["startTime"], ["start_time"]]
        ) { document, bytes in
            let root = Recognition(document, bytes)
            if root.kind("messages") == .array, root.has("sessionId"), root.has("projectHash") {
                return 1
            }
            return root.kind("history") == .array && root.has("history", "0", "parts")
                && root.has("lastUpdated") ? 0.8 : 0
        }
        shape.isLineable = false
        var format = TranscriptFormat(
            "gemini-cli", title: "Gemini CLI", place: "~/.gemini/tmp/…/chats/session-*.json[l]",
            confidence: { document, bytes in
                let line = Recognition(document, bytes)
                if line.hasAll(["sessionId", "projectHash", "startTime"]) { return 1 }
                return line.text("type") == "gemini" && line.has("id") ? 0.7 : 0
            },
            session: { document, bytes in
                Recognition(document, bytes).has("projectHash")
                    ? document.rootText("sessionId", in: bytes) : nil
            },
            time: { document, bytes in
                (document.rootText("timestamp", in: bytes)
                    ?? document.rootText("startTime", in: bytes)).flatMap { Timestamp($0) }
            },
            shape: shape,
            reader: ConversationFormat(
                client: "gemini-cli",
                time: { $0.isFrame ? nil : ($0["timestamp"] ?? $0["ts"])?.time },
                read: { GeminiReading.read($0, &$1) }))
        // Messages of an early form have no id.
        format.isChained = { document, bytes, place in
            place == .entry && !Recognition(document, bytes).has("id")
        }
        return format
    }()
}

private enum GeminiReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        if piece["$set"] != nil || piece.isFrame || piece["projectHash"] != nil {
            let said = piece["$set"] ?? piece.body
            talk.set("project_hash", said["projectHash"]?.value)
            talk.set("name", said["summary"]?.value)
            talk.setModel(said["meta"]?["model"]?.name, branch: Conversation.main)
            // A patch may hold the whole conversation anew.
            for message in said["messages"]?.elements ?? [] where piece["$set"] != nil {
                say(message, &talk)
            }
            return
        }
        say(piece.body, &talk)
    }

    private static func say(_ message: Sourced, _ talk: inout Conversation) {
        let id = message["id"]?.name
        let content = message["content"] ?? message["parts"]
        switch (message["type"] ?? message["role"])?.string {
        case "user": talk.say(.init("user", parts(content, &talk), id: id))
        case "gemini", "model", "assistant":
            answer(message, content, id, &talk)
        case "info", "error", "warning":
            var draft = Conversation.Draft("system", parts(content, &talk), id: id)
            draft.synthetic = message["type"]?.string == "error" ? "error" : "meta"
            talk.say(draft)
        default: break
        }
    }

    private static func parts(_ content: Sourced?, _ talk: inout Conversation) -> [PartDraft] {
        if let content, content.object != nil { return talk.geminiParts([content]) }
        return talk.parts(ofText: content)
    }

    private static func answer(
        _ message: Sourced, _ content: Sourced?, _ id: String?, _ talk: inout Conversation
    ) {
        var draft = Conversation.Draft(
            "assistant",
            (message["thoughts"]?.elements ?? []).compactMap { thought in
                (thought["description"] ?? thought["subject"] ?? thought["text"])
                    .map { .thinking($0) }
            }, id: id)
        draft.parts += parts(content, &talk)
        draft.model = message["model"]
        let tokens = message["tokens"]
        draft.usage = .usage(
            input: tokens?["input"], output: tokens?["output"], cacheRead: tokens?["cached"],
            reasoning: tokens?["thoughts"], inputHoldsCache: true)
        var results: [PartDraft] = []
        for call in message["toolCalls"]?.elements ?? [] {
            let name = talk.callID(call["id"])
            draft.parts.append(.call(name, call["name"]?.name ?? "tool", call["args"]))
            let status = call["status"]?.string
            let response = call["result"]?[0]?["functionResponse"]?["response"]
            guard let result = response ?? call["result"] ?? call["resultDisplay"] else { continue }
            results.append(
                .result(name, result, isError: status == "error" || status == "cancelled"))
        }
        talk.say(draft)
        guard !results.isEmpty else { return }
        talk.say(.init("tool", results, id: id.map { "\($0)/results" }))
    }
}
