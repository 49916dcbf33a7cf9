import SessionJournal

/// What the command line says about the log: from which level on, where to, and how it is written.
struct LogRequest: Equatable {
    enum Format: String, CaseIterable {
        case text, json
    }

    var levels: JournalLogLevels
    /// nil means standard error.
    var path: String?
    var format: Format

    /// The request of a command line; nil where it asks for no log.
    init?(_ arguments: ParsedArguments) throws(UsageError) {
        let level = arguments.value(OptionSpec.logLevel.name)
        let target = arguments.value(OptionSpec.logTo.name)
        let form = arguments.value(OptionSpec.logFormat.name)
        guard level != nil || target != nil || form != nil else { return nil }
        levels = try level.map { text throws(UsageError) in try Self.levels(text) } ?? .init()
        guard target != "" else {
            throw UsageError(message: "\(OptionSpec.logTo.name) is empty; give a file, or -")
        }
        path = target == "-" ? nil : target
        guard let format = form.map({ Format(rawValue: $0) }) ?? .text else {
            throw UsageError(
                message: "there is no format \"\(form ?? "")\" for the log; it is text or json")
        }
        self.format = format
    }

    /// `debug`, `persistence=trace`, or `warning,persistence=trace,error=off`: a level for all
    /// categories and levels for single ones, the later ones counting.
    static func levels(_ text: String) throws(UsageError) -> JournalLogLevels {
        var levels = JournalLogLevels(text.contains("=") ? nil : .info)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let level = try level(String(sides.last ?? ""))
            guard sides.count == 2 else {
                for category in JournalLogCategory.allCases { levels[category] = level }
                continue
            }
            guard let category = JournalLogCategory(rawValue: String(sides[0])) else {
                let names = JournalLogCategory.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError(
                    message: "there is no category \"\(String(sides[0]))\"; there are \(names)")
            }
            levels[category] = level
        }
        return levels
    }

    private static func level(_ name: String) throws(UsageError) -> JournalLogLevel? {
        if name == "off" { return nil }
        guard let level = JournalLogLevel.allCases.first(where: { $0.name == name }) else {
            let names = JournalLogLevel.allCases.map(\.name).joined(separator: ", ")
            throw UsageError(message: "there is no level \"\(name)\"; there are \(names), off")
        }
        return level
    }
}

extension OptionSpec {
    static let logLevel = OptionSpec(
        name: "--log-level", value: "LEVEL",
        help: """
            Log what the journal does: trace, debug, info, warning, error or off; or by category \
            (lifecycle, persistence, provider, error), as in warning,persistence=debug.
            """)
    static let logTo = OptionSpec(
        name: "--log-to", value: "FILE",
        help: "Add the log to a file; else, and for -, it goes to standard error.")
    static let logFormat = OptionSpec(
        name: "--log-format", value: "FORMAT",
        help: "How the log is written: text, or json for JSON Lines.")
}
