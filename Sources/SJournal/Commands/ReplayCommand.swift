import SessionJournal

/// `sjournal replay`: the record as it happened.
enum ReplayCommand: Command {
    static let spec = CommandSpec(
        name: "replay", summary: "Play a session's record again, as it happened.",
        positionals: [.session],
        options: [
            .at,
            OptionSpec(
                name: "--from", value: "POINT", help: "The first event; else the session's first."),
            OptionSpec(
                name: "--to", value: "POINT", help: "The last event; the same as --at."),
            OptionSpec(
                name: "--branch", value: "BRANCH",
                help: "Only what belongs to this branch, from its root."),
            OptionSpec(
                name: "--speed", value: "X",
                help: "Wait between events as long as they did, X times as fast; else do not wait."),
            OptionSpec(
                name: "--max-wait", value: "SECONDS", help: "With --speed, never wait longer."),
            OptionSpec(name: "--step", help: "Wait for Enter after each event; q ends."),
            OptionSpec(name: "--full", help: "Print long texts whole instead of cut."),
        ], hasJSON: true,
        details: [
            """
            What is played is the record: no model is asked, no tool is called, and nothing is \
            written. Times are the events' own.
            """,
            """
            With --json each line is an event with its data resolved and wait_us, the time since \
            the one before in microseconds; a program plays it at a pace of its own.
            """,
        ],
        examples: [
            .init(command: "sjournal replay chat-1 --step", meaning: "Event by event, by hand."),
            .init(
                command: "sjournal replay chat-1 --from before-upgrade --speed 10 --max-wait 5",
                meaning: "From a label on, ten times as fast, without the long pauses."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let pace = try ReplayPace(arguments)
        let from = try PointArgument.parse(option: "--from", of: arguments)
        let at = try PointArgument.parse(option: "--at", of: arguments)
        let to = try PointArgument.parse(option: "--to", of: arguments)
        guard at == nil || to == nil else {
            throw UsageError(
                message: "--to and --at mean the same; give one", command: spec.name)
        }
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let replay = try await reading.tolerant {
            try await reading.journal.replay(
                session, from: from, through: to ?? at ?? .now,
                branch: arguments.value(OptionSpec.branch.name), damage: $0)
        }
        let isJSON = arguments.has(CommandSpec.json.name)
        let printer = ReplayPrinter(console: context.console, isFull: arguments.has("--full"))
        for try await step in replay {
            if step.number > 1, try await !pace.waits(before: step, context) { break }
            if isJSON {
                try context.console.json(Array(step.json.description.utf8))
            } else {
                try printer.print(step.event)
            }
            if pace.isPaced { try context.console.output.flush() }
        }
        return .done
    }
}

/// How fast a record is played.
struct ReplayPace {
    private let speed: Double?
    private let longestWait: Duration?
    private let isStepped: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        speed = try Self.positive("--speed", arguments)
        longestWait = try Self.positive("--max-wait", arguments).map {
            .seconds(min($0, Self.longestSeconds))
        }
        isStepped = arguments.has("--step")
        if isStepped, speed != nil {
            throw UsageError(
                message: "--step waits for Enter; leave out --speed", command: arguments.command)
        }
        if longestWait != nil, speed == nil {
            throw UsageError(
                message: "--max-wait goes with --speed", command: arguments.command)
        }
    }

    /// Whether the steps come one by one.
    var isPaced: Bool { isStepped || speed != nil }

    private static func positive(
        _ option: String, _ arguments: ParsedArguments
    ) throws(UsageError) -> Double? {
        guard let text = arguments.value(option) else { return nil }
        guard let number = Double(text), number.isFinite, number > 0 else {
            throw UsageError(
                message: "\"\(text)\" is no number above 0 for \(option)",
                command: arguments.command)
        }
        return number
    }

    /// How long to wait before a step.
    func wait(before step: ReplayStep) -> Duration {
        guard let speed else { return .zero }
        let (seconds, attoseconds) = step.wait.components
        let whole = (Double(seconds) + Double(attoseconds) / 1e18) / speed
        let wait = Duration.seconds(min(whole, Self.longestSeconds))
        return longestWait.map { min($0, wait) } ?? wait
    }

    /// A hundred years; what is longer no clock counts.
    private static let longestSeconds = 3_155_760_000.0

    /// Waits; false where nobody wants to see more.
    func waits(before step: ReplayStep, _ context: CommandContext) async throws -> Bool {
        if isStepped {
            guard let line = try context.input.line() else { return false }
            return line != Array("q".utf8)
        }
        let wait = wait(before: step)
        if wait > .zero { try await Task.sleep(for: wait) }
        return true
    }
}

/// Prints events one after the other, with what messages say.
struct ReplayPrinter {
    let console: Console
    let isFull: Bool
    private static let longestText = 12
    private static let indentColumns = 8

    func print(_ event: Event) throws {
        try EventPrinter(console: console, isJSON: false).print(event)
        guard event.kind == .messageAppended || event.kind == .messageExtended,
            let parts = (try? event.data())?["parts"]?.array
        else { return }
        for part in parts {
            guard part["type"]?.string == "text", let text = part["text"]?.string else { continue }
            let cut = Wrapping.wrapped(
                text, to: console.columns - Self.indentColumns,
                limit: isFull ? .max : Self.longestText)
            for line in cut.lines {
                try console.line(line.isEmpty ? "" : .spaces(Self.indentColumns) + Shown(line))
            }
            guard cut.omittedBytes > 0 else { continue }
            let size = Numbers.bytes(UInt64(cut.omittedBytes))
            try console.line(
                .spaces(Self.indentColumns) + "\("… \(size) more; --full shows all", .quiet)")
        }
    }
}
