import SessionJournal

/// Reads what the debugger needs, from a journal that is open for reading.
///
/// An actor: several needs are answered beside each other and share what was folded already.
actor SessionReader {
    let journal: Journal
    let session: SessionID
    private let prices: PriceTable
    private var positions: VersionPositions
    private var states = FoldKeeper<SessionState>(mostKept: 6)
    private var usages = FoldKeeper<SessionUsage>(mostKept: 10)
    private var trees = FoldKeeper<ConversationTree>(mostKept: 2)
    private var hasNotedHole = false

    /// So many events are folded from a state that is kept rather than asking for one anew.
    private static let nearCount: UInt64 = 1024
    /// A state is asked for so far before the event, so that steps back find it.
    private static let leadCount: UInt64 = 256
    /// Totals are kept so often on the way.
    private static let usageInterval: UInt64 = 8_192

    init(journal: Journal, session: SessionID, prices: PriceTable) {
        self.journal = journal
        self.session = session
        self.prices = prices
        positions = VersionPositions()
    }

    /// The version of the session's last event; 0 where it has none.
    func lastVersion() async throws -> UInt64 {
        guard let head = try await journal.store.head(of: session) else { return 0 }
        positions.note(version: head.version, sequence: head.lastSequence)
        return head.version
    }

    /// The version of the last event once what others, or a writer in this process, have appended
    /// after `sequence` can be read.
    func refreshed(past sequence: UInt64) async throws -> UInt64 {
        _ = try await journal.store.growth(past: sequence)
        return try await lastVersion()
    }

    /// Answers a need.
    func answer(_ need: DebuggerNeed) async throws -> DebuggerAnswer {
        switch need {
        case .page(let page, let lastVersion):
            return try await self.page(page, lastVersion: lastVersion)
        case .labels(let lastVersion):
            let labels = try await journal.labels(of: session, damage: .skip).labels
            return .labels(labels, lastVersion: lastVersion)
        case .tree(let branch, let lastVersion):
            let tree = try await tree(upTo: lastVersion)
            return .tree(TreeContent(tree, branch: branch, lastVersion: lastVersion))
        case .event(let version): return .content(.event(EventContent(try await event(version))))
        case .state(let version, let branch):
            let state = try await state(at: version)
            return .content(.state(StateContent(state, version: version, branch: branch)))
        case .difference(let from, let to, let branch):
            return try await difference(from: from, to: to, branch: branch)
        case .totals(let version): return .totals(try await totals(at: version))
        case .history(let field, let branch, let lastVersion):
            let values = try await journal.history(
                of: field, in: session, branch: branch, damage: .skip)
            return .history(
                FieldHistory(
                    field: field, branch: branch, lastVersion: lastVersion, values: values))
        }
    }

    // MARK: Events

    /// The event of a version.
    func event(_ version: UInt64) async throws -> Event {
        let sequence = try await sequence(of: version)
        guard let event = try await journal.event(at: sequence), event.session == session else {
            throw Failure(.damaged, "event \(String(sequence)) is not there any more")
        }
        return event
    }

    /// The sequence number of a version; of the next one that is there, where that is not.
    func sequence(of version: UInt64) async throws -> UInt64 {
        while true {
            switch positions.place(of: version) {
            case .known(let sequence): return sequence
            case .probe(let sequence):
                let page = try await journal.store.read(
                    ReadQuery(from: sequence, session: session, maximumCount: 1))
                guard let event = page.events.first else { return sequence }
                positions.note(
                    version: event.version, sequence: event.sequence, probed: sequence)
            }
        }
    }

    /// The version of the last event of the session up to a sequence number; nil before the first.
    func version(upTo sequence: UInt64) async throws -> UInt64? {
        let page = try await journal.store.read(
            ReadQuery(
                from: 1, through: sequence, session: session, order: .backwards, maximumCount: 1))
        guard let event = page.events.first else { return nil }
        positions.note(version: event.version, sequence: event.sequence)
        return event.version
    }

    private func page(_ page: UInt64, lastVersion: UInt64) async throws -> DebuggerAnswer {
        let wanted = EventPages.versions(of: page)
        var query: ReadQuery? = ReadQuery(
            from: try await sequence(of: wanted.lowerBound), session: session,
            maximumCount: Int(EventPages.pageCount))
        var rows: [EventRow] = []
        var lost: Shown?
        while let current = query, UInt64(rows.count) < EventPages.pageCount {
            let found = try await journal.store.read(current)
            if let hole = found.holes.first, !hasNotedHole {
                hasNotedHole = true
                lost = """
                    events \(String(hole.firstSequence)) to \(String(hole.lastSequence)) are lost; \
                    the rest is shown; sjournal verify names all damage
                    """
            }
            for event in found.events {
                positions.note(version: event.version, sequence: event.sequence)
                if event.version <= wanted.upperBound { rows.append(EventRow(event)) }
            }
            if let last = found.events.last, last.version >= wanted.upperBound { break }
            query = found.next
        }
        return .page(page, rows, lastVersion: lastVersion, lost: lost)
    }

    /// The events after a version, up to another.
    private func events(
        after version: UInt64, through last: UInt64
    ) async throws -> JournalEvents {
        let from = try await sequence(of: version + 1)
        let through = try await sequence(of: last)
        return journal.events(from: from, through: through, session: session, damage: .skip)
    }

    // MARK: Folds

    /// The state as of a version.
    func state(at version: UInt64) async throws -> SessionState {
        guard version > 0 else { return SessionProjection().initialState() }
        var near = states.nearest(upTo: version)
        if near == nil || version - (near?.version ?? 0) > Self.nearCount {
            let start = max(version > Self.leadCount ? version - Self.leadCount : 1, 1)
            let sequence = try await sequence(of: start)
            let state = try await journal.state(
                of: session, at: .sequence(sequence), damage: .skip)
            states.keep(state, at: start)
            near = (start, state)
        }
        guard var (reached, state) = near else { return SessionProjection().initialState() }
        if reached < version {
            let projection = SessionProjection()
            for try await event in try await events(after: reached, through: version) {
                projection.apply(event, to: &state)
            }
            reached = version
            state.schema = try await journal.schema(at: .sequence(state.lastSequence))
            states.keep(state, at: reached)
        }
        return state
    }

    private func difference(
        from: UInt64, to: UInt64, branch: String?
    ) async throws -> DebuggerAnswer {
        let old = try await state(at: from)
        let new = try await state(at: to)
        for (state, version) in [(old, from), (new, to)] where version > 0 {
            guard let branch, state.tree.branch(branch) == nil else { continue }
            throw Failure(
                .negative,
                "there is no branch \(branch) as of event \(String(state.lastSequence))")
        }
        // Before its first event a session has no branch but `main`.
        let oldBranch = from == 0 ? nil : branch
        let change = SessionDifference(from: old, branch: oldBranch, to: new, branch: branch)
        return .content(
            .difference(DifferenceContent(from: from, to: to, branch: branch, change: change)))
    }

    private func totals(at version: UInt64) async throws -> TotalsContent {
        let projection = UsageProjection()
        let near = usages.nearest(upTo: version)
        var usage = near?.state ?? projection.initialState()
        let reached = near?.version ?? 0
        if reached < version {
            for try await event in try await events(after: reached, through: version) {
                projection.apply(event, to: &usage)
                if event.version % Self.usageInterval == 0 { usages.keep(usage, at: event.version) }
            }
            usages.keep(usage, at: version)
        }
        let report = UsageReport(of: [usage], by: [], prices: prices)
        let total = report.total
        return TotalsContent(
            version: version, tokens: total.counts.tokens, cost: total.cost,
            currency: report.currency, turns: total.counts.turns,
            errors: total.counts.errors + total.counts.tools.values.reduce(0) { $0 + $1.errors })
    }

    private func tree(upTo version: UInt64) async throws -> ConversationTree {
        let near = trees.nearest(upTo: version)
        let projection = TreeProjection()
        var tree = near?.state ?? projection.initialState()
        let reached = near?.version ?? 0
        if reached < version {
            for try await event in try await events(after: reached, through: version) {
                projection.apply(event, to: &tree)
            }
            trees.keep(tree, at: version)
        }
        return tree
    }
}
