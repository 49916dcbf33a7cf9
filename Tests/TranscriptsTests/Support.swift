import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// A folder that goes when the test ends.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/transcripts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and the folders above it.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let full = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: full))
    }

    func write(_ name: String, _ text: String) throws { try write(name, [UInt8](text.utf8)) }

    func write(_ name: String, _ lines: [Line]) throws {
        try write(name, lines.map { $0.text + "\n" }.joined())
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    /// The files below, by path.
    func contents() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
            if !isFolder.boolValue { found[name] = try read(name) }
        }
        return found
    }
}

/// One line of a transcript, made up.
struct Line: Sendable {
    var members: [(String, JSONValue)]

    var text: String { JSONValue.object(JSONObject(members)).description }

    /// The line with more members, or other ones.
    func with(_ changes: [(String, JSONValue)]) -> Line {
        var line = self
        for (name, value) in changes {
            if let index = line.members.firstIndex(where: { $0.0 == name }) {
                line.members[index].1 = value
            } else {
                line.members.append((name, value))
            }
        }
        return line
    }

    private static func tree(
        _ type: String, _ uuid: String, _ parent: String?, session: String = "s1", at second: Int
    ) -> Line {
        Line(members: [
            ("type", .string(type)), ("uuid", .string(uuid)),
            ("parentUuid", parent.map { .string($0) } ?? .null), ("isSidechain", false),
            ("sessionId", .string(session)), ("cwd", "/home/ada/tea"), ("version", "2.1.0"),
            ("gitBranch", "main"),
            ("timestamp", .string("2026-03-01T10:00:\(second < 10 ? "0" : "")\(second).000Z")),
        ])
    }

    static func user(
        _ uuid: String, _ parent: String?, _ text: String, session: String = "s1",
        at second: Int = 1
    ) -> Line {
        tree("user", uuid, parent, session: session, at: second).with([
            ("message", ["role": "user", "content": .string(text)])
        ])
    }

    static func assistant(
        _ uuid: String, _ parent: String?, api: String, _ block: JSONValue, session: String = "s1",
        at second: Int = 2, tokens: Int64 = 7
    ) -> Line {
        tree("assistant", uuid, parent, session: session, at: second).with([
            (
                "message",
                [
                    "id": .string(api), "role": "assistant", "model": "claude-opus-4",
                    "content": [block], "usage": ["output_tokens": .integer(tokens)],
                ]
            ), ("requestId", .string("req-\(api)")),
        ])
    }

    static func say(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    static func call(_ id: String, _ name: String = "Read") -> JSONValue {
        [
            "type": "tool_use", "id": .string(id), "name": .string(name),
            "input": ["prompt": .string("do \(id)")],
        ]
    }

    static func result(
        _ uuid: String, _ parent: String?, _ call: String, isError: Bool = false,
        session: String = "s1", at second: Int = 4
    ) -> Line {
        var block: JSONObject = [
            "type": "tool_result", "tool_use_id": .string(call), "content": "done",
        ]
        if isError { block.append("is_error", true) }
        return tree("user", uuid, parent, session: session, at: second).with([
            ("message", ["role": "user", "content": [.object(block)]])
        ])
    }

    static func progress(_ uuid: String, _ parent: String?, _ call: String) -> Line {
        tree("progress", uuid, parent, at: 3).with([
            ("parentToolUseID", .string(call)), ("data", ["type": "hook_progress"]),
        ])
    }

    static func system(
        _ uuid: String, _ parent: String?, _ subtype: String, _ more: [(String, JSONValue)] = []
    ) -> Line {
        tree("system", uuid, parent, at: 5).with([("subtype", .string(subtype))] + more)
    }
}

/// What a session's events say, in a form that is easy to compare.
struct Story {
    struct Message: Equatable {
        var id: String
        var parent: String?
        var role: String
        var branch: String
    }

    var messages: [Message] = []
    var events: [Event] = []

    init(_ journal: Journal, _ key: String = "s1") async throws {
        let session = try await journal.resolve(key)
        for try await event in journal.events(session: session) {
            events.append(event)
            guard event.kind == .messageAppended else { continue }
            let data = try event.data()
            messages.append(
                Message(
                    id: data["message"]?.string ?? "", parent: data["parent"]?.string,
                    role: data["role"]?.string ?? "", branch: event.branch ?? ""))
        }
    }

    /// "id<parent" for each message, with its branch where that is not main.
    var tree: [String] {
        messages.map { message in
            "\(message.id)<\(message.parent ?? "-")"
                + (message.branch == "main" ? "" : "@\(message.branch)")
        }
    }

    func data(_ kind: EventKind) throws -> [JSONValue] {
        try events.filter { $0.kind == kind }.map { try $0.data() }
    }
}

/// Imports a folder.
@discardableResult
func importing(_ folder: Folder, into journal: Journal) async throws -> ImportReport {
    try await TranscriptImporter(writer: journal.as("user:ada")).importPaths([folder.path])
}

/// Imports lines as one file, and reads what became of session s1.
func story(_ lines: [Line]) async throws -> Story {
    let folder = try Folder()
    try folder.write("s1.jsonl", lines)
    let journal = Journal.inMemory()
    try await importing(folder, into: journal)
    return try await Story(journal)
}

/// A session's events without what may differ from one import to another.
func log(_ journal: Journal, _ key: String) async throws -> [String] {
    let session = try await journal.resolve(key)
    var lines: [String] = []
    for try await event in journal.events(session: session) {
        lines.append(
            "\(event.version) \(event.kind) \(event.branch ?? "-") \(event.actor ?? "-") "
                + "\(event.onBehalf ?? "-") \(event.origin ?? "-") "
                + "\(event.occurred?.description ?? "-") \(event.cause == nil) "
                + "\(event.reason ?? "-") " + String(decoding: event.rawData, as: UTF8.self))
    }
    return lines
}
