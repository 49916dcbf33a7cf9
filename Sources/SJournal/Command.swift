/// A word of the command line.
protocol Command: Sendable {
    static var spec: CommandSpec { get }

    /// Does the work, prints the answer and says how it went.
    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus
}

/// What a command may use of the process.
final class CommandContext {
    let console: Console
    let input: ByteInput
    /// The directory of the journal, existing or not.
    let journalPath: String
    /// In whose name to write where the command line names nobody.
    let principal: String

    init(console: Console, input: ByteInput, journalPath: String, principal: String) {
        self.principal = principal
        self.console = console
        self.input = input
        self.journalPath = journalPath
    }
}
