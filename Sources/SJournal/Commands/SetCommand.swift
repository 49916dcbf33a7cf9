import SessionJournal

/// `sjournal set`: changes metadata.
enum SetCommand: Command {
    static let spec = CommandSpec(
        name: "set", summary: "Change a session's metadata.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional,
                help: "A session's id, its key, or the beginning of either; or --query."),
            FieldArgument.positional,
        ],
        options: [
            OptionSpec(
                name: "--tag", value: "TAG", repeats: true, help: "Add a tag. May be repeated."),
            OptionSpec(
                name: "--untag", value: "TAG", repeats: true,
                help: "Remove a tag. May be repeated."),
            .branch, .reason, .writer,
        ] + SessionActs.selection + [
            OptionSpec(
                name: "--if-version", value: "N",
                help: "Only if the session is at this version, as show --json names it."),
            OptionSpec(
                name: "--since", value: "N",
                help:
                    "The version that was read: a field that somebody changed since is a conflict."
            ),
        ], hasJSON: true,
        details: [
            """
            Only what changes is stored, as one event with who and why. The result is checked as a \
            whole, and one error names every field that is wrong; nothing is stored then.
            """,
            """
            Exit status 1: a value is refused, or somebody else's change is in the way.
            """,
        ],
        examples: [
            .init(
                command: "sjournal set chat-1 name='Green tea' is_starred=true --tag brewing",
                meaning: "Two fields, and a tag more."),
            .init(
                command: "sjournal set chat-1 max_tokens=4096 --branch fork-1 --reason 'too short'",
                meaning: "A limit of one branch, and why."),
            .init(
                command: "sjournal set --query 'category:scratch' owner=ada --dry-run",
                meaning: "Which sessions would get an owner."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let expected = try arguments.number("--if-version")
        let since = try arguments.number("--since")
        if SessionActs.isBulk(arguments) { return try await runBulk(arguments, context) }
        guard !arguments.positionals.isEmpty, !arguments.has("--dry-run") else {
            throw UsageError(
                message: arguments.positionals.isEmpty
                    ? "set needs SESSION, or --query QUERY" : "--dry-run goes with --query",
                command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let reading = JournalReading.over(journal, context)
        let session = try await reading.session(arguments.positionals[0])
        let update = try await update(
            arguments, fields: arguments.positionals.dropFirst(), of: journal)
        let receipts = try await context.writer(of: journal, arguments).change(
            update, in: session,
            branch: arguments.value(OptionSpec.branch.name) ?? EventDraft.mainBranch,
            if: expected.map { .version($0) } ?? .any, since: since,
            reason: arguments.value(OptionSpec.reason.name))
        var changes: [AuditEntry] = []
        if let first = receipts.first {
            changes = try await journal.audit(of: session).entries.filter {
                $0.sequence >= first.sequence
                    && $0.sequence < first.sequence + UInt64(receipts.count)
            }
        }
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            for change in changes {
                try context.console.json(Array(change.json.description.utf8))
            }
            return .done
        }
        if receipts.isEmpty { try context.console.line("nothing changed") }
        for change in changes {
            let line: Shown =
                """
                \(change.field ?? "", .name)  \(change.old.description, .quiet) → \
                \(change.new.description)
                """
            try context.console.line(line.elided(to: context.console.columns))
        }
        return .done
    }

    private static func update(
        _ arguments: ParsedArguments, fields: some Sequence<String>, of journal: Journal
    ) async throws -> MetadataUpdate {
        var update = MetadataUpdate(
            set: try FieldArgument.values(
                fields, schema: try await journal.schema(), command: spec.name))
        update.add(arguments.all("--tag"), to: "tags")
        update.remove(arguments.all("--untag"), from: "tags")
        return update
    }

    /// The same change in every session that matches; all that stands on the command line is a
    /// field.
    private static func runBulk(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        for option in ["--branch", "--if-version", "--since"] where arguments.value(option) != nil {
            throw UsageError(
                message: "\(option) is about one session and does not go with --query",
                command: spec.name)
        }
        return try await SessionActs.run(
            done: "changed", arguments, names: [], in: context
        ) { journal in
            .change(try await update(arguments, fields: arguments.positionals, of: journal))
        }
    }
}
