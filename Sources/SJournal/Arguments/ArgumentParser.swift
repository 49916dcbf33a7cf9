/// Reads a command line against the commands there are.
///
/// Options may stand anywhere, as `--name value`, `--name=value` or, for one letter, `-jDIR`; after
/// `--` everything is positional. A lone `-` is positional and means standard input.
struct ArgumentParser: Sendable {
    /// What the command line asks for.
    enum Request: Sendable {
        case run(ParsedArguments)
        /// `--help`, `help` or nothing at all: about a command, or about all.
        case help(command: String?)
        case version
    }

    let commands: [CommandSpec]

    /// The request in the arguments, the program's own name left out.
    func parse(_ arguments: [String]) throws(UsageError) -> Request {
        var reader = Reader(arguments: arguments)
        var early = ParsedArguments(command: "")
        var word: String?
        while word == nil, let argument = reader.next() {
            if argument == "--" { continue }
            if !argument.hasPrefix("-") || argument == "-" {
                word = argument
            } else if argument == CommandSpec.version.name {
                return .version
            } else {
                let options = CommandSpec.global + [CommandSpec.json]
                try option(argument, of: options, reader: &reader, into: &early, command: nil)
            }
        }
        guard let word else { return .help(command: nil) }
        if word == "help" { return try helpRequest(reader) }
        guard let spec = commands.first(where: { $0.name == word }) else {
            throw unknownCommand(word)
        }
        return try parse(spec, early: early, reader: reader)
    }

    private func parse(
        _ spec: CommandSpec, early: ParsedArguments, reader: Reader
    ) throws(UsageError) -> Request {
        var reader = reader
        var parsed = ParsedArguments(command: spec.name)
        for (name, values) in early.values { values.forEach { parsed.add($0, to: name) } }
        early.flags.forEach { parsed.set($0) }
        if parsed.has(CommandSpec.json.name), !spec.hasJSON {
            throw UsageError(message: "\(spec.name) has no --json", command: spec.name)
        }
        var isLiteral = false
        while let argument = reader.next() {
            if isLiteral || argument == "-" || !argument.hasPrefix("-") {
                parsed.add(argument)
            } else if argument == "--" {
                isLiteral = true
            } else {
                try option(
                    argument, of: spec.allOptions, reader: &reader, into: &parsed,
                    command: spec.name)
            }
        }
        if parsed.has(CommandSpec.help.name) { return .help(command: spec.name) }
        try checkPositionals(parsed, spec)
        return .run(parsed)
    }

    /// Reads one option, and its value if it has one.
    private func option(
        _ argument: String, of options: [OptionSpec], reader: inout Reader,
        into parsed: inout ParsedArguments, command: String?
    ) throws(UsageError) {
        var name = argument
        var attached: String?
        if argument.hasPrefix("--") {
            if let equals = argument.firstIndex(of: "=") {
                name = String(argument[..<equals])
                attached = String(argument[argument.index(after: equals)...])
            }
        } else if argument.count > 2 {
            name = String(argument.prefix(2))
            attached = String(argument.dropFirst(2))
        }
        guard let spec = options.first(where: { $0.name == name || $0.short == name }) else {
            throw unknownOption(name, options, command)
        }
        guard let valueName = spec.value else {
            guard attached == nil else {
                throw UsageError(message: "\(spec.name) takes no value", command: command)
            }
            parsed.set(spec.name)
            return
        }
        guard let value = attached ?? reader.nextValue() else {
            throw UsageError(
                message: "\(spec.name) needs a value: \(spec.name) \(valueName)", command: command)
        }
        guard spec.repeats || parsed.value(spec.name) == nil else {
            throw UsageError(message: "\(spec.name) stands twice; give it once", command: command)
        }
        parsed.add(value, to: spec.name)
    }

    private func checkPositionals(
        _ parsed: ParsedArguments, _ spec: CommandSpec
    ) throws(UsageError) {
        let given = parsed.positionals.count
        let needed = spec.positionals.filter { [.one, .many].contains($0.count) }.count
        if given < needed {
            let missing = spec.positionals[given].name
            throw UsageError(message: "\(spec.name) needs \(missing)", command: spec.name)
        }
        let takesMany = spec.positionals.contains { [.many, .any].contains($0.count) }
        if !takesMany, given > spec.positionals.count {
            let extra = parsed.positionals[spec.positionals.count]
            throw UsageError(
                message: "\(spec.name) does not take the argument \"\(extra)\"",
                command: spec.name)
        }
    }

    private func helpRequest(_ reader: Reader) throws(UsageError) -> Request {
        var reader = reader
        var topic: String?
        while let argument = reader.next() {
            if topic == nil, !argument.hasPrefix("-") {
                topic = argument
            } else if argument != "--help", argument != "-h" {
                throw UsageError(
                    message: "help explains one command at a time; \"\(argument)\" is too much")
            }
        }
        guard let topic, topic != "help" else { return .help(command: nil) }
        guard commands.contains(where: { $0.name == topic }) else { throw unknownCommand(topic) }
        return .help(command: topic)
    }

    private func unknownCommand(_ word: String) -> UsageError {
        let names = commands.map(\.name) + ["help"]
        guard let near = Suggestion.nearest(to: word, in: names) else {
            return UsageError(
                message: "there is no command \"\(word)\"; sjournal help lists them")
        }
        return UsageError(message: "there is no command \"\(word)\"; did you mean \(near)?")
    }

    private func unknownOption(
        _ name: String, _ options: [OptionSpec], _ command: String?
    ) -> UsageError {
        let of: Shown = command.map { "\($0) has" } ?? "there is"
        let names = options.flatMap { [$0.name] + ($0.short.map { [$0] } ?? []) }
        if let near = Suggestion.nearest(to: name, in: names) {
            return UsageError(
                message: "\(of) no option \"\(name)\"; did you mean \(near)?", command: command)
        }
        return UsageError(message: "\(of) no option \"\(name)\"", command: command)
    }

    /// The arguments not yet read.
    private struct Reader {
        let arguments: [String]
        var position = 0

        init(arguments: [String]) { self.arguments = arguments }

        mutating func next() -> String? {
            guard position < arguments.count else { return nil }
            position += 1
            return arguments[position - 1]
        }

        /// The next argument if it can be a value: another option is none.
        mutating func nextValue() -> String? {
            guard position < arguments.count, !arguments[position].hasPrefix("--") else {
                return nil
            }
            return next()
        }
    }
}
