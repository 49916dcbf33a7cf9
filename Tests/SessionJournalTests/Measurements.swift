import Foundation
import JournalTestKit
@testable import SessionJournal
import Testing

/// Speeds, printed and not judged: machines differ, and a busy one lies.
///
///     SJOURNAL_MEASURE=1 swift test -c release -Xswiftc -enable-testing \
///         --disable-xctest --filter Measurements
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["SJOURNAL_MEASURE"] != nil))
struct Measurements {
    static let folder = JSONDocumentTests.vectors
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "data/claude-code")

    /// The lines of real transcripts that are JSON.
    static let lines: [[UInt8]] = {
        let files = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        var lines: [[UInt8]] = []
        for file in (files ?? []).sorted(by: { $0.path < $1.path }) {
            guard let data = try? Data(contentsOf: file) else { continue }
            for line in [UInt8](data).split(separator: 0x0A)
            where JSONDocumentTests.verdict(Array(line)) == nil {
                lines.append(Array(line))
            }
        }
        return lines
    }()

    private func measure(_ name: String, bytes: Int, _ body: () throws -> Void) rethrows {
        var best = Duration.seconds(1_000)
        for _ in 0..<5 { best = min(best, try ContinuousClock().measure(body)) }
        let seconds = best / .seconds(1)
        let speed = Double(bytes) / seconds / 1e6
        print("\(name): \(Int(seconds * 1e3)) ms, \(Int(speed)) MB/s of \(bytes / 1_000_000) MB")
    }

    @Test(.enabled(if: !lines.isEmpty))
    func json() throws {
        let bytes = Self.lines.reduce(0) { $0 + $1.count }
        var document = JSONDocument()
        try measure("JSONDocument.parse, a line at a time", bytes: bytes) {
            for line in Self.lines { try document.parse(line.span) }
        }
        try measure("JSONValue(parsing:)", bytes: bytes) {
            for line in Self.lines { _ = try JSONValue(parsing: line.span) }
        }
        let values = try Self.lines.map { try JSONValue(parsing: $0.span) }
        var output: [UInt8] = []
        output.reserveCapacity(2 * bytes)
        measure("JSONValue.write", bytes: bytes) {
            output.removeAll(keepingCapacity: true)
            for value in values { value.write(to: &output) }
        }
    }

    /// A journal made of the lines: each a message that points into its source, in one session.
    @Test(.enabled(if: !lines.isEmpty))
    func folds() throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "x"]])
        for (index, line) in Self.lines.enumerated() {
            let parent = index == 0 ? "null" : "\"m\(index - 1)\""
            let data =
                Array(
                    (#"{"message":"m\#(index)","parent":\#(parent),"role":"user","#
                        + #""parts":[{"type":"text","text@":"/message/content"}],"original":"#)
                        .utf8) + line + [UInt8(ascii: "}")]
            script.add(EventDraft(.messageAppended, data: try EventData(json: data)))
        }
        let events = script.events
        let bytes = events.reduce(0) { $0 + $1.line.count }
        print("\(events.count) events")
        try measure("Event(line:)", bytes: bytes) {
            for event in events { _ = try Event(line: event.line) }
        }
        try measure("Event.check()", bytes: bytes) { for event in events { try event.check() } }
        try measure("EventLine.leafHash", bytes: bytes) {
            for event in events {
                let line = event.line
                _ = try EventLine.leafHash(of: line.span)
            }
        }
        measure("EventLine.encode", bytes: bytes) {
            var line: [UInt8] = []
            let data = Self.lines.map { EventData(["x": JSONValue($0.count)]) }
            for (index, data) in data.enumerated() {
                line.removeAll(keepingCapacity: true)
                EventLine.encode(
                    EventDraft(.messageAppended, data: data), sequence: 1, time: .earliest,
                    session: script.session, version: UInt64(index + 1), actor: "user:ada",
                    cause: nil, salt: .random(), into: &line)
            }
        }
        try measure("SessionProjection", bytes: bytes) {
            _ = try SessionProjection().fold(events)
        }
        try measure("SessionListProjection", bytes: bytes) {
            _ = try SessionListProjection().fold(events)
        }
        try measure("TreeProjection and nodes()", bytes: bytes) {
            _ = try TreeProjection().fold(events).nodes()
        }
        try measure("AuditProjection", bytes: bytes) {
            _ = try AuditProjection().fold(events)
        }
        let state = try SessionProjection().fold(events)
        measure("SessionState.json()", bytes: bytes) { _ = state.json() }
    }
}
