internal import SessionJournal

/// A branch as an example to train a model with: one line.
enum TrainingLines {
    private static let nothing = "conversations in which no model answers give no example"

    /// OpenAI's chat form. The example ends with what the model is to say.
    static func chat(_ session: ExportedSession) -> ExportedContent {
        let chat = ChatCompletions(
            ProviderConversation(session, messages: session.messages), session.blobs)
        guard let last = chat.messages.lastIndex(where: { $0["role"] == "assistant" }) else {
            return ExportedContent("", setAside: [nothing: 1])
        }
        var body = chat.body.object ?? [:]
        body["messages"] = .array(Array(chat.messages[...last]))
        return ExportedContent(lines: [.object(body)], setAside: chat.conversation.setAside)
    }

    /// Gemini's form.
    static func gemini(_ session: ExportedSession) -> ExportedContent {
        let gemini = GeminiContents(
            ProviderConversation(session, messages: session.messages), session.blobs)
        var body = gemini.body(withTools: true).object ?? [:]
        let contents = body["contents"]?.array ?? []
        guard let last = contents.lastIndex(where: { $0["role"] == "model" }) else {
            return ExportedContent("", setAside: [nothing: 1])
        }
        body["contents"] = .array(Array(contents[...last]))
        return ExportedContent(lines: [.object(body)], setAside: gemini.conversation.setAside)
    }

    // MARK: ShareGPT

    /// The form of ShareGPT, with calls of tools as models of Hermes write them.
    static func shareGPT(_ session: ExportedSession) -> ExportedContent {
        let conversation = ProviderConversation(session, messages: session.messages)
        var turns: [(from: String, value: String)] = []
        for step in conversation.steps {
            let (from, value) = turn(step)
            if value.isEmpty { continue }
            if turns.last?.from == from {
                turns[turns.count - 1].value += "\n\n" + value
            } else {
                turns.append((from, value))
            }
        }
        guard let last = turns.lastIndex(where: { $0.from == "gpt" }) else {
            return ExportedContent("", setAside: [nothing: 1])
        }
        let line: JSONValue = [
            "id": .string(session.key),
            "conversations": .array(
                turns[...last].map { ["from": .string($0.from), "value": .string($0.value)] }),
        ]
        return ExportedContent(lines: [line], setAside: conversation.setAside)
    }

    private static func turn(_ step: ProviderConversation.Step) -> (String, String) {
        switch step {
        case .system(let text): return ("system", withoutMarks(text))
        case .user(let parts):
            let texts = parts.map { $0.plainText ?? ProviderMedia.words($0) }
            return ("human", withoutMarks(texts.joined(separator: "\n\n")))
        case .assistant(let spoken):
            let texts = spoken.compactMap { part -> String? in
                switch part {
                case .text(let text): return withoutMarks(text)
                case .call(let call):
                    let value: JSONValue = [
                        "name": .string(call.name), "arguments": .object(call.input),
                    ]
                    return "<tool_call>\n\(withoutMarks(value.description))\n</tool_call>"
                case .thought, .foreign: return nil
                }
            }
            return ("gpt", texts.joined(separator: "\n"))
        case .results(let results):
            let texts = results.map {
                "<tool_response>\n\(withoutMarks($0.output.text))\n</tool_response>"
            }
            return ("tool", texts.joined(separator: "\n"))
        }
    }

    private static let marks = ["tool_call>", "tool_response>"]

    /// A text in which nothing passes for the marks of this shape.
    private static func withoutMarks(_ text: String) -> String {
        var text = text
        for mark in marks where text.contains(mark) {
            for lead in ["<", "</"] {
                text = text.replacing(lead + mark, with: "&lt;" + lead.dropFirst() + mark)
            }
        }
        return text
    }

    // MARK: Preferences

    /// Answers of a model to the same message, as pairs in OpenAI's form for preferences: the one that
    /// the conversation went on with, before each of the others.
    static func preferences(_ session: ExportedSession) -> ExportedContent {
        var nodes: [String: ConversationTree.Node] = [:]
        for node in session.nodes { nodes[node.message.id] = node }
        let path = Set(session.messages.map(\.id))
        var lines: [JSONValue] = []
        for node in session.nodes {
            let answers = node.children.compactMap { nodes[$0] }.filter { isAnswer($0) }
            guard answers.count > 1,
                let chosen = answers.first(where: { path.contains($0.message.id) })
                    ?? answers.first(where: { $0.message.branch == node.message.branch })
                    ?? answers.first
            else { continue }
            let before = session.tree.path(to: MessageReference(node.message.id)).messages
            let input = ChatCompletions(
                ProviderConversation(session, messages: before), session.blobs
            ).body
            let best = output(chosen, session)
            for other in answers where other.message.id != chosen.message.id {
                lines.append([
                    "input": input, "preferred_output": best,
                    "non_preferred_output": output(other, session),
                ])
            }
        }
        return ExportedContent(lines: lines)
    }

    /// Whether a message is the whole of an answer: calls of tools need their results behind them.
    private static func isAnswer(_ node: ConversationTree.Node) -> Bool {
        let message = node.message
        guard message.role == .assistant, !node.isSidechain, !message.isRemoved,
            message.synthetic == nil
        else { return false }
        let parts = message.parts()
        let calls = parts.contains { if case .toolUse = $0 { true } else { false } }
        return !calls && parts.contains { $0.plainText != nil }
    }

    private static func output(
        _ node: ConversationTree.Node, _ session: ExportedSession
    ) -> JSONValue {
        .array(
            ChatCompletions(
                ProviderConversation(session, messages: [node.message]), session.blobs
            ).messages)
    }
}
