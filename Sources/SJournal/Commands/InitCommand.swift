import SessionJournal

/// `sjournal init`: makes an empty journal.
enum InitCommand: Command {
    static let spec = CommandSpec(
        name: "init", summary: "Make an empty journal.",
        details: [
            "The directory is made if it does not exist; one that holds something else is refused."
        ],
        examples: [
            .init(command: "sjournal -j ./notes init", meaning: "A journal in the folder notes.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try context.console.line("made \(context.journalPath)")
        return .done
    }
}
