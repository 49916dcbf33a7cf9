internal import SessionJournal

extension TranscriptFormat {
    /// The agent transcripts of Cursor: messages without ids or times.
    static let cursor = TranscriptFormat(
        "cursor", title: "Cursor", place: "~/.cursor/projects/…/agent-transcripts/…/*.jsonl",
        isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            guard line.text("role") != nil, !line.has("type"), !line.has("uuid"),
                line.kind("message", "content") == .array
            else { return 0 }
            return 0.95
        },
        reader: ConversationFormat(
            client: "cursor",
            read: { line, talk in
                guard let message = line["message"], let role = line["role"]?.string else {
                    if line["type"]?.string == "turn_ended", line["status"]?.string == "error" {
                        talk.fail(line["error"].map { .at($0) } ?? .text("the turn failed"))
                    }
                    return
                }
                let parts = talk.parts(of: message["content"])
                if role == "assistant" {
                    var draft = Conversation.Draft("assistant", parts)
                    draft.model = line["model"]
                    talk.say(draft)
                } else {
                    let isResult = !parts.isEmpty && parts.allSatisfy { $0.isResult }
                    talk.say(.init(isResult ? "tool" : role == "user" ? "user" : "system", parts))
                }
            }))
}
