import SessionJournal

/// Blame and history in lines for people.
struct BlameText {
    let columns: Int
    private static let labelColumns = 12
    private static let widestValue = 200

    /// All fields, one a line.
    func table(_ blames: [FieldBlame]) -> [Shown] {
        var table = Table([
            .init(title: "field"), .init(title: "value", isFlexible: true),
            .init(title: "event", isRight: true), .init(title: "when"), .init(title: "who"),
        ])
        for blame in blames {
            let doubt: Shown = blame.withheldAfter.isEmpty ? "" : "\("?", .warning)"
            table.add([
                Shown(blame.field, .name).elided(to: 24), Shown(value(blame.current)) + doubt,
                Shown(String(blame.current.sequence)), "\(time(blame.current), .quiet)",
                Shown(blame.current.actor ?? "").elided(to: 18),
            ])
        }
        return table.lines(width: columns)
    }

    /// One field in full.
    func lines(_ blame: FieldBlame) -> [Shown] {
        let current = blame.current
        var lines: [Shown] = [
            entry(Shown(blame.field, .name), Shown(value(current))),
            entry("set by", who(current)),
        ]
        if let reason = UndoneWords.why(current.undoes, current.reason) {
            lines.append(entry("why", Shown(Wrapping.flattened(reason))))
        }
        lines += origin(blame.origin)
        for sequence in blame.withheldAfter {
            lines.append(
                entry("withheld", "event \(String(sequence)) may have set it; nobody can say"))
        }
        if !blame.earlier.isEmpty {
            lines.append("")
            let count = blame.earlierCount - blame.earlier.count
            if count > 0 {
                lines.append("(\(count) more before these: sjournal history SESSION FIELD)")
            }
            lines += history(blame.earlier)
        }
        return lines.map { $0.elided(to: columns) }
    }

    /// The events of a message.
    func lines(_ blame: MessageBlame) -> [Shown] {
        var lines = [entry("message", "\(Wrapping.flattened(blame.message), .name)")]
        lines += origin(blame.origin)
        lines.append("")
        var table = Table([
            .init(title: "event", isRight: true), .init(title: "when"), .init(title: "what"),
            .init(title: "who"), .init(title: "why", isFlexible: true),
        ])
        for event in blame.events {
            table.add([
                Shown(String(event.sequence)), "\(TimeText.seconds(event.moment), .quiet)",
                "\(event.kind.rawValue, .name)",
                Shown(event.isWithheld ? "(withheld)" : event.actor ?? "").elided(to: 18),
                "\(Wrapping.flattened(UndoneWords.why(event.undoneSequence, event.reason) ?? ""))",
            ])
        }
        return (lines + table.lines(width: columns)).map { $0.elided(to: columns) }
    }

    /// Values in order, one a line.
    func history(_ values: [FieldValue]) -> [Shown] {
        var table = Table([
            .init(title: "event", isRight: true), .init(title: "when"),
            .init(title: "value", isFlexible: true), .init(title: "who"), .init(title: "why"),
        ])
        for item in values {
            table.add([
                Shown(String(item.sequence)), "\(time(item), .quiet)", Shown(value(item)),
                Shown(item.isWithheld ? "(withheld)" : item.actor ?? "").elided(to: 18),
                Shown(Wrapping.flattened(UndoneWords.why(item.undoes, item.reason) ?? "")).elided(
                    to: max(columns / 4, 12)),
            ])
        }
        return table.lines(width: columns).map { $0.elided(to: columns) }
    }

    private func origin(_ origin: ChangeOrigin?) -> [Shown] {
        guard let origin else { return [entry("led to by", "\("nothing on record", .quiet)")] }
        let basis: Shown =
            origin.basis == .cause ? "named as the cause" : "the last before it, no cause is named"
        var lines: [Shown] = []
        if let message = origin.message {
            let role = message.role?.rawValue ?? "unknown"
            let words = Wrapping.flattened(message.preview, limit: 80)
            let said: Shown = words.isEmpty ? "" : ": \(words)"
            lines.append(
                entry(
                    lines.isEmpty ? "led to by" : "",
                    "message of event \(String(message.sequence)), "
                        + Shown(role, ConversationText.style(ofRole: role)) + said))
        }
        if let call = origin.toolCall {
            let name = [call.name, call.call].compactMap { $0 }.joined(separator: " ")
            lines.append(
                entry(
                    lines.isEmpty ? "led to by" : "",
                    "tool call \(Wrapping.flattened(name), .tool) of event \(String(call.sequence))"
                ))
        }
        return lines + [entry("", "(" + basis + ")")]
    }

    private func who(_ value: FieldValue) -> Shown {
        let branch: Shown = value.branch == EventDraft.mainBranch ? "" : " on \(value.branch)"
        let behalf: Shown = value.onBehalf.map { " for \($0)" } ?? ""
        return "\(value.actor ?? "(withheld)")" + behalf
            + ", event \(String(value.sequence)), \(time(value))" + branch
    }

    private func entry(_ label: Shown, _ text: Shown) -> Shown {
        label.styled(.quiet).padded(to: Self.labelColumns) + " " + text
    }

    private func value(_ item: FieldValue) -> String {
        item.isWithheld
            ? "(withheld)" : Wrapping.flattened(item.value.description, limit: Self.widestValue)
    }

    private func time(_ item: FieldValue) -> String { TimeText.seconds(item.occurred ?? item.time) }
}
