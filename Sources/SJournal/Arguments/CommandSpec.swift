/// An option that a command understands.
struct OptionSpec: Sendable {
    /// With its dashes: `--at`.
    let name: String
    /// One dash and a letter: `-j`.
    var short: String?
    /// What its value is called in the help (`POINT`); nil for an option without a value.
    var value: String?
    /// Whether it may stand more than once.
    var repeats = false
    let help: String
}

/// An argument without a dash.
struct PositionalSpec: Sendable {
    /// `many` is one or more, `any` none or more.
    enum Count: Sendable { case one, optional, many, any }

    /// As the help calls it: `SESSION`.
    let name: String
    let count: Count
    let help: String

    /// As the usage line shows it: `SESSION`, `[SESSION]`, `PATH…`, `[PATH…]`.
    var usage: String {
        switch count {
        case .one: name
        case .optional: "[\(name)]"
        case .many: "\(name)…"
        case .any: "[\(name)…]"
        }
    }
}

/// A command: its name, its arguments and what its help says.
struct CommandSpec: Sendable {
    struct Example: Sendable {
        let command: String
        let meaning: String
    }

    let name: String
    /// One line for the list of commands.
    let summary: String
    var positionals: [PositionalSpec] = []
    var options: [OptionSpec] = []
    /// Whether the command answers in JSON too.
    var hasJSON = false
    /// Paragraphs below the summary.
    var details: [String] = []
    var examples: [Example] = []

    /// The command's own options and those that every command has.
    var allOptions: [OptionSpec] {
        options + (hasJSON ? [Self.json] : []) + Self.global
    }

    /// `sjournal show SESSION [--at POINT] [--json]`.
    var usage: String {
        let positionals = positionals.map(\.usage)
        let options = (options + (hasJSON ? [Self.json] : [])).map { option in
            let text = option.value.map { "\(option.name) \($0)" } ?? option.name
            return "[\(text)]" + (option.repeats ? "…" : "")
        }
        return (["sjournal", name] + positionals + options).joined(separator: " ")
    }

    static let json = OptionSpec(
        name: "--json", help: "Answer in JSON, stable for scripts.")
    static let journal = OptionSpec(
        name: "--journal", short: "-j", value: "DIR",
        help: "The journal. Else $SJOURNAL_DIR, else $XDG_DATA_HOME/sjournal.")
    static let attach = OptionSpec(
        name: "--attach", value: "DIR", repeats: true,
        help: "Read what was compacted from this archive of sjournal compact.")
    static let help = OptionSpec(name: "--help", short: "-h", help: "Explain the command.")
    static let version = OptionSpec(name: "--version", help: "Print the version.")

    /// Options that may stand before the command as well as after it.
    static let global = [
        journal, attach, .keyFile, .passphraseFile, .keyCommand, .logLevel, .logTo, .logFormat,
        help,
    ]
}
