import JournalTestKit
import SegmentLog
@testable import SessionJournal

/// A journal on the disk that holds the events of a script, and what a fold of them says.
struct SnapshotJournal {
    let directory: TemporaryDirectory
    let events: [Event]
    var options: JournalOptions

    var path: String { directory.path + "/j" }

    var session: SessionID { events[0].session }

    /// The folder of the snapshots' files.
    var folder: String { path + "/snapshots" }

    init(_ events: [Event], interval: UInt64 = 50) async throws {
        directory = try TemporaryDirectory()
        self.events = events
        options = JournalOptions()
        options.snapshotInterval = interval
        // Folds go on from what they put away, as those of very long sessions do.
        options.foldedPages = 1
        let journal = try await Journal.open(copyAt: directory.path + "/j", options: options)
        // A commit holds few events, so that damage costs few.
        for start in stride(from: 0, to: events.count, by: 40) {
            let lines = events[start..<min(start + 40, events.count)].map(\.line)
            _ = try await journal.store.adopt(lines, durability: .buffered)
        }
        try await journal.close()
    }

    func writing() async throws -> Journal { try await Journal.open(at: path, options: options) }

    func reading() async throws -> Journal {
        try await Journal.open(readingAt: path, options: options)
    }

    /// Takes all snapshots that are due.
    func takeSnapshots() async throws -> SnapshotReport {
        let journal = try await writing()
        let report = try await journal.takeSnapshots()
        try await journal.close()
        return report
    }

    /// The state as a plain fold of the first events says it.
    func folded(_ count: Int) -> SessionState {
        let projection = SessionProjection()
        var state = projection.initialState()
        for event in events.prefix(count) { projection.apply(event, to: &state) }
        return state
    }

    /// The file of the session's snapshots.
    var file: String { folder + "/" + session.hexadecimal + ".snapshots" }

    func bytes() throws -> [UInt8] {
        let handle = try PosixFileSystem().open(file, .read)
        return try handle.read(handle.size(), at: 0)
    }

    func write(_ bytes: [UInt8]) throws {
        let fileSystem = PosixFileSystem()
        if try fileSystem.status(of: file) != nil { try fileSystem.remove(file) }
        try fileSystem.open(file, .create).write(bytes.span, at: 0)
    }
}

/// A session in which everything happens that a state keeps, over and over.
struct BusySession {
    private(set) var script = EventScript()
    private var generator: SeededGenerator

    init(seed: UInt64, rounds: Int) {
        generator = SeededGenerator(seed: seed)
        script.add(
            .sessionCreated, ["metadata": ["name": "busy", "model": "m0"], "key": "busy-1"])
        for round in 0..<rounds {
            add(round)
            // What nobody can read any more.
            if round % 11 == 10 { script.withhold(sequence: UInt64(script.events.count)) }
        }
    }

    private mutating func add(_ round: Int) {
        let branch = round % 3 == 2 ? "side" : "main"
        let parent: JSONValue = round == 0 ? .null : "u\(round - 1)"
        script.add(
            .messageAppended,
            [
                "message": "u\(round)", "parent": parent, "role": "user",
                "parts": [["type": "text", "text": "question \(round)"]],
            ], branch: branch)
        script.add(
            .messageAppended,
            [
                "message": "a\(round)", "parent": "u\(round)", "role": "assistant",
                "streaming": true, "model": "m\(round % 4)",
                "parts": [["type": "text", "text": "answer "]],
            ], branch: branch)
        script.add(
            .toolStarted, ["call": "c\(round)", "message": "a\(round)"], branch: branch)
        script.add(
            .messageExtended,
            [
                "message": "a\(round)", "alias": "alias\(round)",
                "parts": [["type": "text", "text": "to \(round)", "continues": true]],
            ], branch: branch)
        // An alias that is given again is none.
        script.add(
            .messageExtended, ["message": "a\(round)", "alias": "alias\(round)"], branch: branch)
        script.add(.toolProgressed, ["call": "c\(round)", "name": "look"], branch: branch)
        script.add(
            .toolFinished, ["call": "c\(round)", "status": "ok", "duration_ms": 5],
            branch: branch)
        script.add(
            .messageFinished,
            ["message": "a\(round)", "status": round % 5 == 0 ? "abandoned" : "complete"],
            branch: branch)
        let old = Int.random(in: 0...round, using: &generator)
        switch round % 7 {
        case 0:
            script.add(
                .messageEdited,
                ["message": "u\(old)", "parts": [["type": "text", "text": "edited \(round)"]]],
                branch: "main")
        case 1: script.add(.messageRemoved, ["message": "u\(old)"], branch: "side")
        case 2: script.add(.messageRemoved, ["message": "u\(old)"], branch: "main")
        case 3:
            script.add(
                .messageEdited, ["message": "alias\(old)", "set": ["important": true]],
                branch: "main")
        case 4:
            script.add(
                .sessionMetadataChanged, ["set": ["model": "m\(round)", "owner": "o\(round)"]],
                branch: branch)
        case 5:
            script.add(
                .branchMerged,
                [
                    "merge": "merge\(round)", "source": "side", "strategy": "ours",
                    "messages": ["u\(old)"], "set": ["max_tokens": .integer(Int64(round))],
                    "edits": [:],
                ], branch: "main")
        default:
            script.add(
                .branchRewound,
                [
                    "branch": "main", "to": "u\(old)", "into": "merge\(round - 1)",
                    "merge": "cut\(round)",
                ], branch: "main")
            script.add(
                .branchCreated,
                ["branch": "b\(round)", "parent_branch": "main", "from": "u\(old)"])
            script.add(.branchSwitched, ["branch": "b\(round)"], branch: "b\(round)")
            if round % 2 == 0 { script.add(.branchDeleted, ["branch": "b\(round)"]) }
        }
    }
}
