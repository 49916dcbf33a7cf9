internal import SessionJournal

extension TranscriptFormat {
    /// The results of tau-bench: an array of runs, each with its messages.
    static let tauBench = TranscriptFormat(
        "tau-bench", title: "tau-bench", place: "results of a run", isChained: true,
        shape: DocumentShape(
            confidence: { document, bytes in
                let root = Recognition(document, bytes)
                return root.rootKind == .array && root.has("0", "task_id")
                    && root.kind("0", "traj") == .array ? 1 : 0
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                return document.elements(of: root).map { run in
                    .init(at: run, name: nil, containers: [["traj"]], document, bytes)
                }
            },
            isListOfSessions: true),
        reader: ConversationFormat(
            client: "tau-bench", time: { _ in nil },
            read: { piece, talk in
                if piece.isFrame {
                    talk.set("task", piece["task_id"]?.value)
                    talk.set("trial", piece["trial"]?.value)
                    if let reward = piece["reward"] { talk.note("reward", .at(reward)) }
                } else if let draft = talk.chatMessage(piece.body) {
                    talk.say(draft)
                }
            }))

    /// The trajectories of SWE-agent: what the model saw is the conversation.
    static let sweAgent = TranscriptFormat(
        "swe-agent", title: "SWE-agent", place: "trajectories/…/*.traj", isChained: true,
        shape: DocumentShape(name: nil, containers: [["history"]]) { document, bytes in
            let root = Recognition(document, bytes)
            return root.kind("history") == .array && root.kind("trajectory") == .array ? 1 : 0
        },
        reader: ConversationFormat(
            client: "swe-agent", time: { _ in nil }, read: { SWEAgentReading.read($0, &$1) }))
}

private enum SWEAgentReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard !piece.isFrame else {
            talk.set("environment", piece["environment"]?.value)
            if let info = piece["info"] { talk.note("result", .at(info)) }
            return
        }
        guard var draft = talk.chatMessage(piece.body) else { return }
        if piece["is_demo"]?.value.bool == true { draft.synthetic = "meta" }
        if draft.role == "assistant", piece["tool_calls"] == nil, let action = piece["action"] {
            if let thought = piece["thought"], thought.text != nil, piece["content"] == nil {
                draft.parts.insert(.text(thought), at: 0)
            }
            draft.parts.append(.call(talk.callID(nil), "command", action))
        } else if draft.role == "user", let call = talk.openCall {
            // What the environment answers to a command.
            draft = .init("tool", [.result(call, piece["content"])])
        }
        talk.say(draft)
    }
}
