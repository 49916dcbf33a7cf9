import SessionJournal

/// The value of `--at`.
enum PointArgument {
    /// The point in time that the arguments ask for; now if they name none.
    static func parse(_ arguments: ParsedArguments) throws(UsageError) -> PointInTime {
        guard let text = arguments.value("--at") else { return .now }
        do {
            return try PointInTime(parsing: text)
        } catch {
            throw UsageError(message: "\(error.message)", command: arguments.command)
        }
    }
}
