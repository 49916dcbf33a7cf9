import SessionJournal

/// `sjournal access`: who may do what.
enum AccessCommand: Command {
    static let spec = CommandSpec(
        name: "access", summary: "Show who may do what, give roles, and set the rules.",
        positionals: [
            PositionalSpec(
                name: "ACTION", count: .optional,
                help: """
                    grant, revoke, policy, requests, approve, check or table; without it, the rules.
                    """),
            PositionalSpec(
                name: "WORD", count: .any,
                help: """
                    Of grant and revoke ROLE and WHO; of approve the number of a request; of check \
                    WHO and PERMISSION.
                    """),
        ],
        options: [
            OptionSpec(
                name: "--session", value: "SESSION",
                help: "In this session alone: for grant, revoke and check."),
            OptionSpec(
                name: "--enforce", value: "on|off", help: "policy: whether roles are asked for."),
            OptionSpec(
                name: "--two-person", value: "LIST",
                help: "policy: what two people have to agree to: erase, lift, destroy, or none."),
            OptionSpec(
                name: "--record-reads", value: "on|off",
                help: "policy: whether reading the audit trail is an event."),
            .at, .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            A journal enforces nothing until its policy says so. Then what is not allowed by a role \
            is denied, and the attempt is an event. Who reads is who SJOURNAL_ACTOR names, else \
            user: and the login name; who writes is who --actor names, else the same.
            """,
            """
            The rules bind this tool and the library, not those who can read or change the files.
            """,
            """
            check has the status 0 for yes and 1 for no.
            """,
        ],
        examples: [
            .init(
                command: "sjournal access grant admin user:ada",
                meaning: "She may give roles; somebody has to, before rules are enforced."),
            .init(
                command: "sjournal access grant writer '*'",
                meaning: "Everybody may create sessions and write."),
            .init(
                command: "sjournal access policy --enforce on --two-person erase,lift",
                meaning: "From here on roles count, and two people erase."),
            .init(
                command: "sjournal access grant reader user:eve --session chat-1",
                meaning: "This session, and no other."),
            .init(
                command: "sjournal access approve 4711",
                meaning: "Agree to what somebody asked for."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let words = arguments.positionals
        switch (words.first, words.count) {
        case (nil, _): return try await show(arguments, context)
        case ("table"?, 1): return try table(arguments, context.console)
        case ("requests"?, 1): return try await requests(arguments, context)
        case ("check"?, 3): return try await check(words[1], words[2], arguments, context)
        case ("grant"?, 3), ("revoke"?, 3):
            return try await change(words[0], words[1], words[2], arguments, context)
        case ("policy"?, 1): return try await policy(arguments, context)
        case ("approve"?, 2): return try await approve(words[1], arguments, context)
        default:
            throw UsageError(
                message: """
                    access takes nothing, grant ROLE WHO, revoke ROLE WHO, policy, requests, \
                    approve N, check WHO PERMISSION or table
                    """, command: spec.name)
        }
    }

    // MARK: Asking

    private static func show(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let rules = try await JournalReading.open(context).journal.accessRules(at: point)
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(rules.json.description.utf8))
            return .done
        }
        let pairs: Shown =
            rules.twoPersonPermissions.isEmpty
            ? "nothing" : Shown(names(rules.twoPersonPermissions))
        try console.line(
            rules.isEnforced
                ? "\("enforced", .good): what no role allows is denied"
                : "\("not enforced", .warning): whoever has the files may do everything")
        try console.line("two people have to agree to: " + pairs)
        try console.line(
            "reading the audit trail is " + (rules.recordsReads ? "an event" : "not recorded"))
        guard !rules.grants.isEmpty else {
            try console.line("no roles; sjournal access grant ROLE WHO gives one")
            return .done
        }
        var table = Table([
            .init(title: "role"), .init(title: "who"), .init(title: "where"),
            .init(title: "since"), .init(title: "given by", isFlexible: true),
            .init(title: "why", isFlexible: true),
        ])
        for grant in rules.grants {
            table.add([
                "\(grant.role.rawValue, .name)", "\(Wrapping.flattened(grant.principal))",
                grant.session.map { Shown($0.hexadecimal).elided(to: shownDigits) }
                    ?? "the journal",
                "\(TimeText.seconds(grant.time), .quiet)",
                "\(Wrapping.flattened(grant.grantor))",
                "\(Wrapping.flattened(grant.reason ?? ""))",
            ])
        }
        try console.line()
        for line in table.lines(width: console.columns) {
            try console.line(line.elided(to: console.columns))
        }
        return .done
    }

    private static func table(
        _ arguments: ParsedArguments, _ console: Console
    ) throws -> ExitStatus {
        if arguments.has(CommandSpec.json.name) {
            for permission in Permission.allCases {
                let row: JSONValue = [
                    "permission": .string(permission.rawValue),
                    "roles": roles(of: permission), "meaning": .string(permission.meaning),
                ]
                try console.json(Array(row.description.utf8))
            }
            return .done
        }
        var marks = Table(
            [.init(title: "permission")]
                + AccessRole.allCases.map { .init(title: "\($0.rawValue)") })
        var meanings = Table([
            .init(title: "permission"), .init(title: "allows to", isFlexible: true),
        ])
        for permission in Permission.allCases {
            let name: Shown = "\(permission.rawValue, .name)"
            marks.add(
                [name]
                    + AccessRole.allCases.map { Shown(permission.roles.contains($0) ? "yes" : "") })
            meanings.add([name, Shown(permission.meaning)])
        }
        for line in marks.lines(width: console.columns) { try console.line(line) }
        try console.line()
        for line in meanings.lines(width: console.columns) { try console.line(line) }
        return .done
    }

    /// As many digits of a session's id as say which it is, among those of a journal.
    private static let shownDigits = 13

    private static func roles(of permission: Permission) -> JSONValue {
        .array(permission.roles.map(\.rawValue).sorted().map { .string($0) })
    }

    private static func requests(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let rules = try await JournalReading.open(context).journal.accessRules()
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for request in rules.requests {
                try console.json(Array(request.json.description.utf8))
            }
            return .done
        }
        guard !rules.requests.isEmpty else {
            try console.line("nobody has asked for anything")
            return .done
        }
        var table = Table([
            .init(title: "request", isRight: true), .init(title: "who"), .init(title: "asks to"),
            .init(title: "what", isFlexible: true), .init(title: "when"), .init(title: "state"),
        ])
        for request in rules.requests {
            let state: Shown =
                request.use.map { "done by event \(String($0))" }
                ?? request.approval.map { "agreed by \(Wrapping.flattened($0.principal))" }
                ?? "\("waits", .warning)"
            table.add([
                Shown(String(request.sequence)), "\(Wrapping.flattened(request.principal))",
                Shown(request.permission.rawValue),
                Shown(Wrapping.flattened(request.subject.description, limit: 200)),
                "\(TimeText.seconds(request.time), .quiet)", state,
            ])
        }
        for line in table.lines(width: console.columns) {
            try console.line(line.elided(to: console.columns))
        }
        return .done
    }

    private static func check(
        _ who: String, _ name: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        guard let permission = Permission(rawValue: name) else {
            throw UsageError(
                message: "\"\(name)\" is no permission; sjournal access table lists them",
                command: spec.name)
        }
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(ifNamed: arguments.value("--session"))
        let isAllowed = try await reading.journal.isAllowed(permission, of: session, as: who)
        if arguments.has(CommandSpec.json.name) {
            let answer: JSONValue = [
                "principal": .string(who), "permission": .string(name),
                "allowed": .bool(isAllowed),
            ]
            try context.console.json(Array(answer.description.utf8))
        } else {
            try context.console.line(isAllowed ? "\("yes", .good)" : "\("no", .bad)")
        }
        return isAllowed ? .done : .negative
    }

    // MARK: Changing

    private static func change(
        _ action: String, _ roleName: String, _ who: String, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) async throws -> ExitStatus {
        guard let role = AccessRole(rawValue: roleName) else {
            let known = AccessRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(
                message: "\"\(roleName)\" is no role; the roles are \(known)", command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let session = try await JournalReading.over(journal, context)
            .session(ifNamed: arguments.value("--session"))
        let writer = context.writer(of: journal, arguments)
        let reason = arguments.value(OptionSpec.reason.name)
        let isGrant = action == "grant"
        let receipt =
            isGrant
            ? try await writer.grant(role, to: who, in: session, reason: reason)
            : try await writer.revoke(role, from: who, in: session, reason: reason)
        let place: Shown = session.map { " of session \($0.hexadecimal)" } ?? ""
        let words: Shown = isGrant ? "is \(roleName)" : "is not \(roleName)"
        let already: Shown = receipt == nil ? ", as before" : ""
        return try await finish(
            journal, receipt, arguments, context, "\(who, .name) " + words + place + already)
    }

    private static func policy(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let isEnforced = try flag("--enforce", arguments)
        let recordsReads = try flag("--record-reads", arguments)
        var twoPerson: Set<Permission>?
        if let text = arguments.value("--two-person") {
            let words = text == "none" ? [] : text.split(separator: ",").map(String.init)
            twoPerson = try Set(
                words.map { word throws(UsageError) in
                    guard let permission = Permission(rawValue: word),
                        Permission.twoPerson.contains(permission)
                    else {
                        throw UsageError(
                            message: "--two-person takes \(names(Permission.twoPerson)), or none",
                            command: spec.name)
                    }
                    return permission
                })
        }
        guard isEnforced != nil || recordsReads != nil || twoPerson != nil else {
            throw UsageError(
                message: "policy needs --enforce, --two-person or --record-reads",
                command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let receipt = try await context.writer(of: journal, arguments).changeAccessPolicy(
            isEnforced: isEnforced, twoPerson: twoPerson, recordsReads: recordsReads,
            reason: arguments.value(OptionSpec.reason.name))
        return try await finish(
            journal, receipt, arguments, context,
            receipt == nil ? "the policy is as before" : "the policy has changed")
    }

    private static func approve(
        _ number: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        guard let request = UInt64(number), request > 0 else {
            throw UsageError(
                message: "\"\(number)\" is no request; sjournal access requests lists them",
                command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let receipt = try await context.writer(of: journal, arguments).approve(
            request: request, reason: arguments.value(OptionSpec.reason.name))
        return try await finish(
            journal, receipt, arguments, context,
            "request \(number) is agreed to; who asked does it again now")
    }

    private static func finish(
        _ journal: Journal, _ receipt: AppendReceipt?, _ arguments: ParsedArguments,
        _ context: CommandContext, _ words: Shown
    ) async throws -> ExitStatus {
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            let answer: JSONValue = ["event": receipt.map { JSONValue($0.sequence) } ?? .null]
            try context.console.json(Array(answer.description.utf8))
        } else {
            try context.console.line(words)
        }
        return .done
    }

    private static func flag(
        _ option: String, _ arguments: ParsedArguments
    ) throws(UsageError) -> Bool? {
        switch arguments.value(option) {
        case nil: return nil
        case "on"?: return true
        case "off"?: return false
        case let text?:
            throw UsageError(
                message: "\(option) is on or off, not \"\(text)\"", command: spec.name)
        }
    }

    private static func names(_ permissions: Set<Permission>) -> String {
        permissions.map(\.rawValue).sorted().joined(separator: ", ")
    }
}
