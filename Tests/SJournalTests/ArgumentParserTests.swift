import Testing

@testable import SJournal

@Suite("The command line")
struct ArgumentParserTests {
    static let show = CommandSpec(
        name: "show", summary: "Show one.",
        positionals: [.init(name: "SESSION", count: .one, help: "Which.")],
        options: [
            .init(name: "--at", value: "POINT", help: "When."),
            .init(name: "--kind", value: "KIND", repeats: true, help: "What."),
            .init(name: "--full", help: "All."),
        ], hasJSON: true)
    static let importing = CommandSpec(
        name: "import", summary: "Take in.",
        positionals: [.init(name: "PATH", count: .many, help: "What.")])
    static let log = CommandSpec(
        name: "log", summary: "List.",
        positionals: [.init(name: "SESSION", count: .optional, help: "Which.")], hasJSON: true)

    let parser = ArgumentParser(commands: [show, importing, log])

    private func parsed(_ words: String...) throws -> ParsedArguments {
        let request = try parser.parse(words)
        guard case .run(let parsed) = request else {
            Issue.record("not a command to run: \(request)")
            throw UsageError(message: "")
        }
        return parsed
    }

    private func complaint(_ words: [String]) -> String? {
        do {
            _ = try parser.parse(words)
            return nil
        } catch {
            return error.message.rendered(isColoured: false)
        }
    }

    @Test("options stand before, between and after, in each spelling")
    func spellings() throws {
        for words in [
            ["-j", "dir", "--json", "show", "s", "--at", "~3"],
            ["show", "--at=~3", "s", "-jdir", "--json"],
            ["--journal=dir", "show", "--json", "--at", "~3", "--", "s"],
        ] {
            guard case .run(let parsed) = try parser.parse(words) else {
                Issue.record("not run: \(words)")
                continue
            }
            #expect(parsed.command == "show")
            #expect(parsed.positionals == ["s"])
            #expect(parsed.value("--at") == "~3")
            #expect(parsed.value("--journal") == "dir")
            #expect(parsed.has("--json"))
            #expect(!parsed.has("--full"))
        }
    }

    @Test("an option that repeats keeps its order; a lone dash and words after -- are positional")
    func repeats() throws {
        #expect(try parsed("show", "s", "--kind", "a", "--kind=b").all("--kind") == ["a", "b"])
        #expect(try parsed("import", "-", "a").positionals == ["-", "a"])
        #expect(try parsed("import", "--", "--at").positionals == ["--at"])
        #expect(try parsed("log").positionals.isEmpty)
        #expect(try parsed("show", "s", "--at=").value("--at") == "")
    }

    @Test("a sequence number is a whole number from 1")
    func sequence() throws {
        #expect(try parsed("show", "s", "--at", "7").sequence("--at") == 7)
        #expect(try parsed("show", "s").sequence("--at") == nil)
        for text in ["0", "-1", "x", "1.5", "18446744073709551616", ""] {
            let arguments = try parsed("show", "s", "--at=\(text)")
            #expect(throws: UsageError.self) { try arguments.sequence("--at") }
        }
    }

    @Test(
        "each mistake is named",
        arguments: [
            (["shwo"], "there is no command \"shwo\"; did you mean show?"),
            (["sho", "x"], "there is no command \"sho\"; did you mean show?"),
            (["frobnicate"], "there is no command \"frobnicate\"; sjournal help lists them"),
            (["show"], "show needs SESSION"),
            (["import"], "import needs PATH"),
            (["show", "a", "b"], "show does not take the argument \"b\""),
            (["show", "a", "--kidn", "x"], "show has no option \"--kidn\"; did you mean --kind?"),
            (["show", "a", "--wat"], "show has no option \"--wat\"; did you mean --at?"),
            (["show", "a", "-x"], "show has no option \"-x\"; did you mean -j?"),
            (["show", "a", "--at"], "--at needs a value: --at POINT"),
            (["show", "a", "--at", "--json"], "--at needs a value: --at POINT"),
            (["show", "a", "--full=yes"], "--full takes no value"),
            (["show", "a", "--at", "1", "--at", "2"], "--at stands twice; give it once"),
            (["--json", "import", "a"], "import has no --json"),
            (["--nonsense", "show"], "there is no option \"--nonsense\""),
            (["help", "show", "log"], "help explains one command at a time; \"log\" is too much"),
            (["help", "lgo"], "there is no command \"lgo\"; did you mean log?"),
            (["\u{1B}[2J"], "there is no command \"\\u{1b}[2J\"; sjournal help lists them"),
        ])
    func mistakes(words: [String], expected: String) {
        #expect(complaint(words) == expected)
    }

    @Test("help and version are found wherever they stand")
    func help() throws {
        for words in [[], ["help"], ["--help"], ["-h"], ["help", "help"], ["-j", "d"]] {
            guard case .help(command: nil) = try parser.parse(words) else {
                Issue.record("no help for \(words)")
                continue
            }
        }
        for words in [["help", "show"], ["show", "--help"], ["show", "-h", "a", "b", "c"]] {
            guard case .help(command: "show") = try parser.parse(words) else {
                Issue.record("no help of show for \(words)")
                continue
            }
        }
        guard case .version = try parser.parse(["--version"]) else {
            Issue.record("no version")
            return
        }
    }

    @Test("typing mistakes are near, other words are not")
    func suggestions() {
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.distance("ab", "ba") == 1)
        #expect(Suggestion.distance("", "abc") == 3)
        #expect(Suggestion.nearest(to: "VERIFIY", in: ["verify", "tree"]) == "verify")
        #expect(Suggestion.nearest(to: "zzz", in: ["verify", "tree"]) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "x", count: 99), in: ["x"]) == nil)
        #expect(Suggestion.nearest(to: "x", in: []) == nil)
    }

    @Test("the journal is the option's, else a variable's, else the home's")
    func journalPath() throws {
        let all = ["SJOURNAL_DIR": "/s", "XDG_DATA_HOME": "/x", "HOME": "/h"]
        #expect(try JournalPath.resolve(option: "o", environment: all) == "o")
        #expect(try JournalPath.resolve(option: nil, environment: all) == "/s")
        let noDirectory = ["SJOURNAL_DIR": "", "XDG_DATA_HOME": "/x", "HOME": "/h"]
        #expect(try JournalPath.resolve(option: nil, environment: noDirectory) == "/x/sjournal")
        let relative = ["XDG_DATA_HOME": "x", "HOME": "/h"]
        #expect(
            try JournalPath.resolve(option: nil, environment: relative)
                == "/h/.local/share/sjournal")
        #expect(throws: UsageError.self) {
            try JournalPath.resolve(option: nil, environment: [:])
        }
        #expect(throws: UsageError.self) { try JournalPath.resolve(option: "", environment: all) }
    }

    @Test("every command's help fits 80 columns and names each of its options")
    func helpPages() {
        for command in Tool.commands {
            let spec = command.spec
            let lines = HelpText.page(spec, columns: 80).map { $0.rendered(isColoured: false) }
            for line in lines { #expect(DisplayWidth.of(line) <= 80, "\(line)") }
            for option in spec.allOptions {
                #expect(
                    lines.contains {
                        $0.contains("  " + option.name) || $0.contains(", " + option.name)
                    })
            }
            #expect(!spec.examples.isEmpty, "\(spec.name) shows no example")
        }
        for line in HelpText.overview(Tool.commands.map { $0.spec }, columns: 80) {
            #expect(line.width <= 80)
        }
    }
}
