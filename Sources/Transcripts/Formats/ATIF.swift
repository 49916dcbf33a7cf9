internal import SessionJournal

extension TranscriptFormat {
    /// The Agent Trajectory Interchange Format of Harbor and Terminal-Bench.
    static let atif = TranscriptFormat(
        "atif", title: "ATIF", place: "trajectory.json",
        shape: DocumentShape(
            name: ["session_id"], containers: [["steps"]],
            start: [["steps", "0", "timestamp"]], isLineable: true
        ) { document, bytes in
            let root = Recognition(document, bytes)
            guard root.kind("steps") == .array, let version = root.text("schema_version") else {
                return 0
            }
            return version.hasPrefix("ATIF") ? 1 : root.has("agent") ? 0.9 : 0
        },
        reader: ConversationFormat(
            client: "atif", time: { $0.isFrame ? nil : $0["timestamp"]?.time },
            read: { ATIFReading.read($0, &$1) }))
}

private enum ATIFReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard !piece.isFrame else { return head(piece, &talk) }
        let step = piece.body
        let id: String? =
            if case .integer(let number)? = step["step_id"]?.value { "step-\(number)" } else { nil }
        switch step["source"]?.string ?? "" {
        case "agent": act(step, id: id, &talk)
        case "user": talk.say(.init("user", talk.parts(of: step["message"]), id: id))
        default: talk.say(.init("system", talk.parts(of: step["message"]), id: id))
        }
    }

    private static func head(_ piece: SourcePiece, _ talk: inout Conversation) {
        talk.set("agent", piece["agent"]?["name"]?.value)
        talk.set("client_version", piece["agent"]?["version"]?.value)
        talk.setModel(piece["agent"]?["model_name"]?.name, branch: Conversation.main)
        if let metrics = piece["final_metrics"] { talk.note("final_metrics", .at(metrics)) }
        if let notes = piece["notes"], notes.text != nil { talk.note("notes", .at(notes)) }
    }

    /// What the agent thought, said and called, and what came of the calls.
    private static func act(_ step: Sourced, id: String?, _ talk: inout Conversation) {
        var draft = Conversation.Draft("assistant", [], id: id)
        if let thought = step["reasoning_content"], thought.text != nil {
            draft.parts.append(.thinking(thought))
        }
        draft.parts += talk.parts(ofText: step["message"])
        for call in step["tool_calls"]?.elements ?? [] {
            draft.parts.append(
                .call(
                    talk.callID(call["tool_call_id"]), call["function_name"]?.name ?? "tool",
                    call["arguments"]))
        }
        draft.model = step["model_name"]
        if draft.model == nil { draft.modelName = talk.branches[talk.current].model }
        let metrics = step["metrics"]
        draft.usage = .usage(
            input: metrics?["prompt_tokens"], output: metrics?["completion_tokens"],
            cacheRead: metrics?["cached_tokens"], inputHoldsCache: true)
        talk.say(draft)
        let results = (step["observation"]?["results"]?.elements ?? []).map { result in
            PartDraft.result(talk.resultCall(result["source_call_id"]), result["content"])
        }
        if !results.isEmpty {
            talk.say(.init("tool", results, id: id.map { "\($0)/results" }))
        }
    }
}
