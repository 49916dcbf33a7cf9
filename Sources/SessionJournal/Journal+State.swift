extension Journal {
    /// The state of a session at a point in time: its metadata, branches and messages.
    ///
    /// Cost: the fold of ``JournalOptions/snapshotInterval`` events at most, where snapshots were
    /// taken (``takeSnapshots(of:longest:progress:)``), else of the session up to the point. Messages
    /// before the snapshot are read when they are looked at, a page of them at once.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - point: Up to which event. One before the session began gives a state without events.
    ///   - branch: A branch that must be there at that point; nil asks for none.
    ///   - damage: What to do where events of the session are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/labelNotFound``, ``JournalError/Code/damaged``.
    public func state(
        of session: SessionID, at point: PointInTime = .now, branch: String? = nil,
        damage: DamagePolicy = .fail
    ) async throws -> SessionState {
        let state = try await readState(of: session, at: point, branch: branch, damage: damage)
        await noteAccess(to: session)
        return state
    }

    /// The same for what the library does itself, which is no reading by anybody.
    func readState(
        of session: SessionID, at point: PointInTime = .now, branch: String? = nil,
        damage: DamagePolicy = .fail
    ) async throws -> SessionState {
        let point = try await settled(point, in: session)
        var state = try await foldState(
            of: session, at: point, keepsContent: true, damage: damage)
        state.schema = try await schema(of: state, at: point)
        state.compacted = try await compactedExtent(of: session, through: state.version)
        if let branch, state.tree.branch(branch) == nil {
            throw JournalError(
                .branchNotFound,
                "session \(session) has no branch “\(branch)” there; it has "
                    + state.tree.branches.map(\.name).joined(separator: ", "))
        }
        return state
    }

    /// The conversation tree of a session at a point in time.
    ///
    /// Cost: as ``state(of:at:branch:damage:)``.
    public func tree(
        of session: SessionID, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> ConversationTree {
        let state = try await foldState(
            of: session, at: point, keepsContent: true, damage: damage)
        await noteAccess(to: session)
        return state.tree
    }

    /// Every change of metadata of a session, or of all sessions when nil: old value, new value,
    /// who, when, why, by which event.
    ///
    /// Cost: reads the session, or the journal, from its start up to the point.
    public func audit(
        of session: SessionID? = nil, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> AuditTrail {
        guard let session else {
            return try await fold(AuditProjection(), at: point, damage: damage)
        }
        return try await fold(AuditProjection(), over: session, at: point, damage: damage)
    }

    /// What a list of sessions shows, without `@journal`, in order of their first events.
    ///
    /// Cost: reads the journal; memory for the messages' names, not for their content. As of now,
    /// what was found is kept, about a kilobyte a session, and the next time only sessions that
    /// changed are read.
    public func sessions(
        at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> [SessionSummary] {
        if point == .now {
            return try await sessionList.summaries(of: self, damage: damage)
        }
        let states = try await fold(SessionListProjection(), at: point, damage: damage)
        // A point that is counted back is counted in events of the journal here.
        let schema =
            switch point {
            case .back(let count):
                try await schema(
                    at: .sequence(try await lastSequence() - min(count, lastSequence())))
            default: try await schema(at: point)
            }
        return states.values.compactMap { state in
            var state = state
            state.schema = schema
            return state.summary
        }.sorted { $0.firstSequence < $1.firstSequence }
    }

    /// Folds the events of one session up to a point in time.
    ///
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/labelNotFound``, what
    ///   the projection throws, and ``JournalError/Code/damaged`` where events of the session are
    ///   lost.
    public func fold<Fold: Projection>(
        _ projection: Fold, over session: SessionID, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> Fold.State {
        guard let head = try await store.head(of: session) else {
            // The journal's own session is there from the start.
            guard session.isJournal else { throw JournalError.sessionNotFound("\(session)") }
            return projection.initialState()
        }
        let point = try await settled(point, in: session)
        var through = head.lastSequence
        if case .sequence(let sequence) = point { through = min(through, sequence) }
        return try await projection.fold(
            events(through: through, session: session, damage: damage), at: point,
            lastVersion: head.version)
    }

    /// Folds the events of the whole journal up to a point in time, which is looked for in every
    /// session by itself. A label is a name in one session, and no such point.
    public func fold<Fold: Projection>(
        _ projection: Fold, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> Fold.State {
        if case .label(let name) = point { throw JournalError.labelOfNoSession(name) }
        let last = try await store.position().lastSequence
        var prefix = JournalPrefix(point, lastSequence: last)
        var state = projection.initialState()
        for try await event in events(through: last, damage: damage) {
            if prefix.admits(event) {
                try projection.apply(event, to: &state)
            } else if prefix.isOver(at: event) {
                break
            }
        }
        return state
    }
}
