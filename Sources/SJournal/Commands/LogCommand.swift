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
                name: "--since", value: "TIME",
                help: "Only what the journal took from this time or day on, by its own clock."),
            OptionSpec(
                name: "--until", value: "TIME",
                help: "Only what the journal took up to this time, or the end of this day."),
            OptionSpec(name: "--reverse", short: "-r", help: "The newest first."),
            OptionSpec(
                name: "--limit", short: "-n", value: "N",
                help: "At most so many events; the next ones go on with --from, or --to."),
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
                command: "sjournal log chat-1 --reverse --limit 20",
                meaning: "The last twenty events of one session, the newest first."),
            .init(
                command: "sjournal log --since 2026-11-20 --until 2026-11-20 --actor user:ada",
                meaning: "What somebody did on one day, UTC."),
            .init(
                command: "sjournal log --json --to 500 | sjournal -j copy import --events -",
                meaning: "A journal that holds the first 500 events of this one."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let selection = try LogSelection(arguments)
        let reading = try await JournalReading.open(context)
        var query = selection.query
        query.session = try await reading.session(ifNamed: arguments.positionals.first)
        let printer = EventPrinter(
            console: context.console, isJSON: arguments.has("--json"))
        var last = query.from - 1
        var left = selection.limit ?? .max
        try await reading.forEachEvent(query) { event in
            last = max(last, event.sequence)
            if selection.admits(event) {
                try printer.print(event)
                left -= 1
            }
            return left > 0
        }
        guard selection.isFollowing else { return .done }
        try context.console.output.flush()
        for try await event in reading.journal.follow(
            after: last, session: query.session, kinds: query.kinds, actors: query.actors)
        where selection.admits(event) {
            try printer.print(event)
            try context.console.output.flush()
        }
        return .done
    }
}

/// Which events `log` is to show.
struct LogSelection {
    /// What the store can answer by itself.
    private(set) var query: ReadQuery
    let limit: Int?
    let isFollowing: Bool
    private let kinds: [KindPattern]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        var patterns: [KindPattern] = []
        for text in arguments.all("--kind") { patterns.append(try KindPattern(text)) }
        kinds = patterns
        let from = try arguments.sequence("--from") ?? 1
        let to = try arguments.sequence("--to")
        if let to, to < from {
            throw UsageError(message: "--to \(to) comes before --from \(from)", command: "log")
        }
        query = ReadQuery(from: from, through: to)
        query.since = try arguments.time("--since", isEndOfDay: false)
        query.until = try arguments.time("--until", isEndOfDay: true)
        if let since = query.since, let until = query.until, until < since {
            throw UsageError(message: "--until comes before --since", command: "log")
        }
        query.actors = arguments.value("--actor").map { [$0] }
        let whole = patterns.compactMap(\.kind)
        if !patterns.isEmpty, whole.count == patterns.count { query.kinds = Set(whole) }
        if arguments.has("--reverse") { query.order = .backwards }
        limit = try arguments.sequence("--limit").map { Int(clamping: $0) }
        // Kinds with a * are sorted out here, so that a page may need more than it shows.
        if let limit, patterns.isEmpty || query.kinds != nil {
            query.maximumCount = min(query.maximumCount, limit)
        }
        isFollowing = arguments.has("--follow")
        guard isFollowing else { return }
        for option in ["--to", "--until", "--limit"] where arguments.value(option) != nil {
            throw UsageError(
                message: "--follow has no end; leave out \(option)", command: "log")
        }
        if arguments.has("--reverse") {
            throw UsageError(
                message: "--follow goes forwards; leave out --reverse", command: "log")
        }
    }

    func admits(_ event: Event) -> Bool {
        kinds.isEmpty || kinds.contains { $0.matches(event.kind) }
    }
}

extension ParsedArguments {
    /// A value that has to be a time in RFC 3339 or a day in UTC, of which the start or the end is
    /// meant.
    func time(_ option: String, isEndOfDay: Bool) throws(UsageError) -> Timestamp? {
        guard let text = value(option) else { return nil }
        if let time = Timestamp(text) { return time }
        // A day as a point in time means its end.
        if text.utf8.count == 10, case .time(let end)? = try? PointInTime(parsing: text) {
            let day: Int64 = 86_400_000_000
            return isEndOfDay ? end : Timestamp(microseconds: end.microseconds - day + 1)
        }
        throw UsageError(
            message: """
                "\(text)" is no time for \(option); give one such as 2026-11-21T01:02:03Z, or a day
                """,
            command: command)
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

    /// The one kind that it means; nil for a beginning.
    var kind: EventKind? { isWhole ? EventKind(rawValue: prefix) : nil }

    func matches(_ kind: EventKind) -> Bool {
        isWhole ? kind.rawValue == prefix : kind.rawValue.hasPrefix(prefix)
    }
}
