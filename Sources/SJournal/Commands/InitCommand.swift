import FoundationEssentials
import SessionJournal

/// `sjournal init`: makes an empty journal.
enum InitCommand: Command {
    static let spec = CommandSpec(
        name: "init", summary: "Make an empty journal.",
        options: [
            OptionSpec(
                name: "--encrypt",
                help: "Encrypt every session; the master key is given as with every command.")
        ],
        details: [
            """
            The directory is made if it does not exist. One that holds anything already is \
            refused, and nothing in it is touched.
            """
        ],
        examples: [
            .init(command: "sjournal init", meaning: "The journal in its usual place."),
            .init(command: "sjournal -j ./notes init", meaning: "One in the folder notes."),
            .init(
                command: "sjournal init --encrypt --key-file ~/tea.key",
                meaning: "One whose sessions are encrypted; see sjournal help keyring."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try makeParent(of: context.journalPath, option: "-j")
        var options = context.journalOptions
        options.encryptsSessions = arguments.has("--encrypt")
        try context.requireKey(for: arguments)
        let journal = try await Journal.create(at: context.journalPath, options: options)
        try await journal.close()
        try context.console.line("made an empty journal in \(context.journalPath)")
        if options.encryptsSessions {
            try context.console.line(
                "its sessions are encrypted; keep copies of keys/keyring and of the master key")
        }
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
