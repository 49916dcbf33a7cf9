import SessionJournal

#if Crypto
import SessionCrypto

/// Keys and signatures, where the build has the cryptography for them.
enum EvidenceFeature {
    static let signatures: SignatureChecker? = .openSSL

    /// A key in a file.
    struct Key {
        let name: String
        let verifierKey: String
        let signer: CheckpointSigner
        let isWitness: Bool

        fileprivate init(_ file: SigningKeyFile) {
            name = file.name
            verifierKey = file.verifierKey
            signer = file.signer
            isWitness = file.isWitness
        }
    }

    static func makeKey(at path: String, name: String, isWitness: Bool) throws -> Key {
        Key(try SigningKeyFile.create(at: path, name: name, isWitness: isWitness))
    }

    static func readKey(at path: String) throws -> Key { Key(try SigningKeyFile.read(at: path)) }
}
#else
/// A build without the trait `Crypto` knows the words, and says what it is missing.
enum EvidenceFeature {
    static let signatures: SignatureChecker? = nil

    struct Key {
        let name: String
        let verifierKey: String
        let signer: CheckpointSigner
        let isWitness: Bool
    }

    static func makeKey(at path: String, name: String, isWitness: Bool) throws -> Key {
        throw missing
    }

    static func readKey(at path: String) throws -> Key { throw missing }

    private static let missing = Failure(
        .negative,
        """
        this sjournal was built without signatures; install libssl-dev, and build it with \
        swift build -c release --product sjournal --traits Crypto
        """)
}
#endif

/// Where a journal's key is, and files that evidence is in.
enum EvidenceFiles {
    /// The variable of the environment that names the key's file.
    static let keyVariable = "SJOURNAL_KEY"

    /// The journal's own key, unless another is named.
    static func keyPath(_ context: CommandContext, _ arguments: ParsedArguments? = nil) -> String {
        arguments?.value(OptionSpec.key.name) ?? context.keyPath
            ?? context.journalPath + "/keys/signing.key"
    }

    /// The key that signs a journal's checkpoints; nil where there is none. One that is named has to
    /// be there.
    static func signer(
        _ context: CommandContext, _ arguments: ParsedArguments? = nil
    ) throws -> CheckpointSigner? {
        let path = keyPath(context, arguments)
        let isNamed = arguments?.value(OptionSpec.key.name) != nil || context.keyPath != nil
        guard isNamed || (EvidenceFeature.signatures != nil && InputFile.exists(path)) else {
            return nil
        }
        let key = try EvidenceFeature.readKey(at: path)
        guard !key.isWitness else {
            throw Failure(.usage, "\(path) is a witness's key; a journal has one of its own")
        }
        return key.signer
    }

    /// Opens the journal for writing, with its key.
    static func openForSigning(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> Journal {
        var options = context.journalOptions
        options.signer = try signer(context, arguments)
        guard options.signer != nil else {
            throw Failure(
                .negative,
                """
                the journal has no key that could sign; make one with sjournal key new, or name \
                one with --key
                """)
        }
        let journal = try await JournalWriting.open(at: context.journalPath, options)
        context.closeAtEnd(journal)
        try await CommandAccess.check(journal, context)
        return journal
    }

    /// Prints a text that is a file, or writes it to the one that `--output` names.
    static func deliver(
        _ text: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) throws {
        guard let path = arguments.value(OptionSpec.output.name) else {
            try context.console.output.write(text.utf8)
            return
        }
        try OutputFile.write(text, to: path)
        context.console.note("sjournal: written to \(Shown(path))")
    }
}

extension OptionSpec {
    static let key = OptionSpec(
        name: "--key", value: "FILE",
        help:
            "The file of the private key; else $SJOURNAL_KEY, else keys/signing.key in the journal."
    )
    static let output = OptionSpec(
        name: "--output", value: "FILE",
        help: "Write to a new file; else to standard output.")
}
