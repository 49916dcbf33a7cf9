/// A message as `show` reads it aloud.
struct SpokenMessage {
    /// How a tool call went.
    enum Outcome: Equatable {
        case ok
        case failed(String)
        /// No result is on record.
        case open
    }

    enum Part: Equatable {
        case text(String)
        case thinking(String)
        case tool(name: String, argument: String, outcome: Outcome, milliseconds: Int64?)
        /// An image, a document, a part of an unknown kind: named, not shown.
        case named(String)
    }

    var role: String
    /// Ready to print.
    var time: String
    var sequence: UInt64
    /// Why it is no turn of a person or a model: it is shown aside.
    var remark: String?
    /// What became of it: edited, removed, not finished.
    var fate: String?
    var parts: [Part]
}

/// A conversation laid into columns.
struct ConversationText {
    let columns: Int
    /// Whether everything is printed, however long.
    let isFull: Bool

    private static let indentColumns = 2
    private static let longestText = 40
    private static let longestThinking = 2
    private static let longestTool = 1
    private static let fullToolLines = 200

    /// The lines of the messages, one header for each change of speaker.
    ///
    /// - Parameter emit: Takes each line; what it throws ends the work.
    func write(_ messages: some Sequence<SpokenMessage>, emit: (Shown) throws -> Void) rethrows {
        var speaker: String?
        for message in messages where !message.parts.isEmpty {
            let saidBy = message.role + (message.remark ?? "") + (message.fate ?? "")
            if saidBy != speaker {
                try emit("")
                try emit(header(message))
                speaker = saidBy
            }
            for part in message.parts { try write(part, of: message, emit: emit) }
        }
    }

    private func header(_ message: SpokenMessage) -> Shown {
        var left = Shown(message.role, Self.style(ofRole: message.role))
        for words in [message.remark, message.fate].compactMap({ $0 }) {
            left += "  \(words, .quiet)"
        }
        let right: Shown = "\(message.time, .quiet)  \("#" + String(message.sequence), .quiet)"
        return left.padded(to: max(columns - right.width, left.width + 2)) + right
    }

    private func write(
        _ part: SpokenMessage.Part, of message: SpokenMessage, emit: (Shown) throws -> Void
    ) rethrows {
        let isAside = message.remark != nil
        switch part {
        case .text(let text):
            try write(
                text, style: isAside ? .quiet : .plain, mark: "",
                limit: isAside ? Self.longestThinking : Self.longestText, emit: emit)
        case .thinking(let text):
            try write(
                text, style: .quiet, mark: "✻ ", limit: Self.longestThinking, emit: emit)
        case .named(let name):
            try emit(.spaces(Self.indentColumns) + "\("[\(name)]", .quiet)")
        case .tool(let name, let argument, let outcome, let milliseconds):
            try emit(toolLine(name, argument, outcome, milliseconds))
        }
    }

    private func write(
        _ text: String, style: Style, mark: Shown, limit: Int, emit: (Shown) throws -> Void
    ) rethrows {
        let indent = Shown.spaces(Self.indentColumns)
        let room = columns - Self.indentColumns - mark.width
        let cut = Wrapping.wrapped(text, to: room, limit: isFull ? .max : limit)
        for (index, line) in cut.lines.enumerated() {
            let lead = index == 0 ? mark.styled(.quiet) : .spaces(mark.width)
            // The line is escaped already, and escaping leaves what is escaped as it is.
            try emit(line.isEmpty ? "" : indent + lead + Shown(line, style))
        }
        if cut.omittedBytes > 0 {
            let size = Numbers.bytes(UInt64(cut.omittedBytes))
            try emit(indent + .spaces(mark.width) + "\("… \(size) more; --full shows all", .quiet)")
        }
    }

    private func toolLine(
        _ name: String, _ argument: String, _ outcome: SpokenMessage.Outcome,
        _ milliseconds: Int64?
    ) -> Shown {
        let took = milliseconds.map { " " + Numbers.duration(milliseconds: $0) } ?? ""
        let lead = Shown.spaces(Self.indentColumns) + "\("⚙", .tool) \(name, .tool)"
        let end: Shown
        switch outcome {
        case .ok: end = " → \("ok", .good)\(took, .quiet)"
        case .open: end = " → \("no result", .warning)"
        case .failed(let why):
            let words = Wrapping.flattened(why, limit: 120)
            let room = max(columns / 2 - 8, 10)
            let colon: Shown = words.isEmpty ? "" : ": "
            end = (" → \("error", .bad)\(took, .quiet)" + colon + Shown(words)).elided(to: room)
        }
        let shown = Shown(Wrapping.flattened(argument, limit: columns * 2))
        let room = columns - lead.width - end.width - Self.indentColumns
        guard !shown.isEmpty, room > 3 else { return (lead + end).elided(to: columns) }
        let isPath = argument.hasPrefix("/") && !argument.contains { $0.isWhitespace }
        let words = isPath ? Shown.ending(argument, columns: room) : shown.elided(to: room)
        return lead + "  " + words + end
    }

    static func style(ofRole role: String) -> Style {
        switch role {
        case "user": .user
        case "assistant": .assistant
        case "tool": .tool
        default: .title
        }
    }
}
