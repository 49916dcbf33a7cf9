internal import SessionJournal

/// A conversation as plain text: who speaks stands at the margin, what is said is set in, so that no
/// text can pass for somebody's turn.
enum TextPage {
    private static let indent = "    "

    static func write(_ session: ExportedSession) -> ExportedContent {
        var text = flat(session.title) + "\n"
        text += "session \(session.session.hexadecimal), branch \(flat(session.branch))\n"
        for message in session.messages { text += write(message, session) }
        return ExportedContent(text)
    }

    private static func write(_ message: Message, _ session: ExportedSession) -> String {
        let words = [
            message.role?.rawValue ?? "unknown", message.spokenTime, "#\(message.sequence)",
        ]
        var text = "\n" + (words + message.remarks).map { flat($0) }.joined(separator: "  ") + "\n"
        for part in message.parts() {
            switch part {
            case .thinking(let thought, _): text += block("(thinking) " + thought)
            case .toolUse(let use):
                text += block("(calls \(use.name)) " + use.input.description)
            case .toolResult(let result):
                let name = session.calls[result.call]?.name ?? "a tool"
                let verdict = result.isError == true ? "\(name) failed" : "\(name) answers"
                text += block("(\(verdict)) " + ToolOutput(result.content).text)
            case .unknown(let value): text += block("(unknown part) " + value.description)
            default:
                if let words = part.plainText ?? part.attachmentName.map({ "[\($0)]" }) {
                    text += block(words)
                }
            }
        }
        return text
    }

    private static func block(_ text: String) -> String {
        ForeignLines.of(text).map { $0.isEmpty ? "\n" : indent + $0 + "\n" }.joined()
    }

    private static func flat(_ text: String) -> String { HostileText.escaped(text) }
}
