import SessionJournal

/// What a bisection asks about each state.
enum BisectQuestion {
    /// Any of these is true.
    case conditions([BisectCondition])
    /// A command of the shell says so.
    case command(String)

    /// The one question that stands on the command line.
    init(_ arguments: ParsedArguments) throws(UsageError) {
        var questions: [BisectQuestion] = []
        if let command = arguments.value("--run") { questions.append(.command(command)) }
        if let text = arguments.value("--contains") {
            questions.append(.conditions([.contains(text)]))
        }
        if let count = try arguments.number("--messages") {
            questions.append(.conditions([.messages(Int(clamping: count))]))
        }
        if arguments.has("--tool-error") { questions.append(.conditions([.toolError])) }
        if let field = arguments.value("--field") {
            questions.append(.conditions(try Self.field(field)))
        }
        guard questions.count == 1, let question = questions.first else {
            throw UsageError(
                message: """
                    bisect asks one thing: give one of --run, --field, --contains, --messages and \
                    --tool-error
                    """,
                command: arguments.command)
        }
        self = question
    }

    /// A value may be meant as JSON or as a text: `5` is both.
    private static func field(_ text: String) throws(UsageError) -> [BisectCondition] {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw UsageError(
                message: "\"\(text)\" is no NAME=VALUE; such as status=archived",
                command: BisectCommand.spec.name)
        }
        let name = String(text[..<equals])
        let value = String(text[text.index(after: equals)...])
        let parsed = try? JSONValue(parsing: value)
        return [.field(name, .string(value))] + (parsed.map { [.field(name, $0)] } ?? [])
    }

    func verdict(of state: BisectState, branch: String?) throws -> BisectVerdict {
        switch self {
        case .conditions(let conditions):
            let isTrue = conditions.contains { $0.verdict(of: state, branch: branch) == .bad }
            return isTrue ? .bad : .good
        case .command(let command):
            if let branch, state.session.tree.branch(branch) == nil { return .good }
            return try run(command, state.session, branch)
        }
    }

    private func run(
        _ command: String, _ state: SessionState, _ branch: String?
    ) throws -> BisectVerdict {
        var json: [UInt8] = []
        (state.json(branch: branch) ?? .null).write(to: &json)
        json.append(UInt8(ascii: "\n"))
        let status = try ShellCommand(
            command,
            environment: [
                ("SJOURNAL_SEQ", String(state.lastSequence)),
                ("SJOURNAL_SESSION", state.session?.hexadecimal ?? ""),
            ]
        ).run(input: json)
        switch status {
        case 0: return .good
        case 1...124: return .bad
        case 125: return .unknown
        default:
            throw Failure(
                .negative,
                """
                the command ended with status \(String(status)) at event \
                \(String(state.lastSequence)); 0 means not yet, 1 to 124 true, 125 cannot say
                """)
        }
    }
}
