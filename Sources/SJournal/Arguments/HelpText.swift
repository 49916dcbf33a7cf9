/// The help, laid out from the specs.
enum HelpText {
    private static let indentColumns = 2

    /// What `sjournal help` prints.
    static func overview(_ commands: [CommandSpec], columns: Int) -> [Shown] {
        var lines: [Shown] = [
            "\("sjournal", .title): a journal of sessions that forgets nothing by itself", "",
            "Usage: sjournal [-j DIR] COMMAND …", "",
        ]
        let width = (commands.map(\.name.count).max() ?? 0) + indentColumns
        for command in commands {
            lines += entry(
                Shown(command.name, .name), command.summary, at: width + indentColumns,
                columns: columns)
        }
        lines.append("")
        lines += options(CommandSpec.global + [CommandSpec.version], columns)
        lines += ["", "sjournal help COMMAND explains a command and shows examples."]
        return lines
    }

    /// What `sjournal help COMMAND` prints.
    static func page(_ spec: CommandSpec, columns: Int) -> [Shown] {
        var lines = paragraph(spec.summary, columns)
        lines += ["", "Usage: \(spec.usage, .title)"].flatMap { wrappedUsage($0, columns) }
        for detail in spec.details { lines += [""] + paragraph(detail, columns) }
        if !spec.positionals.isEmpty {
            lines.append("")
            let width = spec.positionals.map(\.name.count).max() ?? 0
            for positional in spec.positionals {
                lines += entry(
                    Shown(positional.name, .name), positional.help,
                    at: width + indentColumns * 2, columns: columns)
            }
        }
        lines.append("")
        lines += options(spec.allOptions, columns)
        if !spec.examples.isEmpty {
            lines += ["", "\("Examples", .title)"]
            for example in spec.examples {
                lines.append("  \(example.command, .name)")
                lines += paragraph(example.meaning, columns - 6).map { "      " + $0 }
            }
        }
        return lines
    }

    private static func options(_ options: [OptionSpec], _ columns: Int) -> [Shown] {
        let names = options.map { option in
            (option.short.map { "\($0), " } ?? "") + option.name
                + (option.value.map { " \($0)" } ?? "")
        }
        let width = (names.map(\.count).max() ?? 0) + indentColumns * 2
        return zip(options, names).flatMap { option, name in
            entry(Shown(name, .name), option.help, at: width, columns: columns)
        }
    }

    /// A name, and beside it what it means.
    private static func entry(
        _ name: Shown, _ text: String, at column: Int, columns: Int
    ) -> [Shown] {
        let texts = paragraph(text, max(columns - column, 20))
        return texts.enumerated().map { index, text in
            let left: Shown = index == 0 ? .spaces(indentColumns) + name : ""
            return left.padded(to: column) + text
        }
    }

    private static func paragraph(_ text: String, _ columns: Int) -> [Shown] {
        Wrapping.wrapped(text, to: columns).lines.map { Shown($0) }
    }

    private static func wrappedUsage(_ usage: Shown, _ columns: Int) -> [Shown] {
        guard usage.width > columns else { return [usage] }
        let text = usage.rendered(isColoured: false)
        let lines = Wrapping.wrapped(text, to: columns - 4).lines
        return lines.enumerated().map { $0.offset == 0 ? Shown($0.element) : "    \($0.element)" }
    }
}
