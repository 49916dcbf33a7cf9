import SessionJournal

/// What each command needs of who runs it, in a journal that enforces its rules of access.
///
/// What a command appends is checked once more by the library, event by event. Identity is what the
/// command line says: the files' own permissions decide who can run commands on them at all.
enum CommandAccess {
    /// What a command needs.
    enum Need: Equatable {
        /// Nothing of the journal's rules: it works on files as files, or makes a journal.
        case nothing
        /// A permission; in one session where the command names one.
        case permission(Permission)
    }

    /// Every command of the tool. One that is missing here is denied.
    static let table: [String: Need] = {
        let commands: [(Need, [String])] = [
            (.nothing, ["init", "verify", "health", "backup", "restore", "repair", "witness"]),
            (
                .permission(.read),
                [
                    "sessions", "show", "log", "tree", "tui", "diff", "blame", "history", "bisect",
                    "replay", "what-if", "usage", "search", "export", "fields", "templates",
                    "clone", "disclose", "scan", "window",
                ]
            ),
            (
                .permission(.audit),
                ["audit", "access", "stats", "erasures", "sql", "prove", "report"]
            ),
            (.permission(.create), ["new"]),
            (
                .permission(.write),
                [
                    "set", "say", "edit", "remove", "annotate", "branch", "switch", "rewind",
                    "merge", "clear", "undo", "revert", "label", "touch", "extend", "resume",
                    "archive", "unarchive", "summarize",
                ]
            ),
            (
                .permission(.manage),
                ["delete", "undelete", "terminate", "expire", "limits", "prune"]
            ),
            (.permission(.declare), ["field-declare", "retain"]),
            (.permission(.hold), ["hold"]),
            (.permission(.erase), ["erase", "redact"]),
            (
                .permission(.operate),
                [
                    "import", "watch", "seal", "compact", "maintain", "snapshot", "copy",
                    "checkpoint",
                    "key", "keyring",
                ]
            ),
        ]
        var table: [String: Need] = [:]
        for (need, names) in commands { for name in names { table[name] = need } }
        return table
    }()

    /// Denies what the journal's rules do not allow to whom the command line names, and has it noted
    /// in the journal.
    ///
    /// - Parameters:
    ///   - journal: The journal that the command has opened.
    ///   - context: What the command line says.
    static func check(_ journal: Journal, _ context: CommandContext) async throws {
        let rules = try await journal.accessRules()
        guard rules.isEnforced || rules.recordsReads else { return }
        let name = context.arguments.command
        guard let need = table[name] else {
            throw Failure(.denied, "\(name) is in no table of what may be done")
        }
        guard case .permission(var permission) = need else { return }
        let session = try await named(by: context.arguments, in: journal)
        // The journal's own events are its audit trail; a log of all sessions has them too.
        let isOfAll = session == nil && name == LogCommand.spec.name
        if isOfAll || session?.isJournal ?? false, permission == .read { permission = .audit }
        // What somebody did in all sessions together is more than reading one.
        if context.arguments.value(SubjectFolder.subject.name) != nil { permission = .audit }
        // Certificates are evidence: who may read that may hold them against the journal.
        if name == CompactCommand.spec.name,
            CompactCommand.readings.contains(where: context.arguments.has)
        {
            permission = .audit
        }
        // What goes then is what an erasure has left.
        if name == CompactCommand.spec.name, permission == .operate,
            context.arguments.has(ForgetLeaves.option.name)
        {
            permission = .erase
        }
        let isReading = permission == .read || permission == .audit
        // Where --actor says whom it is about, --by says who does it.
        let isBy = Tool.commands.contains { command in
            command.spec.name == name
                && command.spec.options.contains { $0.name == OptionSpec.by.name }
        }
        let option = isBy ? OptionSpec.by.name : OptionSpec.writer.name
        let principal =
            isReading ? context.principal : context.arguments.value(option) ?? context.principal
        let isAllowed = try await journal.isAllowed(permission, of: session, as: principal)
        if isAllowed, !(rules.recordsReads && permission == .audit) { return }
        if journal.isWritable {
            return try await journal.require(permission, of: session, as: principal, for: name)
        }
        // What is noted is written by whoever holds the writer: this command, for a moment.
        let writer: Journal
        do {
            writer = try await Journal.open(
                at: context.journalPath, options: context.journalOptions)
        } catch let error as JournalError where error.code == .locked {
            throw Failure(
                .denied,
                """
                \(name) needs "\(permission.rawValue)", and whether \(principal) has it is to be \
                noted in the journal, which another process writes: \
                ask through that one, or when it is done
                """)
        }
        do {
            try await writer.require(permission, of: session, as: principal, for: name)
            try await writer.close()
        } catch {
            try? await writer.close()
            throw error
        }
    }

    /// The session that the command names, if it is one. Where there is none of that name, it needs
    /// the permission in the whole journal: who may not read learns not even that.
    private static func named(
        by arguments: ParsedArguments, in journal: Journal
    ) async throws -> SessionID? {
        var names: [String] = []
        for command in Tool.commands where command.spec.name == arguments.command {
            names = command.spec.positionals.map(\.name)
        }
        guard names.first == PositionalSpec.session.name, let name = arguments.positionals.first
        else { return nil }
        do {
            return try await journal.resolve(name)
        } catch let error as JournalError
            where error.code == .sessionNotFound || error.code == .sessionAmbiguous
        {
            return nil
        }
    }
}
