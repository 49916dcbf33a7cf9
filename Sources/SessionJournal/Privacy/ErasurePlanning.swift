internal import SegmentLog

/// An erasure that is worked out and not yet asked for.
struct PlannedErasure: Sendable {
    /// What is taken of one session.
    struct Part: Sendable {
        var session: SessionID
        /// The version of its last event that was looked at.
        var version: UInt64
        var outline: [JSONValue]
    }

    var plan = ErasurePlan()
    var parts: [Part] = []
    var target = DestructionTarget()

    /// Takes an encrypted session as a whole: with its key, unread, so that it costs the same whatever
    /// the session's size. Nothing of its tree is kept, for there is nothing to keep it in.
    mutating func take(keyOf session: SessionID, _ head: SessionHead) {
        plan.keys.append(
            KeyErasure(
                session: session, eventCount: head.count, firstSequence: head.firstSequence,
                lastSequence: head.lastSequence))
        take(unread: session, head)
    }

    /// Takes a session of which nobody has seen what it says.
    mutating func take(unread session: SessionID, _ head: SessionHead) {
        parts.append(Part(session: session, version: head.version, outline: []))
        target.sessions.insert(session)
        target.unread.insert(session)
    }
}

extension Journal {
    /// Works out what an erasure takes.
    ///
    /// Cost: reads the sessions concerned; for a principal, the journal.
    ///
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/messageNotFound``,
    ///   ``JournalError/Code/eventNotFound`` where nothing is to be erased.
    func plan(_ scope: ErasureScope) async throws -> PlannedErasure {
        var planned = PlannedErasure()
        var sequences: [UInt64] = []
        let declarations = try await fieldDeclarations()
        var choices: [(SessionID, SessionErasure.Choice)] = []
        switch scope {
        case .session(let session): choices = [(session, .everything)]
        case .message(let id, let session): choices = [(session, .message(id))]
        case .events(let sequences, let session): choices = [(session, .events(sequences))]
        case .query(let query):
            choices = try await sessions(matching: query).sessions.map { ($0.session, .everything) }
        case .actor(let name):
            let found = try await places(of: name)
            planned.plan.kept = found.naming
            choices = found.sessions.map { ($0, .actor(name)) }
        }
        planned.plan.locked = try await lockedSessions(beyond: scope)
        for (session, choice) in choices {
            guard !session.isJournal else {
                throw JournalError(
                    .invalidArgument,
                    "the journal's own events say what was done to it, and stay; erase sessions")
            }
            guard let head = try await store.head(of: session) else {
                throw JournalError.sessionNotFound("\(session)")
            }
            switch (choice, try await protection(of: session)) {
            case (.everything, .encrypted):
                planned.take(keyOf: session, head)
                continue
            case (.everything, .locked):
                // Its lines go without anybody having seen what they said.
                for try await event in events(session: session) { sequences.append(event.sequence) }
                planned.take(unread: session, head)
                continue
            case (_, .locked): throw JournalError.sessionLocked(session)
            case (_, .destroyed): continue
            case (_, .encrypted), (_, .plain): break
            }
            var erasure = SessionErasure(of: session, choice)
            for try await event in events(session: session) { erasure.look(at: event) }
            let taken = erasure.sequences()
            guard !taken.isEmpty else { continue }
            sequences += taken
            planned.parts.append(
                PlannedErasure.Part(
                    session: session, version: erasure.version,
                    outline: erasure.outline(declarations: declarations)))
            planned.target.sessions.insert(session)
            planned.target.actors.formUnion(erasure.target.actors)
        }
        planned.plan.events = ErasurePlan.ranges(of: sequences)
        let taken = Set(sequences)
        planned.plan.kept.removeAll(where: taken.contains)
        planned.plan.sessions = planned.parts.map(\.session).sorted()
        planned.plan.keys.sort { $0.session < $1.session }
        if planned.parts.isEmpty { throw Self.nothing(scope, planned.plan.locked) }
        return planned
    }

    /// The sessions that an erasure would have to read, to say what of them is in its scope, and
    /// cannot.
    private func lockedSessions(beyond scope: ErasureScope) async throws -> [SessionID] {
        switch scope {
        case .session, .message, .events: return []
        case .actor, .query: break
        }
        guard let store = store as? FileStore, store.holdsEncrypted else { return [] }
        var locked: [SessionID] = []
        for session in try await sessionHeads().map(\.session)
        where try store.protection(of: session) == .locked {
            locked.append(session)
        }
        return locked.sorted()
    }

    private static func nothing(
        _ scope: ErasureScope, _ locked: [SessionID]
    ) -> JournalError {
        if let session = locked.first {
            return JournalError(
                .sessionLocked,
                "nothing of the sessions that can be read is to be erased, and \(locked.count) cannot "
                    + "be, session \(session) among them; open the journal with its master key")
        }
        return switch scope {
        case .session(let session):
            JournalError(
                .eventNotFound, "nothing of session \(session) is left to be erased")
        case .actor:
            JournalError(
                .eventNotFound, "no event of a session was appended by that actor, or for it")
        case .message(let id, let session):
            JournalError(
                .messageNotFound, "session \(session) says nothing of a message \"\(id)\"")
        case .events(_, let session):
            JournalError(
                .eventNotFound, "none of these events of session \(session) is left to be erased")
        case .query:
            JournalError(.eventNotFound, "the query finds no session with anything to be erased")
        }
    }

    /// The sessions in which a principal appended something, or somebody on its behalf, and all events
    /// of which one string is the principal's name.
    private func places(
        of name: String
    ) async throws -> (sessions: [SessionID], naming: [UInt64]) {
        var sessions: Set<SessionID> = []
        var naming: [UInt64] = []
        let string = Array(JSONValue.string(name).description.utf8)
        for try await event in events() {
            let isOfActor = event.actor == name || event.onBehalf == name
            if isOfActor, !event.session.isJournal { sessions.insert(event.session) }
            if isOfActor || event.line.span.firstIndex(of: string, from: 0) != nil {
                naming.append(event.sequence)
            }
        }
        return (sessions.sorted(), naming)
    }

    /// Fields that were declared, and whether they belong to branches.
    private func fieldDeclarations() async throws -> [String: MetadataField.Scope] {
        var fields: [String: MetadataField.Scope] = [:]
        for field in try await declarations.all(in: self).map(\.content) {
            fields[field.name] = field.scope
        }
        return fields
    }
}
