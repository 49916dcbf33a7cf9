internal import SessionJournal

extension TranscriptFormat {
    /// The steps of Antigravity's agent.
    static let antigravity = TranscriptFormat(
        "antigravity", title: "Antigravity", place: "~/.gemini/antigravity/…/*.jsonl",
        confidence: { document, bytes in
            Recognition(document, bytes).hasAll(
                ["step_index", "source", "type", "status", "created_at"]) ? 1 : 0
        },
        time: { document, bytes in
            document.rootText("created_at", in: bytes).flatMap { Timestamp($0) }
        },
        reader: ConversationFormat(
            client: "antigravity", time: { $0["created_at"]?.time },
            read: { AntigravityReading.read($0, &$1) }))
}

private enum AntigravityReading {
    /// Steps by which nothing is done.
    private static let notes: Set<String> = [
        "CONVERSATION_HISTORY", "SYSTEM_MESSAGE", "EPHEMERAL_MESSAGE",
    ]

    static func read(_ step: SourcePiece, _ talk: inout Conversation) {
        let content = step["content"]
        switch step["type"]?.string {
        case "USER_INPUT":
            talk.say(.init("user", talk.parts(of: content)))
        case "PLANNER_RESPONSE":
            var parts: [PartDraft] = []
            if let thought = step["thinking"], thought.text != nil {
                parts.append(.thinking(thought))
            }
            parts += talk.parts(ofText: content)
            parts += talk.calls(step["tool_calls"])
            talk.say(.init("assistant", parts))
        case "CHECKPOINT":
            talk.summarise(content.map { .at($0) } ?? .text(""))
        case let type? where notes.contains(type):
            guard let content, content.text != nil else { return }
            var draft = Conversation.Draft("system", [.text(content)])
            draft.synthetic = "meta"
            talk.say(draft)
        case let type?:
            // Every other step is a tool that ran: the one that the planner called, or another.
            guard let content else { return }
            let name = type.lowercased()
            var call = talk.openCall
            if call == nil {
                call = talk.callID(nil)
                talk.startCall(call ?? "", name)
            }
            talk.say(
                .init(
                    "tool",
                    [.result(call ?? "", content, isError: step["status"]?.string == "ERROR")]))
        case nil: break
        }
    }
}
