import Glibc
import SessionJournal

/// Writes the log of a journal, to standard error or to a file, line by line.
final class LogSink: JournalLog {
    let levels: JournalLogLevels
    private let format: LogRequest.Format
    private let target: Target

    private enum Target {
        case console(Console)
        /// An open file, for as long as the process lives.
        case file(ByteOutput)
    }

    /// Whether it is written on standard error.
    var isOnConsole: Bool {
        if case .console = target { true } else { false }
    }

    /// - Throws: ``Failure`` where the file cannot be opened.
    init(_ request: LogRequest, console: Console) throws(Failure) {
        levels = request.levels
        format = request.format
        guard let path = request.path else {
            target = .console(console)
            return
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let number = errno
            throw Failure(
                SystemError.isDenial(number) ? .denied : .damaged,
                """
                the log cannot be written to \(path): \(SystemError.text(number)); name another \
                file with --log-to
                """)
        }
        target = .file(ByteOutput(descriptor: descriptor))
    }

    /// Writes an entry at once. A log that cannot be written is let be: the answer matters more.
    func write(_ entry: JournalLogEntry) {
        guard levels.admits(entry.level, entry.category) else { return }
        switch target {
        case .console(let console):
            switch format {
            case .text: console.note(Self.text(entry))
            case .json:
                let bytes = Array(Self.json(entry).description.utf8)
                try? console.errors.write(Escaping.escapedJSON(bytes) + [UInt8(ascii: "\n")])
                try? console.errors.flush()
            }
        case .file(let output):
            let line =
                switch format {
                case .text: Self.text(entry).rendered(isColoured: false)
                case .json: Self.json(entry).description
                }
            try? output.write((line + "\n").utf8)
            try? output.flush()
        }
    }

    /// `2026-11-21T01:02:03.123456Z info    lifecycle    open microseconds=812`.
    static func text(_ entry: JournalLogEntry) -> Shown {
        var line: Shown = "\(entry.time.description) "
        let level = Shown(entry.level.name)
        line += level.styled(entry.level >= .warning ? .bad : .quiet).padded(to: levelColumns)
        line += Shown(entry.category.rawValue).padded(to: categoryColumns) + "\(entry.message)"
        for member in entry.fields where member.name != "operation" {
            let value = member.value.string ?? member.value.description
            let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" }
            line += " " + Shown(member.name + "=", .quiet)
            line += Shown(isPlain ? value : JSONValue.string(value).description)
        }
        return line
    }

    /// One object a line: `time`, `level`, `category`, `message`, and what the entry has to say.
    static func json(_ entry: JournalLogEntry) -> JSONValue {
        var object: JSONObject = [
            "time": .string(entry.time.description), "level": .string(entry.level.name),
            "category": .string(entry.category.rawValue), "message": .string(entry.message),
        ]
        for member in entry.fields { object.append(member.name, member.value) }
        return .object(object)
    }

    private static let levelColumns = 8
    private static let categoryColumns = 12
}
