/// A mistake on the command line: one line, exit code 2.
struct UsageError: Error, Equatable {
    let message: Shown
    /// The command whose help explains it, if one was recognised.
    var command: String?
}

/// What stood on the command line, by the names of its `CommandSpec`.
struct ParsedArguments: Sendable {
    let command: String
    fileprivate(set) var positionals: [String] = []
    fileprivate(set) var values: [String: [String]] = [:]
    fileprivate(set) var flags: Set<String> = []

    init(command: String) { self.command = command }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// The value of an option that stands once at most.
    func value(_ option: String) -> String? { values[option]?.last }

    /// The values of an option in their order.
    func all(_ option: String) -> [String] { values[option] ?? [] }

    /// A value that has to be a sequence number: a whole number from 1.
    func sequence(_ option: String) throws(UsageError) -> UInt64? {
        guard let text = value(option) else { return nil }
        guard let number = UInt64(text), number > 0 else {
            throw UsageError(
                message: """
                    "\(text)" is no sequence number for \(option); give a whole number from 1 on
                    """,
                command: command)
        }
        return number
    }

    /// A value that has to be a whole number from 1.
    func number(_ option: String) throws(UsageError) -> UInt64? {
        guard let text = value(option) else { return nil }
        guard let number = UInt64(text), number > 0 else {
            throw UsageError(
                message: "\"\(text)\" is no number for \(option); give a whole number from 1 on",
                command: command)
        }
        return number
    }

    mutating func add(_ positional: String) { positionals.append(positional) }

    mutating func set(_ flag: String) { flags.insert(flag) }

    mutating func add(_ value: String, to option: String) {
        values[option, default: []].append(value)
    }
}
