import JournalTestKit
import SegmentLog
import Synchronization

@testable import SessionJournal

/// A journal in a real folder with one of everything that a pack reports on, and packs made of it.
struct PackRig {
    let folder: TemporaryDirectory
    let clock: ManualClock
    var options = JournalOptions()

    var path: String { folder.path("journal") }

    init() throws {
        let clock = ManualClock()
        folder = try TemporaryDirectory()
        self.clock = clock
        options.clock = { clock.tick() }
        options.sealing = .inline
    }

    static let hostileReason = "=cmd|' /C calc'!A1"
    static let hostileName = "<script>alert(1)</script>\u{202E}"
    static let erasedText = "the diagnosis is hay fever"

    /// The sessions of ``made()``.
    struct Content {
        var journal: Journal
        var chat: SessionID
        var gone: SessionID
    }

    /// Every step is one event, but for the erasure, which is three.
    func made() async throws -> Content {
        let journal = try await Journal.create(at: path, options: options)
        let ada = journal.as("user:ada")
        let bob = journal.as("@bob")
        let kim = journal.as("user:kim")
        let chat = try await ada.createSession(key: "chat", metadata: ["name": "First"])
        let asked = try await ada.say("user", "black or green?", in: chat).message
        try await ada.append(
            [
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": "m-2", "parent": .string(asked), "role": "assistant",
                        "parts": [["type": "text", "text": "green"]], "model": "tea-1",
                    ]),
                EventDraft(.modelResponded, data: ["model": "tea-1", "latency_ms": 12]),
                EventDraft(.toolStarted, data: ["call": "c", "name": "kettle", "message": "m-2"]),
                EventDraft(.toolFinished, data: ["call": "c", "status": "ok"]),
                EventDraft(.approvalRequested, data: ["approval": "a", "question": "Boil?"]),
                EventDraft(.errorRecorded, data: ["error": "too hot"]),
            ], to: chat)
        try await bob.append(
            [
                EventDraft(
                    .approvalDecided, data: ["approval": "a", "decision": "denied"],
                    reason: Self.hostileReason),
                EventDraft(.approvalDecided, data: ["approval": "b", "decision": "allowed"]),
            ], to: chat)
        try await bob.setMetadata(
            ["name": .string(Self.hostileName)], in: chat, reason: "+clearer")
        try await ada.edit(asked, text: "black?", in: chat)
        try await ada.append(
            EventDraft(.annotationAdded, data: ["name": "topic", "value": "tea"]), to: chat)
        let gone = try await ada.createSession(key: "gone", metadata: ["name": "gone"])
        try await ada.say("user", Self.erasedText, in: gone)
        let hold = try await kim.placeHold(on: .session(chat), matter: "-2+3")
        try await kim.placeHold(on: .session(chat), matter: "stays")
        try await kim.liftHold(hold.id)
        try await kim.erase(.session(gone), options: ErasureOptions(basis: "GDPR 17(1)(b)"))
        try await kim.grant(.auditor, to: "user:eve")
        try await kim.changeAccessPolicy(recordsReads: true)
        try await ada.append(EventDraft(.sessionTerminated, data: ["force": false]), to: chat)
        return Content(journal: journal, chat: chat, gone: gone)
    }

    /// A pack that was made, as it is read again.
    struct Pack {
        let path: String
        let report: ComplianceReport

        func text(_ name: String) throws -> String {
            String(decoding: try bytes(name), as: UTF8.self)
        }

        func bytes(_ name: String) throws -> [UInt8] {
            let file = try PosixFileSystem().open(path + "/" + name, .read)
            return try file.read(try file.size(), at: 0)
        }

        func lines(_ name: String) throws -> [String] {
            try text(name).split(separator: "\n").map(String.init)
        }

        func values(_ name: String) throws -> [JSONValue] {
            try lines(name).map { try JSONValue(parsing: $0) }
        }

        /// The names of all files.
        func names() throws -> [String] {
            let disk = PosixFileSystem()
            var names: [String] = []
            for name in try disk.names(in: path) {
                if try disk.status(of: path + "/" + name)?.kind == .directory {
                    names += try disk.names(in: path + "/" + name).map { name + "/" + $0 }
                } else {
                    names.append(name)
                }
            }
            return names.sorted()
        }

        /// The events that a query counts.
        func sequences(_ query: String) throws -> [UInt64] {
            try lines("sequences/\(query).csv").dropFirst().flatMap { row in
                let ends = row.split(separator: ",").compactMap { UInt64($0) }
                return ends.count == 2 ? Array(ends[0]...ends[1]) : []
            }
        }
    }

    func pack(
        _ journal: Journal, _ name: String = "pack", _ options: ComplianceOptions = .init()
    ) async throws -> Pack {
        let path = folder.path(name)
        return Pack(path: path, report: try await journal.writeCompliancePack(to: path, options))
    }
}

/// The real disk, on which the n-th change below a path fails.
final class BreakingDisk: FileSystem {
    private let base = PosixFileSystem()
    private let place: String
    private let left: Mutex<Int>

    /// - Parameters:
    ///   - place: Where changes are counted.
    ///   - count: So many succeed.
    init(below place: String, after count: Int) {
        self.place = place
        left = Mutex(count)
    }

    private func count(_ path: String) throws(Errno) {
        guard path.hasPrefix(place) else { return }
        let isOver = left.withLock { left in
            left -= 1
            return left < 0
        }
        if isOver { throw .noSpace }
    }

    private final class BreakingFile: File {
        let base: any File
        let path: String
        let disk: BreakingDisk

        init(_ base: any File, _ path: String, _ disk: BreakingDisk) {
            self.base = base
            self.path = path
            self.disk = disk
        }

        func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
            try base.read(count, at: offset)
        }
        func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
            try base.readUncached(count, at: offset)
        }
        func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
            try disk.count(path)
            try base.write(bytes, at: offset)
        }
        func sync() throws(Errno) {
            try disk.count(path)
            try base.sync()
        }
        func size() throws(Errno) -> Int { try base.size() }
        func truncate(to size: Int) throws(Errno) { try base.truncate(to: size) }
        func identity() throws(Errno) -> UInt64 { try base.identity() }
    }

    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        if mode == .create { try count(path) }
        return BreakingFile(try base.open(path, mode), path, self)
    }
    func names(in directory: String) throws(Errno) -> [String] { try base.names(in: directory) }
    func status(of path: String) throws(Errno) -> FileStatus? { try base.status(of: path) }
    func makeDirectory(_ path: String) throws(Errno) {
        try count(path)
        try base.makeDirectory(path)
    }
    func rename(_ source: String, to target: String) throws(Errno) {
        try count(target)
        try base.rename(source, to: target)
    }
    func remove(_ path: String) throws(Errno) { try base.remove(path) }
    func removeDirectory(_ path: String) throws(Errno) { try base.removeDirectory(path) }
    func syncDirectory(_ path: String) throws(Errno) {
        try count(path)
        try base.syncDirectory(path)
    }
    func lock(_ path: String) throws(Errno) -> (any FileLock)? { try base.lock(path) }
    func isLocked(_ path: String) throws(Errno) -> Bool { try base.isLocked(path) }
}
