internal import SessionJournal

extension TranscriptFormat {
    /// The `conversations.json` of ChatGPT's data export.
    static let chatGPT: TranscriptFormat = {
        var shape = DocumentShape(
            confidence: { document, bytes in
                let root = Recognition(document, bytes)
                for path in [[], ["0"], ["1"]] where root.kind(at: path + ["mapping"]) == .object {
                    if root.kind(at: path + ["current_node"]) != nil { return 1 }
                    if root.kind(at: path + ["create_time"]) != nil { return 0.8 }
                }
                return 0
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                let all = root.kind == .array ? Array(document.elements(of: root)) : [root]
                return all.map { node in
                    var session = DocumentShape.Session(
                        at: node, name: ["id"], containers: [["mapping"]], start: [["create_time"]],
                        document, bytes)
                    if session.name == nil {
                        session.name = document.member("conversation_id", of: node, in: bytes)
                            .flatMap { document.name($0, in: bytes) }
                    }
                    return session
                }
            })
        shape.isLineable = true
        shape.isListOfSessions = true
        shape.readsFramesLast = true
        shape.order = { entries, frame in
            ParentsFirst.order(
                entries.map { entry in
                    let node = entry.object?.members.first
                    return (node?.name, node?.value["parent"]?.string)
                }, current: frame["current_node"]?.string)
        }
        return TranscriptFormat(
            "chatgpt", title: "ChatGPT data export", place: "conversations.json", shape: shape,
            reader: ConversationFormat(
                client: "chatgpt", time: { $0.isFrame ? nil : $0["message"]?["create_time"]?.time },
                read: { ChatGPTReading.read($0, &$1) }))
    }()
}

private enum ChatGPTReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let node = piece.key else {
            talk.set("name", piece["title"]?.value)
            talk.set("model", piece["default_model_slug"]?.value)
            talk.set("gizmo", piece["gizmo_id"]?.value)
            if piece["is_starred"]?.value.bool == true { talk.set("is_starred", true) }
            talk.moveTo(piece["current_node"]?.name)
            return
        }
        let parent = piece["parent"]?.name
        guard let message = piece["message"], let draft = draft(message, node, parent, &talk) else {
            talk.alias(node, above: parent)
            return
        }
        let said = talk.say(draft)
        talk.names[node] = said
    }

    private static func draft(
        _ message: Sourced, _ node: String, _ parent: String?, _ talk: inout Conversation
    ) -> Conversation.Draft? {
        let role = message["author"]?["role"]?.string
        let metadata = message["metadata"]
        var parts = parts(message["content"], &talk)
        let recipient = message["recipient"]?.name
        if role == "assistant", let recipient, recipient != "all", let content = message["content"]
        {
            // What is said to a tool is a call of it.
            let call = PartDraft.call(
                talk.callID(metadata?[ChatGPTConversation.callID]), recipient,
                content["text"] ?? content["parts"]?[0] ?? content)
            parts = [call]
        }
        var draft: Conversation.Draft
        switch role {
        case "user", "assistant", "system": draft = .init(role ?? "", parts, id: node)
        case "tool":
            let call = talk.resultCall(
                metadata?[ChatGPTConversation.callID], tool: message["author"]?["name"]?.name)
            draft = .init(
                "tool",
                [
                    .result(
                        call, output(message["content"]),
                        isError: metadata?[ChatGPTConversation.isError]?.value.bool)
                ], id: node)
            draft.author = message["author"]?["name"]?.name.map { "tool:\($0)" }
        default: return nil
        }
        draft.above = .named(parent)
        draft.isMoving = false
        draft.model = role == "assistant" ? metadata?["model_slug"] : nil
        draft.stop = metadata?["finish_details"]?["type"]
        if metadata?["is_visually_hidden_from_conversation"]?.value.bool == true {
            draft.synthetic = "meta"
        }
        return draft
    }

    /// What a tool gave back: its text, where it is nothing else.
    private static func output(_ content: Sourced?) -> Sourced? {
        guard let content else { return nil }
        if content["content_type"]?.string == "execution_output", let text = content["text"] {
            return text
        }
        if content["content_type"]?.string == "text", let parts = content["parts"]?.elements,
            parts.count == 1, parts[0].string != nil
        {
            return parts[0]
        }
        return content
    }

    private static func parts(
        _ content: Sourced?, _ talk: inout Conversation
    ) -> [PartDraft] {
        guard let content else { return [] }
        switch content["content_type"]?.string {
        case "thoughts":
            return (content["thoughts"]?.elements ?? []).compactMap { thought in
                (thought["content"] ?? thought["summary"]).map { .thinking($0) }
            }
        case "reasoning_recap": return content["content"].map { [.thinking($0)] } ?? []
        case "code", "execution_output", "tether_quote", "tether_browsing_display":
            return (content["text"] ?? content["result"]).map { [.text($0)] } ?? [.unknown(content)]
        default: break
        }
        guard let list = content["parts"] else {
            return content["text"].map { [.text($0)] } ?? [.unknown(content)]
        }
        return list.elements.compactMap { part in
            if let text = part.string { return text.isEmpty ? nil : .text(part) }
            if let pointer = part["asset_pointer"] {
                let type = part["content_type"]?.string ?? ""
                let kind =
                    type.contains("image") ? "image" : type.contains("audio") ? "audio" : "document"
                return .media(as: kind, url: pointer)
            }
            if let text = part["text"], text.string != nil { return .text(text) }
            return .unknown(part)
        }
    }
}

/// The order in which the nodes of a tree are read: each behind the one above, those of the way that
/// the conversation is on first.
enum ParentsFirst {
    /// - Parameters:
    ///   - nodes: The name of each node, and of the one above it.
    ///   - current: The last node of that way.
    static func order(_ nodes: [(name: String?, parent: String?)], current: String?) -> [Int] {
        var places: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            if let name = node.name, places[name] == nil { places[name] = index }
        }
        var children: [Int: [Int]] = [:]
        var roots: [Int] = []
        for (index, node) in nodes.enumerated() {
            if let parent = node.parent.flatMap({ places[$0] }), parent != index {
                children[parent, default: []].append(index)
            } else {
                roots.append(index)
            }
        }
        var way: Set<Int> = []
        var next = current.flatMap { places[$0] }
        while let index = next, way.insert(index).inserted {
            next = nodes[index].parent.flatMap { places[$0] }
        }
        var order: [Int] = []
        var seen: Set<Int> = []
        // Nodes that are above one another in a circle are reached from none of the roots.
        for start in roots.filter(way.contains) + roots.filter({ !way.contains($0) })
            + Array(nodes.indices)
        {
            var waiting = [start]
            while let index = waiting.popLast() {
                guard seen.insert(index).inserted else { continue }
                order.append(index)
                let below = children[index] ?? []
                waiting += below.filter { !way.contains($0) }.reversed()
                waiting += below.filter(way.contains)
            }
        }
        return order
    }
}
