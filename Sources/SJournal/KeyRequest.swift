import SessionJournal

#if Crypto
import SessionCrypto
#endif

/// Where the master key of a journal's encrypted sessions comes from, as the command line or the
/// environment says.
struct KeyRequest: Equatable, Sendable {
    enum Source: Equatable, Sendable {
        case file(String)
        case passphrase(file: String)
        case command(String)
    }

    let source: Source

    static let environmentNames = [
        "SJOURNAL_KEY_FILE", "SJOURNAL_PASSPHRASE_FILE", "SJOURNAL_KEY_COMMAND",
    ]

    init(_ source: Source) { self.source = source }

    /// What the command line says, else the environment; nil where neither names a key.
    init?(_ arguments: ParsedArguments, environment: [String: String]) throws(UsageError) {
        let options = Self.sources { arguments.value($0.option) }
        let variables = Self.sources { name in
            environment[name.variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        let found = options.isEmpty ? variables : options
        guard found.count <= 1 else {
            throw UsageError(
                message: "there is one master key; give a file, a passphrase or a command, not two",
                command: arguments.command)
        }
        guard let source = found.first else { return nil }
        self.source = source
    }

    private static func sources(
        _ value: ((option: String, variable: String)) -> String?
    ) -> [Source] {
        [
            value((OptionSpec.keyFile.name, environmentNames[0])).map { .file($0) },
            value((OptionSpec.passphraseFile.name, environmentNames[1])).map {
                .passphrase(file: $0)
            },
            value((OptionSpec.keyCommand.name, environmentNames[2])).map { .command($0) },
        ].compactMap(\.self)
    }

    /// Has a journal opened with the key, which is fetched then.
    ///
    /// - Throws: where the build has no cryptography.
    func unlock(_ options: inout JournalOptions) throws {
        #if Crypto
        options.unlock { try masterKey() }
        #else
        throw Self.unsupported
        #endif
    }

    #if Crypto
    func masterKey() throws -> MasterKey {
        switch source {
        case .file(let path): try MasterKey(file: path)
        case .passphrase(let path): try MasterKey(passphraseFile: path)
        case .command(let command): try MasterKey(command: command)
        }
    }
    #else
    static let unsupported = Failure(
        .negative,
        "this build has no encryption; build it with swift build --traits Crypto (needs libssl-dev)"
    )
    #endif
}

extension OptionSpec {
    static let keyFile = OptionSpec(
        name: "--key-file", value: "FILE",
        help: "The file of the master key of encrypted sessions. Else $SJOURNAL_KEY_FILE.")
    static let passphraseFile = OptionSpec(
        name: "--passphrase-file", value: "FILE",
        help: "The file of the passphrase they are under. Else $SJOURNAL_PASSPHRASE_FILE.")
    static let keyCommand = OptionSpec(
        name: "--key-command", value: "COMMAND",
        help: "A command that prints their master key. Else $SJOURNAL_KEY_COMMAND.")
}

extension CommandContext {
    /// Refuses `--encrypt` without a master key.
    func requireKey(for arguments: ParsedArguments) throws {
        guard arguments.has("--encrypt"), key == nil else { return }
        throw UsageError(
            message: """
                --encrypt needs a master key; make one with sjournal keyring make FILE and give it with \
                --key-file FILE
                """, command: arguments.command)
    }
}
