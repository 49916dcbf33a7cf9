internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of GitHub Copilot CLI: events with parents.
    static let copilotCLI: TranscriptFormat = {
        var format = TranscriptFormat(
            "copilot-cli", title: "GitHub Copilot CLI",
            place: "~/.copilot/session-state/…/events.jsonl",
            confidence: { document, bytes in
                let line = Recognition(document, bytes)
                guard line.kind("data") == .object, line.hasAll(["id", "timestamp"]),
                    let type = line.text("type")
                else { return 0 }
                if type == "session.start" { return 1 }
                let family = type.prefix { $0 != "." }
                return ["session", "user", "assistant", "tool", "hook", "system"]
                    .contains(String(family)) && type.contains(".") ? 0.9 : 0
            },
            session: { document, bytes in
                let line = Recognition(document, bytes)
                return line.text("type") == "session.start" ? line.text("data", "sessionId") : nil
            },
            reader: ConversationFormat(
                client: "copilot-cli", read: { CopilotReading.read($0, &$1) }))
        format.isOneSessionAFile = true
        return format
    }()
}

private enum CopilotReading {
    static func read(_ line: SourcePiece, _ talk: inout Conversation) {
        let data = line["data"] ?? Sourced(.null)
        let id = line["id"]?.name
        let parent = line["parentId"]?.name
        switch line["type"]?.string {
        case "session.start": start(data, &talk)
        case "session.model_change": talk.setModel(data["newModel"]?.name, branch: talk.current)
        case "session.title_changed": talk.set("name", data["title"]?.value)
        case "user.message": user(data, line, &talk)
        case "assistant.message": answer(data, line, &talk)
        case "system.message":
            var draft = Conversation.Draft("system", talk.parts(of: data["content"]), id: id)
            draft.above = above(parent)
            talk.say(draft)
        case "assistant.reasoning":
            if let message = talk.openAnswer, let text = data["content"], text.text != nil {
                talk.extend(message, [.thinking(text)], alias: id)
            }
        case "tool.execution_start":
            // The message that asks for the call may come behind it.
            if let call = data["toolCallId"]?.name, talk.calls[call] == nil {
                talk.startCall(call, data["toolName"]?.name ?? "tool")
            }
            talk.progress("started", of: data["toolCallId"]?.name)
        case "tool.execution_complete": result(data, line, &talk)
        case "session.error", "abort":
            talk.fail((data["message"] ?? data["reason"]).map { .at($0) } ?? .text("aborted"))
        case "session.shutdown": end(data, &talk)
        case "session.compaction_complete":
            talk.summarise((data["summaryContent"] ?? data["summary"]).map { .at($0) } ?? .text(""))
        case "session.truncation":
            talk.note("truncation", .at(data), about: talk.position)
        case "subagent.started":
            if let call = data["toolCallId"]?.name {
                _ = talk.sidechain(name(ofAgent: call), from: talk.calls[call]?.message)
            }
        default: break
        }
        talk.alias(id, above: parent)
    }

    private static func above(_ parent: String?) -> Conversation.Above {
        parent.map { .named($0) } ?? .last
    }

    private static func name(ofAgent call: String) -> String {
        EnvelopeName.clean("agent-\(call.cut(toBytes: 128))")
    }

    private static func start(_ data: Sourced, _ talk: inout Conversation) {
        talk.clientVersion = data["copilotVersion"]?.name
        talk.set("client_version", data["copilotVersion"]?.value)
        talk.set("model", data["selectedModel"]?.value)
        talk.set("cwd", data["context"]?["cwd"]?.value)
        talk.set("git_branch", data["context"]?["branch"]?.value)
    }

    private static func user(
        _ data: Sourced, _ line: SourcePiece, _ talk: inout Conversation
    ) {
        var draft = Conversation.Draft(
            "user", talk.parts(of: data["content"]), id: line["id"]?.name)
        for attachment in data["attachments"]?.elements ?? [] {
            draft.parts.append(.unknown(attachment))
        }
        draft.above = above(line["parentId"]?.name)
        talk.say(draft)
    }

    private static func answer(
        _ data: Sourced, _ line: SourcePiece, _ talk: inout Conversation
    ) {
        var parts: [PartDraft] = []
        if let thought = data["reasoningText"], thought.text != nil {
            parts.append(.thinking(thought, signature: data["reasoningOpaque"]))
        } else if let opaque = data["reasoningOpaque"], opaque.text != nil {
            parts.append(.sealed(signature: opaque))
        }
        parts += talk.parts(ofText: data["content"])
        parts += talk.calls(data["toolRequests"])
        var draft = Conversation.Draft("assistant", parts, id: line["id"]?.name)
        draft.above = above(line["parentId"]?.name)
        draft.model = data["model"]
        draft.modelName = talk.branches[talk.current].model
        draft.usage = .usage(input: data["inputTokens"], output: data["outputTokens"])
        _ = talk.addTokens(
            [data["inputTokens"]?.integer ?? 0, data["outputTokens"]?.integer ?? 0], to: "told")
        draft.request = data["requestId"]?.name
        if let call = data["parentToolCallId"]?.name {
            draft.sidechain = talk.sidechain(
                name(ofAgent: call), from: talk.calls[call]?.message)
        }
        talk.say(draft)
    }

    /// At its end a session tells all tokens that it took: what messages did not is told by itself.
    private static func end(_ data: Sourced, _ talk: inout Conversation) {
        func count(_ value: JSONValue?) -> Int64 { max(0, value?.integer ?? 0) }
        var counts: [Int64] = []
        if let details = data["tokenDetails"]?.value {
            counts = ["input", "output", "cache_read", "cache_write"].map {
                count(details[$0]?["tokenCount"])
            }
        } else {
            talk.memory["models"] = nil
            for model in data["modelMetrics"]?.object ?? [:] {
                let usage = model.value["usage"]
                counts = talk.addTokens(
                    ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"].map {
                        count(usage?[$0])
                    }, to: "models")
            }
            // Input holds what came from the cache, and what went there.
            for index in counts.indices.dropFirst(2) { counts[0] -= min(counts[0], counts[index]) }
        }
        let told = talk.memory["told"]?.array ?? []
        for (index, told) in told.enumerated() where index < counts.count {
            counts[index] -= min(counts[index], told.integer ?? 0)
        }
        talk.memory["told"] = nil
        guard counts.contains(where: { $0 > 0 }) else { return }
        let models = data["modelMetrics"]?.object?.names ?? []
        talk.respond(
            model: models.count == 1 ? models.first : data["currentModel"]?.name,
            usage: .usage(counts))
    }

    private static func result(
        _ data: Sourced, _ line: SourcePiece, _ talk: inout Conversation
    ) {
        let call = talk.resultCall(data["toolCallId"])
        let isError = data["success"]?.value.bool == false
        let result = data["result"]
        var draft = Conversation.Draft(
            "tool",
            [
                .result(
                    call, result?["content"] ?? result ?? data["error"], isError: isError,
                    duration: data["toolTelemetry"]?["metrics"]?["durationMs"]?.integer)
            ], id: line["id"]?.name)
        draft.above = above(line["parentId"]?.name)
        if let message = talk.calls[call]?.message,
            talk.branches[talk.messages[message].branch].isSidechain
        {
            draft.sidechain = talk.messages[message].branch
        }
        talk.say(draft)
    }
}
