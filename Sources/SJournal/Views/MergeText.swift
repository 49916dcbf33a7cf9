import SessionJournal

/// What a merge does, or would do, in lines for people.
enum MergeText {
    /// The lines of a preview, none wider than the columns.
    static func lines(_ preview: MergePreview, columns: Int) -> [Shown] {
        if preview.isUpToDate { return ["nothing is to be merged"] }
        var lines: [Shown] = [
            "would merge \(preview.source, .title) into \(preview.target, .title): "
                + summary(preview)
        ]
        for message in preview.messages {
            let left: Shown = "  + \(message.role?.rawValue ?? "message", .quiet)  "
            lines.append(
                left + Shown(Wrapping.flattened(message.preview(200), limit: columns)))
        }
        for field in preview.metadata {
            lines.append("  \(field.name, .name) = \(field.value.description)")
        }
        for edit in preview.edits {
            lines.append("  edit of \(edit.message, .name), event \(String(edit.sequence))")
        }
        for conflict in preview.conflicts {
            let taken: Shown =
                conflict.taken.map { "takes \($0.rawValue)" } ?? "\("undecided", .warning)"
            let line: Shown = "  ! \(conflict.name, .name): ours \(conflict.ours.description), "
            let rest: Shown = "theirs \(conflict.theirs.description); "
            lines.append(line + rest + taken)
        }
        return lines.map { $0.elided(to: columns) }
    }

    /// How many of what.
    static func summary(_ preview: MergePreview) -> Shown {
        var words: Shown = "\(Numbers.counted(preview.messages.count, "message"))"
        if !preview.metadata.isEmpty {
            words += ", \(Numbers.counted(preview.metadata.count, "field"))"
        }
        if !preview.edits.isEmpty {
            words += ", \(Numbers.counted(preview.edits.count, "edit"))"
        }
        if !preview.conflicts.isEmpty {
            words += ", \(Numbers.counted(preview.conflicts.count, "conflict"))"
        }
        return words
    }
}
