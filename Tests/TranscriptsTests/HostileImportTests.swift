import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Files of every format with something wrong in them. Whatever that is: what is imported comes
/// back byte for byte, reads, and adds nothing when it is imported again.
@Suite struct HostileImportTests {
    private static let fixtures = (SourceFormatTests.path as NSString).deletingLastPathComponent

    /// Folders of files, below the fixtures.
    private static let folders: [String] =
        SourceFormatTests.names.map { "formats/" + $0 }
        + ["claude-code", "open-assistant", "schema-guided", "session-lines"]

    /// How many of each file there are: SJOURNAL_FAULTS=all takes many.
    private static let count: UInt64 =
        ProcessInfo.processInfo.environment["SJOURNAL_FAULTS"] == "all" ? 500 : 8

    @Test(arguments: folders) func whatIsDamagedComesBack(folder: String) async throws {
        let path = Self.fixtures + "/" + folder
        let names = (FileManager.default.enumerator(atPath: path) ?? .init())
            .compactMap { $0 as? String }.sorted()
        var checked = 0
        for name in names {
            guard let data = FileManager.default.contents(atPath: path + "/" + name) else {
                continue
            }
            for seed in 1...Self.count {
                var damage = Damage(seed: seed)
                let bytes = damage.damaged([UInt8](data))
                try await check(bytes, (name as NSString).lastPathComponent, "\(name), \(seed)")
                checked += 1
            }
        }
        #expect(checked > 0)
    }

    private func check(_ bytes: [UInt8], _ name: String, _ what: String) async throws {
        let folder = try Folder()
        try folder.write(name, bytes)
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        let report: ImportReport
        do {
            report = try await importer.importPaths([folder.path + "/" + name])
        } catch let error as TranscriptError {
            // Nothing in it looks like a transcript any more.
            #expect(error.code == .notATranscript, "\(what): \(error)")
            return
        }
        for session in report.sessions {
            let state = try await journal.state(of: session)
            for branch in state.tree.branches {
                #expect(state.tree.path(ofBranch: branch.name) != nil, "\(what)")
            }
        }
        let target = try Folder()
        #expect(
            try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty,
            "\(what)")
        #expect(try target.read(name) == bytes, "\(what)")
        let again = try await importer.importPaths([folder.path + "/" + name])
        #expect(again.events == 1, "\(what)")
    }
}

/// What may be wrong in a file.
private struct Damage {
    var random: Seeded

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            result = chance(60) ? withOtherValue(result) : withOtherBytes(result)
        }
        return result
    }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    // MARK: Bytes

    private mutating func withOtherBytes(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [0x7B] }
        var bytes = bytes
        let start = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, start + Int.random(in: 1...200, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: end)
        case 3: bytes.removeSubrange(start...)
        case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: start)
        default:
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            bytes = Array(lines.shuffled(using: &random).joined(separator: [0x0A]))
        }
        return bytes
    }

    // MARK: Values

    /// The file with another value in the place of one of a document, or of a line.
    private mutating func withOtherValue(_ bytes: [UInt8]) -> [UInt8] {
        if let value = try? JSONValue(parsing: bytes.span) { return Self.text(changed(value)) }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let index = Int.random(in: 0..<lines.count, using: &random)
        let line = lines[index]
        guard let value = try? JSONValue(parsing: line.span) else { return bytes }
        lines[index] = Self.text(changed(value))
        return Array(lines.joined(separator: [0x0A]))
    }

    private static func text(_ value: JSONValue) -> [UInt8] {
        var text: [UInt8] = []
        value.write(to: &text)
        return text
    }

    private mutating func changed(_ value: JSONValue) -> JSONValue {
        var nodes: [JSONValue] = []
        Self.gather(value, into: &nodes)
        let target = Int.random(in: 0..<nodes.count, using: &random)
        var visited = 0
        return Self.replacing(target, &visited, in: value, by: another(nodes))
    }

    private mutating func another(_ nodes: [JSONValue]) -> JSONValue {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .null
        case 1: .bool(chance(50))
        case 2: .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: .string("")
        case 4: .string(String(repeating: "\u{1F375}\u{0}\u{202E}", count: 400))
        case 5: .array([])
        case 6: .object([:])
        case 7: (0..<100).reduce(.null) { value, _ in .array([value]) }
        default: nodes.randomElement(using: &random) ?? .null
        }
    }

    private static func gather(_ value: JSONValue, into nodes: inout [JSONValue]) {
        nodes.append(value)
        for element in value.array ?? [] { gather(element, into: &nodes) }
        for member in value.object?.members ?? [] { gather(member.value, into: &nodes) }
    }

    /// The value with another in the place of the one that `gather` found as the `target`th.
    private static func replacing(
        _ target: Int, _ visited: inout Int, in value: JSONValue, by other: JSONValue
    ) -> JSONValue {
        let place = visited
        visited += 1
        if place == target { return other }
        if let array = value.array {
            return .array(array.map { replacing(target, &visited, in: $0, by: other) })
        }
        if let object = value.object {
            return .object(
                JSONObject(
                    object.members.map {
                        ($0.name, replacing(target, &visited, in: $0.value, by: other))
                    }))
        }
        return value
    }
}
