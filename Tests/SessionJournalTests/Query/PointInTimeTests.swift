import JournalTestKit
import SessionJournal
import Testing

struct PointInTimeTests {
    @Test(
        arguments: [
            ("now", .now), ("41", .sequence(41)), ("0", .sequence(0)), ("~3", .back(3)),
            ("~0", .back(0)), ("2026-11-21T01:02:03Z", .time(Timestamp("2026-11-21T01:02:03Z")!)),
            (
                "2026-11-21T01:02:03.5+01:00",
                .time(Timestamp("2026-11-21T00:02:03.5Z")!)
            ),
            ("2026-11-21", .time(Timestamp("2026-11-21T23:59:59.999999Z")!)),
            ("recorded:2026-11-21T01:02:03Z", .recorded(Timestamp("2026-11-21T01:02:03Z")!)),
            ("recorded:2026-11-21", .recorded(Timestamp("2026-11-21T23:59:59.999999Z")!)),
            ("18446744073709551615", .sequence(.max)),
        ] as [(String, PointInTime)])
    func readsWhatACommandLineSays(_ text: String, _ point: PointInTime) throws {
        #expect(try PointInTime(parsing: text) == point)
        #expect(try PointInTime(parsing: point.description) == point)
    }

    @Test(arguments: [
        "", "~", "-1", "+1", "1.5", "~-1", "~x", "yesterday", "recorded:", "recorded:41",
        "2026-11", "2026-02-30", "18446744073709551616", "41 ", "４１", "~~1", "NOW",
    ])
    func refusesAllElse(_ text: String) {
        #expect(throws: JournalError(.invalidArgument, "")) { try PointInTime(parsing: text) }
    }

    /// Recorded at 00:00:00, 01, 02, …; occurred a year before, and not in order.
    private static func imported() -> [Event] {
        var script = EventScript()
        for (id, occurred) in [
            ("a", "2025-01-01T10:00:00Z"), ("b", "2025-01-01T10:01:00Z"),
            ("c", "2025-01-01T10:05:00Z"), ("d", "2025-01-01T10:02:00Z"),
            ("e", "2025-01-01T10:05:00Z"), ("f", "2025-01-01T10:06:00Z"),
        ] {
            script.say(id, after: nil, occurred: occurred)
        }
        script.say("g", after: nil)
        return script.events
    }

    @Test(arguments: [
        ("now", 7), ("0", 0), ("1", 1), ("6", 6), ("7", 7), ("99", 7), ("~0", 7), ("~1", 6),
        ("~6", 1), ("~7", 0), ("~8", 0), ("~18446744073709551615", 0),
        // The source's own time.
        ("2025-01-01T09:59:59.999999Z", 0), ("2025-01-01T10:00:00Z", 1),
        ("2025-01-01T10:00:59Z", 1), ("2025-01-01T10:01:00Z", 2),
        // d happened at 10:02, but stands behind c of 10:05, and so does not show before it.
        ("2025-01-01T10:02:00Z", 2), ("2025-01-01T10:04:59Z", 2), ("2025-01-01T10:05:00Z", 5),
        ("2025-01-01T10:06:00Z", 6), ("2025-01-01", 6), ("2025-12-31", 6),
        // g names no time of its own: the journal's counts.
        ("2026-01-01T00:00:05Z", 6), ("2026-01-01T00:00:06Z", 7),
        // The journal's clock.
        ("recorded:2025-12-31", 0), ("recorded:2026-01-01T00:00:00Z", 1),
        ("recorded:2026-01-01T00:00:02.5Z", 3), ("recorded:2026-01-01", 7),
    ])
    func selectsAPrefix(_ text: String, _ count: Int) throws {
        #expect(try PointInTime(parsing: text).count(in: Self.imported()) == count)
    }

    @Test func theLongestPrefixIsWhatTheRuleSays() throws {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<300 {
            var script = EventScript(time: Timestamp(microseconds: 40_000_000))
            for index in 0..<12 {
                let second = Int64.random(in: 0...60, using: &generator)
                var draft = EventDraft("x.tick", data: ["n": JSONValue(index)])
                if Bool.random(using: &generator) {
                    draft.occurred = Timestamp(microseconds: second * 1_000_000)
                }
                script.add(draft)
            }
            let time = Timestamp(
                microseconds: Int64.random(in: 0...60, using: &generator) * 1_000_000)
            // Word for word: the longest prefix whose running maximum is at most the time.
            let expected = (0...script.events.count).last { count in
                script.events.prefix(count).map { $0.occurred ?? $0.time }.max() ?? .earliest
                    <= time
            }
            #expect(PointInTime.time(time).count(in: script.events) == expected)
        }
    }

    @Test func aWholeJournalIsCutSessionBySession() throws {
        var script = EventScript()
        let first = script.session
        let second = SessionID(high: 1, low: 1)
        script.say("a", after: nil, occurred: "2025-01-01T10:00:00Z")
        script.session = second
        script.say("b", after: nil, occurred: "2025-01-01T12:00:00Z")
        script.session = first
        script.say("c", after: nil, occurred: "2025-01-01T10:30:00Z")
        script.session = second
        script.say("d", after: nil, occurred: "2025-01-01T09:00:00Z")
        func selected(_ text: String) throws -> [UInt64] {
            var prefix = JournalPrefix(try PointInTime(parsing: text), lastSequence: 4)
            var sequences: [UInt64] = []
            var isOver = false
            for event in script.events {
                if prefix.admits(event) {
                    #expect(!isOver)
                    sequences.append(event.sequence)
                } else if prefix.isOver(at: event) {
                    isOver = true
                }
            }
            return sequences
        }
        #expect(try selected("2025-01-01T11:00:00Z") == [1, 3])
        #expect(try selected("2025-01-01T12:00:00Z") == [1, 2, 3, 4])
        #expect(try selected("2") == [1, 2])
        #expect(try selected("~1") == [1, 2, 3])
        #expect(try selected("~4") == [])
        #expect(try selected("recorded:2026-01-01T00:00:01Z") == [1, 2])
        #expect(try selected("now") == [1, 2, 3, 4])
    }

    @Test func aFoldStopsAtThePoint() async throws {
        let events = Self.imported()
        let stream = AsyncStream<Event> { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
        let state = try await SessionProjection().fold(
            stream, at: .sequence(3), lastVersion: 7)
        #expect(state.tree.messages.map(\.id) == ["a", "b", "c"])
        let all = AsyncStream<Event> { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
        #expect(try await TreeProjection().fold(all).messages.count == 7)
    }
}
