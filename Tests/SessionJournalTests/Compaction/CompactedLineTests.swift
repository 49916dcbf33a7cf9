import JournalTestKit
@testable import SessionJournal
import Testing

/// The bytes of compacted lines: what stays of an event, and that its leaf does.
@Suite struct CompactedLineTests {
    /// What compaction makes of the golden event line.
    static let golden =
        #"{"seq":41,"time":"2026-11-21T01:02:03.123456Z","#
        + #""session":"019500000000700080000000000000ff","version":7,"kind":"message.appended","#
        + #""digest":"s5J1OC3F+RmRvicCD2MxpfEXQ0ed4q2RmCaTPH02z2k=","#
        + #""branch":"main","actor":"user:ada","onbehalf":"team \"b\"","origin":"node-1","#
        + #""trace":"t\n1","id":"call-9","occurred":"2025-01-02T03:04:05.000006Z","cause":40,"#
        + #""reason":"because","#
        + #""data":{"message":"m1","parent":null,"role":"user","parts":[]}}"#

    @Test func theGoldenLineIsCompacted() throws {
        let event = try Event(line: Array(EventLineTests.golden.utf8))
        let line = try #require(CompactedLine.line(of: event))
        #expect(String(decoding: line, as: UTF8.self) == Self.golden)
        let compacted = try Event(line: line)
        #expect(compacted.isCompacted && !compacted.isWithheld && !event.isCompacted)
        #expect(compacted.leaf.hexadecimal == EventLineTests.leaf)
        #expect(compacted.digest == event.digest)
        #expect(compacted.actor == "user:ada" && compacted.onBehalf == #"team "b""#)
        #expect(compacted.id == "call-9" && compacted.cause == 40 && compacted.reason == "because")
        #expect(compacted.occurred == event.occurred && compacted.branch == "main")
        #expect(try compacted.data()["role"] == "user")
        #expect(compacted.unknownKeys.isEmpty)
        try compacted.check()
        // Once is enough, and its entry line is that of the event.
        #expect(CompactedLine.line(of: compacted) == nil)
        let entry = try EventLine.entryLine(of: line.span)
        #expect(String(decoding: entry, as: UTF8.self) == EventLineTests.entry)
    }

    @Test func leavesOfManyLinesAreThoseOfEach() throws {
        let texts = [EventLineTests.golden, Self.golden, EventLineTests.entry]
        var content: [UInt8] = []
        var ranges: [Range<Int>] = []
        for text in texts {
            ranges.append(content.count..<(content.count + text.utf8.count))
            content += text.utf8
        }
        let hashes = try EventLine.leafHashes(of: content.span, ranges)
        for index in texts.indices {
            let leaf = hashes[(index * Digest.size)..<((index + 1) * Digest.size)]
            #expect(Array(leaf) == Digest(hexadecimal: EventLineTests.leaf)?.bytes)
        }
    }

    /// A flipped bit is refused, or shows, or stands where the leaf says nothing; nothing traps.
    @Test func everyBitFlipIsRefusedOrSeen() throws {
        var line = Array(Self.golden.utf8)
        let start = EventLineTests.entry.utf8.count
        for index in line.indices {
            for bit in 0..<8 {
                line[index] ^= 1 << bit
                defer { line[index] ^= 1 << bit }
                let leaf = (try? EventLine.leafHash(of: line.span))?.hexadecimal
                if index < start - 1 { #expect(leaf != EventLineTests.leaf) }
                guard let event = try? Event(line: line) else { continue }
                #expect(event.line == line)
                _ = try? event.data()
                _ = [event.branch, event.actor, event.onBehalf, event.reason]
                if index < start { #expect(leaf != EventLineTests.leaf) }
            }
        }
    }

    @Test func everyTruncationIsRefused() {
        let line = Array(Self.golden.utf8)
        for count in line.indices {
            #expect(throws: JournalError.self) { try Event(line: Array(line[..<count])) }
        }
    }

    @Test(arguments: [
        // A salt beside the digest, one in the place of the data, a key that no compacted line has, no
        // data, no actor, and a digest in the wrong place.
        (#""reason":"because","#, #""reason":"because","salt":"AQIDBAUGBwgJCgsMDQ4PEA==","#),
        (#","data":{"#, #","salt":{"#),
        (#""reason":"because","#, #""reason":"because","more":1,"#),
        (#","data":{"message":"m1","parent":null,"role":"user","parts":[]}"#, ""),
        (#""actor":"user:ada","#, ""),
        (#""actor":"user:ada","#, #""actor":"user:ada","digest":"","#),
        (#""digest":"s5J1OC3F+RmRvicCD2MxpfEXQ0ed4q2RmCaTPH02z2k=","#, ""),
    ])
    func whatIsNoCompactedLineIsRefused(_ old: String, _ new: String) {
        let text = Self.golden.replacing(old, with: new)
        #expect(text != Self.golden)
        #expect(throws: JournalError.self) { try Event(line: Array(text.utf8)) }
    }

    /// What goes and what stays, kind by kind.
    @Test func everyKindKeepsItsShape() throws {
        let parts: JSONValue = [
            ["type": "text", "text": "secret"], ["type": "thinking", "text": "secret"],
            ["type": "tool_use", "call": "c", "name": "bash", "input": ["x": "secret"]],
            ["type": "tool_result", "call": "c", "content": "secret", "is_error": true],
            ["type": "image", "base64": "secret"],
        ]
        let shape: JSONValue = [
            ["type": "tool_use", "call": "c", "name": "bash"],
            ["type": "tool_result", "call": "c", "is_error": true],
        ]
        let rows: [(EventKind, JSONObject, JSONObject)] = [
            (
                .messageAppended,
                [
                    "message": "m", "role": "tool", "parts": parts, "usage": ["input": 3],
                    "x": "secret",
                ],
                ["message": "m", "role": "tool", "parts": shape, "usage": ["input": 3]]
            ),
            (
                .messageExtended,
                ["message": "m", "alias": "n", "parts": parts, "usage": ["output": 2]],
                ["message": "m", "alias": "n", "parts": shape, "usage": ["output": 2]]
            ),
            (
                .messageEdited, ["message": "m", "parts": parts, "set": ["important": false]],
                ["message": "m", "parts": shape, "set": ["important": false]]
            ),
            (
                .modelRequested, ["model": "a", "parameters": ["system": "secret"]],
                ["model": "a"]
            ),
            (
                .modelResponded, ["model": "a", "usage": ["output": 1], "text": "secret"],
                ["model": "a", "usage": ["output": 1]]
            ),
            (
                .blobStored,
                ["blob": "sha256:0", "index": 0, "count": 1, "size": 6, "base64": "secret"],
                ["blob": "sha256:0", "index": 0, "count": 1, "size": 6]
            ),
            (.importLine, ["line": 4, "original": ["a": "secret"]], ["line": 4]),
            (
                .annotationAdded,
                ["name": "n", "value@": "/v", "line": 2, "original": ["v": 7, "w": "secret"]],
                ["name": "n", "value": 7, "line": 2]
            ),
            (
                .summaryRecorded, ["text": "kept", "original": ["secret": true]], ["text": "kept"]
            ),
            (
                .toolProgressed, ["call": "c", "progress": "p", "original": "secret"],
                ["call": "c", "progress": "p"]
            ),
            (.errorRecorded, ["error": "e", "original": "secret"], ["error": "e"]),
        ]
        for (kind, data, kept) in rows {
            var script = EventScript()
            let event = script.add(EventDraft(kind, data: EventData(data)))
            let line = try #require(CompactedLine.line(of: event), "\(kind.rawValue)")
            #expect(try Event(line: line).data() == .object(kept), "\(kind.rawValue)")
            #expect(!String(decoding: line, as: UTF8.self).contains("secret"), "\(kind.rawValue)")
        }
        #expect(Set(rows.map(\.0)).union([.messageRedacted]) == CompactedLine.kinds)
    }

    /// What says nothing but its shape stays as it is, and so does what nobody here knows.
    @Test(arguments: [
        EventKind.sessionCreated, .sessionMetadataChanged, .branchCreated, .branchMerged,
        .labelAdded,
        .messageRemoved, .messageFinished, .toolStarted, .toolFinished, .approvalDecided,
        .erasureOutlined, "x.own",
    ])
    func otherKindsStay(_ kind: EventKind) throws {
        var script = EventScript()
        let event = script.add(EventDraft(kind, data: ["message": "m"]))
        #expect(CompactedLine.line(of: event) == nil)
        #expect(CompactedLine.line(of: event.line.span) == event.line)
    }
}
