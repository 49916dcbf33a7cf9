internal import SessionJournal

extension TranscriptFormat {
    /// The logs of Inspect AI: a document with all samples of a run, or one a sample, as `.eval`
    /// files hold them.
    static let inspect: TranscriptFormat = {
        var shape = DocumentShape(
            confidence: { document, bytes in
                let root = Recognition(document, bytes)
                if root.hasAll(["eval", "samples"]), root.kind("samples") == .array,
                    root.has("eval", "task")
                {
                    return 1
                }
                return root.hasAll(["id", "epoch", "input", "target"])
                    && root.kind("messages") == .array ? 1 : 0
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                let samples = document.member("samples", of: root, in: bytes)
                let all = samples.map { Array(document.elements(of: $0)) } ?? [root]
                return all.map { sample in
                    .init(
                        at: sample, name: ["uuid"], containers: [["messages"]],
                        start: [["started_at"], ["events", "0", "timestamp"]], document, bytes)
                }
            })
        shape.readsFramesLast = true
        return TranscriptFormat(
            "inspect", title: "Inspect AI", place: "logs/*.json, logs/*.eval", isChained: true,
            shape: shape,
            reader: ConversationFormat(
                client: "inspect", time: { _ in nil }, read: { InspectReading.read($0, &$1) }))
    }()
}

private enum InspectReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard piece.isFrame else {
            say(piece.body, &talk)
            return
        }
        talk.set("sample", piece["id"]?.value)
        talk.set("epoch", piece["epoch"]?.value)
        if let scores = piece["scores"] { talk.note("scores", .at(scores)) }
        if let answer = talk.lastMessage(of: "assistant"),
            let usage = piece["output"]?["usage"] ?? piece["model_usage"]?.first,
            let counts = Field.usage(
                input: usage["input_tokens"], output: usage["output_tokens"],
                cacheRead: usage["input_tokens_cache_read"],
                cacheWrite: usage["input_tokens_cache_write"])
        {
            talk.extend(answer, [], usage: counts)
        }
        if let error = piece["error"] { talk.fail(.at(error["message"] ?? error)) }
    }

    private static func say(_ message: Sourced, _ talk: inout Conversation) {
        let id = message["id"]?.name
        switch message["role"]?.string {
        case "assistant":
            var draft = Conversation.Draft("assistant", parts(message["content"], &talk), id: id)
            for call in message["tool_calls"]?.elements ?? [] {
                guard let name = call["function"]?.name else {
                    draft.parts.append(.unknown(call))
                    continue
                }
                draft.parts.append(.call(talk.callID(call["id"]), name, call["arguments"]))
            }
            draft.model = message["model"]
            talk.say(draft)
        case "tool":
            let call = talk.resultCall(message["tool_call_id"], tool: message["function"]?.name)
            let error = message["error"]
            talk.say(
                .init(
                    "tool",
                    [.result(call, message["content"] ?? error?["message"], isError: error != nil)],
                    id: id))
        case "user": talk.say(.init("user", parts(message["content"], &talk), id: id))
        case "system": talk.say(.init("system", parts(message["content"], &talk), id: id))
        default: break
        }
    }

    /// What is thought stands in blocks of its own shape.
    private static func parts(
        _ content: Sourced?, _ talk: inout Conversation
    ) -> [PartDraft] {
        guard let content, content.isArray else { return talk.parts(of: content) }
        return content.elements.flatMap { block -> [PartDraft] in
            if let thought = block["reasoning"], thought.string != nil {
                return [.thinking(thought, signature: block["signature"])]
            }
            if let text = block["text"], text.string != nil { return [.text(text)] }
            if let image = block["image"], image.string != nil {
                return [.media(as: "image", url: image)]
            }
            return [.unknown(block)]
        }
    }
}

extension Sourced {
    /// The value of the first member of an object.
    fileprivate var first: Sourced? { object?.members.first.flatMap { self[$0.name] } }
}
