internal import Glibc

/// Runs the cases that were asked for and reports.
@main
struct Bench {
    private static var cases: [any BenchCase.Type] {
        [
            RawLimits.self, AppendOne.self, AppendMany.self, Bulk.self, BulkManySessions.self,
            BulkMixed.self, Observer.self, Encryption.self,
            Scans.self, SessionReads.self, PointReads.self, Sizes.self, Search.self,
            Openings.self, Memory.self, States.self, Finding.self, Turns.self, Evidence.self,
            Erasing.self, KeyErasing.self, Compacting.self, Packing.self, Caching.self,
        ]
    }

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            complain("bench: \(error)\n")
            exit(1)
        }
    }

    /// Off the main thread: what runs there comes back to it after every wait, and nobody's server
    /// does that.
    @concurrent
    private static func run(_ arguments: [String]) async throws {
        if arguments.first == "--child" {
            try await ChildWork.run(Array(arguments.dropFirst()))
            return
        }
        let options = try Options(arguments, defaultDirectory: defaultDirectory())
        if options.wantsHelp {
            print(Options.help, terminator: "")
            return
        }
        if options.listsCases {
            for one in cases {
                print(one.name + String(repeating: " ", count: 12 - one.name.count) + one.summary)
            }
            return
        }
        for name in options.only where !cases.contains(where: { $0.name == name }) {
            throw BenchError("there is no case \"\(name)\"; see --list")
        }
        for name in options.systems where !Results.systems.contains(name) {
            throw BenchError(
                "there is no system \"\(name)\"; there are \(Results.systems.joined(separator: ", "))"
            )
        }
        // What a run that was broken off has left.
        Disk.remove(options.directory)
        try Disk.makeDirectory(options.directory)
        guard !Machine.isInMemory(options.directory) else {
            throw BenchError(
                "\(options.directory) is in memory, where a sync costs nothing; name a folder on a "
                    + "disk with --dir")
        }
        let context = Context(options)
        for one in cases where options.only.isEmpty || options.only.contains(one.name) {
            context.progress("\(one.name): \(one.summary)")
            try await one.run(context)
        }
        try report(context)
        Disk.remove(options.directory)
    }

    private static func report(_ context: Context) throws {
        let options = context.options
        var text = ""
        for line in Machine.description(directory: options.directory) { text += line + "\n" }
        text += "Medians of \(context.rounds) rounds, all systems in each; ours first.\n\n"
        text += Table.text(context.results)
        if options.isQuick { text += "\nA quick run: the figures say only that it works.\n" }
        guard let json = options.json else {
            print(text, terminator: "")
            return
        }
        let figures = JSONReport.text(context.results)
        if json == "-" {
            complain(text)
            print(figures, terminator: "")
            return
        }
        print(text, terminator: "")
        let file = try Disk.check(
            Glibc.open(json, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644), json)
        defer { Glibc.close(file) }
        try Array(figures.utf8).withUnsafeBytes { try Disk.write($0, to: file, at: 0) }
    }

    /// Beside the program, below the build folder.
    private static func defaultDirectory() -> String {
        let program = Disk.realPath("/proc/self/exe") ?? CommandLine.arguments[0]
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return folder.joined(separator: "/") + "/bench-data"
    }
}
