extension Journal {
    /// The holds that stand, in the order in which they were placed.
    ///
    /// Cost: reads the journal's own events about holds.
    ///
    /// - Parameter includesLifted: Whether those that were lifted are among them.
    public func holds(includingLifted includesLifted: Bool = false) async throws -> [Hold] {
        var holds: [Hold] = []
        for try await event in events(
            session: .journal, kinds: [.holdPlaced, .holdLifted], damage: .skip)
        {
            guard let data = try? event.data() else { continue }
            if event.kind == .holdPlaced, let notice = HoldNotice(placing: data),
                let scope = notice.scope
            {
                holds.append(
                    Hold(
                        id: notice.id, scope: scope, matter: notice.matter,
                        sessions: notice.sessions, sequence: event.sequence, time: event.time,
                        actor: event.actor ?? "", reason: event.reason))
            } else if let notice = HoldNotice(lifting: data),
                let place = holds.firstIndex(where: { $0.id == notice.id && $0.isActive })
            {
                holds[place].lifting = Hold.Lifting(
                    sequence: event.sequence, time: event.time, actor: event.actor ?? "",
                    reason: event.reason)
            }
        }
        return includesLifted ? holds : holds.filter(\.isActive)
    }

    /// Throws where a hold covers something of what is to be destroyed.
    ///
    /// - Parameters:
    ///   - target: What is to be destroyed.
    ///   - includingQuarantine: Whether what lies in `quarantine/` goes too.
    ///
    /// The one question that everything asks which destroys: at its intent, and before each step. A
    /// hold that is lost may have covered anything, so that a journal whose own events are damaged
    /// destroys nothing. Nobody can say whose bytes lie in `quarantine/`, which go with whatever is
    /// destroyed: they are held while anything is.
    ///
    /// Cost: what is new among the journal's own events; for a hold over a query, that query.
    ///
    /// - Throws: ``JournalError/Code/held``, which names the matter; ``JournalError/Code/damaged``.
    func checkHolds(
        over target: DestructionTarget, includingQuarantine: Bool = true
    ) async throws {
        let standing = try await standingHolds()
        if includingQuarantine, let notice = standing.first?.content,
            let name = try (store as? FileStore)?.quarantined().first
        {
            throw JournalError(
                .held,
                "a hold stands (matter “\(notice.matter)”, hold \(notice.id)), and quarantine/ has "
                    + "“\(name)”, which would go too and may hold what is held; see to that file "
                    + "or lift the hold")
        }
        if let (notice, scope) = try await hold(over: target, among: standing) {
            throw JournalError.held(notice, scope)
        }
    }

    /// The matter of a hold that covers something of a session; nil where none does. Of a locked session
    /// nobody can say, so that it is held where a hold names what is said or by whom.
    ///
    /// Cost: as ``checkHolds(over:includingQuarantine:)``.
    ///
    /// - Parameter session: The session.
    func matterHolding(_ session: SessionID) async throws -> String? {
        let standing = try await standingHolds()
        guard !standing.isEmpty else { return nil }
        let target = DestructionTarget(sessions: [session], unread: [session])
        do {
            return try await hold(over: target, among: standing)?.notice.matter
        } catch let error as JournalError where error.code == .held {
            return standing.first?.content.matter
        }
    }

    /// Whether any hold stands.
    func standsAnyHold() async throws -> Bool { try await !standingHolds().isEmpty }

    /// The holds that stand and make sense.
    private func standingHolds() async throws -> [Declarations<HoldNotice>.Declaration] {
        let lifted = Set(try await holdsLifted.all(in: self).map(\.content.id))
        return try await holdsPlaced.all(in: self).filter {
            !lifted.contains($0.content.id) && $0.content.scope != nil
        }
    }

    /// The first of some holds that covers something of what is meant.
    private func hold(
        over target: DestructionTarget, among standing: [Declarations<HoldNotice>.Declaration]
    ) async throws -> (notice: HoldNotice, scope: HoldScope)? {
        for declaration in standing {
            let notice = declaration.content
            guard let scope = notice.scope else { continue }
            let isCovered: Bool
            switch scope {
            case .journal: isCovered = true
            case .session(let session): isCovered = target.sessions.contains(session)
            case .actor(let name):
                var actors = target.actors
                if !actors.contains(name) { actors = try await self.actors(in: target.unread) }
                isCovered = actors.contains(name)
            case .query(let text):
                if notice.sessions.contains(where: target.sessions.contains) {
                    isCovered = true
                } else {
                    try await checkReadable(target.unread)
                    // One that makes no sense any more still covers what it covered.
                    guard let query = try? SessionQuery(parsing: text) else { continue }
                    isCovered = try await hasMatched(
                        query, since: declaration.sequence, one: target.sessions)
                }
            }
            if isCovered { return (notice, scope) }
        }
        return nil
    }

    /// Who appended what stands in sessions that nobody has read yet, and on whose behalf.
    private func actors(in sessions: Set<SessionID>) async throws -> Set<String> {
        try await checkReadable(sessions)
        var found = DestructionTarget()
        for session in sessions {
            for try await event in events(session: session) { found.add(event) }
        }
        return found.actors
    }

    /// What nobody can read may be what a hold is about.
    private func checkReadable(_ sessions: Set<SessionID>) async throws {
        for session in sessions.sorted() where try await protection(of: session) == .locked {
            throw JournalError(
                .held,
                "a hold stands that names what is said or by whom, and session \(session) is locked, "
                    + "so that nobody can say whether the hold covers it; open the journal with its "
                    + "master key")
        }
    }

    /// Whether a query found one of some sessions at any event since: whoever takes a tag away does
    /// not take the session out of the hold. What was said, by whom and with what is that of now, for
    /// it only grows.
    private func hasMatched(
        _ query: SessionQuery, since sequence: UInt64, one sessions: Set<SessionID>
    ) async throws -> Bool {
        let prepared = PreparedQuery(query)
        let schema = try await schema(at: .now)
        for session in sessions where !session.isJournal {
            let content = try await fold(SessionContentProjection(), over: session)
            var fold = SessionListProjection().initialState()
            var places = prepared.fieldPlaces
            for try await event in events(session: session) {
                SessionListProjection().apply(event, to: &fold)
                guard event.sequence > sequence else { continue }
                fold[session]?.schema = schema
                guard let summary = fold[session]?.summary else { continue }
                let facts = PreparedQuery.Facts(all: [summary], place: 0, content: content)
                if prepared.matches(facts, &places) == true { return true }
            }
        }
        return false
    }
}

/// What a destructive act is about to take.
struct DestructionTarget: Sendable {
    /// The sessions that lose events.
    var sessions: Set<SessionID> = []
    /// Who appended those events, and on whose behalf.
    var actors: Set<String> = []
    /// Those of the sessions of which nobody has read that: the ones that go with their keys, and the
    /// locked ones.
    var unread: Set<SessionID> = []

    /// What is left where some sessions are gone already.
    func without(_ gone: [SessionID]) -> DestructionTarget {
        guard !gone.isEmpty else { return self }
        var rest = self
        rest.sessions.subtract(gone)
        rest.unread.subtract(gone)
        return rest
    }

    mutating func add(_ event: Event) {
        sessions.insert(event.session)
        if let actor = event.actor { actors.insert(actor) }
        if let name = event.onBehalf { actors.insert(name) }
    }
}

extension JournalError {
    fileprivate static func held(_ notice: HoldNotice, _ scope: HoldScope) -> JournalError {
        JournalError(
            .held,
            "a hold over the \(scope.name) covers it (matter “\(notice.matter)”, hold "
                + "\(notice.id)); nothing more is destroyed while it stands")
    }
}
