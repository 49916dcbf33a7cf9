internal import SessionJournal

extension TranscriptFormat {
    /// The wire logs of Kimi Code: what a model says comes in parts, step by step.
    static let kimi = TranscriptFormat(
        "kimi", title: "Kimi Code", place: "~/.kimi-code/sessions/…/agents/…/wire.jsonl",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            guard let type = line.text("type") else { return 0 }
            if type == "metadata" {
                return line.hasAll(["protocol_version", "created_at"]) ? 1 : 0
            }
            guard line.has("time") else { return 0 }
            return ["context.", "turn.", "llm.", "config.", "usage."].contains {
                type.hasPrefix($0)
            } ? 0.9 : 0
        },
        time: { document, bytes in
            let line = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            return (Sourced(line)["time"] ?? Sourced(line)["created_at"])?.time
        },
        shape: {
            var shape = DocumentShape(name: nil, containers: [], start: [["createdAt"]]) {
                document, bytes in
                Recognition(document, bytes).hasAll(["createdAt", "agents", "workDir", "title"])
                    ? 1 : 0
            }
            shape.companions = ["state.json": "agents/main/wire.jsonl"]
            return shape
        }(),
        reader: ConversationFormat(
            client: "kimi-code", time: { ($0["time"] ?? $0["created_at"])?.time },
            read: { KimiReading.read($0, &$1) }))
}

private enum KimiReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        guard !line.isFrame else {
            talk.set("name", line["title"]?.value)
            talk.set("cwd", line["workDir"]?.value)
            return
        }
        switch line["type"]?.string {
        case "config.update", "profile.bind":
            talk.setModel(line["modelAlias"]?.name, branch: talk.current)
            talk.set("cwd", (line["cwd"] ?? line["environmentDisclosure"]?["cwd"])?.value)
            if let prompt = line["systemPrompt"], prompt.text != nil,
                talk.memory["system"] != prompt.value
            {
                talk.memory["system"] = prompt.value
                talk.say(.init("system", [.text(prompt)]))
            }
        case "llm.request": talk.memory["model"] = line["model"]?.value
        case "context.append_message":
            guard let message = line["message"], var draft = talk.chatMessage(message) else {
                return
            }
            draft.parts += talk.calls(message["toolCalls"])
            let origin = message["origin"]?["kind"]?.string
            if draft.role == "user", let origin, origin != "user" { draft.synthetic = "meta" }
            talk.say(draft)
        case "context.append_loop_event":
            if let event = line["event"] { read(event: event, &talk) }
        case "usage.record":
            // Of a turn the ends of its steps tell the same.
            guard line["usageScope"]?.string == "session",
                let usage = usage(line["usage"])
            else { return }
            talk.respond(model: talk.memory["model"]?.string, usage: usage)
        case "permission.record_approval_result":
            if let call = line["toolCallId"]?.name {
                talk.decide(call, isAllowed: line["result"]?["decision"]?.string == "approved")
            }
        case "context.apply_compaction":
            talk.summarise(
                line["summary"].map { .at($0) } ?? .text(""), tokensBefore: line["tokensBefore"],
                tokensAfter: line["tokensAfter"])
        case "turn.cancel": talk.fail(.text("the turn was cancelled"))
        default: break
        }
    }

    private static func read(event: Sourced, _ talk: inout Conversation) {
        let step = (event["stepUuid"] ?? event["uuid"])?.name
        switch event["type"]?.string {
        case "content.part":
            guard let part = event["part"] else { return }
            answer([talk.part(of: part)], step, &talk)
        case "tool.call":
            answer(
                [
                    .call(
                        talk.callID(event["toolCallId"]), event["name"]?.name ?? "tool",
                        event["args"])
                ], step, &talk)
        case "tool.result":
            let call = talk.resultCall(event["toolCallId"])
            let result = event["result"]
            talk.say(
                .init(
                    "tool",
                    [
                        .result(
                            call, result?["output"] ?? result,
                            isError: result?["isError"]?.value.bool)
                    ]))
        case "step.end":
            guard let step, let message = talk.names[step], message >= 0,
                event["usage"] != nil
            else { return }
            talk.extend(message, [], usage: usage(event["usage"]), by: model(talk))
        default: break
        }
    }

    private static func usage(_ usage: Sourced?) -> Field? {
        .usage(
            input: usage?["inputOther"], output: usage?["output"],
            cacheRead: usage?["inputCacheRead"], cacheWrite: usage?["inputCacheCreation"])
    }

    private static func model(_ talk: Conversation) -> String? {
        talk.memory["model"]?.string.map { "model:\($0)" }
    }

    /// Adds to the message of a step, or begins it.
    private static func answer(
        _ parts: [PartDraft], _ step: String?, _ talk: inout Conversation
    ) {
        if let step, let message = talk.names[step], message >= 0 {
            talk.extend(message, parts, by: model(talk))
            return
        }
        var draft = Conversation.Draft("assistant", parts, id: step)
        draft.modelName = talk.memory["model"]?.string
        talk.say(draft)
    }
}
