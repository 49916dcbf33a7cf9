import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct RedactionTests {
    /// Put together here, so that no scanner of somebody else finds it in this file.
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)
    private static let other = "AKIA" + "IOSFODNN7EXAMPLE"
    private static let mark = "[redacted: github-token]"

    private struct Talk {
        var rig = ErasureRig()
        var journal: Journal
        var session: SessionID
        var messages: [String]
        var sequences: [UInt64]

        var writer: JournalWriter { journal.as("user:dpo") }

        init() async throws {
            journal = try await Journal.create(at: ErasureRig.path, options: rig.options)
            let ada = journal.as(ErasureRig.ada)
            session = try await ada.createSession(key: "tea", metadata: ["name": "tea"])
            messages = []
            sequences = []
            for text in [
                "the key is \(RedactionTests.token)!", "thanks", "and \(RedactionTests.token)",
            ] {
                let receipt = try await ada.say("user", text, in: session)
                messages.append(receipt.message)
                sequences.append(try await journal.lastSequence())
            }
        }

        func texts(at point: PointInTime = .now) async throws -> [String] {
            try await journal.tree(of: session, at: point).messages.map { $0.preview(200) }
        }
    }

    @Test func messagesShowWhatRedactsThemNowAndBefore() async throws {
        let talk = try await Talk()
        let dry = try await talk.writer.redact(
            .session(talk.session), for: .secrets, options: .dry)
        #expect(dry.redacted.map(\.sequence) == [talk.sequences[0], talk.sequences[2]])
        #expect(try await talk.journal.lastSequence() == talk.sequences[2])
        let report = try await talk.writer.redact(.event(talk.sequences[0]), for: .secrets)
        #expect(report.redacted.map(\.sequence) == [talk.sequences[0]])
        let finding = try #require(report.redacted.first?.findings.first)
        #expect(finding.place == "/data/parts/0/text" && finding.range == 11..<51)
        #expect(!finding.excerpt.contains(Self.token.dropFirst(8).prefix(8)))
        let clean = ["the key is \(Self.mark)!", "thanks", "and \(Self.token)"]
        #expect(try await talk.texts() == clean)
        try await talk.writer.redact(.session(talk.session), for: .secrets)
        let all = [clean[0], clean[1], "and \(Self.mark)"]
        #expect(try await talk.texts() == all)
        // As of an earlier event, too; the message is what it was in all else.
        #expect(try await talk.texts(at: .sequence(talk.sequences[2])) == all)
        #expect(try await talk.texts(at: .sequence(talk.sequences[0])) == [clean[0]])
        let message = try #require(
            try await talk.journal.tree(of: talk.session).message(talk.messages[0]))
        #expect(message.actor == ErasureRig.ada && message.sequence == talk.sequences[0])
        #expect(message.revision == nil && message.role == .user)
        // The log still says it, and a scan that it does.
        #expect(try !talk.rig.files(holding: [Self.token]).isEmpty)
        let scan = try await talk.journal.scan(found: { #expect($0.isRedacted) })
        #expect(scan.counts == ["github-token": 2] && scan.redacted == 2)
        // There is nothing to be done again.
        let before = try await talk.journal.lastSequence()
        let again = try await talk.writer.redact(.session(talk.session), for: .secrets)
        #expect(again.redacted.isEmpty && again.known.count == 2)
        #expect(try await talk.journal.lastSequence() == before)
        let notices = try await talk.journal.redactedEvents()
        #expect(notices == [talk.sequences[0], talk.sequences[2]])
        // A clone gets what is shown.
        let clone = try await talk.writer.clone(talk.session, key: "copy")
        let copied = try await talk.journal.tree(of: clone.session)
        #expect(copied.messages.map { $0.preview(200) } == all)
        try await talk.journal.close()
    }

    @Test func whatIsErasedLeavesWhatRedactsIt() async throws {
        let talk = try await Talk()
        let ada = talk.journal.as(ErasureRig.ada)
        try await ada.append(
            EventDraft(.importLine, data: ["line": 1, "text": .string("x \(Self.token)")]),
            to: talk.session)
        try await ada.setMetadata(["description": .string(Self.other)], in: talk.session)
        for number in 0..<10 { try await ada.say("user", "\(number)", in: talk.session) }
        try await talk.journal.takeSnapshots()
        let tree = try await talk.journal.tree(of: talk.session)
        // Read now: what is read later of an erased event is a gap.
        let (ids, roles) = (tree.messages.map(\.id), tree.messages.map(\.role))
        let (parents, heads) = (tree.nodes().map(\.parent), tree.heads)
        let report = try await talk.writer.redact(
            .session(talk.session), for: .secrets, options: .erasing)
        #expect(report.others.map(\.kind) == [.importLine])
        #expect(report.left.map(\.kind) == [.sessionMetadataChanged])
        #expect(report.certificate?.plan.eventCount == 3)
        #expect(report.certificate?.scope == "events")
        #expect(try talk.rig.files(holding: [Self.token]) == [])
        let texts = ["the key is \(Self.mark)!", "thanks", "and \(Self.mark)"]
        for point in [PointInTime.now, .sequence(talk.sequences[2])] {
            #expect(try await Array(talk.texts(at: point).prefix(3)) == texts)
        }
        let left = try await talk.journal.tree(of: talk.session)
        let shown = left.messages.map { $0.preview(200) }
        #expect(left.messages.map(\.id) == ids && left.messages.map(\.role) == roles)
        #expect(left.nodes().map(\.parent) == parents && left.heads == heads)
        #expect(left.messages[0].actor == nil && !left.messages[0].isWithheld)
        let turns = try await talk.journal.state(of: talk.session).metadata()["turn_count"]
        #expect(turns == 13)
        #expect(try await talk.journal.verify().verdict == .ok)
        // From snapshots it is the same.
        try await talk.journal.takeSnapshots()
        try await talk.journal.close()
        let reader = try await talk.rig.read()
        let again = try await reader.tree(of: talk.session)
        #expect(again.messages.map { $0.preview(200) } == shown && again.heads == heads)
        try await reader.close()
    }

    @Test func whatWasRedactedFirstCanBeErasedLater() async throws {
        let talk = try await Talk()
        try await talk.writer.redact(.session(talk.session), for: .secrets)
        let report = try await talk.writer.redact(
            .session(talk.session), for: .secrets, options: .erasing)
        #expect(report.redacted.isEmpty && report.certificate?.plan.eventCount == 2)
        #expect(try talk.rig.files(holding: [Self.token]) == [])
        #expect(try await talk.texts()[0] == "the key is \(Self.mark)!")
        try await talk.journal.close()
    }

    @Test func editsAndPiecesAreRedactedWhereTheyStand() async throws {
        for isErasing in [false, true] {
            let talk = try await Talk()
            let ada = talk.journal.as(ErasureRig.ada)
            let stream = try await ada.openMessage("assistant", in: talk.session)
            try await stream.append("one ")
            try await stream.append("\(Self.token) two")
            try await stream.finish()
            try await ada.edit(talk.messages[1], text: "no: \(Self.token)", in: talk.session)
            let state = try await talk.texts()
            #expect(state[1] == "no: \(Self.token)" && state[3] == "one \(Self.token) two")
            try await talk.writer.redact(
                .session(talk.session), for: .secrets, options: isErasing ? .erasing : .init())
            let texts = try await talk.texts()
            #expect(texts[1] == "no: \(Self.mark)" && texts[3] == "one \(Self.mark) two")
            let message = try #require(
                try await talk.journal.tree(of: talk.session).message(talk.messages[1]))
            #expect(message.revisions.count == 2 && message.revision != nil)
            #expect(try talk.rig.files(holding: [Self.token]).isEmpty == isErasing)
            // Another edit wins over it.
            try await ada.edit(talk.messages[1], text: "well", in: talk.session)
            #expect(try await talk.texts()[1] == "well")
            try await talk.journal.takeSnapshots()
            try await talk.journal.close()
            let reader = try await talk.rig.read()
            let read = try await reader.tree(of: talk.session).messages.map { $0.preview(200) }
            #expect(read == [texts[0], "well", texts[2], texts[3]])
            try await reader.close()
        }
    }

    @Test func whatRedactsIsRedactedItself() async throws {
        let talk = try await Talk()
        try await talk.writer.redact(.event(talk.sequences[0]), for: .secrets)
        let words = TextScanner(rules: try TextRule.rules(parsing: "[word] KEY"))
        let report = try await talk.writer.redact(
            .event(talk.sequences[0]), for: words, options: .erasing)
        #expect(report.redacted.count == 1 && report.known.count == 1)
        #expect(try await talk.texts()[0] == "the [redacted: word] is \(Self.mark)!")
        #expect(try talk.rig.files(holding: ["the key"]) == [])
        try await talk.journal.close()
    }

    @Test func aHoldAndTheJournalsOwnEventsStandInTheWay() async throws {
        let talk = try await Talk()
        try await talk.writer.placeHold(on: .session(talk.session), matter: "case 7")
        let before = try await talk.journal.lastSequence()
        for isDryRun in [true, false] {
            var options = RedactionOptions.erasing
            options.isDryRun = isDryRun
            await #expect(throws: JournalError(.held, "")) {
                try await talk.writer.redact(
                    .session(talk.session), for: .secrets, options: options)
            }
        }
        #expect(try await talk.journal.lastSequence() == before)
        // What destroys nothing is not held.
        let report = try await talk.writer.redact(.session(talk.session), for: .secrets)
        #expect(report.redacted.count == 2 && report.certificate == nil)
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await talk.writer.redact(.event(9_999), for: .secrets)
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await talk.writer.redact(.session(.journal), for: .secrets)
        }
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await talk.writer.redact(.session(SessionID(high: 1, low: 2)), for: .secrets)
        }
        try await talk.journal.close()
    }

    /// Events that an import may bring: folded as far as they make sense.
    @Test func eventsThatMakeNoSenseArePassedOver() {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": [:]])
        script.add(.messageAppended, message("m1", "one"), branch: "main")
        for data: JSONObject in [
            [:], ["event": 2], ["event": "x", "message": "m1"], ["event": 99, "message": "m1"],
            ["event": 77, "message": "m1", "of": "message.edited", "parts": 7],
            ["event": -1, "message": "m1"], ["event": 1, "message": "nobody", "parts": []],
            ["event": 0, "of": "message.extended", "message": "m1", "parts": []],
        ] {
            script.add(.messageRedacted, data, branch: "main")
        }
        var clean = message("other", "clean")
        clean.append("event", 2)
        script.add(.messageRedacted, clean, branch: "nowhere")
        let projection = SessionProjection()
        var state = projection.initialState()
        for event in script.events { projection.apply(event, to: &state) }
        #expect(state.tree.messages.map(\.id) == ["m1"])
        #expect(state.tree.messages[0].preview() == "clean")
    }

    private func message(_ id: String, _ text: String) -> JSONObject {
        [
            "message": .string(id), "parent": .null, "role": "user",
            "parts": [["type": "text", "text": .string(text)]],
        ]
    }
}

extension RedactionOptions {
    fileprivate static var dry: RedactionOptions {
        var options = RedactionOptions()
        options.isDryRun = true
        return options
    }

    fileprivate static var erasing: RedactionOptions {
        var options = RedactionOptions()
        options.erasureBasis = "GDPR 17"
        return options
    }
}
