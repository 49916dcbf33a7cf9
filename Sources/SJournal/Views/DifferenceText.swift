import SessionJournal

/// A difference in lines for people.
struct DifferenceText {
    private let change: SessionDifference
    private let columns: Int
    private static let nameColumns = 14...28
    private static let roleColumns = 11
    private static let idColumns = 12

    init(_ change: SessionDifference, columns: Int) {
        self.change = change
        self.columns = columns
    }

    /// The lines, none wider than the columns.
    func lines() -> [Shown] {
        var lines: [Shown] = [heading]
        if let base = change.base {
            lines.append("common ancestor: message \(Wrapping.flattened(base.message), .name)")
        }
        if change.isEmpty { lines.append("nothing differs") }
        if !change.fields.isEmpty { lines += ["", "\("metadata", .title)"] + fields }
        let messages = self.messages
        if !messages.isEmpty { lines += ["", "\("messages", .title)"] + messages }
        let branches = self.branches
        if !branches.isEmpty { lines += ["", "\("branches", .title)"] + branches }
        return lines.map { $0.elided(to: columns) }
    }

    private var heading: Shown {
        func side(_ side: SessionDifference.Side) -> Shown {
            var words: Shown =
                side.sequence == 0 ? "nothing yet" : "event \(String(side.sequence))"
            if let branch = side.branch { words += " on \(branch, .name)" }
            if change.old.session != change.new.session, let session = side.session {
                words += " of \(String(session.hexadecimal.prefix(12)), .name)"
            }
            return words
        }
        return "from " + side(change.old) + " to " + side(change.new)
    }

    private var fields: [Shown] {
        let widest = change.fields.map { Shown($0.name).width }.max() ?? 0
        let columns = min(
            max(widest, Self.nameColumns.lowerBound), Self.nameColumns.upperBound)
        return change.fields.map { field in
            // The end of a name says most: fields of one tool or service begin alike.
            let name = Shown.ending(field.name, columns: columns).styled(.name)
            var line: Shown = "  " + name.padded(to: columns) + " "
            if let added = field.added, let removed = field.removed {
                for value in added { line += " \("+" + value.description, .good)" }
                for value in removed { line += " \("-" + value.description, .bad)" }
                return line
            }
            line += " \(words(field.old), .quiet) → "
            return line + Shown(words(field.new))
        }
    }

    private func words(_ value: JSONValue?) -> String {
        value.map { Wrapping.flattened($0.description, limit: 200) } ?? "(not there)"
    }

    private var messages: [Shown] {
        var lines: [Shown] = []
        for message in change.removed { lines.append(line("\("-", .bad)", message)) }
        for message in change.added { lines.append(line("\("+", .good)", message)) }
        for pair in change.edited {
            lines.append(line("\("~", .warning)", pair.old))
            lines.append(
                .spaces(2 + Self.roleColumns) + "\("→", .warning) "
                    + Shown(Self.words(of: pair.new)))
        }
        if !change.renamed.isEmpty {
            let count = Numbers.counted(change.renamed.count, "message")
            lines.append("  \("= \(count) the same under another id", .quiet)")
        }
        return lines
    }

    private func line(_ mark: Shown, _ message: Message) -> Shown {
        let role = message.role?.rawValue ?? "unknown"
        let who = Shown(role, ConversationText.style(ofRole: role)).elided(to: Self.roleColumns)
        let place: Shown = "\("#" + String(message.sequence), .quiet)  "
        return "  " + mark + " " + who.padded(to: Self.roleColumns) + place
            + Shown(Self.words(of: message))
    }

    /// What a message says, on one line.
    static func words(of message: Message) -> String {
        guard let content = message.content() else { return "(withheld)" }
        return Wrapping.flattened(
            EventSummary.message(["parts": .array(content)]), limit: 200)
    }

    private var branches: [Shown] {
        var lines: [Shown] = []
        for branch in change.branchesRemoved {
            lines.append("  \("-", .bad) \(branch.name, .name)")
        }
        for branch in change.branchesAdded {
            let from: Shown = branch.parent.map { "  from \($0)" } ?? ""
            lines.append("  \("+", .good) \(branch.name, .name)" + from)
        }
        for move in change.moved {
            let (old, new) = (head(move.old), head(move.new))
            lines.append("  \(">", .warning) \(move.branch, .name)  " + old + " → " + new)
        }
        if let current = change.current {
            lines.append("  current: \(current.old, .quiet) → \(current.new, .name)")
        }
        return lines
    }

    private func head(_ reference: MessageReference?) -> Shown {
        guard let reference else { return "\("no message", .quiet)" }
        return Shown(reference.message).elided(to: Self.idColumns)
    }
}
