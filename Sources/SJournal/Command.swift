import SessionJournal
import Synchronization

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
    /// Where the journal writes its log, where the command line asks for one.
    let log: LogSink?
    private let opened = Mutex<[Journal]>([])
    /// The variables of the environment that mean something to a command.
    var environment: [String: String] = [:]
    /// The file of the key that signs, where the environment names one.
    var keyPath: String?
    /// In whose name to write where the command line names nobody, and to read.
    let principal: String
    /// What stands on the command line.
    let arguments: ParsedArguments
    /// Where the master key of encrypted sessions comes from; nil where nobody names one.
    let key: KeyRequest?

    init(
        console: Console, input: ByteInput, journalPath: String, principal: String,
        arguments: ParsedArguments, log: LogSink?, key: KeyRequest?
    ) throws {
        self.key = key
        options = JournalOptions()
        options.log = log
        options.archives = arguments.all(CommandSpec.attach.name)
        try key?.unlock(&options)
        self.principal = principal
        self.arguments = arguments
        self.log = log
        self.console = console
        self.input = input
        self.journalPath = journalPath
    }

    /// How the journal is opened.
    var journalOptions: JournalOptions { options }

    private var options: JournalOptions

    /// Has a journal closed when the command is over, whatever became of it: closing hands over what
    /// is left of the log.
    func closeAtEnd(_ journal: Journal) { opened.withLock { $0.append(journal) } }

    /// Closes what is still open. What a command has written it closes itself, to hear of errors.
    func closeAll() async {
        for journal in opened.withLock({ $0 }) { try? await journal.close() }
    }
}
