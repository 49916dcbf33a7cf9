import JournalTestKit
import Testing

@testable import SegmentLog
@testable import SessionJournal

/// Leaves of what was erased long ago are forgotten; everything else stays, and proves.
@Suite struct ForgettingTests {
    private static func forgotten(
        stretch: Int = 150
    ) async throws -> (
        rig: ForgettingRig, content: ForgettingRig.Content, before: [Event], heads: [TreeHead],
        report: ForgettingReport
    ) {
        let rig = ForgettingRig()
        let content = try await rig.made(stretch: stretch)
        let before = try await content.journal.store.all()
        var heads: [TreeHead] = []
        for size in 0...UInt64(before.count) {
            heads.append(try await content.journal.store.treeHead(at: size))
        }
        let report = try await content.journal.as("user:dpo").forgetLeaves(
            erasedBefore: rig.daysAgo(30), reason: "the period is over")
        return (rig, content, before, heads, report)
    }

    @Test func whatWasErasedAsAWholeGoes() async throws {
        let (rig, content, before, heads, report) = try await Self.forgotten()
        let journal = content.journal
        #expect(report.isFinished && report.sessions == [content.early, content.mixed].sorted())
        #expect(report.erasures.count == 2 && report.held.isEmpty)
        #expect(report.sizeAfter < report.sizeBefore)
        let gone = before.filter {
            $0.isWithheld && [content.early, content.mixed].contains($0.session)
        }
        #expect(report.eventCount == gone.count && gone.count > 170)
        for event in gone { #expect(try await journal.event(at: event.sequence) == nil) }
        #expect(try await ForgettingRig.sound(journal, before, forgotten: report.events))
        // Of the sessions, what the erasures kept is left; of the other, all is.
        let left = try await journal.store.all(ReadQuery(session: content.early))
        #expect(left.map(\.kind) == [.erasureOutlined])
        let part = before.filter { $0.session == content.part }
        #expect(try await journal.store.all(ReadQuery(session: content.part)) == part)
        // Roots are what they were, where they can be told.
        var known = 0
        for (size, head) in heads.enumerated() {
            do {
                #expect(try await journal.store.treeHead(at: UInt64(size)) == head)
                known += 1
            } catch let error as JournalError {
                #expect(error.code == .leavesForgotten)
                #expect(report.events.holdInOrder(UInt64(size)), "\(size)")
            }
        }
        #expect(known > heads.count - gone.count && known < heads.count)
        let listed = try await journal.forgettings()
        #expect(listed.map(\.json) == [report.json])
        #expect(listed[0].reason == "the period is over" && listed[0].actor == "user:dpo")
        try await journal.close()
        #expect(rig.disk.files["/j/ERASURE"] == nil)
    }

    @Test func verificationTakesTheRootsIn() async throws {
        let (rig, content, before, _, report) = try await Self.forgotten()
        let journal = content.journal
        for opened in [journal, try await rig.read()] {
            let verified = try await opened.verify()
            #expect(verified.verdict == .ok, "\(verified.findings)")
            #expect(verified.withheld.forgotten == UInt64(report.eventCount))
            #expect(verified.withheld.unexplained.isEmpty)
            #expect(
                try await opened.verify().root == opened.store.treeHead(at: nil).root)
        }
        try await journal.close()
        let again = try await rig.open()
        #expect(try await again.verify().verdict == .ok)
        #expect(try await ForgettingRig.sound(again, before, forgotten: report.events))
        // The journal goes on.
        try await ForgettingRig.say(20, in: [content.kept], of: again, "on")
        try await again.seal()
        try await again.store.recompress()
        #expect(try await again.verify().verdict == .ok)
        try await again.close()
    }

    @Test func aLeafThatIsForgottenIsNotProved() async throws {
        let (_, content, before, _, report) = try await Self.forgotten()
        let journal = content.journal
        let first = try #require(report.events.first { $0.count > 4 })
        await #expect(throws: JournalError(.leavesForgotten, "")) {
            _ = try await journal.inclusionProof(of: first.lowerBound + 1)
        }
        // Neither is a tree that ends among them.
        let log = try #require(journal.store as? FileStore).log
        let kept = try log.view().retainedLeaves(from: 1, through: log.view().lastSequence)
        let inside = kept.flatMap { Array($0.firstSequence..<$0.lastSequence) }
        #expect(inside.count > 100)
        for size in inside {
            await #expect(throws: JournalError(.leavesForgotten, "")) {
                _ = try await journal.consistencyProof(from: size)
            }
        }
        let standing = try #require(before.last)
        #expect(try await journal.inclusionProof(of: standing.sequence).holds)
        try await journal.close()
    }

    /// Whoever holds a root that the journal has recorded can always have it proved.
    @Test func treesThatSomebodyKnowsStayProvable() async throws {
        let (_, content, _, heads, _) = try await Self.forgotten()
        let journal = content.journal
        let sizes = try await journal.sizesOfKnownTrees()
        #expect(sizes.count >= 4)
        for size in sizes {
            let proof = try await journal.consistencyProof(from: size)
            #expect(proof.holds)
            if size < heads.count { #expect(proof.first == heads[Int(size)]) }
        }
        try await journal.close()
    }

    /// A tree that somebody knows ends between two subtrees, wherever it ends.
    @Test func noSubtreeIsOnBothSidesOfAKnownTree() {
        let run: ClosedRange<UInt64> = 33...700
        for size: UInt64 in 1...720 {
            var next = run.lowerBound
            for (first, height) in LeafForgetter.division(
                of: run, cuts: [size], known: { _ in nil })
            {
                let last = first + (1 << UInt64(height)) - 1
                #expect(first == next && !(first <= size && size < last))
                next = last + 1
            }
            #expect(next == run.upperBound + 1)
        }
        let whole = LeafForgetter.division(of: 1...512, cuts: [256], known: { _ in nil })
        #expect(whole.map(\.height) == [8, 8])
    }

    @Test func onlyWhatWasErasedLongAgo() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        let before = try await content.journal.store.all()
        let dpo = content.journal.as("user:dpo")
        let none = try await dpo.forgetLeaves(erasedBefore: rig.daysAgo(50))
        #expect(none.eventCount == 0 && none.id.isEmpty)
        #expect(try await content.journal.store.all() == before)
        #expect(try await content.journal.forgettings().isEmpty)
        try await content.journal.close()
    }

    @Test func aSessionThatWentOnStays() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        try await ForgettingRig.say(1, in: [content.early], of: content.journal, "again")
        let report = try await content.journal.as("user:dpo").forgetLeaves(
            erasedBefore: rig.daysAgo(30))
        #expect(report.sessions == [content.mixed])
        // Once that is erased too, and the period over, all of it goes.
        try await content.journal.as("user:dpo").erase(
            .session(content.early), options: ErasureOptions(basis: "GDPR 17"))
        try await ForgettingRig.say(300, in: [content.kept], of: content.journal, "on")
        rig.clock.step(microseconds: 40 * ForgettingRig.day)
        let more = try await content.journal.as("user:dpo").forgetLeaves(
            erasedBefore: rig.daysAgo(30))
        #expect(more.sessions == [content.early])
        let verified = try await content.journal.verify()
        #expect(verified.verdict == .ok, "\(verified.findings)")
        try await content.journal.close()
    }

    @Test func whatIsHeldStays() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        _ = try await content.journal.as("user:law").placeHold(
            on: .session(content.early), matter: "case 7")
        let report = try await content.journal.as("user:dpo").forgetLeaves(
            erasedBefore: rig.daysAgo(30))
        #expect(report.sessions == [content.mixed] && report.held == [content.early])
        try await content.journal.close()
    }

    @Test func aDryRunSaysWhatWouldGo() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        try await content.journal.seal()
        let files = rig.disk.files
        let dpo = content.journal.as("user:dpo")
        let planned = try await dpo.forgetLeaves(erasedBefore: rig.daysAgo(30), isDryRun: true)
        #expect(rig.disk.files == files)
        #expect(planned.sizeAfter < planned.sizeBefore && planned.roots > 10)
        let done = try await dpo.forgetLeaves(erasedBefore: rig.daysAgo(30))
        #expect(done.events == planned.events && done.sessions == planned.sessions)
        #expect(planned.id.isEmpty && !planned.isFinished)
        // Doing it again finds nothing.
        #expect(try await dpo.forgetLeaves(erasedBefore: rig.daysAgo(30)).eventCount == 0)
        try await content.journal.close()
    }

    /// The largest subtrees are those of whole tiles, and such a tile of leaves goes.
    @Test func aWholeTileKeepsOneHash() async throws {
        let (rig, content, before, _, report) = try await Self.forgotten(stretch: 900)
        let journal = content.journal
        #expect(try await ForgettingRig.sound(journal, before, forgotten: report.events))
        let log = try #require(journal.store as? FileStore).log
        let retained = try log.view().retainedLeaves(from: 1, through: log.view().lastSequence)
        #expect(retained.filter { $0.height == 8 }.count == 3)
        #expect(retained.allSatisfy { $0.height <= 8 })
        try await journal.close()
        // Tiles of leaves in which some are forgotten are not there, and are not made again.
        let again = try await rig.open()
        #expect(try await ForgettingRig.sound(again, before, forgotten: report.events))
        try await again.close()
        #expect(rig.disk.files["/j/tiles/0/000"] == nil && rig.disk.files["/j/tiles/0/001"] == nil)
    }

    @Test func everyFlippedBitOfWhatIsKeptIsFound() async throws {
        let (rig, content, _, _, _) = try await Self.forgotten()
        try await content.journal.close()
        let name = "/j/segments/00000000000000000001.lz4"
        let file = try #require(rig.disk.files[name])
        let found = file.span.firstIndex(
            of: SkippableFrame.signature(of: .retainedHashes), from: 0)
        let start = try #require(found)
        let behind = file.span.firstIndex(
            of: SkippableFrame.signature(of: .footer), from: start)
        let end = try #require(behind)
        for offset in stride(from: start, to: end, by: 3) {
            let damaged = rig.disk.clone()
            damaged.flipBit(name, offset * 8 + offset % 8)
            let damagedRig = ForgettingRig(damaged)
            let reader = try await damagedRig.read()
            #expect(try await reader.verify().verdict == .damaged, "byte \(offset)")
            try await reader.close()
            guard offset % 4 == 0 else { continue }
            // One bit is put right.
            _ = try await Journal.repair(at: ForgettingRig.path, opening: damagedRig.options)
            #expect(damaged.files[name] == file, "byte \(offset)")
        }
    }

    @Test func aLostFooterLosesNothing() async throws {
        let (rig, content, before, _, report) = try await Self.forgotten()
        try await content.journal.close()
        let name = "/j/segments/00000000000000000001.lz4"
        let size = try #require(rig.disk.files[name]?.count)
        for bit in 0..<3 { rig.disk.flipBit(name, (size - 2) * 8 + bit) }
        let reader = try await rig.read()
        let after = try await reader.store.all()
        #expect(
            after.prefix { $0.sequence <= UInt64(before.count) }.elementsEqual(
                before.filter { !report.events.holdInOrder($0.sequence) }))
        let verified = try await reader.verify()
        #expect(verified.verdict == .damaged)
        #expect(verified.withheld.forgotten == UInt64(report.eventCount))
        try await reader.close()
        _ = try await Journal.repair(at: ForgettingRig.path, opening: rig.options)
        let repaired = try await rig.open()
        #expect(try await repaired.verify().verdict == .ok)
        #expect(try await ForgettingRig.sound(repaired, before, forgotten: report.events))
        try await repaired.close()
    }

    @Test func laterErasuresAndCompactionsKeepIt() async throws {
        let (_, content, _, _, report) = try await Self.forgotten()
        let journal = content.journal
        var rule = CompactionRule()
        rule.keptMessages = 1
        try await journal.as("user:op").compact(rule)
        try await journal.as("user:dpo").erase(
            .session(content.part), options: ErasureOptions(basis: "GDPR 17"))
        let verified = try await journal.verify()
        #expect(verified.verdict == .ok, "\(verified.findings)")
        #expect(verified.withheld.forgotten == UInt64(report.eventCount))
        #expect(try await journal.checkCompactions().allSatisfy(\.isValid))
        for event in try await journal.store.all() {
            #expect(try await journal.inclusionProof(of: event.sequence).holds)
        }
        try await journal.close()
    }

    @Test func aCompactionOfWhatIsForgottenIsNotChecked() async throws {
        let rig = ForgettingRig()
        let journal = try await Journal.create(at: ForgettingRig.path, options: rig.options)
        let session = try await journal.as("user:ada").createSession(key: "a")
        let other = try await journal.as("user:ada").createSession(key: "b")
        try await ForgettingRig.say(40, in: [session, other], of: journal, "x")
        try await journal.as("user:op").compact(CompactionRule())
        try await journal.as("user:dpo").erase(
            .session(session), options: ErasureOptions(basis: "GDPR 17"))
        try await ForgettingRig.say(300, in: [other], of: journal, "y")
        rig.clock.step(microseconds: 40 * ForgettingRig.day)
        let report = try await journal.as("user:dpo").forgetLeaves(erasedBefore: rig.daysAgo(30))
        #expect(report.sessions == [session])
        let check = try #require(try await journal.checkCompactions().first)
        #expect(check.isValid && check.forgottenSince == [session])
        try await journal.close()
    }

    @Test func anEncryptedSessionGoesAltogether() async throws {
        var rig = ForgettingRig()
        rig.options.keys = ToyKeys.keys(opening: 1)
        rig.options.encryptsSessions = true
        let content = try await rig.made()
        let journal = content.journal
        let before = try await journal.store.all()
        let report = try await journal.as("user:dpo").forgetLeaves(erasedBefore: rig.daysAgo(30))
        #expect(report.sessions == [content.early, content.mixed].sorted())
        #expect(try await ForgettingRig.sound(journal, before, forgotten: report.events))
        #expect(try await journal.store.head(of: content.early) == nil)
        let verified = try await journal.verify()
        #expect(verified.verdict == .ok, "\(verified.findings)")
        try await journal.close()
    }

    @Test func aCopyByLinesIsRefused() async throws {
        let (rig, content, _, _, _) = try await Self.forgotten()
        var options = rig.options
        options.fileSystem = SimulatedDisk()
        let target = try await Journal.open(copyAt: "/copy", options: options)
        await #expect(throws: JournalError(.leavesForgotten, "")) {
            try await content.journal.copy(to: target)
        }
        try await target.close()
        try await content.journal.close()
    }

    @Test func whatNobodyAskedForIsNoticed() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        let journal = content.journal
        try await journal.seal()
        let log = try #require(journal.store as? FileStore).log
        _ = try log.forgetLeaves(of: [5...9, 30...30], cuts: [])
        let report = try await journal.verify()
        #expect(report.verdict == .contentMissing, "\(report.findings)")
        #expect(report.withheld.unexplained == [5...9, 30...30])
        #expect(report.withheld.forgotten == 6)
        try await journal.close()
    }

    @Test func noMoreVersionsLackThanWereForgotten() async throws {
        let session = SessionID(high: 1, low: 2)
        func line(_ sequence: UInt64, _ version: UInt64) throws -> [UInt8] {
            Array(
                """
                {"seq":\(sequence),"time":"2026-01-01T00:00:00.000000Z","session":"\(session)",\
                "version":\(version),"kind":"x.note","digest":\
                "\(Digest(hashing: [UInt8]().span).base64)"}
                """.utf8)
        }
        for (version, isRight) in [(4 as UInt64, true), (5, false), (1, false)] {
            var verifier = LineVerifier()
            verifier.check(try line(1, 1))
            verifier.check(try line(2, 2))
            verifier.graft(
                RetainedSubtree(
                    firstSequence: 3, height: 0, root: [UInt8](repeating: 7, count: 32)))
            verifier.check(try line(4, version))
            #expect(verifier.findings.isEmpty == isRight, "\(version): \(verifier.findings)")
        }
    }

    @Test func nothingThatStandsIsForgotten() async throws {
        let rig = ForgettingRig()
        let content = try await rig.made()
        let journal = content.journal
        let kept = try #require(
            try await journal.store.all(ReadQuery(session: content.kept)).first?.sequence)
        // An event that asks for more than it may.
        let data = EventData([
            "forgetting": "f", "before": "2026-01-01T00:00:00.000000Z", "erasures": [],
            "sessions": [.string(content.kept.hexadecimal)],
            "events": [[JSONValue(kept), JSONValue(kept)]], "count": 1,
        ])
        try await journal.note(EventDraft(.forgettingRequested, data: data), by: "user:mallory")
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.resumeForgetting()
        }
        #expect(try await journal.event(at: kept) != nil)
        try await journal.close()
    }
}
