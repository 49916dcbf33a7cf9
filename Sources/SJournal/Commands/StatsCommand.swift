import SessionJournal

/// `sjournal stats`: counts, sizes and the root.
enum StatsCommand: Command {
    static let spec = CommandSpec(
        name: "stats", summary: "Count events and bytes, and name the root over all events.",
        options: [
            OptionSpec(
                name: "--at", value: "N",
                help: "Last event and root as they were at this sequence number."),
            OptionSpec(
                name: "--probe",
                help: "Measure what a sync costs there, with a file of its own beside the journal."),
        ], hasJSON: true,
        details: [
            """
            The root is that of the RFC 6962 Merkle tree over all events: two journals with the \
            same root hold the same events.
            """,
            """
            Growth is that of the last seven days (UTC) up to the last event, by the journal's own \
            clock. Syncs, the cache and the watermark are measured by the process that writes \
            (journal.metrics() in the library); a process that only reads has none, and --probe \
            measures the disk instead.
            """,
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
        let missing = figures.lastSequence - min(figures.events, figures.lastSequence)
        let forgotten =
            missing == 0
            ? 0
            : try await reading.journal.forgettings().flatMap(\.events).reduce(UInt64(0)) {
                $0 + UInt64($1.prefix { $0 <= figures.lastSequence }.count)
            }
        if missing > forgotten {
            reading.note(
                "\(missing - forgotten) events are lost; sjournal verify names all damage")
        }
        let probe =
            arguments.has("--probe") ? try Journal.probeSyncs(at: context.journalPath) : nil
        let console = context.console
        if arguments.has("--json") {
            var object = figures.json.object ?? [:]
            if let probe { object.append("sync_us", json(probe)) }
            try console.json(Array(JSONValue.object(object).description.utf8))
        } else {
            for line in text(figures, probe) { try console.line(line) }
        }
        return .done
    }

    /// The numbers in words.
    static func text(_ figures: JournalStatistics, _ probe: LatencyHistogram? = nil) -> [Shown] {
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
        let sealed = figures.bytesOnDisk - min(figures.bytesUnsealed, figures.bytesOnDisk)
        add(
            "sealed",
            """
            \(Numbers.bytes(sealed)) in \(figures.segments - figures.unsealedSegments) of them; \
            not sealed \(Numbers.bytes(figures.bytesUnsealed)) in \(figures.unsealedSegments)
            """)
        add("index", "\(Numbers.bytes(figures.bytesOfIndexes))")
        if figures.bytesOfSnapshots > 0 {
            add("snapshots", "\(Numbers.bytes(figures.bytesOfSnapshots))")
        }
        if figures.bytesInQuarantine > 0 {
            add("quarantine", "\(Numbers.bytes(figures.bytesInQuarantine))")
        }
        if figures.events > 0 {
            let bytes = UInt64(max(0, figures.bytesPerDay.rounded()))
            let events = UInt64(max(0, figures.eventsPerDay.rounded()))
            let counted = Numbers.counted(Int(clamping: events), "event")
            add("growth", "\(Numbers.bytes(bytes)) and \(counted) a day")
        }
        if let probe {
            add(
                "a sync",
                """
                \(microseconds(probe.quantile(0.5))) µs, p95 \(microseconds(probe.quantile(0.95))), \
                p99 \(microseconds(probe.quantile(0.99))), longest \(microseconds(probe.maximum))
                """)
        }
        var label: Shown = "kinds"
        for (kind, count) in figures.eventsByKind.sorted(by: { left, right in
            (right.value, left.key.rawValue) < (left.value, right.key.rawValue)
        }) {
            add(label, "\(count) \(kind.rawValue)")
            label = ""
        }
        return lines
    }

    private static func microseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    private static func json(_ probe: LatencyHistogram) -> JSONValue {
        [
            "count": JSONValue(probe.count), "p50": JSONValue(microseconds(probe.quantile(0.5))),
            "p95": JSONValue(microseconds(probe.quantile(0.95))),
            "p99": JSONValue(microseconds(probe.quantile(0.99))),
            "max": JSONValue(microseconds(probe.maximum)),
        ]
    }

    private static let labelColumns = 13
}
