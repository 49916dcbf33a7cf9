extension EventKind {
    /// Kinds that put messages out of sight, or bring them back.
    static let sight: Set<EventKind> = [.messagePruned, .messageUnpruned]

    /// Kinds that are about how a session is kept, and are no activity in it.
    static let upkeep: Set<EventKind> = [
        .sessionAccessed, .sessionPruned, .sessionUnpruned, .messagePruned, .messageUnpruned,
        .sourceDeleted, .sourceRewritten, .sourceRenamed,
    ]
}

extension Event {
    /// Whether it is about how the session is kept, and no activity in it: such a kind, or that a rule of
    /// retention archived or ended the session, or else each step of a ladder of rules would put off
    /// the next one.
    var isUpkeep: Bool {
        switch kind {
        case .sessionArchived, .sessionExpired:
            (try? DataReader(self))?.string("rule") != nil
        default: EventKind.upkeep.contains(kind)
        }
    }
}

extension ConversationTree {
    /// Takes in that messages were put out of sight, or are in sight again. What is so already, and
    /// what the session does not have, is passed over.
    mutating func changeSight(_ event: Event) {
        guard let reader = try? DataReader(event), let named = reader.member("messages") else {
            return
        }
        let isPruning = event.kind == .messagePruned
        for element in reader.elements(of: named) {
            guard let place = prunedPlace(element, reader), messages[place].isPruned != isPruning
            else { continue }
            messages.update(place) { $0.takeSight(event) }
        }
    }

    /// The place of a message that such an event names by its id and its event: one that was erased
    /// since has no id any more.
    private func prunedPlace(_ element: JSONDocument.Node, _ reader: DataReader) -> Int? {
        let name = reader.string("message", of: element)
        let sequence = reader.integer("seq", of: element).flatMap { UInt64(exactly: $0) }
        if let sequence, let place = place(ofMessageAt: sequence),
            messages[place].isWithheld || name.map(messages[place].isNamed) == true
        {
            return place
        }
        return name.flatMap { self.place(of: $0) }
    }

    /// The messages that are out of sight, by their events' order.
    ///
    /// - Complexity: the messages.
    public var prunedMessages: [Message] { messages.filter(\.isPruned) }
}
