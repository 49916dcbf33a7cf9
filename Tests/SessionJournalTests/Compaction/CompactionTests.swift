import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Compactions: what goes and what stays, what they answer afterwards, and what is certified.
@Suite struct CompactionTests {
    // MARK: What stays the same

    @Test func everythingAnswersAsBefore() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let journal = content.journal
        let last = try await journal.lastSequence()
        let before = try await JournalAnswers(of: journal, through: last)
        let blame = try await journal.state(of: content.chat).json()
        var rule = CompactionRule()
        rule.keptEvents = 3
        let report = try await journal.as("user:op").compact(rule)
        #expect(report.eventCount > 10 && report.sessionCount == 2)
        #expect(report.plainSizeAfter < report.plainSizeBefore)
        let after = try await JournalAnswers(of: journal, through: last)
        #expect(after == before)
        #expect(try rig.files() != [])
        let shown = try await journal.state(of: content.chat)
        #expect(shown.metadata(on: "main")["category"] == "tea")
        #expect(blame?["metadata"] == shown.json()?["metadata"])
        // Every check there is agrees, in another process too.
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        let reader = try await rig.read()
        #expect(try await JournalAnswers(of: reader, through: last) == before)
        #expect(try await reader.verify().verdict == .ok)
        #expect(try await reader.verify().withheld.compacted == report.eventCount)
        let checks = try await reader.checkCompactions()
        #expect(checks.count == 1 && checks[0].isValid)
        try await reader.close()
    }

    @Test func whatWasSaidIsGoneAndTheRestStays() async throws {
        var rule = CompactionRule()
        rule.keptEvents = 0
        let (rig, content, _) = try await CompactionRig.compacted(rule)
        let journal = content.journal
        try await journal.seal()
        #expect(try rig.files() == [])
        let state = try await journal.state(of: content.chat)
        let path = try #require(state.tree.path(ofBranch: "main")).messages
        #expect(path.count == 12 && path.allSatisfy { $0.isCompacted })
        #expect(path.map(\.id) == content.messages)
        #expect(path[0].actor == "user:ada" && path[0].role == .user && path[0].parts().isEmpty)
        // The tool was called, and it went well.
        let calls = state.tree.toolCalls()
        #expect(calls.count == 1 && calls[0].name == "bash" && calls[0].status == .ok)
        #expect(calls[0].durationMilliseconds == 7 && calls[0].input == .null)
        // Who edited stays, and on which branch.
        #expect(path[1].revisions.count == 2 && path[1].revisions[1].actor == "user:ada")
        #expect(state.json()?["messages"]?[0]?["compacted"] == true)
        // A model is not sent what is not there.
        let window = try await journal.context(of: content.chat).window(budget: 10_000)
        #expect(window.messages.isEmpty)
        try await journal.close()
    }

    @Test func aPointWithinSaysSo() async throws {
        var rule = CompactionRule()
        rule.keptEvents = 3
        let (_, content, report) = try await CompactionRig.compacted(rule)
        let journal = content.journal
        let id = report.certificates[0].id
        let whole = try await journal.state(of: content.chat)
        let extent = try #require(whole.compacted)
        #expect(extent.compaction == id && extent.archive == nil)
        #expect(extent.version > 3 && extent.version < whole.version)
        let early = try await journal.state(of: content.chat, at: .sequence(4))
        #expect(early.version == 4)
        #expect(early.compacted?.version == 4)
        #expect(early.tree.messages.count == 3)
        let json = early.json()
        #expect(json?["compacted"]?["version"] == 4)
        let other = try await journal.state(of: content.quiet)
        #expect(other.compacted != nil)
        // One that nobody compacted says nothing.
        let new = try await journal.as("user:ada").createSession(key: "new")
        #expect(try await journal.state(of: new).compacted == nil)
        try await journal.close()
    }

    @Test func aDryRunChangesNothing() async throws {
        var options = CompactionOptions()
        options.isDryRun = true
        let rig = CompactionRig()
        let content = try await rig.made()
        let last = try await content.journal.lastSequence()
        let files = rig.disk.files
        let report = try await content.journal.as("user:op").compact(
            CompactionRig.kept(2), options: options)
        #expect(report.eventCount == 4 && report.certificates.isEmpty)
        #expect(rig.disk.files == files)
        #expect(try await content.journal.lastSequence() == last)
        try await content.journal.close()
        let reader = try await rig.read()
        let same = try await reader.as("user:op").compact(CompactionRig.kept(2), options: options)
        #expect(same.eventCount == report.eventCount)
        await #expect(throws: JournalError(.readOnly, "")) {
            try await reader.as("user:op").compact(CompactionRig.kept(2))
        }
        try await reader.close()
    }

    // MARK: Rules

    @Test func theLastMessagesOfEachBranchStay() async throws {
        let (_, content, _) = try await CompactionRig.compacted(CompactionRig.kept(2))
        // The branch that began at the third message keeps its own last two, so that all behind stay.
        let kept = try await CompactionRig.whole(content.journal, content.chat)
        #expect(kept.first == content.messages[2] && !kept.contains(content.messages[1]))
        #expect(try await CompactionRig.whole(content.journal, content.quiet).count == 2)
        try await content.journal.close()
    }

    @Test func theCallOfAResultThatStaysStays() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let ada = content.journal.as("user:ada")
        try await ada.deleteBranch("side", in: content.chat)
        // The result is the fifth from the end, its call the sixth.
        try await content.journal.as("user:op").compact(CompactionRig.kept(5))
        #expect(
            try await CompactionRig.whole(content.journal, content.chat).first
                == content.messages[6])
        try await content.journal.close()
    }

    @Test func theLastEventsStay() async throws {
        var rule = CompactionRule()
        rule.keptEvents = 3
        let (_, content, report) = try await CompactionRig.compacted(rule)
        let events = try await content.journal.store.all(ReadQuery(session: content.chat))
        #expect(events.suffix(3).allSatisfy { !$0.isCompacted })
        let kinds = CompactedLine.kinds
        #expect(events.dropLast(3).allSatisfy { $0.isCompacted == kinds.contains($0.kind) })
        #expect(report.certificates[0].parts.allSatisfy { $0.versions.count == 1 })
        try await content.journal.close()
    }

    @Test func whatIsYoungStays() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let events = try await content.journal.store.all()
        // The moment of an event that would go, too.
        let middle = try #require(
            events.first { $0.sequence >= 6 && $0.kind == .messageAppended }
        ).time
        var rule = CompactionRule()
        rule.before = middle
        try await content.journal.as("user:op").compact(rule)
        for event in try await content.journal.store.all() {
            let isOld = event.time < middle && CompactedLine.kinds.contains(event.kind)
            #expect(event.isCompacted == isOld, "event \(event.sequence)")
        }
        try await content.journal.close()
    }

    @Test func onlyWhatWasPutAway() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.as("user:bob").perform(.archive, in: content.quiet)
        var rule = CompactionRule()
        rule.archivedOnly = true
        let report = try await content.journal.as("user:op").compact(rule)
        #expect(report.certificates.flatMap(\.parts).map(\.session) == [content.quiet])
        try await content.journal.close()
    }

    @Test func onlyWhatAQueryFinds() async throws {
        var rule = CompactionRule()
        rule.query = "category=tea"
        let (_, content, report) = try await CompactionRig.compacted(rule)
        #expect(report.certificates.flatMap(\.parts).map(\.session) == [content.chat])
        #expect(report.certificates[0].rule["query"] == "category=tea")
        try await content.journal.close()
    }

    @Test func onlyWhatABranchComesFrom() async throws {
        var rule = CompactionRule()
        rule.ancestorsOf = "side"
        let (_, content, _) = try await CompactionRig.compacted(rule)
        // The fourth message is on main alone.
        let kept = try await CompactionRig.whole(content.journal, content.chat)
        #expect(kept.first == content.messages[3])
        // A session without such a branch has nothing that it comes from.
        #expect(try await CompactionRig.whole(content.journal, content.quiet).count == 4)
        try await content.journal.close()
    }

    @Test func theRulesHoldTogether() async throws {
        var rule = CompactionRig.kept(2)
        rule.keptEvents = 1_000
        let (_, content, report) = try await CompactionRig.compacted(rule)
        #expect(report.eventCount == 0 && report.certificates.isEmpty)
        #expect(try await content.journal.compactions().isEmpty)
        rule.keptEvents = -1
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await content.journal.as("user:op").compact(rule)
        }
        var other = CompactionRule()
        other.sessions = [EventScript.defaultSession]
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await content.journal.as("user:op").compact(other)
        }
        try await content.journal.close()
    }

    // MARK: What is to stay

    @Test(arguments: ["important", "pinned"])
    func whatIsMarkedStays(_ mark: String) async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let ada = content.journal.as("user:ada")
        try await ada.setMessageMetadata([mark: true], of: content.messages[1], in: content.chat)
        try await content.journal.as("user:op").compact(CompactionRule())
        #expect(
            try await CompactionRig.whole(content.journal, content.chat) == [content.messages[1]])
        let message = try #require(
            try await content.journal.state(of: content.chat).tree.message(content.messages[1]))
        #expect(message.preview().contains("edited"))
        let part = try #require(
            try await content.journal.compactions()[0].parts.first { $0.session == content.chat })
        #expect(part.versions.count > 1)
        #expect(try await content.journal.checkCompactions().allSatisfy(\.isValid))
        // Once it is not marked any more, it goes too, under a certificate of its own.
        try await ada.setMessageMetadata([mark: false], of: content.messages[1], in: content.chat)
        let report = try await content.journal.as("user:op").compact(CompactionRule())
        #expect(report.certificates[0].parts.map(\.session) == [content.chat])
        #expect(try await CompactionRig.whole(content.journal, content.chat).isEmpty)
        #expect(try await content.journal.checkCompactions().map(\.isValid) == [true, true])
        #expect(try await content.journal.verify().verdict == .ok)
        try await content.journal.close()
    }

    @Test func whatIsBeingSaidStays() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let stream = try await content.journal.as("user:ada").openMessage(
            "assistant", in: content.quiet)
        try await stream.append("half a")
        try await content.journal.as("user:op").compact(CompactionRule())
        let kept = try await CompactionRig.whole(content.journal, content.quiet)
        #expect(kept == [stream.message])
        try await stream.append(" word")
        try await stream.finish()
        let message = try await content.journal.state(of: content.quiet).tree.message(
            stream.message)
        #expect(message?.parts() == [.text("half a word")])
        try await content.journal.close()
    }

    /// Content that stands by itself goes with the last message that refers to it.
    @Test func contentThatIsReferredToStays() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let ada = content.journal.as("user:ada")
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        func attach(_ text: String) async throws -> JSONValue {
            try await ada.attach(bytes(text), mediaType: "image/png", in: content.quiet)
        }
        func held(_ part: JSONValue) async throws -> [UInt8]? {
            try await content.journal.attachment(part["blob"]?.string ?? "", in: content.quiet)
        }
        let shared = try await attach("shared picture")
        let lone = try await attach("lone picture")
        try await ada.say("user", parts: [shared, lone], in: content.quiet)
        try await ada.say("user", parts: [shared], in: content.quiet)
        try await content.journal.as("user:op").compact(CompactionRig.kept(1))
        #expect(try await held(shared) == bytes("shared picture"))
        #expect(try await held(lone) == nil)
        // Attached again it is there again, although its id is known.
        #expect(try await attach("lone picture") == lone)
        #expect(try await held(lone) == bytes("lone picture"))
        try await content.journal.close()
    }

    @Test func aHoldKeepsASessionOut() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.as("user:law").placeHold(
            on: .session(content.chat), matter: "case 1")
        let report = try await content.journal.as("user:op").compact(CompactionRule())
        #expect(report.leftOut.map(\.session) == [content.chat])
        #expect(report.leftOut[0].reason == .held)
        #expect(report.certificates.flatMap(\.parts).map(\.session) == [content.quiet])
        var rule = CompactionRule()
        rule.sessions = [content.chat]
        await #expect(throws: JournalError(.held, "")) {
            try await content.journal.as("user:op").compact(rule)
        }
        #expect(try await CompactionRig.whole(content.journal, content.chat).count == 13)
        try await content.journal.close()
    }

    /// A hold that comes in the middle stops it; when it is lifted, the rest is done.
    @Test func aHoldInTheMiddleStopsIt() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let journal = content.journal
        let plan = try await journal.plan(
            CompactionRule(), of: [content.chat, content.quiet], limit: 10
        ).plan
        let data = plan.json(
            CompactionRule(), id: "0123456789abcdef0123456789abcdef",
            tree: try await journal.store.treeHead(at: nil), archive: nil)
        try journal.markDestruction()
        try await journal.note(EventDraft(.compactionBegan, data: EventData(data)), by: "user:op")
        let hold = try await journal.as("user:law").placeHold(on: .journal, matter: "case 1")
        await #expect(throws: JournalError(.held, "")) { try await journal.resumeCompactions() }
        // Whatever else is done meanwhile, the next to open the journal finds the mark.
        try await journal.unmarkFinishedDestruction()
        #expect(rig.disk.files["/j/ERASURE"] != nil)
        #expect(try await CompactionRig.whole(journal, content.quiet).count == 4)
        #expect(try await journal.checkCompactions()[0].isValid)
        try await journal.close()
        let again = try await rig.open()
        #expect(try await again.compactions().map(\.isFinished) == [false])
        try await again.as("user:law").liftHold(hold.id)
        #expect(try await again.resumeCompactions().count == 1)
        #expect(try await CompactionRig.whole(again, content.quiet).isEmpty)
        #expect(try await again.checkCompactions()[0].isValid)
        #expect(rig.disk.files["/j/ERASURE"] == nil)
        try await again.close()
    }

    // MARK: Certificates

    @Test func theCertificateSaysWhatWent() async throws {
        var options = CompactionOptions()
        options.reason = "spring"
        let (_, content, _) = try await CompactionRig.compacted(CompactionRule(), options)
        let certificate = try await content.journal.compactions()[0]
        #expect(certificate.isFinished && certificate.actor == "user:op")
        #expect(certificate.reason == "spring" && certificate.id.count == 32)
        #expect(certificate.kinds == ["message.appended": 17, "message.edited": 1])
        #expect(certificate.actors == ["user:ada": 14, "user:bob": 4])
        #expect(certificate.eventCount == 18 && certificate.parts.count == 2)
        #expect(certificate.projections["session"] == JSONValue(SessionProjection.version))
        #expect(certificate.tree?.size ?? 0 > 0)
        #expect(certificate.json["events"] == 18)
        // The subtree is that over the leaves of what was replaced.
        for part in certificate.parts {
            var tree = LeafTree()
            for event in try await content.journal.store.all(ReadQuery(session: part.session))
            where event.isCompacted { tree.append(event.leaf) }
            #expect(tree.root == part.subtree && tree.size == part.count)
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await content.journal.checkCompactions("none")
        }
        #expect(
            try await content.journal.checkCompactions(String(certificate.id.prefix(8))).count == 1)
        try await content.journal.close()
    }

    /// One that was made when what is out of sight was not compared yet.
    @Test func anOlderCertificateIsCheckedByWhatItKnew() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        let journal = content.journal
        try await Pruner(journal.as("user:ada")).pruneMessages(content.chat, 3)
        var plan = try await journal.plan(CompactionRule(), of: [content.chat], limit: 1).plan
        var fold = FoldedSession(version: 1)
        for event in try await journal.store.all(ReadQuery(session: content.chat)) {
            fold.apply(event)
        }
        let part = plan.parts[0]
        #expect(part.fold != fold.digest)
        plan.parts[0] = CompactionCertificate.Part(
            session: part.session, versions: part.versions, count: part.count,
            subtree: part.subtree, snapshot: part.snapshot, version: part.version,
            fold: fold.digest)
        var data = plan.json(
            CompactionRule(), id: "0123456789abcdef0123456789abcdef",
            tree: try await journal.store.treeHead(at: nil), archive: nil)
        var projections = try #require(data["projections"]?.object)
        #expect(projections["fold"] == JSONValue(FoldedSession.version))
        projections["fold"] = nil
        data["projections"] = .object(projections)
        try journal.markDestruction()
        try await journal.note(EventDraft(.compactionBegan, data: EventData(data)), by: "user:op")
        #expect(try await journal.resumeCompactions().count == 1)
        let check = try await journal.checkCompactions()[0]
        #expect(check.isValid && check.erasedSince.isEmpty, "\(check.json)")
        try await journal.close()
    }

    /// Somebody puts other lines in the places of compacted ones: the leaves are right, so that only
    /// the certificate tells.
    @Test func otherLinesAreFound() async throws {
        let (rig, content, report) = try await CompactionRig.compacted()
        let sequence = try #require(report.certificates[0].range).lowerBound
        let store = try #require(content.journal.store as? FileStore)
        _ = try store.log.withholdLines(of: [sequence...sequence]) { line in
            let text = String(repairing: line).replacing(#""role":"user""#, with: #""role":"tool""#)
            return Array(text.utf8)
        }
        let check = try await content.journal.checkCompactions()[0]
        #expect(!check.isValid)
        #expect(Set(check.findings.map(\.finding)).isSuperset(of: [.snapshot]))
        #expect(check.json["valid"] == false)
        try await content.journal.close()
        _ = rig
    }

    /// A compacted line that no compaction speaks of is content that is missing.
    @Test func linesThatNothingExplainsAreFound() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.store.compact([3...4], archive: nil) { try await $0() }
        let report = try await content.journal.verify()
        #expect(report.verdict == .contentMissing)
        #expect(report.withheld.unexplained == [3...4] && report.withheld.compacted == 2)
        try await content.journal.close()
    }
}
