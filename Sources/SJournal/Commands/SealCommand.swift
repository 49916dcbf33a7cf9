import SessionJournal

/// `sjournal seal`: brings the journal into its smaller, final form.
enum SealCommand: Command {
    static let spec = CommandSpec(
        name: "seal", summary: "Bring what was written so far into its final, smaller form.",
        options: [OptionSpec(name: "--best", help: "Compress everything as well as LZ4 can.")],
        details: [
            """
            Segments are sealed by themselves when they are full. Sealing groups the events by \
            session and compresses them better; it changes no event and may be done at any time.
            """,
            """
            With --best all that is sealed is compressed as well as LZ4 can, which takes longer and \
            is worth it for what is put away.
            """,
        ],
        examples: [
            .init(command: "sjournal seal", meaning: "Before a journal is put away or copied.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let before = try await journal.store.storage()
        let progress = ProgressLine("sealing", on: context.console)
        progress.update(.init(totalBytes: before.sizeOnDisk))
        do { try await journal.seal(best: arguments.has("--best")) } catch {
            progress.finish()
            throw error
        }
        progress.finish()
        let after = try await journal.store.storage()
        try await journal.close()
        try context.console.line(
            """
            sealed: \(Numbers.bytes(before.sizeOnDisk)) became \
            \(Numbers.bytes(after.sizeOnDisk)) in \
            \(Numbers.counted(after.segmentCount, "segment"))
            """)
        return .done
    }
}
