internal import SessionJournal

extension TranscriptFormat {
    /// The sessions that Google's Agent Development Kit keeps in SQLite, a row a line.
    static let adk = TranscriptFormat(
        "adk", title: "Agent Development Kit", place: "*.db (SQLite)",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            let isOurs =
                StoreLine.has(line, "app_name", "user_id", "session_id", "timestamp")
                || StoreLine.has(line, "app_name", "user_id", "id", "state")
            return isOurs ? 1 : 0
        },
        session: { document, bytes in
            let line = Recognition(document, bytes)
            guard let app = line.text("row", "app_name"), let user = line.text("row", "user_id"),
                let session = line.text("row", "session_id") ?? line.text("row", "id")
            else { return nil }
            return "\(app)/\(user)/\(session)"
        },
        time: { document, bytes in
            StoreLine.time("timestamp")(document, bytes)
                ?? StoreLine.time("create_time")(document, bytes)
        },
        reader: ConversationFormat(
            client: "adk",
            time: { StoreLine.time($0["row"]?["timestamp"] ?? $0["row"]?["create_time"]) },
            read: { ADKReading.read($0, &$1) }))
}

/// Events whose words are Gemini's, in either spelling.
private enum ADKReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let row = piece["row"] else { return }
        guard row["session_id"] != nil else {
            talk.set("app", row["app_name"]?.value)
            talk.set("owner", row["user_id"]?.value)
            if let state = row["state"]?.object, !state.isEmpty {
                talk.set("state", row["state"]?.value)
            }
            return
        }
        event(row["event_data"] ?? row, id: row["id"]?.name, row, &talk)
    }

    private static func event(
        _ event: Sourced, id: String?, _ row: Sourced, _ talk: inout Conversation
    ) {
        let actions = event["actions"]
        let invocation =
            (event["invocationId"] ?? event["invocation_id"] ?? row["invocation_id"])?.name
        let rewind = actions?["rewindBeforeInvocationId"] ?? actions?["rewind_before_invocation_id"]
        if let invocation, talk.memory["from/\(invocation)"] == nil {
            talk.memory["from/\(invocation)"] = .integer(Int64(talk.position))
        }
        if let rewind = rewind?.name, let place = talk.memory["from/\(rewind)"]?.integer {
            talk.position = Int(place)
        }
        if let compaction = actions?["compaction"] {
            let content = compaction["compactedContent"] ?? compaction["compacted_content"]
            let text = content?["parts"]?[0]?["text"] ?? compaction
            let end = (compaction["endTimestamp"] ?? compaction["end_timestamp"])?.value.double
            talk.summarise(.at(text), keptFrom: end.flatMap { first(after: $0, talk) })
            return
        }
        say(event, id: id, &talk)
        let code = event["errorCode"] ?? event["error_code"]
        if let error = event["errorMessage"] ?? event["error_message"] ?? code {
            talk.fail(.at(error))
        }
        let delta = actions?["stateDelta"] ?? actions?["state_delta"]
        if let delta, let members = delta.object, !members.isEmpty {
            talk.note("state", .at(delta))
        }
    }

    private static func say(_ event: Sourced, id: String?, _ talk: inout Conversation) {
        guard let content = event["content"], event["partial"]?.value.bool != true else { return }
        let parts = talk.geminiParts(content["parts"]?.elements ?? [])
        guard !parts.isEmpty else { return }
        let author = event["author"]?.name
        let isResult = parts.allSatisfy { $0.isResult }
        let role = isResult ? "tool" : author == "user" ? "user" : "assistant"
        var draft = Conversation.Draft(role, parts, id: id)
        if role == "assistant" {
            draft.author = author.map { "agent:\($0)" }
            draft.model = event["modelVersion"] ?? event["model_version"]
            draft.usage = event["usageMetadata"].map { .at($0) }
            if let usage = event["usage_metadata"] {
                draft.usage = .usage(
                    input: usage["prompt_token_count"], output: usage["candidates_token_count"],
                    cacheRead: usage["cached_content_token_count"],
                    reasoning: usage["thoughts_token_count"], inputHoldsCache: true)
            }
        }
        let said = talk.say(draft)
        talk.memory["time/\(said)"] = event["timestamp"]?.value
    }

    /// The first message behind a time, of those that the conversation ends with.
    private static func first(after end: Double, _ talk: Conversation) -> String? {
        var index = talk.position
        var first: String?
        while index >= 0, let time = talk.memory["time/\(index)"]?.double, time > end {
            first = talk.id(of: index)
            index = talk.messages[index].parent
        }
        return first
    }
}
