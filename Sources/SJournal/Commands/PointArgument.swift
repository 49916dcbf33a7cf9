import SessionJournal

/// A point in time as a command line gives it.
enum PointArgument {
    /// The point that `--at` asks for; now where it does not stand there.
    static func parse(_ arguments: ParsedArguments) throws(UsageError) -> PointInTime {
        try parse(option: "--at", of: arguments) ?? .now
    }

    /// The point that an option asks for; nil where it does not stand there.
    static func parse(
        option: String, of arguments: ParsedArguments
    ) throws(UsageError) -> PointInTime? {
        guard let text = arguments.value(option) else { return nil }
        return try parse(text, command: arguments.command)
    }

    /// The point of a text. A word that begins with a letter and is none of the other forms is a
    /// label; for any other name there is `label:NAME`.
    static func parse(_ text: String, command: String) throws(UsageError) -> PointInTime {
        do {
            return try PointInTime(parsing: text)
        } catch {
            let isForm = ["label:", "recorded:"].contains { text.hasPrefix($0) }
            if !isForm, let first = text.first, first.isLetter { return .label(text) }
            throw UsageError(message: "\(error.message)", command: command)
        }
    }
}
