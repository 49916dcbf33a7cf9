/// What the command line asks for.
struct Options {
    var rounds = 5
    var only: [String] = []
    var systems: [String] = []
    var isQuick = false
    var isLarge = false
    var json: String?
    var directory: String
    var listsCases = false
    var wantsHelp = false

    init(_ arguments: [String], defaultDirectory: String) throws {
        directory = defaultDirectory
        var rest = arguments[...]
        func value(of option: String) throws -> String {
            guard let value = rest.popFirst() else { throw BenchError("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--rounds":
                guard let count = Int(try value(of: argument)), (1...1_000).contains(count) else {
                    throw BenchError("--rounds needs a number from 1 to 1000")
                }
                rounds = count
            case "--only": only += try value(of: argument).split(separator: ",").map(String.init)
            case "--systems":
                systems += try value(of: argument).split(separator: ",").map(String.init)
            case "--json": json = try value(of: argument)
            case "--dir":
                // A folder of its own, since what is in it is removed at the end.
                directory = try value(of: argument) + "/sjournal-bench-data"
            case "--quick": isQuick = true
            case "--large": isLarge = true
            case "--list": listsCases = true
            case "-h", "--help": wantsHelp = true
            default: throw BenchError("there is no option \"\(argument)\"; see --help")
            }
        }
        if isQuick { rounds = min(rounds, 2) }
    }

    static let help = """
        Measures the journal beside other stores, in one run, on the same messages.

          tools/bench/run [OPTIONS]

          --rounds N     rounds of each case; the table shows medians (5)
          --only CASE    only these cases, by the names of --list
          --systems S,…  only these systems, by the names in the table: for looking into one of them
          --quick        two small rounds of everything, to see that it works: no figures to quote
          --large        also the cases with a million and ten million events, and search over 1 GB
                         of text: minutes, and 10 GB
          --json FILE    the figures for scripts as well; - for standard output, the table then goes
                         to standard error
          --dir DIR      where to write; on a disk, since in memory a sync costs nothing
          --list         the cases

        """
}
