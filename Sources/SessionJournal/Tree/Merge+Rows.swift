extension Merge: PagedElement {
    // A merge that cannot be read has the row that it had, but for the hash of its name.
    var lost: LostRow? { nil }

    var names: [String] { [id] }

    func isNamed(_ name: String) -> Bool { id == name }

    var row: PageRow {
        var row = PageRow(sequences: [sequence])
        var rest: JSONObject = [:]
        rest["head"] = targetHead?.json
        // What is left of a merge after a rewind is said by no event of its own.
        if let source = cutMerge {
            rest.append("of", .string(source))
            rest.append("target", .string(target))
            rest["base"] = base?.json
            rest.append("messages", .array(messages.map { .string($0) }))
        }
        if !rest.isEmpty { row.rest = .object(rest) }
        return row
    }

    init?(_ row: PageRow, from events: [Event], isName: (String) -> Bool) {
        guard let event = events.first, let reader = try? DataReader(event) else { return nil }
        let head = MessageReference(row.rest?["head"])
        if let source = row.rest?["of"]?.string, let id = reader.string("merge") {
            let messages = row.rest?["messages"]?.array?.compactMap(\.string) ?? []
            self.init(
                cutting: source, id: id, by: event, target: row.rest?["target"]?.string ?? "",
                targetHead: head, base: MessageReference(row.rest?["base"]), messages: messages)
        } else {
            self.init(event, reader, session: event.session, targetHead: head)
        }
    }

    init(unreadable row: PageRow) {
        self.init(
            id: "@\(row.sequences[0])", sequence: row.sequences[0], time: .earliest, actor: nil,
            reason: nil, target: EventDraft.mainBranch,
            targetHead: MessageReference(row.rest?["head"]), source: nil, sourceHead: nil,
            base: nil,
            messages: [], metadata: [:], edits: [:], conflicts: [], sameMetadata: [:],
            sameEdits: [:], isThreeWay: false, cutMerge: nil)
    }
}
