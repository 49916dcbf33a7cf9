import FoundationEssentials
import SessionJournal

/// `sjournal init`: makes an empty journal.
enum InitCommand: Command {
    static let spec = CommandSpec(
        name: "init", summary: "Make an empty journal.",
        details: [
            """
            The directory is made if it does not exist. One that holds anything already is \
            refused, and nothing in it is touched.
            """
        ],
        examples: [
            .init(command: "sjournal init", meaning: "The journal in its usual place."),
            .init(command: "sjournal -j ./notes init", meaning: "One in the folder notes."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try makeParent(of: context.journalPath, option: "-j")
        let journal = try await Journal.create(
            at: context.journalPath, options: context.journalOptions)
        try await journal.close()
        try context.console.line("made an empty journal in \(context.journalPath)")
        return .done
    }

    /// Makes the folders above the journal, of which a fresh account may have none.
    ///
    /// - Parameter option: The option that names another place.
    static func makeParent(of path: String, option: String) throws {
        let trimmed = path.reversed().drop { $0 == "/" }.reversed()
        guard let slash = trimmed.lastIndex(of: "/"), slash > trimmed.startIndex else { return }
        let parent = String(trimmed[..<slash])
        do {
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                SystemError.isDenial(inside: error) ? .denied : .damaged,
                "the folder \(parent) cannot be made; choose another place with \(option) DIR")
        }
    }
}
