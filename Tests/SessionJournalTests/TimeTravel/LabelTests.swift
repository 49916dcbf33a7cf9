import JournalTestKit
import SessionJournal
import Testing

@Suite struct LabelTests {
    let journal = Journal.inMemory()

    private func session() async throws -> SessionID {
        let session = try await journal.as("user:ada").createSession()
        for text in ["one", "two", "three"] {
            try await journal.as("user:ada").say("user", text, in: session)
        }
        return session
    }

    private func code(_ body: () async throws -> Void) async -> JournalError.Code? {
        do { try await body() } catch { return (error as? JournalError)?.code }
        return nil
    }

    @Test func aLabelIsAPointOfEveryReading() async throws {
        let session = try await session()
        let ada = journal.as("user:ada")
        let receipt = try await ada.label("good", at: 2, in: session, reason: "worked")
        #expect(receipt?.sequence == 5)
        let label = try #require(try await journal.labels(of: session)["good"])
        #expect(label.sequence == 2 && label.labelledBy == 5)
        #expect(label.actor == "user:ada" && label.reason == "worked" && label.movedFrom == nil)
        let point = try PointInTime(parsing: "label:good")
        #expect(point == .label("good"))
        #expect(try await journal.settled(point, in: session) == .sequence(2))
        #expect(try await journal.state(of: session, at: point).tree.messages.count == 1)
        #expect(try await journal.state(of: session, at: point, branch: "main").lastSequence == 2)
        #expect(try await journal.tree(of: session, at: point).messages.count == 1)
        #expect(
            try await journal.audit(of: session, at: point).entries.allSatisfy { $0.sequence == 1 })
        #expect(
            try await journal.fold(TreeProjection(), over: session, at: point).messages.count == 1)
    }

    @Test func aNameIsAtOneEvent() async throws {
        let session = try await session()
        let ada = journal.as("user:ada")
        try await ada.label("a", at: 2, in: session)
        // The same again is no event.
        #expect(try await ada.label("a", at: 2, in: session) == nil)
        #expect(await code { try await ada.label("a", at: 3, in: session) } == .conflict)
        #expect(try await journal.labels(of: session)["a"]?.sequence == 2)
        try await ada.label("a", at: 3, in: session, moving: true)
        let moved = try await journal.labels(of: session)["a"]
        #expect(moved?.sequence == 3 && moved?.movedFrom == 2)
        let event = try #require(try await journal.event(at: 6))
        #expect(try event.data() == ["label": "a", "seq": 3, "was": 2])
        // What it named then is told by the labels of then.
        #expect(try await journal.labels(of: session, at: .sequence(5))["a"]?.sequence == 2)
        // Several names may be at one event; they stand by the events that they name.
        try await ada.label("b", at: 3, in: session)
        try await ada.label("c", at: 1, in: session)
        #expect(try await journal.labels(of: session).labels.map(\.name) == ["c", "a", "b"])
    }

    @Test func aNameCanBeGivenUp() async throws {
        let session = try await session()
        let ada = journal.as("user:ada")
        try await ada.label("a", at: 2, in: session)
        try await ada.removeLabel("a", in: session, reason: "wrong")
        #expect(try await journal.labels(of: session).labels.isEmpty)
        #expect(try await journal.event(at: 6)?.data() == ["label": "a", "seq": 2])
        #expect(
            await code { _ = try await journal.state(of: session, at: .label("a")) }
                == .labelNotFound)
        #expect(await code { try await ada.removeLabel("a", in: session) } == .labelNotFound)
        // It is free again.
        try await ada.label("a", at: 4, in: session)
        #expect(try await journal.settled(.label("a"), in: session) == .sequence(4))
    }

    @Test func whatCannotBeLabelledIsRefused() async throws {
        let session = try await session()
        let other = try await journal.as("user:ada").createSession()
        let ada = journal.as("user:ada")
        for name in ["", "a\u{1B}b", "a\nb", String(repeating: "x", count: 256)] {
            #expect(
                await code { try await ada.label(name, at: 2, in: session) } == .invalidArgument)
        }
        for sequence: UInt64 in [0, 5, 99, .max] {
            #expect(
                await code { try await ada.label("a", at: sequence, in: session) } == .eventNotFound
            )
        }
        #expect(await code { try await ada.label("a", at: 2, in: other) } == .eventNotFound)
        #expect(
            await code { try await ada.label("a", at: 2, in: Drafts.session(9)) } == .eventNotFound)
        // A label says nothing of another session, nor of a whole journal.
        try await ada.label("a", at: 2, in: session)
        #expect(
            await code { _ = try await journal.state(of: other, at: .label("a")) } == .labelNotFound
        )
        #expect(await code { _ = try await journal.sessions(at: .label("a")) } == .invalidArgument)
        #expect(await code { _ = try await journal.audit(at: .label("a")) } == .invalidArgument)
        #expect(try await journal.lastSequence() == 6)
    }

    @Test func anyTextWillDoForAName() async throws {
        let session = try await session()
        for name in ["41", "~1", "now", "2026-11-21", "label:x", "a b", "\u{202E}x", "é"] {
            try await journal.as("user:ada").label(name, at: 2, in: session)
            let point = try PointInTime(parsing: "label:" + name)
            #expect(point == .label(name) && point.description == "label:" + name)
            #expect(try await journal.settled(point, in: session) == .sequence(2))
        }
        #expect(throws: JournalError(.invalidArgument, "")) { try PointInTime(parsing: "label:") }
    }

    @Test func whatMakesNoSenseIsPassedOver() throws {
        var script = EventScript()
        script.say("m", after: nil)
        script.add(.labelAdded, ["label": "a", "seq": 1])  // 2
        for data: JSONObject in [
            [:], ["label": "b"], ["label": "b", "seq": "1"], ["label": 4, "seq": 1],
            ["label": "b", "seq": -1], ["label": "b", "seq": 0], ["label": "b", "seq": 1.5],
        ] { script.add(.labelAdded, data) }
        script.add(.labelRemoved, ["label": "c"])
        script.add(.labelAdded, ["label": "d", "seq": 1])  // 11
        script.withhold(sequence: 11)
        // A name may be at an event that is not there: an import brings what it brings.
        script.add(.labelAdded, ["label": "e", "seq": 999])
        let labels = try LabelProjection().fold(script.events)
        #expect(labels.labels.map(\.name) == ["a", "e"])
        #expect(PointInTime.label("a").count(in: script.events) == 0)
    }

    @Test func twoWritersDoNotTakeTheSameName() async throws {
        let session = try await session()
        await withTaskGroup(of: Void.self) { group in
            for number: UInt64 in 1...4 {
                group.addTask {
                    _ = try? await journal.as("user:\(number)").label("a", at: number, in: session)
                }
            }
        }
        var added = 0
        for try await event in journal.events(session: session, kinds: [.labelAdded]) {
            #expect(try event.data()["was"] == nil)
            added += 1
        }
        #expect(added == 1)
    }
}
