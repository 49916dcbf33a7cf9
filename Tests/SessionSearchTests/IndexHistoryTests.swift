#if Search
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionSearch

/// An index that was brought up to date step by step holds what one holds that was made at once.
@Suite struct IndexHistoryTests {
    @Test(arguments: 0..<24)
    func randomTreesComeToTheSameRows(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var history = TreeHistory(seed: seed)
        for _ in 0..<60 { _ = try history.step() }
        let fixture = try await SearchFixture()
        let events = history.script.events
        var index = try fixture.index(batchSize: 1)
        var next = 0
        while next < events.count {
            let end = min(events.count, next + Int.random(in: 1...12, using: &generator))
            try await fixture.adopt(events[next..<end])
            next = end
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: index = try fixture.index()
            case 1: _ = try await index.all("SELECT 1")
            default: try await index.catchUp()
            }
        }
        let steps = try await index.contents()
        try PosixFileSystem().remove(fixture.file)
        let anew = try fixture.index()
        #expect(try await anew.contents() == steps, "\(history.acts)")
        // Against the projection itself, message by message.
        let state = try await fixture.journal.state(of: history.script.session)
        #expect(steps["messages"]?.count == state.tree.messages.count)
        for message in state.tree.messages {
            let text = message.parts().compactMap { part -> String? in
                if case .text(let text) = part { text } else { nil }
            }.joined(separator: "\n")
            #expect(
                try await anew.all(
                    """
                    SELECT text, is_removed, is_edited FROM messages
                    WHERE message = '\(message.id)'
                    """) == [
                        [
                            .text(text), .integer(message.isRemoved ? 1 : 0),
                            .integer(message.revision == nil || message.isRemoved ? 0 : 1),
                        ]
                    ])
        }
    }

    /// Several sessions at once, with everything that the fast way must not take for plain.
    @Test(arguments: 0..<8)
    func randomActsComeToTheSameRows(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        var sessions = [try await ada.createSession(key: "first")]
        var index = try fixture.index(batchSize: 1)
        var messages: [(SessionID, String)] = []
        for step in 0..<120 {
            let session = sessions.randomElement(using: &generator)!
            let text = "word\(step) \(["tea", "milk", "salt"].randomElement(using: &generator)!)"
            switch Int.random(in: 0..<16, using: &generator) {
            case 0: sessions.append(try await ada.createSession(key: "key-\(step)"))
            case 1:
                guard let (session, message) = messages.randomElement(using: &generator) else {
                    break
                }
                _ = try? await ada.edit(message, text: text, in: session)
            case 2:
                guard let (session, message) = messages.randomElement(using: &generator) else {
                    break
                }
                _ = try? await ada.remove(message, in: session)
            case 3:
                try await ada.append(
                    [
                        EventDraft(
                            .messageAppended,
                            data: [
                                "message": .string("s\(step)"), "parent": nil,
                                "role": "assistant", "streaming": true,
                                "parts": [["type": "text", "text": .string(text)]],
                            ])
                    ], to: session)
                try await ada.append(
                    [
                        EventDraft(
                            .messageExtended,
                            data: [
                                "message": .string("s\(step)"),
                                "parts": [
                                    ["type": "text", "text": " and more", "continues": true]
                                ],
                            ])
                    ], to: session)
            case 4:
                try await ada.setMetadata(["name": .string(text)], in: session, reason: "why")
            case 5:
                try await ada.append(
                    [
                        EventDraft(
                            .toolFinished,
                            data: ["call": .string("c\(step)"), "name": "Bash", "status": "error"])
                    ], to: session)
            case 6 where step > 90:
                try await ada.declareField(
                    MetadataField("x_\(step)", type: .string, initialValue: "none"))
            default:
                let said = try await ada.say(
                    "user",
                    parts: [
                        ["type": "text", "text": .string(text)],
                        [
                            "type": "tool_use", "call": .string("c\(step)"), "name": "Bash",
                            "input": ["command": "ls"],
                        ],
                    ], in: session, model: "claude-3")
                messages.append((session, said.message))
            }
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: index = try fixture.index()
            case 1: try await index.catchUp()
            case 2: _ = try await index.all("SELECT 1")
            default: break
            }
        }
        let steps = try await index.contents()
        try await index.rebuild()
        let anew = try await index.contents()
        for table in SearchTable.all { #expect(anew[table.name] == steps[table.name]) }
        // The sums are those that everybody else gives.
        let usage = UsageReport(of: try await fixture.journal.usage(), by: [])
        #expect(
            try await index.all("SELECT sum(messages), sum(tool_calls), sum(turns) FROM usage")
                == [
                    [
                        .integer(Int64(usage.total.counts.messages)),
                        .integer(
                            Int64(usage.total.counts.tools.values.reduce(0) { $0 + $1.calls })),
                        .integer(Int64(usage.total.counts.turns)),
                    ]
                ])
        let trail = try await fixture.journal.audit()
        #expect(anew["audit"]?.count == trail.entries.count)
        // Every word is found where it stands.
        for word in ["tea", "milk", "salt", "more", "ls"] {
            var expected: Set<String> = []
            for session in sessions {
                for message in try await fixture.journal.state(of: session).tree.messages {
                    let texts = MessageTexts(message.parts())
                    let words = (texts.text + " " + texts.details).split { !$0.isLetter }
                    if words.contains(Substring(word)) { expected.insert(message.id) }
                }
            }
            #expect(Set(try await index.found(word)) == expected)
        }
    }

    @Test func whatTakesAnIdTwiceIsNotPlain() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": [:]])
        script.say("m1", after: nil, text: "tea")
        script.add(
            .messageExtended,
            ["message": "m1", "parts": [["type": "text", "text": "milk"]], "alias": "m2"])
        let fixture = try await SearchFixture()
        try await fixture.adopt(script.events[...])
        let index = try fixture.index()
        #expect(try await index.found("tea milk") == ["m1"])
        let count = script.events.count
        // The first is an alias by now, the second is there already.
        script.say("m2", after: "m1", text: "salt")
        script.say("m1", after: "m1", text: "salt")
        script.say("m3", after: "m1", text: "salt")
        script.say("m3", after: "m1", text: "salt salt")
        try await fixture.adopt(script.events[count...])
        #expect(try await fixture.index().found("salt") == ["m3"])
    }

    @Test func anIdThatIsThereIsNotTakenTwice() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": [:]])
        script.say("m1", after: nil, text: "tea")
        let fixture = try await SearchFixture()
        try await fixture.adopt(script.events[...])
        #expect(try await fixture.index().found("tea") == ["m1"])
        let count = script.events.count
        script.say("m1", after: "m1", text: "salt")
        try await fixture.adopt(script.events[count...])
        #expect(try await fixture.index().found("salt").isEmpty)
    }

    @Test func erasedMessagesAreWithheld() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "Pots"]])
        script.say("m1", after: nil, text: "tea")
        script.say("m2", after: "m1", text: "tea")
        script.withhold(sequence: 2)
        let fixture = try await SearchFixture()
        try await fixture.adopt(script.events[...])
        let index = try fixture.index()
        #expect(try await index.found("tea") == ["m2"])
        #expect(
            try await index.all("SELECT message, role, is_withheld, text FROM messages ORDER BY 1")
                == [
                    [.text("@2"), .null, .integer(1), .text("")],
                    [.text("m2"), .text("user"), .integer(0), .text("tea")],
                ])
        #expect(
            try await index.all("SELECT data IS NULL FROM events ORDER BY sequence") == [
                [.integer(0)], [.integer(1)], [.integer(0)],
            ])
    }
}
#endif
