import SessionJournal

/// A session that a command writes to, and the handle that writes in the name of whom the command
/// line names.
struct SessionWriting {
    let journal: Journal
    let session: SessionID
    let writer: JournalWriter
    let arguments: ParsedArguments

    /// Opens the journal for writing and finds the session that the first argument names.
    static func open(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> SessionWriting {
        let journal = try await JournalWriting.open(context)
        let session = try await JournalReading.over(journal, context)
            .session(arguments.positionals[0])
        return SessionWriting(
            journal: journal, session: session, writer: context.writer(of: journal, arguments),
            arguments: arguments)
    }

    /// Why, as the command line says it.
    var reason: String? { arguments.value(OptionSpec.reason.name) }

    /// The branch that the command line names.
    var branch: String? { arguments.value(OptionSpec.branch.name) }

    /// The session as it is now.
    func state() async throws -> SessionState { try await journal.state(of: session) }

    /// Closes the journal and says what was done: as JSON, or in words.
    func close(
        _ context: CommandContext, _ json: JSONObject, _ words: Shown
    ) async throws -> ExitStatus {
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(json.description.utf8))
        } else {
            try context.console.line(words)
        }
        return .done
    }

    /// A text that the command line gives, or standard input for "-", without its last line break.
    static func text(_ argument: String, _ context: CommandContext) throws -> String {
        guard argument == "-" else { return argument }
        var lines: [String] = []
        while let line = try context.input.line() {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw Failure(
                    .damaged, "standard input is not UTF-8 in line \(lines.count + 1)")
            }
            lines.append(text)
        }
        return lines.joined(separator: "\n")
    }
}

/// What an argument names that may be a message or an event.
enum PlaceArgument: Equatable {
    case message(String)
    case event(UInt64)

    /// The fewest letters that may stand for a message's id.
    private static let leastLetters = 4

    /// A message by its id, an event by its sequence number (with or without the # that `show`
    /// prints), or a message by the beginning of its id if no other begins so.
    init(_ text: String, in tree: ConversationTree) throws(Failure) {
        if let message = tree.message(text) {
            self = .message(message.id)
            return
        }
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        if let sequence = UInt64(digits), sequence > 0 {
            self = .event(sequence)
            return
        }
        let found = tree.messages.map(\.id).filter {
            text.count >= Self.leastLetters && $0.hasPrefix(text)
        }
        guard let first = found.first else {
            throw Failure(
                .negative,
                """
                the session has no message "\(text)"; sjournal tree --json lists them, and an event's \
                number will do
                """)
        }
        guard found.count == 1 else {
            throw Failure(
                .negative, "\"\(text)\" begins \(found.count) messages; give more letters")
        }
        self = .message(first)
    }

    /// The message that is meant: by its id, or by the event that appended it.
    static func message(
        _ text: String, in tree: ConversationTree
    ) throws(Failure) -> Message {
        switch try PlaceArgument(text, in: tree) {
        case .message(let id):
            if let message = tree.message(id) { return message }
        case .event(let sequence):
            if let message = tree.messages.first(where: { $0.sequence == sequence }) {
                return message
            }
        }
        throw Failure(.negative, "no message of the session was appended by event \(text)")
    }
}
