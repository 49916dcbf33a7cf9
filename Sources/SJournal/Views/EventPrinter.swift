import SessionJournal

/// Prints events one a line: as stored, or for people.
struct EventPrinter {
    let console: Console
    let isJSON: Bool

    private static let sequenceColumns = 6
    private static let kindColumns = 16
    private static let whoColumns = 12

    func print(_ event: Event) throws {
        if isJSON {
            try console.json(event.line)
        } else {
            try console.line(text(event).elided(to: console.columns))
        }
    }

    private func text(_ event: Event) -> Shown {
        let sequence = Shown(String(event.sequence)).padded(to: Self.sequenceColumns, right: true)
        let time = TimeText.seconds(event.moment)
        var line: Shown = "\(sequence)  \(time, .quiet)  "
        let kind = Shown(event.kind.rawValue, .name).elided(to: Self.kindColumns)
        line += kind.padded(to: Self.kindColumns) + "  "
        // In an imported session one actor wrote all of it; who said it there tells more.
        let who = Shown(event.onBehalf ?? event.actor ?? "", .quiet).elided(to: Self.whoColumns)
        line += who.padded(to: Self.whoColumns) + "  "
        if let branch = event.branch, branch != "main" { line += "\(branch, .title)  " }
        return line + Shown(summary(event))
    }

    private func summary(_ event: Event) -> String {
        if event.isWithheld { return "withheld" }
        if event.isCompacted { return "compacted" }
        guard let data = try? event.data() else { return "its data cannot be read" }
        return Wrapping.flattened(EventSummary.words(event.kind, data), limit: console.columns)
    }
}
