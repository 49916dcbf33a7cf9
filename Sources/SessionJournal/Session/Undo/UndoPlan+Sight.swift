extension UndoPlan {
    /// What brings a session, or messages, back into sight, or out of it again.
    func earlierSight(_ step: Step) throws(JournalError) -> [EventDraft] {
        switch step.event.kind {
        case .sessionPruned, .sessionUnpruned: try earlierSightOfSession(step)
        default: try earlierSightOfMessages(step)
        }
    }

    /// What an undo says that puts something out of sight.
    private static let note: JSONObject = ["strategy": "undo", "rule": "undo"]

    private func earlierSightOfSession(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard (step.before.prunedSequence == nil) != (step.after.prunedSequence == nil) else {
            return []
        }
        guard (now.prunedSequence == nil) == (step.after.prunedSequence == nil) else {
            throw step.refused(
                now.prunedSequence.map { "event \($0) put the session out of sight since" }
                    ?? "the session is in sight again")
        }
        if let pruned = now.prunedSequence {
            return [EventDraft(.sessionUnpruned, data: ["pruned": JSONValue(pruned)])]
        }
        guard now.lastActive == step.after.lastActive else {
            throw step.refused("the session was used since")
        }
        return [EventDraft(.sessionPruned, data: EventData(Self.note))]
    }

    private func earlierSightOfMessages(_ step: Step) throws(JournalError) -> [EventDraft] {
        let wasPruned = step.event.kind == .messagePruned
        var named: [JSONValue] = []
        for place in step.after.tree.messages.indices {
            let message = step.after.tree.messages[place]
            guard message.isPruned != step.before.tree.messages[place].isPruned else { continue }
            guard now.tree.messages[place].isPruned == message.isPruned else {
                throw step.refused(
                    "message \(message.id) was \(wasPruned ? "brought back" : "pruned") since")
            }
            named.append(["message": .string(message.id), "seq": JSONValue(message.sequence)])
        }
        guard !named.isEmpty else { return [] }
        var data: JSONObject = wasPruned ? [:] : Self.note
        data["messages"] = .array(named)
        return [
            EventDraft(wasPruned ? .messageUnpruned : .messagePruned, data: EventData(data))
        ]
    }
}
