import SessionJournal

/// `sjournal keyring`: the keys of encrypted sessions.
enum KeyringCommand: Command {
    static let spec = CommandSpec(
        name: "keyring", summary: "The keys of encrypted sessions: make, show, rotate.",
        positionals: [
            .init(name: "ACT", count: .one, help: "make, show or rotate."),
            .init(
                name: "FILE", count: .optional,
                help: "For make: where the new master key goes, to be read by you alone."),
        ],
        options: [
            OptionSpec(
                name: "--new-key-file", value: "FILE", help: "For rotate: the new master key."),
            OptionSpec(
                name: "--new-passphrase-file", value: "FILE",
                help: "For rotate: the file of the new passphrase."),
            OptionSpec(
                name: "--new-key-command", value: "COMMAND",
                help: "For rotate: a command that prints the new master key."),
        ], hasJSON: true,
        details: [
            """
            Each encrypted session has a key of its own, which keys/keyring holds under the master \
            key. Keep a copy of both elsewhere: without them nobody reads the sessions, and a backup \
            of the journal holds neither, so that destroying a key erases the session there too.
            """,
            """
            rotate puts every key under another master key and touches no segment. Afterwards the old \
            master key opens old copies of the keyring only: destroy it and them.
            """,
        ],
        examples: [
            .init(
                command: "sjournal keyring make ~/tea.key",
                meaning: "A new master key in a file."),
            .init(
                command: "sjournal keyring show --key-file ~/tea.key",
                meaning: "Which sessions are encrypted."),
            .init(
                command: "sjournal keyring rotate --key-file ~/tea.key --new-key-file ~/new.key",
                meaning: "Another master key."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        #if Crypto
        return try await KeyringFeature.run(arguments, context)
        #else
        throw KeyRequest.unsupported
        #endif
    }
}
