import Glibc
import SessionJournal
import Transcripts

/// The program: from arguments to an exit status.
final class Tool {
    static let version = "0.1.0"

    static let commands: [any Command.Type] = [
        InitCommand.self, ImportCommand.self, WatchCommand.self, NewCommand.self, SetCommand.self,
        ArchiveCommand.self, UnarchiveCommand.self, DeleteCommand.self, UndeleteCommand.self,
        ResumeCommand.self, TouchCommand.self, ExtendCommand.self, ExpireCommand.self,
        TerminateCommand.self, LimitsCommand.self,
        FieldsCommand.self, FieldDeclareCommand.self, TemplatesCommand.self, SessionsCommand.self,
        ShowCommand.self,
        LogCommand.self, TreeCommand.self, TuiCommand.self, AuditCommand.self, LabelCommand.self,
        DiffCommand.self, BlameCommand.self, HistoryCommand.self, BisectCommand.self,
        ReplayCommand.self, WhatIfCommand.self, StatsCommand.self,
        SealCommand.self, CompactCommand.self, MaintainCommand.self, SnapshotCommand.self,
        VerifyCommand.self, RepairCommand.self,
        CheckpointCommand.self, KeyCommand.self, ProveCommand.self, DiscloseCommand.self,
        WitnessCommand.self, ReportCommand.self,
        HoldCommand.self, ScanCommand.self, RedactCommand.self, EraseCommand.self,
        ErasuresCommand.self, AccessCommand.self,
        BackupCommand.self,
        RestoreCommand.self, HealthCommand.self, CopyCommand.self, ExportCommand.self,
        UsageCommand.self, SearchCommand.self, SQLCommand.self,
        SayCommand.self, EditCommand.self, RemoveCommand.self, AnnotateCommand.self,
        CloneCommand.self, SummarizeCommand.self, WindowCommand.self, PruneCommand.self,
        RetainCommand.self,
        BranchCommand.self, SwitchCommand.self, RewindCommand.self, MergeCommand.self,
        ClearCommand.self, UndoCommand.self, RevertCommand.self, KeyringCommand.self,
    ]

    private let console: Console
    private let environment: [String: String]
    private let input: ByteInput

    init(console: Console, environment: [String: String], input: ByteInput) {
        self.console = console
        self.environment = environment
        self.input = input
    }

    /// Runs one command line, the program's own name left out.
    func run(_ arguments: [String]) async -> ExitStatus {
        do {
            let status = try await answer(arguments)
            try console.output.flush()
            return status
        } catch {
            return report(error)
        }
    }

    private func answer(_ arguments: [String]) async throws -> ExitStatus {
        let specs = Self.commands.map { $0.spec }
        switch try ArgumentParser(commands: specs).parse(arguments) {
        case .version:
            try console.line("sjournal \(Self.version)")
        case .help(nil):
            for line in HelpText.overview(specs, columns: console.columns) {
                try console.line(line)
            }
        case .help(let name?):
            guard let spec = specs.first(where: { $0.name == name }) else { break }
            for line in HelpText.page(spec, columns: console.columns) { try console.line(line) }
        case .run(let parsed):
            guard let command = Self.commands.first(where: { $0.spec.name == parsed.command })
            else { break }
            let path = try JournalPath.resolve(
                option: parsed.value(CommandSpec.journal.name), environment: environment)
            let log = try LogRequest(parsed).map { request throws(Failure) in
                try LogSink(request, console: console)
            }
            let context = try CommandContext(
                console: console, input: input, journalPath: path,
                principal: environment["SJOURNAL_ACTOR"].flatMap { $0.isEmpty ? nil : $0 }
                    ?? "user:" + userName(), arguments: parsed, log: log,
                key: try KeyRequest(parsed, environment: environment))
            context.environment = environment
            context.keyPath = environment[EvidenceFiles.keyVariable].flatMap {
                $0.isEmpty ? nil : $0
            }
            do {
                let status = try await command.run(parsed, in: context)
                await context.closeAll()
                return status
            } catch {
                await context.closeAll()
                throw error
            }
        }
        return .done
    }

    /// The login name.
    private func userName() -> String {
        for name in ["USER", "LOGNAME"] {
            if let user = environment[name], !user.isEmpty { return user }
        }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "unknown"
    }

    /// Says on standard error what went wrong, and gives the status that goes with it. What was
    /// already answered is printed first.
    private func report(_ error: any Error) -> ExitStatus {
        var error = error
        if !(error is OutputFailure) {
            do { try console.output.flush() } catch let failure { error = failure }
        }
        if case OutputFailure.readerGone = error { return .done }
        let failure = Failure(explaining: error)
        console.note("\("sjournal:", .bad) \(failure.message)")
        return failure.status
    }

    /// The environment of the process.
    static func processEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        for name in JournalPath.environmentNames + [
            EvidenceFiles.keyVariable, "NO_COLOR", "TERM", "USER", "LOGNAME", "SJOURNAL_ACTOR",
        ] + AgentFolder.variables {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
