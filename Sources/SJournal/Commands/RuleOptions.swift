import SessionJournal

/// What to look for, as the command line says it.
enum RuleOptions {
    static let rule = OptionSpec(
        name: "--rule", value: "NAME", repeats: true,
        help: """
            Look for what this rule finds: its name, secret or personal for all that are for that, \
            or all. May be repeated.
            """)
    static let file = OptionSpec(
        name: "--rules", value: "FILE",
        help: """
            Look for what the rules of this file find, too: a text a line, or a pattern behind ~ \
            (# a digit, @ a letter, ? either, * at the end: letters and digits); [NAME] before it \
            names the rule.
            """)
    static let both = [rule, file]

    /// The rules that are asked for.
    ///
    /// - Parameter usual: What to look for where the command line names no rule.
    static func scanner(
        _ arguments: ParsedArguments, _ context: CommandContext,
        usual: [TextRule] = TextScanner.secrets.rules
    ) throws -> TextScanner {
        var own: [TextRule] = []
        if let path = arguments.value(file.name) {
            let bytes = try InputFile.read(path, context)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.damaged, "\(Shown(path)) is not UTF-8")
            }
            do {
                own = try TextRule.rules(parsing: text)
            } catch let error as JournalError {
                throw Failure(.usage, "\(Shown(path)), \(error.message)")
            }
        }
        let names = arguments.all(rule.name)
        guard !names.isEmpty else {
            // A file of rules alone is all that is looked for, where nothing else is named.
            let rules = own.isEmpty || arguments.command != RedactCommand.spec.name ? usual : []
            return TextScanner(rules: own + rules)
        }
        var rules: [TextRule] = []
        for name in names {
            let found = (own + TextRule.builtIn).filter {
                name == "all" || $0.name == name || $0.purpose.rawValue == name
            }
            guard !found.isEmpty else {
                let known = (own + TextRule.builtIn).map(\.name).joined(separator: ", ")
                throw UsageError(
                    message: "there is no rule \"\(name)\"; there are \(Shown(known))",
                    command: arguments.command)
            }
            rules += found.filter { new in !rules.contains { $0.name == new.name } }
        }
        let rest = own.filter { new in !rules.contains { $0.name == new.name } }
        return TextScanner(rules: rest + rules)
    }

    /// How much each rule found, for people.
    static func counts(_ counts: [String: Int]) -> Shown {
        Shown(
            counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", "))
    }

    /// The same for scripts.
    static func json(_ counts: [String: Int]) -> JSONValue {
        .object(
            JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }))
    }
}
