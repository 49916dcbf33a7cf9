import SessionJournal

/// `sjournal stats`: counts, sizes and the root.
enum StatsCommand: Command {
    static let spec = CommandSpec(
        name: "stats", summary: "Count events and bytes, and name the root over all events.",
        options: [
            OptionSpec(
                name: "--at", value: "N",
                help: "Last event and root as they were at this sequence number.")
        ], hasJSON: true,
        details: [
            """
            The root is that of the RFC 6962 Merkle tree over all events: two journals with the \
            same root hold the same events.
            """
        ],
        examples: [
            .init(command: "sjournal stats", meaning: "How much there is and what it takes."),
            .init(
                command: "sjournal stats --at 500 --json",
                meaning: "The root over the first 500 events."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let at = try arguments.sequence("--at")
        let reading = try await JournalReading.open(context)
        let figures = try await reading.journal.statistics(at: at)
        if figures.events < figures.lastSequence {
            reading.note(
                "\(figures.lastSequence - figures.events) events are lost; sjournal verify names all damage"
            )
        }
        let console = context.console
        if arguments.has("--json") {
            try console.json(Array(figures.json.description.utf8))
        } else {
            for line in text(figures) { try console.line(line) }
        }
        return .done
    }

    /// The numbers in words.
    static func text(_ figures: JournalStatistics) -> [Shown] {
        var lines: [Shown] = []
        func add(_ label: Shown, _ value: Shown) {
            lines.append(label.styled(.quiet).padded(to: labelColumns) + value)
        }
        add("events", "\(figures.events)")
        add("sessions", "\(figures.sessions)")
        add("messages", "\(figures.messages)")
        add("last event", "\(String(figures.lastSequence))")
        add("root", "\(figures.root?.hexadecimal ?? "unknown: events are lost")")
        let share = Numbers.percent(figures.bytesOnDisk, of: figures.bytesOfEvents)
        var disk: Shown =
            """
            \(Numbers.bytes(figures.bytesOnDisk)) in \(Numbers.counted(figures.segments, "segment"))
            """
        // A journal of a few events is mostly the space that its segment has in reserve.
        if let share, figures.bytesOnDisk < figures.bytesOfEvents {
            disk += ", \(share) of the events' lines"
        }
        add("on disk", disk)
        add("event lines", "\(Numbers.bytes(figures.bytesOfEvents))")
        if let share = Numbers.percent(figures.bytesOnDisk, of: figures.bytesImported) {
            let imported: Shown = "\(Numbers.bytes(figures.bytesImported)) of files"
            let isSmaller = figures.bytesOnDisk < figures.bytesImported
            add("imported", isSmaller ? imported + "; on disk are \(share) of that" : imported)
        }
        return lines
    }

    private static let labelColumns = 13
}
