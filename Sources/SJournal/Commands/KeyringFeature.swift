#if Crypto
import SessionCrypto
import SessionJournal

/// What `keyring` does where the build has encryption.
enum KeyringFeature {
    static func run(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        switch arguments.positionals[0] {
        case "make": try make(arguments, context)
        case "show": try await show(arguments, context)
        case "rotate": try await rotate(arguments, context)
        default:
            throw UsageError(
                message: "keyring knows make, show and rotate; not \(arguments.positionals[0])",
                command: "keyring")
        }
        return .done
    }

    private static func make(_ arguments: ParsedArguments, _ context: CommandContext) throws {
        guard arguments.positionals.count == 2 else {
            throw UsageError(message: "keyring make needs FILE", command: "keyring")
        }
        let path = arguments.positionals[1]
        _ = try MasterKey.makeFile(at: path)
        if arguments.has("--json") {
            let object: JSONValue = ["key_file": .string(path)]
            return try context.console.json(Array(object.description.utf8))
        }
        try context.console.line(
            "made a master key in \(path); keep a copy elsewhere, it cannot be had again")
    }

    private static func show(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws {
        let reading = try await JournalReading.open(context)
        var table = Table([
            .init(title: "session"), .init(title: "content"),
            .init(title: "events", isRight: true), .init(title: "key"),
        ])
        var count = 0
        var keys: [SessionID: String] = [:]
        for summary in try await reading.sessions() { keys[summary.session] = summary.key }
        for head in try await reading.journal.sessionHeads() {
            let protection = try await reading.journal.protection(of: head.session)
            guard protection != .plain else { continue }
            count += 1
            let key = keys[head.session]
            if arguments.has("--json") {
                let row: JSONValue = [
                    "session": .string(head.session.hexadecimal),
                    "protection": .string(protection.rawValue),
                    "events": JSONValue(head.count), "key": JSONValue(key),
                ]
                try context.console.json(Array(row.description.utf8))
            } else {
                table.add([
                    Shown(head.session.hexadecimal, .name), "\(protection.rawValue)",
                    "\(String(head.count))", "\(key ?? "")",
                ])
            }
        }
        guard !arguments.has("--json") else { return }
        guard count > 0 else { return try context.console.line("no session is encrypted") }
        for line in table.lines(width: context.console.columns) { try context.console.line(line) }
    }

    private static func rotate(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws {
        let names = ["--new-key-file", "--new-passphrase-file", "--new-key-command"]
        let given = names.compactMap { name in arguments.value(name).map { (name, $0) } }
        guard given.count == 1, let (name, value) = given.first else {
            throw UsageError(
                message:
                    "keyring rotate needs the new master key; give one with --new-key-file FILE",
                command: "keyring")
        }
        guard let old = context.key else {
            throw UsageError(
                message: "keyring rotate needs the master key; give it with --key-file FILE",
                command: "keyring")
        }
        let source: KeyRequest.Source =
            switch name {
            case names[0]: .file(value)
            case names[1]: .passphrase(file: value)
            default: .command(value)
            }
        let count = try await Journal.rotateMasterKey(
            at: context.journalPath, from: try old.masterKey(),
            to: try KeyRequest(source).masterKey(), options: context.journalOptions)
        if arguments.has("--json") {
            let object: JSONValue = ["keys": JSONValue(count)]
            return try context.console.json(Array(object.description.utf8))
        }
        try context.console.line(
            """
            \(Numbers.counted(UInt64(count), "key")) under the new master key; destroy the old one and \
            old copies of keys/keyring
            """)
    }
}
#endif
