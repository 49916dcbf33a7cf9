internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of Hermes Agent: one JSON document with chat-completions messages.
    static let hermes = TranscriptFormat(
        "hermes", title: "Hermes Agent", place: "~/.hermes/sessions/session_*.json",
        isChained: true,
        shape: DocumentShape(
            name: ["session_id"], containers: [["messages"]], start: [["session_start"]]
        ) { document, bytes in
            let root = Recognition(document, bytes)
            return root.kind("messages") == .array
                && root.hasAll(["session_id", "session_start", "platform"]) ? 1 : 0
        },
        reader: ConversationFormat(
            client: "hermes", time: { $0.isFrame ? nil : $0["timestamp"]?.time },
            read: { piece, talk in
                guard piece.isFrame else {
                    guard var draft = talk.chatMessage(piece.body) else { return }
                    if draft.role == "assistant" {
                        draft.modelName = talk.branches[talk.current].model
                        draft.stop = piece["finish_reason"]
                    } else if piece["finish_reason"]?.string == "error" {
                        for index in draft.parts.indices {
                            draft.parts[index].result?.isError = true
                        }
                    }
                    talk.say(draft)
                    return
                }
                talk.setModel(piece["model"]?.name, branch: Conversation.main)
                talk.set("platform", piece["platform"]?.value)
                talk.set("cwd", (piece["cwd"] ?? piece["model_config"]?["cwd"])?.value)
                talk.set("parent_session", piece["parent_session_id"]?.value)
                if let prompt = piece["system_prompt"], prompt.text != nil, talk.messages.isEmpty {
                    talk.say(.init("system", [.text(prompt)]))
                }
            }))
}
