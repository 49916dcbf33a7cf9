import Glibc
import SessionJournal

/// `import --events`: stores another journal's lines byte for byte, in order.
struct EventLineImport {
    private static let batchLines = 4_096
    private static let batchBytes = 4 * 1024 * 1024

    private let context: CommandContext

    init(_ context: CommandContext) { self.context = context }

    /// Reads the paths, `-` for standard input, and stores their lines.
    func run(_ paths: [String]) async throws -> ImportTally {
        var inputs: [(name: String, input: ByteInput)] = []
        for path in paths {
            inputs.append(
                path == "-" ? ("standard input", context.input) : (path, try Self.open(path)))
        }
        let journal = try await JournalWriting.open(context)
        guard try await !journal.accessRules().isEnforced else {
            throw Failure(
                .denied,
                """
                this journal enforces rules of access, and lines that somebody else has written are \
                in anybody's name; import them into a journal of their own
                """)
        }
        var tally = ImportTally()
        var sessions: Set<SessionID> = []
        let progress = ProgressLine("importing", on: context.console)
        do {
            for (name, input) in inputs {
                tally.files += 1
                try await take(
                    input, named: name, into: journal, tally: &tally, sessions: &sessions,
                    progress: progress)
            }
        } catch {
            progress.finish()
            try? await journal.close()
            throw error
        }
        progress.finish()
        try await journal.close()
        tally.sessions = sessions.subtracting([.journal]).count
        return tally
    }

    private func take(
        _ input: ByteInput, named name: String, into journal: Journal, tally: inout ImportTally,
        sessions: inout Set<SessionID>, progress: ProgressLine
    ) async throws {
        var number = 0
        var batch: [[UInt8]] = []
        var bytes = 0
        var isAtEnd = false
        while !isAtEnd {
            if let line = try input.line() {
                batch.append(line)
                bytes += line.count
                number += 1
            } else {
                isAtEnd = true
            }
            guard isAtEnd || batch.count >= Self.batchLines || bytes >= Self.batchBytes else {
                continue
            }
            guard !batch.isEmpty else { break }
            for line in batch {
                if let event = try? Event(line: line) { sessions.insert(event.session) }
            }
            try await store(
                batch, first: number - batch.count + 1, of: name, in: journal, tally: &tally)
            tally.bytes += UInt64(bytes + batch.count)
            progress.update(.init(bytes: tally.bytes))
            batch.removeAll(keepingCapacity: true)
            bytes = 0
        }
    }

    /// Stores a batch. One that is refused is halved until the line is found that is to blame, so
    /// that the lines before it are stored and the message can name it.
    private func store(
        _ lines: [[UInt8]], first: Int, of name: String, in journal: Journal,
        tally: inout ImportTally
    ) async throws {
        var work = [lines[...]]
        while let next = work.popLast() {
            do {
                let receipt = try await journal.store.adopt(Array(next), durability: .durable)
                tally.lines += next.count
                tally.events += receipt.adopted
                tally.duplicates += receipt.duplicates
            } catch let error as JournalError where Self.blamesLine(error) {
                guard next.count == 1 else {
                    let middle = next.startIndex + next.count / 2
                    work.append(next[middle...])
                    work.append(next[..<middle])
                    continue
                }
                let place = first + next.startIndex
                throw Failure(.negative, "line \(place) of \(name): \(error.message)")
            }
        }
    }

    private static func blamesLine(_ error: JournalError) -> Bool {
        let codes: [JournalError.Code] = [
            .notContiguous, .invalidEvent, .unknownKind, .tooLarge, .sessionExists, .duplicateID,
            .conflict, .invalidArgument,
        ]
        return codes.contains(error.code)
    }

    private static func open(_ path: String) throws -> ByteInput {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let number = errno
            throw Failure(
                number == EACCES ? .denied : .negative,
                "\(path) cannot be read: \(SystemError.text(number))")
        }
        return ByteInput(descriptor: descriptor)
    }
}
