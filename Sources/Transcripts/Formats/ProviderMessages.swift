internal import SessionJournal

extension TranscriptFormat {
    /// Messages of OpenAI's chat completions: `{"messages": […]}`, a list, or one a line.
    static let openAIChat = TranscriptFormat(
        "openai-chat", title: "OpenAI chat completions",
        place: "JSON, JSON Lines, fine-tuning sets",
        isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            return Provider.isChat(line, at: []) && !line.has("type") ? 0.6 : 0
        },
        shape: Provider.shape(of: "messages") { root, path in
            Provider.isChat(root, at: path) ? 0.7 : 0
        },
        reader: Provider.format("openai") { piece, talk in
            guard var draft = talk.chatMessage(piece.body) else { return }
            draft.model = piece["model"]
            draft.usage = piece["usage"].map { .at($0) }
            talk.say(draft)
        })

    /// Messages of Anthropic: `{"system": …, "messages": […]}`, a list, or one a line.
    static let anthropicMessages = TranscriptFormat(
        "anthropic-messages", title: "Anthropic messages", place: "JSON, JSON Lines",
        isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            return Provider.isAnthropic(line, at: []) ? 0.75 : 0
        },
        shape: Provider.shape(of: "messages") { root, path in
            // What is said to be Anthropic's may be of the shape that all providers share.
            Provider.isAnthropic(root, at: path) ? 0.8 : Provider.isChat(root, at: path) ? 0.01 : 0
        },
        reader: Provider.format("anthropic") { piece, talk in
            let parts = talk.parts(of: piece["content"])
            switch piece["role"]?.string {
            case "assistant":
                var draft = Conversation.Draft("assistant", parts, id: piece["id"]?.name)
                draft.model = piece["model"]
                draft.usage = piece["usage"].map { .at($0) }
                draft.request = piece["id"]?.name
                draft.stop = piece["stop_reason"]
                talk.say(draft)
            case "user":
                let isResult = !parts.isEmpty && parts.allSatisfy { $0.isResult }
                talk.say(.init(isResult ? "tool" : "user", parts))
            case "system": talk.say(.init("system", parts))
            default: break
            }
        })

    /// Contents of Gemini: `{"contents": […]}`, a list, or one a line.
    static let geminiContents = TranscriptFormat(
        "gemini-contents", title: "Gemini contents", place: "JSON, JSON Lines, fine-tuning sets",
        isChained: true,
        confidence: { document, bytes in
            let line = Recognition(document, bytes)
            return line.kind("parts") == .array && line.has("role") ? 0.7 : 0
        },
        shape: Provider.shape(of: "contents") { root, path in
            root.kind(at: path + ["parts"]) == .array ? 0.8 : 0
        },
        reader: Provider.format("gemini") { piece, talk in
            let parts = talk.geminiParts(piece["parts"]?.elements ?? [])
            let isResult = !parts.isEmpty && parts.allSatisfy { $0.isResult }
            let role = piece["role"]?.string
            if role == "model" || role == "assistant" {
                var draft = Conversation.Draft("assistant", parts)
                draft.usage = piece["usageMetadata"].map { .at($0) }
                draft.model = piece["modelVersion"]
                talk.say(draft)
            } else {
                let isTool = isResult || role == "function" || role == "tool"
                talk.say(.init(isTool ? "tool" : role == "system" ? "system" : "user", parts))
            }
        })

    /// Items of OpenAI's Responses API: `{"input": […]}` or `{"output": […]}`, a list, or one a line.
    static let openAIResponses = TranscriptFormat(
        "openai-responses", title: "OpenAI Responses items", place: "JSON, JSON Lines",
        isChained: true,
        confidence: { document, bytes in
            Provider.isItem(Recognition(document, bytes), at: []) ? 0.7 : 0
        },
        shape: Provider.shape(of: "input", "output", "items") { root, path in
            Provider.isItem(root, at: path) ? 0.85 : 0
        },
        reader: Provider.format("openai") { piece, talk in
            ResponseItems.read(piece.body, &talk)
        })
}

/// What the lists of the providers have in common.
private enum Provider {
    /// So many messages are looked at to see whose they are.
    private static let lookedAt = 8

    /// The shape of a list, which is the whole document or a member of it.
    static func shape(
        of members: String..., confidence: @escaping @Sendable (Recognition, [String]) -> Double
    ) -> DocumentShape {
        DocumentShape(
            name: ["session_id"],
            containers: [[]] + members.map { [$0] }, start: [["created_at"], ["created"]],
            isLineable: true
        ) { document, bytes in
            let root = Recognition(document, bytes)
            let path =
                root.rootKind == .array
                ? []
                : members.first { root.kind($0) == .array }
                    .map { [$0] }
            guard let path else { return 0 }
            // The first ones may be of the shape that all providers share.
            return (0..<lookedAt).map { confidence(root, path + [String($0)]) }.max() ?? 0
        }
    }

    static func format(
        _ client: String,
        _ read: @escaping @Sendable (SourcePiece, inout Conversation) -> Void
    ) -> ConversationFormat {
        ConversationFormat(
            client: client,
            time: { $0.isFrame ? nil : ($0["timestamp"] ?? $0["created_at"])?.time }
        ) { piece, talk in
            guard piece.isFrame else {
                read(piece, &talk)
                return
            }
            talk.setModel(piece["model"]?.name, branch: Conversation.main)
            let system =
                piece["system"] ?? piece["instructions"] ?? piece["systemInstruction"]?["parts"]
                ?? piece["system_instruction"]?["parts"]
            if let system, talk.messages.isEmpty {
                let parts =
                    system.elements.isEmpty
                    ? talk.parts(ofText: system) : talk.geminiParts(system.elements)
                if !parts.isEmpty { talk.say(.init("system", parts)) }
            }
            if let usage = piece["usage"] ?? piece["usageMetadata"], let answer = talk.openAnswer {
                talk.extend(answer, [], usage: .at(usage))
            }
        }
    }

    static func isChat(_ value: Recognition, at path: [String]) -> Bool {
        guard let role = value.text(at: path + ["role"]),
            ["system", "developer", "user", "assistant", "tool", "function"].contains(role)
        else { return false }
        return value.kind(at: path + ["content"]) != nil
            || value.kind(at: path + ["tool_calls"]) == .array
    }

    static func isAnthropic(_ value: Recognition, at path: [String]) -> Bool {
        guard let role = value.text(at: path + ["role"]), role == "user" || role == "assistant"
        else { return false }
        if value.text(at: path + ["type"]) == "message",
            value.kind(at: path + ["stop_reason"]) != nil
        {
            return true
        }
        guard let type = value.text(at: path + ["content", "0", "type"]) else { return false }
        if ["tool_use", "tool_result", "thinking", "redacted_thinking", "document"].contains(type) {
            return true
        }
        if type == "image" { return value.kind(at: path + ["content", "0", "source"]) != nil }
        return type == "text" && value.kind(at: ["max_tokens"]) != nil
            || type == "text" && value.kind(at: ["system"]) != nil
    }

    static func isItem(_ value: Recognition, at path: [String]) -> Bool {
        if let type = value.text(at: path + ["type"]) {
            guard ResponseItems.types.contains(type) else { return false }
            return type != "message"
                || value.kind(at: path + ["content"]) != nil
                    && value.text(at: path + ["role"]) != nil
        }
        let block = value.text(at: path + ["content", "0", "type"])
        return block == "input_text" || block == "output_text"
    }
}
