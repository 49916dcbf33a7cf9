import Glibc
import SessionJournal

/// `sjournal tui`: a session in a debugger.
enum TuiCommand: Command {
    static let spec = CommandSpec(
        name: "tui", summary: "Walk through a session event by event, on the whole terminal.",
        positionals: [.session],
        options: [
            .at, .branch,
            OptionSpec(name: "--follow", help: "Follow the journal while it grows."),
            .writer, .prices,
        ],
        details: [
            """
            Three panes: the conversation as a tree, the events, and an inspector that shows the \
            event, the state as of it, or what it changed. The bottom line adds up tokens and cost \
            up to the event. ? lists the keys.
            """,
            """
            Nothing is written but labels and branches that are asked for; the journal is opened \
            for writing for each of them alone.
            """,
        ],
        examples: [
            .init(command: "sjournal tui chat-1", meaning: "From the last event on."),
            .init(
                command: "sjournal tui chat-1 --at before-upgrade --branch fork-1",
                meaning: "From a label on, looking at a branch."),
            .init(command: "sjournal tui chat-1 --follow", meaning: "While an agent is at work."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let prices = try PriceArgument.parse(arguments)
        try checkTerminal(arguments, context)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let reader = SessionReader(journal: reading.journal, session: session, prices: prices)
        let lastVersion = try await reader.lastVersion()
        guard let cursor = try await reader.version(at: point) ?? (lastVersion == 0 ? 0 : nil)
        else {
            throw Failure(.negative, "the session had no event yet at \(point.description)")
        }
        let branch = arguments.value(OptionSpec.branch.name)
        if let branch {
            let tree = try await reading.journal.tree(of: session, damage: .skip)
            guard tree.branch(branch) != nil else {
                let names = tree.branches.map(\.name).joined(separator: ", ")
                throw Failure(
                    .negative, "the session has no branch \"\(branch)\"; it has \(names)")
            }
        }
        let acts = DebuggerActs(
            reader: reader,
            actor: arguments.value(OptionSpec.writer.name) ?? context.principal,
            openWriter: { [path = context.journalPath, options = context.journalOptions] in
                try await JournalWriting.open(at: path, options)
            }, columns: Console.usualColumns)
        return try await run(
            DebuggerNames(arguments), acts, lastVersion: lastVersion, cursor: cursor,
            branch: branch, isFollowing: arguments.has("--follow"), context)
    }

    private static func run(
        _ names: DebuggerNames, _ acts: DebuggerActs, lastVersion: UInt64, cursor: UInt64,
        branch: String?, isFollowing: Bool, _ context: CommandContext
    ) async throws -> ExitStatus {
        let device = try TerminalDevice(input: STDIN_FILENO, output: STDOUT_FILENO)
        defer { device.leave() }
        let size = device.size()
        var acts = acts
        acts.columns = DebuggerActs.columns(of: size)
        var state = DebuggerState(
            names: names, lastVersion: lastVersion, cursor: cursor, branch: branch, size: size)
        state.isFollowing = isFollowing
        var loop = DebuggerLoop(
            state: state, acts: acts, device: device, isColoured: context.console.isColoured)
        switch try await loop.run() {
        case .quit: return .done
        case .gone: throw OutputFailure.readerGone
        case .signal(let number):
            device.leave()
            await context.closeAll()
            // Whoever sent the signal sees that it did its work.
            device.yield(to: number)
            return .done
        }
    }

    /// Refuses what cannot be drawn on, before anything is read.
    private static func checkTerminal(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws {
        guard context.console.isTerminal, isatty(STDIN_FILENO) == 1 else {
            throw UsageError(
                message: """
                    tui needs a terminal for its input and output; sjournal log and sjournal show \
                    print without one
                    """,
                command: spec.name)
        }
        guard !context.console.isPlain else {
            throw UsageError(
                message: """
                    TERM says that the terminal can place nothing; sjournal log and sjournal show \
                    print there
                    """,
                command: spec.name)
        }
        if let log = context.log, log.isOnConsole {
            throw UsageError(
                message: "the log would be written over the screen; name a file with --log-to",
                command: spec.name)
        }
    }
}

extension DebuggerNames {
    /// As the command line names journal and session.
    init(_ arguments: ParsedArguments) {
        let journal = arguments.value(CommandSpec.journal.name)
        let name = arguments.positionals[0]
        let isID = SessionID(name) != nil
        self.init(
            title: isID ? String(name.prefix(ShortNames.leastCount)) : name,
            journalOption: journal.map { "-j \(Self.quoted($0)) " } ?? "",
            session: Self.quoted(name))
    }
}
