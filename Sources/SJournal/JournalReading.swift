import SessionJournal

/// A journal that is open for reading, without the writer's lock.
///
/// What is undamaged is served. What is missing is said on standard error, once, in one line, so
/// that standard output stays what a script expects.
final class JournalReading {
    let journal: Journal
    private let console: Console
    private var hasNotedHole = false

    private init(journal: Journal, console: Console) {
        self.journal = journal
        self.console = console
    }

    /// Opens the journal that the command line names.
    static func open(_ context: CommandContext) async throws -> JournalReading {
        let journal = try await Journal.open(
            readingAt: context.journalPath, options: context.journalOptions)
        context.closeAtEnd(journal)
        try await CommandAccess.check(journal, context)
        let reading = JournalReading(journal: journal, console: context.console)
        let position = try await journal.store.position()
        if position.durableSequence < position.lastSequence {
            context.console.note(
                """
                sjournal: events from \(String(position.durableSequence + 1)) on are not confirmed: \
                the writer did not end in good order; the next command that writes settles them
                """)
        }
        return reading
    }

    /// The same, where the command may be one that writes, over a journal that is open for that.
    static func open(_ context: CommandContext, forWriting: Bool) async throws -> JournalReading {
        forWriting
            ? over(try await JournalWriting.open(context), context) : try await open(context)
    }

    /// The same answers over a journal that is open for writing.
    static func over(_ journal: Journal, _ context: CommandContext) -> JournalReading {
        JournalReading(journal: journal, console: context.console)
    }

    /// The session that an argument names: by id, key, or the beginning of either.
    func session(_ name: String) async throws -> SessionID {
        do {
            return try await journal.resolve(name)
        } catch let error as JournalError where error.code == .sessionNotFound {
            if let session = try await session(keyBeginning: name) { return session }
            // What cannot be found among damage may be lost: "not there" is not what we know.
            if hasNotedHole {
                throw Failure(
                    .damaged,
                    "session \"\(name)\" is not among what can be read; it may be among the lost")
            }
            throw Failure(
                .negative,
                "there is no session \"\(name)\"; sjournal sessions lists those there are")
        }
    }

    /// The session that an optional argument names; nil for no argument.
    func session(ifNamed name: String?) async throws -> SessionID? {
        guard let name else { return nil }
        return try await session(name)
    }

    /// The one session whose key begins so; nil where none does.
    private func session(keyBeginning beginning: String) async throws -> SessionID? {
        guard !beginning.isEmpty else { return nil }
        let found = try await sessions().filter { $0.key?.hasPrefix(beginning) ?? false }
        guard found.count > 1 else { return found.first?.session }
        let keys = found.prefix(Self.shownCandidates).compactMap(\.key).joined(separator: ", ")
        let rest = found.count > Self.shownCandidates ? ", …" : ""
        throw Failure(
            .negative,
            "\"\(beginning)\" begins \(found.count) keys; give more letters: \(keys + rest)")
    }

    private static let shownCandidates = 4

    /// What there is to say of each session, in order of their first events.
    func sessions() async throws -> [SessionSummary] {
        try await tolerant { try await self.journal.sessions(damage: $0) }
    }

    /// The sessions that match a query, in order.
    func sessions(
        matching query: SessionQuery, order: SessionOrder, isReversed: Bool,
        after previous: SessionID?, limit: Int, includingPruned includesPruned: Bool = true,
        at point: PointInTime
    ) async throws -> SessionPage {
        try await tolerant {
            try await self.journal.sessions(
                matching: query, order: order, isReversed: isReversed, after: previous,
                limit: limit, includingPruned: includesPruned, at: point, damage: $0)
        }
    }

    /// A session's state at a point in time.
    func state(of session: SessionID, at point: PointInTime) async throws -> SessionState {
        let state = try await tolerant {
            try await self.journal.state(of: session, at: point, damage: $0)
        }
        guard state.session != nil else {
            let first = try await journal.store.head(of: session)?.firstSequence ?? 0
            throw Failure(
                .negative,
                """
                the session had no event yet at \(point.description); it begins with event \
                \(String(first))
                """)
        }
        return state
    }

    /// The changes of metadata, of one session or of all, up to a point in time.
    func trail(of session: SessionID?, at point: PointInTime) async throws -> AuditTrail {
        try await tolerant { try await self.journal.audit(of: session, at: point, damage: $0) }
    }

    /// What sessions took, one or all.
    func usage(of session: SessionID?, at point: PointInTime) async throws -> [SessionUsage] {
        try await tolerant { try await self.journal.usage(of: session, at: point, damage: $0) }
    }

    /// Reads, and where events are lost says so and reads again without them.
    func tolerant<Value>(
        _ read: (Journal.DamagePolicy) async throws -> Value
    ) async throws -> Value {
        do {
            return try await read(.fail)
        } catch let error as JournalError where error.code == .damaged {
            note("\(error.description); the rest is shown")
            return try await read(.skip)
        }
    }

    /// Hands over events in order of sequence, page by page, holes left out.
    func forEachEvent(
        from: UInt64 = 1, through: UInt64? = nil, session: SessionID? = nil,
        _ body: (Event) throws -> Void
    ) async throws {
        let query = ReadQuery(from: from, through: through, session: session)
        try await forEachEvent(query) { event in
            try body(event)
            return true
        }
    }

    /// Hands over events in the order of a query, page by page, holes left out, until the body
    /// returns false.
    func forEachEvent(_ query: ReadQuery, _ body: (Event) throws -> Bool) async throws {
        var query: ReadQuery? = query
        while let current = query {
            let page = try await journal.store.read(current)
            if let hole = page.holes.first { note(hole) }
            for event in page.events {
                guard try body(event) else { return }
            }
            query = page.next
        }
    }

    private func note(_ hole: JournalHole) {
        note(
            """
            events \(String(hole.firstSequence)) to \(String(hole.lastSequence)) are lost in \
            \(hole.file); the rest is shown; sjournal verify names all damage
            """)
    }

    /// Says on standard error that events are missing; the first time only.
    func note(_ what: Shown) {
        guard !hasNotedHole else { return }
        hasNotedHole = true
        console.note("sjournal: " + what)
    }
}

extension CommandContext {
    /// Writes in the name of `--actor`, else of the login name.
    func writer(of journal: Journal, _ arguments: ParsedArguments) -> JournalWriter {
        journal.as(arguments.value(OptionSpec.writer.name) ?? principal)
    }
}

/// A journal that is open for writing.
enum JournalWriting {
    /// What writes reads most things once: they are not kept for long.
    private static let cacheSize = 16 << 20

    /// Opens the journal that the command line names; refuses one that can only be read.
    static func open(_ context: CommandContext) async throws -> Journal {
        var options = context.journalOptions
        options.signer = try EvidenceFiles.signer(context)
        let journal = try await open(at: context.journalPath, options)
        context.closeAtEnd(journal)
        try await CommandAccess.check(journal, context)
        return journal
    }

    /// The same for one that somebody else closes.
    static func open(at path: String, _ options: JournalOptions) async throws -> Journal {
        var options = options
        options.cacheSize = cacheSize
        let journal = try await Journal.open(at: path, options: options)
        guard journal.isWritable else {
            try await journal.close()
            throw Failure(
                .damaged,
                """
                \(path) is damaged where new events would go and is read-only; \
                sjournal verify names the damage
                """)
        }
        return journal
    }
}
