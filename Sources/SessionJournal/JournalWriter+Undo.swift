/// Which act is undone.
public enum UndoTarget: Hashable, Sendable {
    /// The last act of this actor in the session that has an inverse.
    case last
    /// The last act of anybody.
    case lastOfAnybody
    /// The act of an event, by its sequence number.
    case event(UInt64)
}

/// An act that was undone.
public struct UndoReceipt: Sendable {
    /// The events that were undone, in order.
    public let undone: [Event]

    /// The kinds of the events that undo them.
    public let kinds: [EventKind]

    /// Where these stand.
    public let receipts: [AppendReceipt]

    /// What `undo --json` prints: `undone` and `events` (each `seq`, `kind`).
    public var json: JSONValue {
        let undone = undone.map { event -> JSONValue in
            ["seq": JSONValue(event.sequence), "kind": .string(event.kind.rawValue)]
        }
        let events = zip(receipts, kinds).map { receipt, kind -> JSONValue in
            ["seq": JSONValue(receipt.sequence), "kind": .string(kind.rawValue)]
        }
        return ["undone": .array(undone), "events": .array(events)]
    }
}

extension JournalWriter {
    /// Undoes one change of metadata by a new event: each field takes the value that it had before.
    /// The event names the one that it undoes, as `undoes` and as its cause, and `blame`, `history`
    /// and `audit` say so.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - sequence: The event: a change of metadata, or of the status.
    ///   - session: The session that it belongs to.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Throws: ``JournalError/Code/conflict`` where a field changed since,
    ///   ``JournalError/Code/eventNotFound``, ``JournalError/Code/invalidMetadata`` where the schema
    ///   does not take the earlier value any more, and ``JournalError/Code/unsupported`` for an event
    ///   that changed no metadata.
    @discardableResult
    public func revert(
        _ sequence: UInt64, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> UndoReceipt {
        if let event = try await journal.event(at: sequence), event.session == session,
            !Self.revertable.contains(event.kind)
        {
            throw JournalError(
                .unsupported,
                "event \(sequence) is \(event.kind) and no change of metadata; undo takes back other "
                    + "acts")
        }
        return try await undo(.event(sequence), in: session, reason: reason, durability: durability)
    }

    /// The kinds that are changes of metadata, those of the status by a call included.
    private static let revertable: Set<EventKind> = [
        .sessionMetadataChanged, .sessionArchived, .sessionUnarchived, .sessionDeleted,
        .sessionRestored,
    ]

    /// Undoes an act, as ``UndoRule/all`` says: by events that bring back what was before, and name
    /// what they undo. Nothing is lost. An undo is an act like any other; undone itself, it is the
    /// first act again.
    ///
    /// An act is an event, or the events that were appended at once as one act: a branch with its
    /// first words, a merge that was undone.
    ///
    /// Cost: reads the session twice.
    ///
    /// - Parameters:
    ///   - target: Which act.
    ///   - session: A session that exists.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Throws: ``JournalError/Code/conflict`` where something was built upon the act since, which
    ///   names it; ``JournalError/Code/eventNotFound`` where there is no such act;
    ///   ``JournalError/Code/unsupported`` where it has no inverse.
    @discardableResult
    public func undo(
        _ target: UndoTarget = .last, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> UndoReceipt {
        let (answer, receipts) = try await act(in: session, reason: reason, durability: durability)
        {
            now in
            let act = try await journal.act(
                target, by: actor, in: session, through: now.lastSequence)
            let first = act.first?.sequence ?? 0
            var state = try await past(session, at: first - 1)
            let projection = SessionProjection(keepsContent: false)
            var steps: [UndoPlan.Step] = []
            for event in act {
                let before = state
                projection.apply(event, to: &state)
                steps.append(.init(event: event, before: before, after: state))
            }
            var labels = (now: SessionLabels(), before: SessionLabels())
            if act.contains(where: { LabelProjection.kinds.contains($0.kind) }) {
                labels.now = try await journal.labels(
                    of: session, at: .sequence(now.lastSequence))
                labels.before = try await journal.labels(of: session, at: .sequence(first - 1))
            }
            var undone = UndoneSince()
            for try await event in journal.events(
                from: first + UInt64(act.count), through: now.lastSequence, session: session,
                kinds: UndoneSince.kinds)
            { undone.take(event) }
            let plan = UndoPlan(
                steps: steps, now: now, actor: actor, labels: labels, undone: undone)
            let drafts = try plan.drafts()
            return (drafts, (act: act, kinds: drafts.map(\.kind)))
        }
        return UndoReceipt(undone: answer.act, kinds: answer.kinds, receipts: receipts)
    }
}

extension Journal {
    /// The events of the act that is meant, in order.
    fileprivate func act(
        _ target: UndoTarget, by actor: String, in session: SessionID, through last: UInt64
    ) async throws -> [Event] {
        let event: Event
        switch target {
        case .event(let sequence):
            guard let found = try await self.event(at: sequence), found.session == session else {
                throw JournalError(
                    .eventNotFound, "event \(sequence) is none of session \(session)")
            }
            event = found
        case .last, .lastOfAnybody:
            let events = events(
                through: last, session: session, kinds: Set(UndoRule.all.map(\.kind)),
                actors: target == .last ? [actor] : nil, order: .backwards)
            var iterator = events.makeAsyncIterator()
            guard let found = try await iterator.next() else {
                let who = target == .last ? "\(actor) has done" : "there is"
                throw JournalError(
                    .eventNotFound,
                    "\(who) nothing in session \(session) that could be undone")
            }
            event = found
        }
        return try await act(of: event)
    }

    /// The events that were appended with one as one act: those that undo the same, and those that
    /// name the first as their cause.
    private func act(of event: Event) async throws -> [Event] {
        var first = event
        if let undone = event.undoneSequence {
            while let previous = try await self.event(at: first.sequence - 1),
                previous.isBeside(event), previous.undoneSequence == undone
            { first = previous }
        } else if let cause = event.cause, cause < event.sequence,
            event.sequence - cause <= Self.actLength,
            let leader = try await self.event(at: cause), leader.leads(event)
        {
            first = leader
        }
        var act = [first]
        while act.count <= Self.actLength,
            let next = try await self.event(at: first.sequence + UInt64(act.count)),
            first.leads(next)
                || first.isBeside(next) && first.undoneSequence != nil
                    && first.undoneSequence == next.undoneSequence
        { act.append(next) }
        return act
    }

    /// How many events an act has at most behind its first.
    private static let actLength = 1_024
}

extension Event {
    /// Whether two events were appended at once by one actor.
    fileprivate func isBeside(_ other: Event) -> Bool {
        session == other.session && actor == other.actor && time == other.time
    }

    /// Whether another event was appended with this one as a part of the same act: what a branch
    /// begins with, and the part of a change of metadata that belongs to a branch.
    fileprivate func leads(_ other: Event) -> Bool {
        guard other.cause == sequence, isBeside(other), undoneSequence == nil else { return false }
        switch kind {
        case .branchCreated: return true
        case .sessionMetadataChanged: return other.kind == .sessionMetadataChanged
        default: return false
        }
    }
}
