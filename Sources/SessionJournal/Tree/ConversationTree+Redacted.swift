extension ConversationTree {
    /// Lets a message say what redacts one of its events, in place of that event. A message that was
    /// erased since is there again, as far as that says it.
    mutating func redact(
        _ event: Event, _ keepsContent: Bool, _ hear: (BranchChange) -> Void
    ) {
        guard let reader = try? DataReader(event), let target = event.redactedSequence,
            target < event.sequence
        else { return }
        guard let place = place(ofMessageAt: target) else {
            // More of a message, or an edit of it.
            return change(event, keepsContent)
        }
        guard messages[place].isWithheld else {
            messages.update(place) { _ = $0.take(event, reader, keepsContent) { _ in false } }
            return
        }
        guard let id = reader.string("message"), isFree(id) || messages[place].isNamed(id) else {
            return
        }
        let branch = branchPlace(event.branch ?? EventDraft.mainBranch, at: event, hear)
        let before = messages[place]
        messages.update(place) { message in
            message = Message(
                id: id, before, event, reader, branch: branch, session: session,
                keepsContent: keepsContent)
        }
        if messages[place].isTurn { countTurn(1, on: branch) }
        if allBranches[branch].headSequence < target {
            allBranches[branch].move(to: MessageReference(id), at: target)
        }
    }
}

extension Message {
    /// A message that was erased, as what redacts its first event says it.
    init(
        id: String, _ erased: Message, _ event: Event, _ reader: DataReader, branch: Int,
        session: SessionID?, keepsContent: Bool
    ) {
        self.init(
            id: id, event, reader, branch: branch, session: session, keepsContent: keepsContent,
            inPlaceOf: erased)
        laterSequences = erased.laterSequences + [event.sequence]
        prunedSequence = erased.prunedSequence
    }

    /// The same from its events, the first of which is an entry line; nil where none redacts it.
    static func redacted(
        _ first: Event, _ later: ArraySlice<Event>, _ branch: Int, isName: (String) -> Bool
    ) -> Message? {
        guard let event = later.first(where: { $0.redactedSequence == first.sequence }),
            let reader = try? DataReader(event), let id = reader.string("message")
        else { return nil }
        var message = Message(
            id: id, Message(unreadable: first), event, reader, branch: branch,
            session: first.session, keepsContent: true)
        for next in later
        where next.sequence != event.sequence && !EventKind.sight.contains(next.kind) {
            guard let reader = try? DataReader(next) else { continue }
            _ = message.take(next, reader, true, isName: isName)
        }
        message.laterSequences = later.map(\.sequence)
        return message
    }

    /// Puts what redacts an event in that one's place, wherever the message shows it.
    ///
    /// - Returns: The edit that it is where the edit itself was erased; nil in all other cases.
    mutating func redact(
        _ event: Event, _ reader: DataReader, _ keepsContent: Bool
    ) -> Revision? {
        guard let target = event.redactedSequence else { return nil }
        func replaced(_ events: [Event]) -> [Event] {
            events.map { $0.textSequence == target ? event : $0 }
        }
        let isShown = events.contains { $0.textSequence == target }
        events = replaced(events)
        for index in edits.indices { edits[index].events = replaced(edits[index].events) }
        switch EventKind(rawValue: reader.string("of") ?? "") {
        case .messageExtended where !isShown && keepsContent:
            let place = events.firstIndex { $0.textSequence > target } ?? events.count
            events.insert(event, at: max(place, min(1, events.count)))
        case .messageEdited where !edits.contains { $0.sequence == target }:
            // It was erased. Where there is a later edit, nobody looks for this one.
            guard edits.last?.sequence ?? 0 < target else { return nil }
            return Revision(
                sequence: target, time: event.time, occurred: nil, actor: nil,
                reason: event.reason, branch: event.branch ?? EventDraft.mainBranch,
                isRemoval: false, events: keepsContent ? [event] : [])
        default: break
        }
        return nil
    }
}

extension Event {
    /// Of an event that redacts another: that one's sequence number.
    package var redactedSequence: UInt64? {
        guard kind == .messageRedacted, let reader = try? DataReader(self) else { return nil }
        return reader.integer("event").flatMap { UInt64(exactly: $0) }
    }

    /// Whose text it is: its own, or that of the event that it redacts.
    fileprivate var textSequence: UInt64 { redactedSequence ?? sequence }
}
