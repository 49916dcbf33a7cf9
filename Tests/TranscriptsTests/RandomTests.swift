import SessionJournal
import Testing

@testable import Transcripts

/// A generator whose numbers follow from its seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Random transcripts: not what a client would write, but everything that it could.
struct RandomTranscript {
    var random: Seeded
    private var uuids: [String: [String]] = [:]
    private var count = 0

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private mutating func parent(_ session: String) -> String? {
        let known = uuids[session] ?? []
        if known.isEmpty || chance(4) { return nil }
        if chance(3) { return "lost-\(count)" }
        if chance(75) { return known.last }
        return known.randomElement(using: &random)
    }

    mutating func line(_ session: String) -> Line {
        count += 1
        let uuid = chance(2) ? "twice" : "u\(count)"
        let parent = parent(session)
        let call = "c\(Int.random(in: max(0, count - 6)...count, using: &random))"
        let api = "m\(Int.random(in: max(0, count - 5)...count, using: &random))"
        let second = min(59, count % 60)
        var line: Line
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: line = .user(uuid, parent, "text \(count)", session: session, at: second)
        case 3, 4:
            line = .assistant(
                uuid, parent, api: api, Line.say("é \(count)"), session: session, at: second)
        case 5, 6:
            line = .assistant(
                uuid, parent, api: api, Line.call(call, chance(30) ? "Task" : "Read"),
                session: session, at: second)
        case 7, 8:
            line = .result(
                uuid, parent, call, isError: chance(20), session: session, at: second)
        case 9:
            line = Line.progress(uuid, parent, call).with([("sessionId", .string(session))])
        case 10:
            let kinds = ["compact_boundary", "api_error", "turn_duration", "other"]
            line = Line.system(
                uuid, parent, kinds.randomElement(using: &random) ?? "", [("durationMs", 5)]
            ).with([("sessionId", .string(session))])
        default:
            return Line(members: [
                ("type", "summary"), ("summary", .string("S \(count)")),
                ("leafUuid", .string("u\(count / 2)")), ("sessionId", .string(session)),
            ])
        }
        if chance(10) {
            line = line.with([("isSidechain", true)])
            if chance(50) { line = line.with([("agentId", .string("ag\(count % 3)"))]) }
        }
        if chance(5) { line = line.with([("gitBranch", .string("b\(count)"))]) }
        if chance(3) { line = line.with([("isMeta", true)]) }
        uuids[session, default: []].append(uuid)
        return line
    }

    /// A file of several sessions, with every kind of damage in it.
    mutating func file(_ sessions: [String], lines: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var past: [String] = []
        for index in 0..<lines {
            let text: String
            if index > 2, chance(8), let old = past.randomElement(using: &random) {
                text = old
            } else {
                text = line(sessions.randomElement(using: &random) ?? "s").text
            }
            past.append(text)
            if index > 0, chance(5) { bytes += text.utf8.prefix(text.utf8.count / 2) }
            if index > 0, chance(3) { bytes += Array("nonsense {\n".utf8) }
            if index > 0, chance(2) { bytes += [0xC3, 0x00, 0x0A] }
            if index > 0, chance(2) { bytes += Array("[\n  \(index)\n]\n".utf8) }
            bytes += text.utf8
            switch Int.random(in: 0..<30, using: &random) {
            case 0: break
            case 1: bytes += [0x0D, 0x0A]
            case 2: bytes += [0x0A, 0x20, 0x0A]
            default: bytes.append(0x0A)
            }
        }
        if chance(30) { _ = bytes.popLast() }
        return bytes
    }
}

@Suite struct RandomTests {
    @Test(arguments: 0..<24) func importsInStepsAreImportsAtOnce(seed: Int) async throws {
        var random = RandomTranscript(seed: UInt64(seed))
        let whole = try Folder()
        var files: [String: [UInt8]] = [:]
        for index in 0..<3 {
            // Every file has sessions of its own, so that the order of imports does not matter.
            let bytes = random.file(["s\(index)a", "s\(index)b"], lines: 60)
            files["f\(index).jsonl"] = bytes
            try whole.write("f\(index).jsonl", bytes)
        }
        let once = Journal.inMemory()
        try await importing(whole, into: once)
        try await expectExport(of: whole, once)

        // The same in steps: each time a longer beginning, cut where a line ends, by a new importer
        // that has to learn from the journal what is there.
        let part = try Folder()
        let home = try Folder()
        let onDisk = seed.isMultiple(of: 4)
        var steps =
            onDisk ? try await Journal.create(at: home.path + "/journal") : Journal.inMemory()
        var options = TranscriptImporter.Options()
        options.batchSize = 1 + Int.random(in: 0..<4_000, using: &random.random)
        for step in 1...4 {
            for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
                var end = step == 4 ? bytes.count : bytes.count * step / 4
                while end < bytes.count, end > 0, bytes[end - 1] != 0x0A { end -= 1 }
                if Self.splitsDocument(bytes, end) { end = bytes.count }
                try part.write(name, Array(bytes[0..<end]))
            }
            // Some of them have nearly all that they know in files, or forget it as soon as they can.
            let (room, sessions) = (
                seed.isMultiple(of: 3) ? 512 : TableRoom.bytes,
                seed.isMultiple(of: 2) ? 0 : TableRoom.sessions
            )
            try await TableRoom.$bytes.withValue(room) { [steps] in
                try await TableRoom.$sessions.withValue(sessions) {
                    _ = try await TranscriptImporter(writer: steps.as("user:ada"), options: options)
                        .importPaths([part.path])
                }
            }
            if onDisk {
                try await steps.close()
                steps = try await Journal.open(at: home.path + "/journal")
            }
        }
        try await expectExport(of: whole, steps)
        for session in try await sessions(once) {
            #expect(try await log(steps, session) == log(once, session), "\(session)")
        }
        #expect(try await sessions(steps) == sessions(once))
    }

    /// Whether a cut stands inside a document over lines, which would be torn by it.
    private static func splitsDocument(_ bytes: [UInt8], _ end: Int) -> Bool {
        let before = bytes[max(0, end - 12)..<end]
        let isOpen = before.lastIndex(of: 0x5B).map { start in
            bytes[start..<end].starts(with: [0x5B, 0x0A]) && !bytes[start..<end].contains(0x5D)
        }
        return isOpen ?? false
    }

    private func sessions(_ journal: Journal) async throws -> [String] {
        var keys: [String] = []
        for try await event in journal.events(kinds: [.sessionCreated]) {
            keys.append(try event.data()["key"]?.string ?? "")
        }
        return keys.sorted()
    }

    @Test(arguments: 0..<40) func hostileBytesComeBack(seed: Int) async throws {
        var random = Seeded(UInt64(seed) &+ 1_000)
        let alphabet = Array("{}[]\":,\\ \n\r\tau1\u{0}".utf8) + [0xC3, 0xFF]
        var bytes = Array(Line.user("u", nil, "x").text.utf8) + [0x0A]
        for _ in 0..<Int.random(in: 0..<4_000, using: &random) {
            bytes.append(alphabet.randomElement(using: &random) ?? 0)
        }
        let folder = try Folder()
        try folder.write("h.jsonl", bytes)
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        try await expectExport(of: folder, journal)
    }
}
