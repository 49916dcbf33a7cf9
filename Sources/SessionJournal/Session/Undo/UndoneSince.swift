/// What was undone after an act: what was built upon the act and taken away again is no longer in
/// the way of its own undo.
struct UndoneSince {
    /// The events that undo others, and those that they undo.
    private var undoes: [UInt64: UInt64] = [:]
    /// The events that let a message say what it said before, and the events that it was from.
    private var restores: [UInt64: UInt64] = [:]

    /// What the kinds of event are that can undo another.
    static let kinds = Set(UndoRule.all.flatMap(\.by))

    mutating func take(_ event: Event) {
        guard let undone = event.undoneSequence else { return }
        undoes[event.sequence] = undone
        guard event.kind == .messageEdited, let reader = try? DataReader(event),
            let text = reader.integer("restores").flatMap({ UInt64(exactly: $0) })
        else { return }
        restores[event.sequence] = text
    }

    /// Whether what an event gave holds, by that event or by the undo of what came after it. The
    /// caller sees to it that the value is the same.
    func holds(_ given: UInt64, by current: UInt64, after act: UInt64) -> Bool {
        given == current || undoes[current] ?? 0 > act
    }

    /// The event that a text is from, seen through the undos that brought it back.
    func text(of sequence: UInt64) -> UInt64 {
        var sequence = sequence
        while let earlier = restores[sequence], earlier < sequence { sequence = earlier }
        return sequence
    }
}
