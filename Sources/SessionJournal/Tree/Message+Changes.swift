extension Message {
    /// Takes in an event that says something of the message after it was appended.
    ///
    /// - Parameters:
    ///   - event: The event, which names the message.
    ///   - reader: Its data.
    ///   - keepsContent: Whether the events that hold parts are kept.
    ///   - isName: Whether the alias that the event gives is one of the message's names.
    /// - Returns: The place of the edit that the event makes; nil where it makes none.
    mutating func take(
        _ event: Event, _ reader: DataReader, _ keepsContent: Bool, isName: (String) -> Bool
    ) -> Int? {
        switch event.kind {
        case .messageExtended:
            if let alias = reader.string("alias"), isName(alias), !isNamed(alias) {
                aliases.append(alias)
            }
            if keepsContent { events.append(event) }
        case .messageFinished:
            guard state == .partial,
                let status = reader.string("status").flatMap({ State(rawValue: $0) })
            else { return nil }
            state = status
            finishedSequence = event.sequence
            if keepsContent { events.append(event) }
        case .messageRedacted:
            if let edit = redact(event, reader, keepsContent) {
                edits.append(edit)
                laterSequences.append(event.sequence)
                return edits.count - 1
            }
        default:
            let set = reader.value("set")?.object ?? [:]
            for member in set { metadata[member.name] = member.value }
            guard let edit = edit(event, reader, keepsContent) else {
                if !set.isEmpty { laterSequences.append(event.sequence) }
                return nil
            }
            edits.append(edit)
            laterSequences.append(event.sequence)
            return edits.count - 1
        }
        laterSequences.append(event.sequence)
        return nil
    }

    /// The revision that an event makes; nil where it makes none. An event that restores an earlier
    /// one makes a revision with its text.
    private func edit(
        _ event: Event, _ reader: DataReader, _ keepsContent: Bool
    ) -> Revision? {
        var events: [Event] = []
        var isRemoval = event.kind == .messageRemoved
        if !isRemoval {
            if let sequence = reader.integer("restores").flatMap({ UInt64(exactly: $0) }) {
                let earlier = revisions.last { $0.sequence == sequence }
                guard let earlier else { return nil }
                isRemoval = earlier.isRemoval
                events = earlier.events
            } else if reader.member("parts") != nil {
                if keepsContent { events = [event] }
            } else {
                return nil
            }
        }
        return Revision(
            sequence: event.sequence, time: event.time, occurred: event.occurred,
            actor: event.actor, reason: event.reason,
            branch: event.branch ?? EventDraft.mainBranch, isRemoval: isRemoval, events: events)
    }
}

extension Message {
    /// Takes in that it was put out of sight, or is in sight again.
    mutating func takeSight(_ event: Event) {
        prunedSequence = event.kind == .messagePruned ? event.sequence : nil
        laterSequences.append(event.sequence)
    }

    /// Takes in the same from all that is on record of a message whose content is withheld.
    private mutating func replaySight(_ events: [Event]) {
        for event in events.dropFirst()
        where EventKind.sight.contains(event.kind) && !event.isWithheld {
            prunedSequence = event.kind == .messagePruned ? event.sequence : nil
        }
        laterSequences = events.dropFirst().map(\.sequence)
    }
}

extension Message: PagedElement {
    var names: [String] { isWithheld && !isOutlined ? [] : [id] + aliases }

    func isNamed(_ name: String) -> Bool {
        (!isWithheld || isOutlined) && (id == name || aliases.contains(name))
    }

    var row: PageRow {
        var row = PageRow(sequences: [sequence] + laterSequences)
        row.branchPlace = branchPlace
        row.shown = shown
        if isOutlined {
            // The entry line says nothing of it.
            row.rest = [
                "id": .string(id), "parent": parent?.json ?? .null, "branch": .string(branch),
            ]
        }
        return row
    }

    init?(_ row: PageRow, from events: [Event], isName: (String) -> Bool) {
        guard let first = events.first, first.kind == .messageAppended else { return nil }
        guard let branch = row.branchPlace, let reader = try? DataReader(first),
            let id = reader.string("message")
        else {
            // Withheld, or content that makes no sense: then as now, or since it was erased.
            if let branch = row.branchPlace, first.isWithheld,
                let message = Self.redacted(first, events.dropFirst(), branch, isName: isName)
            {
                self = message
                replaySight(events)
                shown = row.shown.flatMap { edits.indices.contains($0) ? $0 : nil }
                return
            }
            self.init(unreadable: first)
            replaySight(events)
            if let rest = row.rest, let place = row.branchPlace, first.isWithheld {
                outline(
                    id: rest["id"]?.string, parent: MessageReference(rest["parent"]),
                    branch: rest["branch"]?.string ?? EventDraft.mainBranch, branchPlace: place)
            }
            return
        }
        self.init(
            id: id, first, reader, branch: branch, session: first.session, keepsContent: true)
        for event in events.dropFirst() {
            // Such an event names many messages; that this is one of them is why it is here.
            if EventKind.sight.contains(event.kind), !event.isWithheld {
                takeSight(event)
                continue
            }
            guard let reader = try? DataReader(event) else { continue }
            _ = take(event, reader, true, isName: isName)
        }
        shown = row.shown.flatMap { edits.indices.contains($0) ? $0 : nil }
    }

    init(unreadable row: PageRow) {
        self.init(lostAt: row.sequences[0])
        lost = LostRow(row)
    }
}
