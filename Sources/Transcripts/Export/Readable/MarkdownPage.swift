internal import SessionJournal

/// A conversation in Markdown.
///
/// What was said stands in quotations, every line of it: nothing in it can pass for a heading of the
/// page or end what it stands in. Outside of blocks of code `<` is escaped, so that no tag comes alive.
enum MarkdownPage {
    static func write(_ session: ExportedSession) -> ExportedContent {
        let state = session.state
        var text = "# \(inline(session.title))\n\n"
        text += "Session `\(session.session.hexadecimal)`, branch \(inline(session.branch))"
        if let begun = state.createdAt { text += ", begun \(begun.description)" }
        text += "\n"
        let others = session.tree.branches.filter { $0.name != session.branch }
        if !others.isEmpty {
            text += "\nOther branches: "
            text += others.map { branch in
                let origin = branch.origin.map { " (from \(inline($0.message)))" } ?? ""
                return inline(branch.name) + origin
            }.joined(separator: ", ")
            text += "\n"
        }
        for message in session.messages { text += write(message, session) }
        return ExportedContent(text)
    }

    private static func write(_ message: Message, _ session: ExportedSession) -> String {
        var heading = "### \(inline(message.role?.rawValue ?? "unknown"))"
        for remark in message.remarks { heading += " (\(inline(remark)))" }
        var text = "\n\(heading)\n\n\(message.spokenTime) · #\(message.sequence)"
        if let model = message.model { text += " · \(inline(model))" }
        text += "\n\n"
        var blocks: [String] = []
        for part in message.parts() {
            switch part {
            case .thinking(let thought, _):
                if !thought.isEmpty { blocks.append("*Thinking*\n\n" + quoted(thought)) }
            case .toolUse(let use):
                blocks.append(
                    "**\(inline(use.name))** is called\n\n" + code(use.input.description, "json"))
            case .toolResult(let result):
                let name = session.calls[result.call]?.name ?? "a tool"
                let verb = result.isError == true ? "failed" : "answers"
                blocks.append(
                    "**\(inline(name))** \(verb)\n\n" + code(ToolOutput(result.content).text, ""))
            case .unknown(let value):
                blocks.append("*A part of an unknown kind*\n\n" + code(value.description, "json"))
            default:
                if let words = part.plainText {
                    blocks.append(quoted(words))
                } else if let name = part.attachmentName {
                    blocks.append("*\(inline(name))*\n")
                }
            }
        }
        return text + blocks.joined(separator: "\n")
    }

    // MARK: Foreign text

    /// A text on one line, with nothing in it that Markdown obeys.
    static func inline(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in HostileText.escaped(text).unicodeScalars {
            if "\\`*_{}[]<>()#+!|~&$:".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    /// A block of code; the fence is longer than any within.
    static func fenced(_ text: String, _ language: String) -> String {
        let fence = String(repeating: "`", count: max(3, longestRun(in: text) + 1))
        return fence + language + "\n" + ForeignLines.of(text).map { $0 + "\n" }.joined() + fence
            + "\n"
    }

    /// The same as a quotation.
    private static func code(_ text: String, _ language: String) -> String {
        ForeignLines.of(fenced(text, language)).dropLast()
            .map { $0.isEmpty ? ">\n" : "> \($0)\n" }.joined()
    }

    /// A text as a quotation. Its blocks of code stay such, with fences of our own.
    static func quoted(_ text: String) -> String {
        var result = ""
        func add(_ line: String) { result += line.isEmpty ? ">\n" : "> \(line)\n" }
        var fence: Fence?
        var code: [String] = []
        func close() {
            for line in ForeignLines.of(fenced(code.joined(separator: "\n"), "")).dropLast() {
                add(line)
            }
            code = []
            fence = nil
        }
        for line in ForeignLines.of(text) {
            let found = Fence(line)
            if let open = fence {
                if let found, found.closes(open) { close() } else { code.append(line) }
            } else if let found, found.canOpen {
                fence = found
            } else {
                add(withoutTags(line))
            }
        }
        if fence != nil { close() }
        return result
    }

    private static func withoutTags(_ line: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            if scalar == "<" { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    private static func longestRun(in text: String) -> Int {
        var longest = 0
        var count = 0
        for byte in text.utf8 {
            count = byte == UInt8(ascii: "`") ? count + 1 : 0
            longest = max(longest, count)
        }
        return longest
    }
}

/// A line that may begin or end a block of code: three marks or more, at most three spaces set in.
private struct Fence {
    private let mark: UInt8
    private let count: Int
    private let isBare: Bool
    let canOpen: Bool

    init?(_ line: String) {
        let body = line.utf8.drop { $0 == UInt8(ascii: " ") }
        guard let mark = body.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~"),
            line.utf8.count - body.count <= 3
        else { return nil }
        let rest = body.drop { $0 == mark }
        count = body.count - rest.count
        guard count >= 3 else { return nil }
        self.mark = mark
        isBare = rest.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        canOpen = mark == UInt8(ascii: "~") || !rest.contains(mark)
    }

    func closes(_ open: Fence) -> Bool { mark == open.mark && count >= open.count && isBare }
}

/// The lines of foreign text, with what a terminal or a reader would obey spelled out; tabs stay.
enum ForeignLines {
    static func of(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            line in
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { HostileText.escaped(String(Substring($0))) }.joined(separator: "\t")
        }
    }
}
