/// What the cases of a run share.
final class Context {
    let options: Options
    var results = Results()

    private var fixtures: [String: ReadFixture] = [:]
    private var folders = 0

    init(_ options: Options) { self.options = options }

    var rounds: Int { options.rounds }

    /// A number that is smaller in a quick run.
    func scaled(_ count: Int, quick: Int) -> Int { options.isQuick ? quick : count }

    /// A folder that nobody has used.
    func freshFolder(_ name: String) throws -> String {
        folders += 1
        let path = "\(options.directory)/\(name)-\(folders)"
        Disk.remove(path)
        try Disk.makeDirectory(path)
        return path
    }

    /// The systems that are measured, each in a place of its own below a folder.
    func systems(in folder: String) -> [any System] {
        let all: [any System] = [
            JournalSystem(path: folder + "/journal"), SQLiteSystem(path: folder + "/sqlite"),
            RocksDBSystem(path: folder + "/rocksdb"), LMDBSystem(path: folder + "/lmdb"),
            JSONLinesSystem(path: folder + "/lines"), SessionFilesSystem(path: folder + "/files"),
        ]
        return all.filter { options.systems.isEmpty || options.systems.contains($0.name) }
    }

    /// What the reading cases read; made once.
    func fixture(_ kind: ReadFixture.Kind) async throws -> ReadFixture {
        if let known = fixtures[kind.rawValue] { return known }
        let fixture = try await ReadFixture.make(kind, self)
        fixtures[kind.rawValue] = fixture
        return fixture
    }

    /// A word on standard error, so that a person sees that something goes on.
    func progress(_ text: String) {
        complain(text + "\n")
    }

    /// Reads everything that a system holds and compares it with what was written.
    func verify(_ system: any System, _ messages: some Sequence<Message>) async throws {
        let expected = Tally.expected(messages)
        var tally = Tally()
        if system.abilities.contains(.scan) {
            try await system.scan(&tally)
        } else {
            let names = Set(messages.map(\.session))
            try await system.read(sessions: Array(names), &tally)
        }
        try tally.check(equals: expected, system.name, "reading everything")
    }
}

extension Array {
    /// The elements from another one on, so that in each round another system is the first.
    func rotated(by count: Int) -> [Element] {
        guard !isEmpty else { return [] }
        let start = count % self.count
        return Array(self[start...] + self[..<start])
    }
}

/// A group of measurements that belong together.
protocol BenchCase {
    static var name: String { get }
    /// One line for `--list`.
    static var summary: String { get }
    static func run(_ context: Context) async throws
}
