internal import SessionJournal

/// The messages of a session as a table: CSV by RFC 4180, a row a message, every branch.
enum MessageTable {
    private static let columns = [
        "session", "key", "seq", "id", "parent", "branch", "time", "role", "actor", "model",
        "synthetic", "state", "text", "thinking", "tool_calls", "tool_results", "attachments",
        "input_tokens", "output_tokens",
    ]

    static func write(_ session: ExportedSession) -> ExportedContent {
        var text = UsageReport.csvLine(columns) + "\r\n"
        for node in session.nodes {
            text += UsageReport.csvLine(row(node, session).map { shown($0) }) + "\r\n"
        }
        return ExportedContent(text)
    }

    private static func row(_ node: ConversationTree.Node, _ session: ExportedSession) -> [String] {
        let message = node.message
        let parts = message.parts()
        let usage = message.usage()
        var calls: [JSONValue] = []
        var results: [JSONValue] = []
        for part in parts {
            switch part {
            case .toolUse(let use):
                calls.append(["name": .string(use.name), "input": use.input])
            case .toolResult(let result): results.append(result.content)
            default: break
            }
        }
        func tokens(_ names: [String]) -> String {
            names.lazy.compactMap { usage?[$0]?.integer }.first.map { String($0) } ?? ""
        }
        return [
            session.session.hexadecimal, session.state.key ?? "", String(message.sequence),
            message.id, node.parent?.message ?? "", message.branch, message.spokenTime,
            message.role?.rawValue ?? "", message.actor ?? "", message.model ?? "",
            message.synthetic ?? "",
            message.remarks.filter { $0 != message.synthetic }.joined(separator: " "),
            parts.compactMap(\.plainText).joined(separator: "\n\n"),
            parts.compactMap(\.thought).joined(separator: "\n\n"),
            calls.isEmpty ? "" : JSONValue.array(calls).description,
            results.isEmpty ? "" : JSONValue.array(results).description,
            parts.compactMap(\.attachmentName).joined(separator: ", "),
            tokens(["input_tokens", "prompt_tokens", "input"]),
            tokens(["output_tokens", "completion_tokens", "output"]),
        ]
    }

    /// Lines stay lines; what else a terminal would obey is spelled out.
    private static func shown(_ text: String) -> String {
        ForeignLines.of(text).joined(separator: "\n")
    }
}

extension Part {
    /// What is said; nil for what is not said.
    var plainText: String? {
        switch self {
        case .text(let text), .derived(let text, _): text.isEmpty ? nil : text
        default: nil
        }
    }

    /// What a model thought; nil for any other part.
    var thought: String? {
        if case .thinking(let text, _) = self, !text.isEmpty { text } else { nil }
    }

    /// What kind of picture, sound, film or document it is, in words; nil for any other part.
    var attachmentName: String? {
        let kind: String
        switch self {
        case .image: kind = "image"
        case .audio: kind = "audio"
        case .video: kind = "video"
        case .document: kind = "document"
        default: return nil
        }
        return ([kind] + [media?.mediaType, media?.name].compactMap { $0 }).joined(separator: " ")
    }
}
