import Foundation
import SessionJournal
import Synchronization
import Testing

@testable import Transcripts

/// A folder where agents write, a journal, and a watcher between them.
final class WatchRig: Sendable {
    /// What somebody waited for and did not come.
    struct Late: Error, CustomStringConvertible {
        var description: String
    }

    let agents: Folder
    let home: Folder
    private let notices = Mutex<[WatchNotice]>([])

    /// How long something may take on a busy machine.
    private static let patience = Duration.seconds(600)

    init() async throws {
        agents = try Folder()
        home = try Folder()
        try await Journal.create(at: journalPath).close()
    }

    var journalPath: String { home.path + "/journal" }

    /// A watcher that has begun to follow.
    struct Running {
        let watcher: TranscriptWatcher
        let task: Task<WatchReport, any Error>

        /// Has it end in good order.
        func stop() async throws -> WatchReport {
            watcher.stop()
            return try await task.value
        }
    }

    /// Starts a watcher, and waits until it has taken in what is there.
    func start(
        _ paths: [String]? = nil, change: (inout TranscriptWatcher.Options) -> Void = { _ in }
    ) async throws -> Running {
        let running = begin(paths, change: change)
        try await until("it has caught up") { rig in
            rig.told.contains { if case .caughtUp = $0 { true } else { false } }
        }
        return running
    }

    /// Starts a watcher.
    func begin(
        _ paths: [String]? = nil, change: (inout TranscriptWatcher.Options) -> Void = { _ in }
    ) -> Running {
        notices.withLock { $0 = [] }
        var options = TranscriptWatcher.Options()
        options.pace.gathering = .milliseconds(5)
        options.pace.quiet = .milliseconds(60)
        options.pace.longestChange = .milliseconds(200)
        options.pace.settling = .milliseconds(100)
        options.pace.betweenSettling = .milliseconds(100)
        options.pace.retry = .milliseconds(50)
        change(&options)
        options.notify = { [self] notice in notices.withLock { $0.append(notice) } }
        let path = journalPath
        let watcher = TranscriptWatcher(paths: paths ?? [agents.path], options: options) {
            try await Journal.open(at: path).as("service:watch")
        }
        return Running(watcher: watcher, task: Task { try await watcher.run() })
    }

    /// What the watcher has told so far.
    var told: [WatchNotice] { notices.withLock { $0 } }

    /// The changes that it has told: kind, how, and the last part of the path.
    var changes: [String] {
        told.compactMap { notice in
            guard case .changed(let change) = notice else { return nil }
            return "\(change.kind) \(Self.name(change.how)) \(Self.name(change.path))"
        }
    }

    /// The files that it did not read, by the last part of the path.
    var skipped: [String] {
        told.compactMap { notice in
            if case .skipped(let path, _) = notice { Self.name(path) } else { nil }
        }
    }

    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Waits until something is so.
    func until(_ what: String, _ isSo: (WatchRig) async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        while true {
            if try await isSo(self) { return }
            guard clock.now < end else { throw Late(description: "not in time: \(what)") }
            try await Task.sleep(for: .milliseconds(15))
        }
    }

    /// Waits until the journal holds a message with an id.
    func untilThere(_ ids: String...) async throws {
        try await until("\(ids) in the journal") { rig in
            let there = try await rig.ids()
            return ids.allSatisfy(there.contains)
        }
    }

    /// The ids of the messages in the journal, with those that are there more than once so often.
    func ids() async throws -> [String] {
        try await events().compactMap { event in
            guard event.kind == .messageAppended else { return nil }
            return try event.data()["message"]?.string
        }
    }

    /// All events of the journal, or those of one kind.
    func events(_ kind: EventKind? = nil) async throws -> [Event] {
        let journal = try await Journal.open(readingAt: journalPath)
        var events: [Event] = []
        for try await event in journal.events(kinds: kind.map { [$0] }) { events.append(event) }
        try await journal.close()
        return events
    }

    /// Opens the journal for writing, between two moments at which the watcher does.
    func openForWriting() async throws -> Journal {
        var journal: Journal?
        try await until("nobody writes") { rig in
            do {
                journal = try await Journal.open(at: rig.journalPath)
                return true
            } catch let error as JournalError where error.code == .locked {
                return false
            }
        }
        return try #require(journal)
    }

    // MARK: The agent

    /// Appends bytes to a file, in one write.
    func append(_ name: String, _ bytes: String) throws {
        let path = agents.path + "/" + name
        guard FileManager.default.fileExists(atPath: path) else {
            try agents.write(name, bytes)
            return
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(bytes.utf8))
        try handle.close()
    }

    /// Appends a message with an id.
    func say(_ id: String, in name: String, session: String = "s1") throws {
        try append(name, Self.line(id, session: session))
    }

    static func line(_ id: String, session: String = "s1") -> String {
        Line.user(id, nil, "message \(id)", session: session).text + "\n"
    }

    func delete(_ name: String) throws {
        try FileManager.default.removeItem(atPath: agents.path + "/" + name)
    }

    /// Renames as an agent does: what has the name already gives way.
    func rename(_ name: String, _ other: String) throws {
        try #require(Glibc.rename(agents.path + "/" + name, agents.path + "/" + other) == 0)
    }
}
