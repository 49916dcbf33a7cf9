internal import SessionJournal

extension TranscriptFormat {
    /// Chats that Open WebUI exports.
    static let openWebUI: TranscriptFormat = {
        var shape = DocumentShape(
            confidence: { document, bytes in
                let root = Recognition(document, bytes)
                for path in [["0"], []]
                where root.kind(at: path + ["chat", "history", "messages"]) == .object {
                    return 1
                }
                return 0
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                let all = root.kind == .array ? Array(document.elements(of: root)) : [root]
                return all.map { chat in
                    .init(
                        at: chat, name: ["id"], containers: [["chat", "history", "messages"]],
                        start: [["created_at"], ["chat", "timestamp"]], document, bytes)
                }
            })
        shape.isLineable = true
        shape.isListOfSessions = true
        shape.readsFramesLast = true
        shape.order = { entries, frame in
            ParentsFirst.order(
                entries.map { entry in
                    let node = entry.object?.members.first
                    return (node?.name, node?.value["parentId"]?.string)
                }, current: frame["chat"]?["history"]?["currentId"]?.string)
        }
        return TranscriptFormat(
            "open-webui", title: "Open WebUI", place: "exported chats", shape: shape,
            reader: ConversationFormat(
                client: "open-webui", time: { $0.isFrame ? nil : $0["timestamp"]?.time },
                read: { OpenWebUIReading.read($0, &$1) }))
    }()

    /// Conversations that LibreChat exports, flat or recursive.
    static let libreChat: TranscriptFormat = {
        var shape = DocumentShape(
            name: ["conversationId"], containers: [["messages"]],
            start: [["messages", "0", "createdAt"]]
        ) { document, bytes in
            let root = Recognition(document, bytes)
            return root.kind("messages") == .array && root.hasAll(["conversationId", "endpoint"])
                ? 1 : 0
        }
        shape.isLineable = true
        return TranscriptFormat(
            "librechat", title: "LibreChat", place: "exported conversations", shape: shape,
            reader: ConversationFormat(
                client: "librechat", time: { $0.isFrame ? nil : $0["createdAt"]?.time },
                read: { LibreChatReading.read($0, &$1) }))
    }()

    /// Chats of SillyTavern: a head, and messages with their swipes.
    static let sillyTavern = TranscriptFormat(
        "sillytavern", title: "SillyTavern", place: "data/…/chats/…/*.jsonl", isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            if line.hasAll(["user_name", "character_name"]) { return 1 }
            return line.hasAll(["name", "is_user", "mes"]) ? 0.95 : 0
        },
        time: { document, bytes in
            let line = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            return Sourced(line)["send_date"]?.time
        },
        reader: ConversationFormat(
            client: "sillytavern", time: { $0["send_date"]?.time },
            read: { SillyTavernReading.read($0, &$1) }))
}

private enum OpenWebUIReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let id = piece.key else {
            talk.set("name", (piece["title"] ?? piece["chat"]?["title"])?.value)
            if piece["pinned"]?.value.bool == true { talk.set("pinned", true) }
            talk.moveTo(piece["chat"]?["history"]?["currentId"]?.name)
            return
        }
        let role = piece["role"]?.string
        var draft = Conversation.Draft(
            role == "assistant" || role == "user" ? role ?? "" : "system",
            talk.parts(ofText: piece["content"]), id: id)
        for file in piece["files"]?.elements ?? [] {
            let kind = file["type"]?.string == "image" ? "image" : "document"
            draft.parts.append(
                file["url"].map { .media(as: kind, url: $0, name: file["name"]) } ?? .unknown(file))
        }
        draft.above = .named(piece["parentId"]?.name)
        draft.isMoving = false
        if role == "assistant" {
            draft.model = piece["model"]
            draft.usage = (piece["usage"] ?? piece["info"]?["usage"]).map { .at($0) }
        }
        let said = talk.say(draft)
        if let error = piece["error"] { talk.fail(.at(error), message: said) }
    }
}

private enum LibreChatReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard !piece.isFrame else {
            talk.set("name", piece["title"]?.value)
            talk.set("endpoint", piece["endpoint"]?.value)
            talk.set("model", piece["options"]?["model"]?.value)
            return
        }
        // A recursive export holds the answers in the message that they answer.
        var waiting = [piece.body]
        while let message = waiting.popLast() {
            say(message, &talk)
            waiting += (message["children"]?.elements ?? []).reversed()
        }
    }

    private static func say(_ message: Sourced, _ talk: inout Conversation) {
        let isUser = message["isCreatedByUser"]?.value.bool == true
        var parts = talk.parts(ofText: message["text"])
        if parts.isEmpty, let content = message["content"] { parts = talk.parts(of: content) }
        var draft = Conversation.Draft(
            isUser ? "user" : "assistant", parts, id: message["messageId"]?.name)
        let parent = message["parentMessageId"]?.name
        draft.above = .named(
            parent == "00000000-0000-0000-0000-000000000000" ? nil : parent)
        if !isUser {
            draft.model = message["model"]
            draft.stop = message["finish_reason"]
        }
        let said = talk.say(draft)
        if message["error"]?.value.bool == true {
            talk.fail(message["text"].map { .at($0) } ?? .text("an error"), message: said)
        }
    }
}

private enum SillyTavernReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let text = piece["mes"] else {
            talk.set("name", piece["character_name"]?.value)
            talk.set("character", piece["character_name"]?.value)
            talk.set("user", piece["user_name"]?.value)
            return
        }
        let isUser = piece["is_user"]?.value.bool == true
        let role = isUser ? "user" : piece["is_system"]?.value.bool == true ? "system" : "assistant"
        let above = talk.position
        let chosen = Int(clamping: piece["swipe_id"]?.integer ?? 0)
        var draft = Conversation.Draft(role, [.text(text)])
        draft.author = piece["name"]?.name.map { isUser ? "user:\($0)" : "agent:\($0)" }
        draft.model = piece["extra"]?["model"]
        let said = talk.say(draft)
        // Swipes that were not taken are branches of their own.
        for (index, swipe) in (piece["swipes"]?.elements ?? []).enumerated() {
            guard index != chosen, swipe.text != nil, swipe.string != text.string else { continue }
            talk.position = above
            var other = Conversation.Draft(role, [.text(swipe)])
            other.author = draft.author
            talk.sayAside(other)
        }
        talk.position = said
    }
}
