import SessionJournal

/// `sjournal log`: the events, one a line.
enum LogCommand: Command {
    static let spec = CommandSpec(
        name: "log", summary: "List the events, of one session or of all.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional,
                help: "Only this session, by id, key or a beginning; @journal is the journal's own."
            )
        ],
        options: [
            OptionSpec(name: "--from", value: "N", help: "From this sequence number on."),
            OptionSpec(name: "--to", value: "N", help: "Up to this sequence number."),
            OptionSpec(
                name: "--kind", value: "KIND", repeats: true,
                help: "Only this kind; message.* means all that begin so. May be repeated."),
            .actor,
            OptionSpec(
                name: "--follow", short: "-f",
                help: "Go on with what is appended, until interrupted."),
        ], hasJSON: true,
        details: [
            """
            With --json the lines are the stored ones, byte for byte: what sjournal import \
            --events takes.
            """
        ],
        examples: [
            .init(command: "sjournal log", meaning: "Everything that ever happened."),
            .init(
                command: "sjournal log chat-1 --kind 'tool.*' --follow",
                meaning: "What the tools of one session do, as it happens."),
            .init(
                command: "sjournal log --json --to 500 | sjournal -j copy import --events -",
                meaning: "A journal that holds the first 500 events of this one."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let kinds = try arguments.all("--kind").map { try KindPattern($0) }
        let from = try arguments.sequence("--from") ?? 1
        let to = try arguments.sequence("--to")
        if let to, to < from {
            throw UsageError(message: "--to \(to) comes before --from \(from)", command: "log")
        }
        let isFollowing = arguments.has("--follow")
        if isFollowing, to != nil {
            throw UsageError(message: "--follow has no end; leave out --to", command: "log")
        }
        let actor = arguments.value("--actor")
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(ifNamed: arguments.positionals.first)
        let printer = EventPrinter(
            console: context.console, isJSON: arguments.has("--json"))
        func admits(_ event: Event) -> Bool {
            (actor == nil || event.actor == actor)
                && (kinds.isEmpty || kinds.contains { $0.matches(event.kind) })
        }
        var last = from - 1
        try await reading.forEachEvent(from: from, through: to, session: session) { event in
            last = max(last, event.sequence)
            if admits(event) { try printer.print(event) }
        }
        guard isFollowing else { return .done }
        try context.console.output.flush()
        for try await event in reading.journal.follow(after: last, session: session)
        where admits(event) {
            try printer.print(event)
            try context.console.output.flush()
        }
        return .done
    }
}

/// A kind of event, or all whose names begin alike: `message.appended`, `message.*`, `*`.
struct KindPattern: Sendable, Equatable {
    private let prefix: String
    private let isWhole: Bool

    /// - Throws: for a `*` anywhere but at the end.
    init(_ text: String) throws(UsageError) {
        isWhole = !text.hasSuffix("*")
        prefix = isWhole ? text : String(text.dropLast())
        guard !prefix.contains("*"), !text.isEmpty else {
            throw UsageError(
                message: "\"\(text)\" is no kind; a * stands at the end, as in message.*",
                command: "log")
        }
    }

    func matches(_ kind: EventKind) -> Bool {
        isWhole ? kind.rawValue == prefix : kind.rawValue.hasPrefix(prefix)
    }
}
