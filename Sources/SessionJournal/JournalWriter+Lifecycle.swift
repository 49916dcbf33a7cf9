internal import Synchronization

extension JournalWriter {
    /// Does something to a session as a whole, by one event. Where it is done already, nothing is
    /// stored. ``LifecycleRule/all`` says what goes when.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - act: What to do.
    ///   - session: A session that exists.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where there was nothing to do.
    /// - Throws: ``JournalError/Code/conflict`` where the session does not stand so that it goes,
    ///   which names what to do first; ``JournalError/Code/invalidMetadata``.
    @discardableResult
    public func perform(
        _ act: SessionAct, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await perform(
            act, in: session, reason: reason, cause: nil, rule: nil, durability: durability)
    }

    /// The same, because of another event, or because a rule of retention says so.
    func perform(
        _ act: SessionAct, in session: SessionID, reason: String?, cause: Cause?, rule: String?,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        for _ in 0..<Self.attemptLimit {
            var (state, drafts) = try await plan(act, in: session, reason: reason)
            guard !drafts.isEmpty else { return nil }
            for index in drafts.indices {
                drafts[index].cause = cause
                guard let rule, var data = try drafts[index].data.value().object else { continue }
                data["rule"] = .string(rule)
                drafts[index].data = EventData(data)
            }
            do {
                return try await append(
                    drafts, to: session, if: .version(state.version), durability: durability
                ).first
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between, and may have done the same.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// What an act would store in a session.
    func plan(
        _ act: SessionAct, in session: SessionID, reason: String?
    ) async throws -> (SessionState, [EventDraft]) {
        var state = try await journal.foldState(of: session, at: .now, keepsContent: false)
        state.schema = try await journal.schema()
        var open: [String] = []
        if case .terminate = act {
            open = try await journal.fold(
                OpenWork(), over: session, at: .sequence(state.lastSequence))
        }
        return (state, try act.drafts(on: state, open: open, reason: reason))
    }

    /// The session of a caller's key, which is created where there is none.
    ///
    /// - Returns: The session, and whether it was created now. Of several who ask at once one
    ///   creates it, and all get the same.
    public func getOrCreateSession(
        key: String, metadata: JSONObject = [:], durability: Durability = .durable
    ) async throws -> (session: SessionID, isNew: Bool) {
        for _ in 0..<Self.attemptLimit {
            if let session = try await journal.session(forKey: key) { return (session, false) }
            do {
                let session = try await createSession(
                    key: key, metadata: metadata, durability: durability)
                return (session, true)
            } catch let error as JournalError where error.code == .sessionExists {
                // Somebody else was first.
            }
        }
        throw JournalError(
            .conflict, "the key “\(key)” was taken, and had no session; try again")
    }

    /// Says that a session is alive. Where anything happened in it within the interval nothing is
    /// stored, so that a heartbeat does not fill the journal.
    ///
    /// Cost: none where this journal saw it lately; else the session's last event is read.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - interval: How long what happened last counts; nil for ``JournalOptions/touchInterval``.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where nothing was stored.
    @discardableResult
    public func touch(
        _ session: SessionID, interval: Duration? = nil, durability: Durability = .buffered
    ) async throws -> AppendReceipt? {
        let interval = interval ?? journal.options.touchInterval
        let now = journal.options.clock()
        guard let claim = journal.pulses.claim(session, at: now, interval: interval) else {
            return nil
        }
        do {
            guard let head = try await journal.store.head(of: session) else {
                throw JournalError.sessionNotFound("\(session)")
            }
            if claim.isFirst, let last = try await journal.event(at: head.lastSequence),
                last.time.adding(interval) > now
            {
                journal.pulses.note(session, at: last.time)
                return nil
            }
            return try await append(
                EventDraft(.sessionTouched), to: session, durability: durability)
        } catch {
            journal.pulses.giveBack(session, claim)
            throw error
        }
    }

    /// Lets a session live longer: by so many seconds after its deadline, or after now where that
    /// has passed or it has none.
    ///
    /// - Returns: The moment that it lives until at least.
    @discardableResult
    public func extend(
        _ session: SessionID, bySeconds seconds: Int64, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> Timestamp {
        let now = journal.options.clock()
        for _ in 0..<Self.attemptLimit {
            let act = SessionAct.prolong(seconds: seconds, from: now)
            let (state, drafts) = try await plan(act, in: session, reason: reason)
            // Nothing is stored where it lives until then already.
            guard let draft = drafts.first else { return state.life.extendedUntil ?? now }
            do {
                try await append(
                    draft, to: session, if: .version(state.version), durability: durability)
                let until = try draft.data.value()["until"]?.string
                return until.flatMap { Timestamp($0) } ?? now
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between, and may have extended it.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// Ends every session whose deadline has passed, as expired: the one rule of the engine of
    /// <doc:GoingAway> that every session has of its own, applied alone. What a hold covers, and what is
    /// pinned, important, starred or referred to, stays open and shows as overdue.
    ///
    /// Whoever runs this, or opens with ``JournalOptions/expiringActor``, decides that and when it
    /// happens.
    ///
    /// Cost: reads the journal.
    ///
    /// - Parameters:
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - reason: Why; nil for the words that the deadline has passed.
    /// - Returns: The sessions that were ended.
    @discardableResult
    public func expireOverdue(
        at now: Timestamp? = nil, reason: String? = nil
    ) async throws -> [SessionID] {
        try await journal.measure(.expire) {
            let now = now ?? journal.options.clock()
            var expired: [SessionID] = []
            for decision in try await journal.overdueDecisions(at: now) where decision.isDue {
                let receipt = try await perform(
                    .expireOverdue(at: now), in: decision.session,
                    reason: reason ?? "its deadline has passed", cause: nil, rule: nil)
                if receipt != nil { expired.append(decision.session) }
            }
            return expired
        }
    }
}

extension Journal {
    /// The sessions whose deadline has passed at a moment, in order of their first events; those that
    /// are protected among them.
    ///
    /// Cost: reads the journal.
    public func overdueSessions(at now: Timestamp) async throws -> [SessionID] {
        try await overdueDecisions(at: now).map(\.session)
    }

    /// What the sessions' own deadlines say.
    func overdueDecisions(at now: Timestamp) async throws -> [RetentionDecision] {
        let facts = try await retentionFacts().facts
        return RetentionEngine(rules: [], now: now).decide(facts)
    }
}

extension Timestamp {
    fileprivate func adding(_ duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(
            microseconds: adding(seconds: seconds).microseconds + attoseconds / 1_000_000_000_000)
    }
}

/// When the sessions that were touched lately last showed a sign of life: a hint that keeps
/// heartbeats from being stored.
final class SessionPulses: Sendable {
    /// The right to store one heartbeat.
    struct Claim: Sendable {
        /// Whether nothing was known of the session.
        var isFirst: Bool
        fileprivate var before: Timestamp?
    }

    /// The largest number of sessions that are remembered.
    private static let limit = 65_536
    private let pulses = Mutex<[SessionID: Timestamp]>([:])

    /// Takes the right to store a heartbeat; nil where one was stored within the interval.
    func claim(_ session: SessionID, at now: Timestamp, interval: Duration) -> Claim? {
        pulses.withLock { pulses in
            let before = pulses[session]
            if let before, before.adding(interval) > now { return nil }
            if pulses.count >= Self.limit { pulses.removeAll() }
            pulses[session] = now
            return Claim(isFirst: before == nil, before: before)
        }
    }

    func note(_ session: SessionID, at time: Timestamp) {
        pulses.withLock { $0[session] = time }
    }

    /// Gives the right back: nothing was stored.
    func giveBack(_ session: SessionID, _ claim: Claim) {
        pulses.withLock { $0[session] = claim.before }
    }
}
