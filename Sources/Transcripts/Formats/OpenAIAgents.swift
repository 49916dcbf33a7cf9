internal import SessionJournal

extension TranscriptFormat {
    /// The sessions that OpenAI's Agents SDK keeps in SQLite, plain and with branches, a row a line.
    static let openAIAgents = TranscriptFormat(
        "openai-agents", title: "OpenAI Agents SDK", place: "*.db (SQLite)",
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            let isOurs =
                StoreLine.has(line, "session_id", "message_data")
                || StoreLine.has(line, "session_id", "message_id", "branch_id")
                || StoreLine.has(line, "session_id", "branch_id", "requests", "input_tokens")
            if isOurs { return 1 }
            let isNear =
                StoreLine.has(line, "session_id", "created_at", "updated_at")
                || StoreLine.has(line, "session_id", "branch_id")
                || StoreLine.has(line, "session_id", "generation")
            return isNear ? 0.9 : 0
        },
        session: { document, bytes in
            Recognition(document, bytes).text("row", "session_id")
        },
        time: StoreLine.time("created_at"),
        reader: ConversationFormat(
            client: "openai-agents", time: { StoreLine.time($0["row"]?["created_at"]) },
            read: { AgentsReading.read($0, &$1) }))
}

/// Items of Responses, each a row; rows that say on which branch they are; and usage a turn.
private enum AgentsReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let row = piece["row"] else { return }
        if let data = row["message_data"] {
            item(row["id"]?.integer ?? 0, data, &talk)
        } else if let message = row["message_id"]?.integer, let branch = row["branch_id"]?.string {
            structure(message, branch, row, &talk)
        } else if row["requests"] != nil {
            usage(row, &talk)
        }
    }

    /// What an item follows is the one before it on the branch that it was said on. A branch
    /// begins with the items of another, which are known by then.
    private static func structure(
        _ message: Int64, _ branch: String, _ row: Sourced, _ talk: inout Conversation
    ) {
        let last = "last/\(branch)"
        if talk.memory["before/\(message)"] == nil {
            talk.memory["before/\(message)"] = talk.memory[last] ?? .integer(-1)
        }
        talk.memory[last] = .integer(message)
        if let turn = row["user_turn_number"]?.integer {
            talk.memory["turn/\(branch)/\(turn)"] = .integer(message)
        }
    }

    private static func item(_ id: Int64, _ data: Sourced, _ talk: inout Conversation) {
        if let before = talk.memory["before/\(id)"]?.integer {
            talk.position = before < 0 ? -1 : talk.names["item-\(before)"] ?? talk.position
        }
        if data["__enc__"] != nil {
            talk.why = "it is encrypted"
        } else {
            ResponseItems.read(data, &talk)
        }
        talk.names["item-\(id)"] = talk.position
    }

    private static func usage(_ row: Sourced, _ talk: inout Conversation) {
        guard let turn = row["user_turn_number"]?.integer, let branch = row["branch_id"]?.string,
            let item = talk.memory["turn/\(branch)/\(turn)"]?.integer,
            var message = talk.names["item-\(item)"]
        else { return }
        while message >= 0, talk.role(of: message) != "assistant" {
            message = talk.messages[message].parent
        }
        let usage = Field.usage(
            input: row["input_tokens"], output: row["output_tokens"],
            cacheRead: row["input_tokens_details"]?["cached_tokens"], inputHoldsCache: true)
        guard message >= 0, let usage else { return }
        talk.extend(message, [], usage: usage)
    }
}
