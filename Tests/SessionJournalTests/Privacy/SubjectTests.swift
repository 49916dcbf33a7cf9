import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct SubjectTests {
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)

    private struct Taken {
        var record: SubjectRecord
        var events: [SubjectEvent] = []
        var contexts: [SubjectContext] = []

        var text: String {
            (events.map(\.json) + contexts.map(\.json)).map(\.description).joined(separator: "\n")
        }
    }

    private static func take(
        _ journal: Journal, _ name: String, _ options: SubjectOptions = .init()
    ) async throws -> Taken {
        var events: [SubjectEvent] = []
        var contexts: [SubjectContext] = []
        let record = try await journal.subjectRecord(of: name, options: options) { item in
            switch item {
            case .event(let event): events.append(event)
            case .context(let context): contexts.append(context)
            }
        }
        return Taken(record: record, events: events, contexts: contexts)
    }

    @Test func othersAreNotHandedOver() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let bob = journal.as(ErasureRig.bob)
        try await bob.say("user", "I spoke with \(ErasureRig.ada)", in: made.shared)
        try await bob.append(
            EventDraft(
                .annotationAdded, data: ["name": "note", "value": "for her"],
                onBehalf: ErasureRig.ada, reason: "she asked \(ErasureRig.bob)"), to: made.shared)
        try await bob.say("user", "said in hers", in: made.own)
        let taken = try await Self.take(journal, ErasureRig.ada)
        var own: [UInt64] = []
        for try await event in journal.events()
        where event.actor == ErasureRig.ada || event.onBehalf == ErasureRig.ada {
            own.append(event.sequence)
        }
        #expect(taken.events.map(\.event.sequence) == own && own.count == taken.record.events)
        #expect(taken.events.last?.relation == .onBehalf)
        #expect(taken.record.mentions == 1 && taken.record.gaps == 0)
        #expect(taken.record.sessions.map(\.summary.session) == [made.own])
        for text in [ErasureRig.bob, "get well", "bob 1", "I spoke", "said in hers"] {
            #expect(!taken.text.contains(text), "\(text)")
        }
        #expect(taken.text.contains(ErasureRig.secrets[0]))
        let bobs = try await Self.take(journal, ErasureRig.bob)
        #expect(bobs.record.sessions.map(\.summary.session) == [made.shared])
        // An owner that is named takes a session from who created it.
        try await bob.setMetadata(["owner": .string(ErasureRig.ada)], in: made.shared)
        #expect(try await Self.take(journal, ErasureRig.ada).record.sessions.count == 2)
        #expect(try await Self.take(journal, ErasureRig.bob).record.sessions.isEmpty)
        try await journal.close()
    }

    @Test func whatTheyAnsweredComesWithoutNames() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let bob = made.journal.as(ErasureRig.bob)
        try await bob.say(
            "user", "babbage here, babbage@example.org, lovelace: \(Self.token)", in: made.shared)
        try await made.journal.as(ErasureRig.ada).say("user", "hello", in: made.shared)
        var options = SubjectOptions()
        options.includesContext = true
        options.includesHolds = true
        let taken = try await Self.take(made.journal, ErasureRig.ada, options)
        // Bob's answer that she answered, and this.
        #expect(taken.contexts.count == 2 && taken.record.contexts == 2)
        let last = try #require(taken.contexts.last)
        let author = try #require(last.author)
        #expect(author.hasPrefix("person-"))
        #expect(
            last.parts[0]["text"]?.string
                == "\(author) here, [redacted: email], lovelace: [redacted: github-token]")
        #expect(!taken.contexts.map(\.json).description.contains("babbage"))
        #expect(taken.contexts[0].parts[0]["text"] == "get well soon")
        #expect(taken.record.holds == [])
        try await bob.placeHold(on: .actor(ErasureRig.ada), matter: "case 7")
        #expect(
            try await Self.take(made.journal, ErasureRig.ada, options).record.holds?.count == 1)
        #expect(try await Self.take(made.journal, ErasureRig.ada).record.holds == nil)
        try await made.journal.close()
    }

    @Test func gapsAndRedactionsAreShownForWhatTheyAre() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let ada = made.journal.as(ErasureRig.ada)
        let dpo = made.journal.as("user:dpo")
        try await ada.say("user", "the key \(Self.token)", in: made.own)
        let said = try await made.journal.lastSequence()
        try await dpo.redact(.event(said), for: .secrets)
        try await dpo.erase(
            .message("hers-3", in: made.own), options: ErasureOptions(basis: "GDPR 17"))
        let taken = try await Self.take(made.journal, ErasureRig.ada)
        let redacted = try #require(taken.events.first { $0.event.sequence == said })
        #expect(redacted.redactedBy != nil && taken.record.redacted == 1)
        #expect(redacted.data["parts"]?[0]?["text"] == "the key [redacted: github-token]")
        #expect(!taken.text.contains(Self.token))
        #expect(taken.record.gaps == 1)
        let gap = try #require(taken.events.first { $0.relation == .gap })
        #expect(gap.json["withheld"] == true && gap.json["data"] == nil)
        // Of others' sessions nobody knows whose a gap was.
        let bobs = try await Self.take(made.journal, ErasureRig.bob)
        #expect(bobs.record.gaps == 0)
        try await made.journal.close()
    }

    @Test func nobodyHasNothing() async throws {
        let journal = Journal.inMemory()
        let none = try await Self.take(journal, "user:nobody")
        #expect(none.record.events == 0 && none.events.isEmpty && none.record.lastSequence == 0)
        #expect(none.record.json["sessions"] == [] && none.record.json["holds"] == .null)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await Self.take(journal, "")
        }
    }

    @Test func rolesAreToldWithoutWhoGaveThem() async throws {
        let journal = Journal.inMemory()
        let admin = journal.as("user:root")
        let session = try await admin.createSession(key: "x")
        try await admin.grant(.reader, to: "user:ada")
        try await admin.grant(.writer, to: "user:ada", in: session)
        try await admin.revoke(.reader, from: "user:ada")
        let taken = try await Self.take(journal, "user:ada")
        #expect(taken.record.grants.map(\.role) == ["reader", "writer", "reader"])
        #expect(taken.record.grants.map(\.isRevoked) == [false, false, true])
        #expect(taken.record.grants[1].session == session.hexadecimal)
        #expect(!JSONValue.object(taken.record.json).description.contains("user:root"))
    }

    @Test func aProofOfATreeThatNobodySignedSaysSo() async throws {
        let disk = SimulatedDisk()
        var options = JournalOptions()
        options.fileSystem = disk
        let journal = try await Journal.create(at: "/j", options: options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "x")
        try await ada.say("user", "one", in: session)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.proofFile(of: 2)
        }
        let text = try await journal.proofFile(of: 2, telling: .event, orUnsignedOver: 2)
        #expect(text.hasSuffix("\n\n") && text.hasPrefix("c2sp.org/tlog-proof@v1\n"))
        let report = try Journal.verifyProof(Array(text.utf8), EvidenceOptions())
        #expect(report.verdict == .unanchored && report.anchor?.size == 2)
        #expect(report.unchecked.contains { $0.contains("nobody has signed it") })
        var options2 = EvidenceOptions()
        options2.keys = [
            "example.com/foo+530d903a+AYrOzF7BgCYlF4dYv4NlqeLbHfQOW2VkJlGSMm1xm0m/"
        ]
        if let strict = try? Journal.verifyProof(Array(text.utf8), options2) {
            #expect(strict.verdict == .invalid)
        }
        // Another line does not fit it, and half of it is nothing.
        let other = try await journal.proofFile(of: 1, telling: .event, orUnsignedOver: 2)
        let line = text.split(separator: "\n")[1]
        let forged = other.replacing(other.split(separator: "\n")[1], with: line)
        #expect(try Journal.verifyProof(Array(forged.utf8), .init()).verdict == .invalid)
        let half = Array(text.utf8.dropLast())
        #expect(try Journal.verifyProof(half, .init()).verdict == .invalid)
        try await journal.close()
    }
}
