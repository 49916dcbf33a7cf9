import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What a compliance pack says of a journal that is known, and what it does not say.
@Suite struct CompliancePackTests {
    /// Each query counts the events that it should, and no others.
    @Test func everyNumberIsThatOfItsEvents() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let pack = try await rig.pack(made.journal)
        let expected: [String: [UInt64]] = [
            "events": Array(1...24), "created": [1, 2, 3, 13, 14, 15], "changed": [11, 12],
            "removed": [], "metadata": [1, 11, 14], "texts": [12], "withheld": [14, 15],
            "reasons": [9, 11], "on-behalf": [], "erasures-asked": [20], "erasures-done": [21],
            "redactions": [], "holds-placed": [16, 17], "holds-lifted": [18],
            "roles": [22], "policies": [23], "denials": [], "trail-reads": [], "two-person": [],
            "checkpoints": [], "keys": [], "verifications": [], "verifications-failed": [],
            "repairs": [], "clock": [], "configuration": [23], "imports": [],
            "sessions-begun": [1, 14], "sessions-ended": [24], "messages": [2, 3, 15],
            "models": [4], "tools": [5, 6], "errors": [8], "approvals-asked": [7],
            "approvals-decided": [9, 10], "approvals-denied": [9], "notes": [13],
            "compactions": [],
        ]
        #expect(Set(expected.keys) == Set(ComplianceQuery.all.map(\.name)))
        for (name, sequences) in expected {
            #expect(try pack.sequences(name) == sequences, "\(name)")
            #expect(pack.report.counts[name] == UInt64(sequences.count), "\(name)")
        }
        for query in try pack.values("queries.jsonl") {
            let sequences = expected[query["query"]?.string ?? ""] ?? []
            #expect(query["count"]?.integer == Int64(sequences.count))
            #expect(query["first"]?.unsigned == sequences.first)
            #expect(query["last"]?.unsigned == sequences.last)
            let event = try await made.journal.event(at: sequences.first ?? 0)
            #expect(query["first_time"]?.string == event?.time.description)
        }
        #expect(pack.report.events == 24 && pack.report.lost == 0)
        #expect(try pack.text("README.txt").contains("Nothing signs it"))
        try await made.journal.close()
    }

    /// Every control of every set of rules is there, with each of its queries as it was counted, or
    /// with what lies outside.
    @Test func everyControlIsAnsweredOrSaidToLieOutside() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let pack = try await rig.pack(made.journal)
        let lines = try pack.values("controls.jsonl")
        let controls = ComplianceRegime.allCases.flatMap(\.controls)
        #expect(lines.map { $0["control"]?.string } == controls.map(\.id))
        for (line, control) in zip(lines, controls) {
            #expect(line["asks"]?.string == control.asks)
            #expect(line["outside"]?.string == control.outside)
            let names = (line["evidence"]?.array ?? []).compactMap { $0["query"]?.string }
            #expect(names == control.queries, "\(control.id): a query that there is not")
            for answer in line["evidence"]?.array ?? [] {
                let name = try #require(answer["query"]?.string)
                #expect(answer["count"]?.unsigned == pack.report.counts[name])
                #expect(answer["file"]?.string == "sequences/\(name).csv")
            }
            #expect(line["facts"]?.array?.count == control.facts.count)
            #expect(!names.isEmpty || !control.facts.isEmpty || control.outside != nil)
        }
        let rows = controls.reduce(1) {
            $0 + $1.queries.count + $1.facts.count + ($1.outside == nil ? 0 : 1)
        }
        #expect(try pack.lines("controls.csv").count == rows)
        for regime in ComplianceRegime.allCases {
            let page = try pack.text(regime.rawValue + ".html")
            for control in regime.controls {
                #expect(page.contains(HostileText.html(control.asks)), "\(control.id)")
                if let outside = control.outside {
                    #expect(page.contains(HostileText.html(outside)), "\(control.id)")
                }
            }
        }
        try await made.journal.close()
    }

    /// The events of the pack come to the journal's root, lines and entries mixed.
    @Test func theEventsOfThePackComeToTheRoot() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let pack = try await rig.pack(made.journal)
        var tree = LeafTree()
        for line in try pack.lines("events.jsonl") {
            tree.append(try EventLine.leafHash(of: Array(line.utf8).span))
        }
        let head = try await made.journal.store.treeHead(at: nil)
        #expect(tree.root == head.root && pack.report.head == head)
        #expect(
            try pack.text("tree-head") == "\(made.journal.origin ?? "")\n24\n\(head.root.base64)\n")
        #expect(try pack.bytes("leaves.bin").isEmpty)
        // Shown are those that say who did what to the record, and of the erased nothing.
        let shown = try pack.lines("events.jsonl").map { !$0.contains("\"digest\":\"") }
        let sequences = shown.indices.filter { shown[$0] }.map { $0 + 1 }
        #expect(sequences == [1, 9, 10, 11, 16, 17, 18, 20, 21, 22, 23, 24])
        #expect(try pack.lines("shown.csv").count == sequences.count + 1)
        try await made.journal.close()
    }

    /// No text of a message, and nothing that was erased, is in any file of the pack.
    @Test func noMessageAndNothingErasedIsInThePack() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let pack = try await rig.pack(made.journal)
        for name in try pack.names() {
            let text = try pack.text(name)
            for word in ["black", "green", "hay fever", "\"gone\"", "Boil", "too hot"] {
                #expect(!text.contains(word), "\(word) in \(name)")
            }
        }
        let changes = try pack.values("changes.jsonl")
        #expect(changes.last?["withheld"] == true)
        #expect(changes.filter { $0["seq"] == 11 }.map { $0["old"] } == ["First"])
        try await made.journal.close()
    }

    /// A pack is not encrypted: what is opened for reading does not go into it.
    @Test func ofAnEncryptedSessionThereAreEntryLinesAlone() async throws {
        var rig = try PackRig()
        rig.options.keys = ToyKeys.keys(password: "toy", opening: 1)
        let journal = try await Journal.create(at: rig.path, options: rig.options)
        let session = Drafts.session(2)
        var batch = AppendBatch(
            actor: "user:hidden",
            items: [.init(session: session, draft: Drafts.created(key: "patient-4711"))])
        batch.encrypted = [session]
        try await journal.store.append(batch)
        _ = try await journal.as("user:ada").createSession(key: "plain")
        try #require(try await journal.event(at: 1)?.actor == "user:hidden")
        let pack = try await rig.pack(journal)
        for name in try pack.names() {
            let text = try pack.text(name)
            #expect(!text.contains("patient-4711") && !text.contains("user:hidden"), "\(name)")
        }
        #expect(try pack.sequences("withheld") == [1])
        #expect(try pack.sequences("created") == [1, 2])
        #expect(try pack.lines("shown.csv").count == 2)
        try await journal.close()
    }

    /// What was changed after something was erased has no known value before it.
    @Test func theValueBeforeAnErasedChangeIsNotMadeUp() async throws {
        let rig = try PackRig()
        let journal = try await Journal.create(at: rig.path, options: rig.options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "s", metadata: ["name": "one"])
        try await journal.as("user:eve").setMetadata(["name": "secret"], in: session)
        try await ada.setMetadata(["name": "three"], in: session)
        try await ada.setMetadata(["name": "four"], in: session)
        try await journal.as("user:kim").erase(
            .actor("user:eve"), options: ErasureOptions(basis: "GDPR 17(1)(b)"))
        let pack = try await rig.pack(journal)
        let changes = try pack.values("changes.jsonl").filter { $0["seq"]?.unsigned ?? 0 > 1 }
        #expect(changes.map { $0["seq"]?.integer } == [2, 3, 4])
        #expect(changes[1]["old_unknown"] == true && changes[1]["old"] == .null)
        #expect(changes[2]["old_unknown"] == nil && changes[2]["old"] == "three")
        let table = try pack.lines("changes.csv")
        #expect(table.contains { $0.contains("(unknown: an earlier change is withheld),three") })
        try await journal.close()
    }

    /// A spreadsheet runs no formula, a page no script, and a line stays a line.
    @Test func hostileTextIsObeyedByNobody() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let pack = try await rig.pack(made.journal)
        for name in try pack.names() where name.hasSuffix(".csv") {
            for line in try pack.lines(name) {
                for cell in line.split(separator: ",", omittingEmptySubsequences: false) {
                    let first = cell.drop { $0 == "\"" }.first
                    #expect(!["=", "+", "-", "@"].contains(first), "\(cell) in \(name)")
                }
                #expect(!line.contains("\u{202E}"))
            }
        }
        let shown = try pack.text("shown.csv")
        #expect(shown.contains("'=cmd|") && shown.contains("'+clearer"))
        #expect(try pack.text("actors.csv").contains("'@bob,"))
        #expect(try pack.text("changes.csv").contains("\\u{202e}"))
        for name in try pack.names() where name.hasSuffix(".html") {
            let page = try pack.text(name)
            #expect(!page.contains("<script") && !page.contains("\u{202E}"), "\(name)")
            #expect(page.contains("default-src 'none'; style-src 'sha256-"))
            let style = page.split(separator: "<style>")[1].split(separator: "</style>")[0]
            #expect(page.contains(Digest(hashing: String(style).utf8.span).base64))
            for word in ["onclick", "http://", "https://", "javascript:", "<img", "<link"] {
                #expect(!page.contains(word), "\(word) in \(name)")
            }
        }
        #expect(
            HostileText.html("<a href=\"x\" b='&'>")
                == "&lt;a href=&quot;x&quot; b=&#39;&amp;&#39;&gt;")
        #expect(try pack.text("gdpr.html").contains("matter: -2+3") == false)
        #expect(try pack.text("gdpr.html").contains("matter: stays"))
        try await made.journal.close()
    }

    /// The manifest names every file with its size and hash, and its own hash stands beside it.
    @Test func theManifestNamesEveryFile() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        var options = ComplianceOptions()
        options.regimes = [.gdpr]
        options.tool = "tester 1"
        let pack = try await rig.pack(made.journal, "pack", options)
        try expectManifest(of: pack, origin: made.journal.origin)
        try await made.journal.close()
    }

    private func expectManifest(of pack: PackRig.Pack, origin: String?) throws {
        let manifest = try JSONValue(parsing: pack.text("manifest.json"))
        let files = manifest["files"]?.array ?? []
        var named: [String] = []
        for file in files { named.append(file["name"]?.string ?? "") }
        let found = try pack.names()
        #expect(Set(named).union(["manifest.json", "manifest.sha256"]) == Set(found))
        #expect(named == named.sorted() && Set(named).count == named.count)
        for file in files {
            let bytes = try pack.bytes(file["name"]?.string ?? "")
            #expect(file["size"]?.integer == Int64(bytes.count))
            #expect(file["sha256"]?.string == Digest(hashing: bytes.span).hexadecimal)
        }
        let content = try pack.bytes("manifest.json")
        let hash = Digest(hashing: content.span)
        #expect(try pack.text("manifest.sha256") == "\(hash.hexadecimal)  manifest.json\n")
        #expect(pack.report.manifest == hash)
        #expect(manifest["tool"] == "tester 1" && manifest["signed"] == .null)
        let id = try #require(manifest["journal"]?.string)
        #expect(origin == "session-journal/" + id)
        #expect(pack.report.files == files.count + 2)
        #expect(pack.report.json["counts"]?["erasures-done"] == 1)
        #expect(try !pack.names().contains("hipaa.html"))
        // What a pack carries is what stands in tools/.
        #expect(
            try pack.text("verify.py") == Pages.read("tools/verify.py"))
        #expect(try pack.text("verify_pack.py") == Pages.read("tools/verify_pack.py"))
    }

    @Test func anEmptyJournalHasAPack() async throws {
        let rig = try PackRig()
        let journal = try await Journal.create(at: rig.path, options: rig.options)
        let pack = try await rig.pack(journal)
        #expect(pack.report.events == 0 && pack.report.counts.values.allSatisfy { $0 == 0 })
        #expect(try pack.text("21cfr11.html").contains("The journal has no event."))
        #expect(try pack.text("21cfr11.html").contains("No verification is on record."))
        try await journal.close()
        let inMemory = Journal.inMemory()
        let other = try await rig.pack(inMemory, "other")
        #expect(try other.text("tree-head").hasPrefix("session-journal\n0\n"))
        #expect(try other.text("index.html").contains("without an id"))
    }

    /// What is not asked about is there as hashes only.
    @Test func apartOfTheJournalIsReportedOn() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        var options = ComplianceOptions()
        options.sessions = [made.gone]
        options.query = "key:gone"
        options.from = 2
        options.through = 20
        let pack = try await rig.pack(made.journal, "pack", options)
        #expect(try pack.sequences("events") == [14, 15, 16, 17, 18, 19, 20])
        #expect(try pack.bytes("leaves.bin").count == 32 * 17)
        #expect(pack.report.head.size == 24)
        #expect(try pack.text("index.html").contains("by: key:gone"))
        let since = try await made.journal.event(at: 9)?.time
        let second = try #require(since)
        options = ComplianceOptions()
        options.since = second
        options.until = try await made.journal.event(at: 11)?.time
        let timed = try await rig.pack(made.journal, "timed", options)
        #expect(try timed.sequences("events") == [9, 10, 11])
        #expect(try timed.text("index.html").contains("from \(second) to "))
        // What is in force at the end does not depend on where the report begins.
        #expect(try timed.text("gdpr.html").contains("1 hold in force at the end."))
        try await made.journal.close()
    }

    @Test func aFolderThatIsInUseIsRefused() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        _ = try await rig.pack(made.journal)
        await #expect(throws: JournalError.self) { try await rig.pack(made.journal) }
        let disk = PosixFileSystem()
        try disk.makeDirectory(rig.folder.path("empty"))
        _ = try await rig.pack(made.journal, "empty/")
        try disk.makeDirectory(rig.folder.path("else.new"))
        _ = try disk.open(rig.folder.path("else.new/important"), .create)
        await #expect(throws: JournalError.self) { try await rig.pack(made.journal, "else") }
        #expect(try disk.status(of: rig.folder.path("else.new/important")) != nil)
        _ = try disk.open(rig.folder.path("file"), .create)
        await #expect(throws: JournalError.self) { try await rig.pack(made.journal, "file") }
        try await made.journal.close()
    }

    /// Wherever the disk fails, nothing stands at the pack's name, and the next attempt succeeds.
    @Test func aFailureLeavesNothingHalf() async throws {
        let rig = try PackRig()
        try await rig.made().journal.close()
        var options = rig.options
        var count = 0
        var failures = 0
        while let error = try await failure(after: count, rig, &options) {
            #expect(error.code == .noSpace, "\(error)")
            failures += 1
            for name in ["pack", "pack.new"] {
                let standing = try PosixFileSystem().status(of: rig.folder.path(name))
                #expect(standing == nil, "\(name) after \(count) steps")
            }
            count += count < 40 ? 1 : 13
        }
        #expect(failures > 20)
        #expect(try PosixFileSystem().status(of: rig.folder.path("pack.new")) == nil)
        #expect(try PosixFileSystem().status(of: rig.folder.path("pack/index.html")) != nil)
    }

    /// What making a pack throws where so many changes of the disk succeed; nil where it succeeds.
    private func failure(
        after count: Int, _ rig: PackRig, _ options: inout JournalOptions
    ) async throws -> JournalError? {
        options.fileSystem = BreakingDisk(below: rig.folder.path("pack"), after: count)
        let journal = try await Journal.open(readingAt: rig.path, options: options)
        var failure: JournalError?
        do {
            _ = try await rig.pack(journal)
        } catch {
            failure = error as? JournalError
        }
        try await journal.close()
        return failure
    }

    /// What a crash leaves aside is taken over.
    @Test func whatACrashLeftAsideGoes() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let disk = PosixFileSystem()
        for folder in ["pack.new", "pack.new/sequences", "pack.new/proofs"] {
            try disk.makeDirectory(rig.folder.path(folder))
        }
        for name in ["pack.new/events.jsonl", "pack.new/sequences/created.csv"] {
            _ = try disk.open(rig.folder.path(name), .create)
        }
        let pack = try await rig.pack(made.journal)
        #expect(try pack.lines("events.jsonl").count == 24)
        try await made.journal.close()
    }

    /// Lost events are named, and the tree is not claimed through them.
    @Test func lostEventsAreNamed() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        try await made.journal.seal()
        try await made.journal.close()
        let disk = PosixFileSystem()
        let segments = rig.path + "/segments/"
        let first = try #require(try disk.names(in: segments).first)
        let file = try disk.open(segments + first, .update)
        let middle = try file.size() / 3
        try file.write(Array(repeating: 0x55, count: 64).span, at: middle)
        let journal = try await Journal.open(readingAt: rig.path, options: rig.options)
        let pack = try await rig.pack(journal)
        #expect(pack.report.lost > 0)
        let manifest = try JSONValue(parsing: pack.text("manifest.json"))
        #expect(manifest["lost"]?.array?.isEmpty == false)
        #expect(try pack.text("21cfr11.html").contains("these are lost to damage"))
        try await journal.close()
    }

    /// What was read must be what the journal has recorded.
    @Test func eventsThatDoNotComeToTheTreeAreRefused() async throws {
        let rig = try PackRig()
        let folder = PackFolder(at: rig.folder.path("pack"), PosixFileSystem())
        try folder.prepare()
        var run = try PackRun(
            folder: folder, ComplianceOptions(), size: 0, checkpoint: nil, origin: nil)
        let other = TreeHead(size: 0, root: Digest(hashing: [1, 2, 3].span))
        #expect(throws: JournalError.self) { try run.endReading(other) }
        try run.endReading(TreeHead(size: 0, root: LeafTree().root))
    }

    @Test func whatIsSignedIsSaid() async throws {
        let rig = try PackRig()
        try await rig.made().journal.close()
        var options = rig.options
        options.signer = try ToyKey(1).signer
        let journal = try await Journal.open(at: rig.path, options: options)
        let pack = try await rig.pack(journal)
        #expect(pack.report.checkpoint?.head == pack.report.head)
        #expect(pack.report.head.size == 24)
        #expect(try pack.text("checkpoint") == pack.report.checkpoint?.text)
        // Each of the few events that are shown has a proof of its own.
        let proofs = try pack.names().filter { $0.hasPrefix("proofs/") }
        #expect(proofs.count == 12 && proofs.contains("proofs/20.tlog-proof"))
        var evidence = EvidenceOptions()
        evidence.signatures = ToyKey.checker
        let origin = try #require(journal.origin)
        evidence.keys = [try ToyKey(1).signer.verifierKey(named: origin) ?? ""]
        for name in proofs {
            let report = try Journal.verifyProof(pack.bytes(name), evidence)
            #expect(report.verdict == .unanchored, "\(name)")
        }
        // What came since is in the next one, and said not to be signed where no key is there.
        try await journal.as("user:ada").append(
            EventDraft(.annotationAdded, data: ["name": "note", "value": "more"]),
            to: journal.resolve("chat"))
        try await journal.close()
        let reader = try await Journal.open(readingAt: rig.path, options: rig.options)
        let later = try await rig.pack(reader, "later")
        #expect(later.report.checkpoint?.head.size == later.report.head.size)
        try await reader.close()
    }

    /// A journal that was set back behind what was signed is not reported on as if nothing were.
    @Test func aJournalThatContradictsItsCheckpointIsRefused() async throws {
        let rig = try PackRig()
        var options = rig.options
        options.signer = try ToyKey(1).signer
        let journal = try await Journal.create(at: rig.path, options: options)
        _ = try await journal.as("user:ada").createSession(key: "s")
        try await journal.close()
        let disk = PosixFileSystem()
        let folder = rig.path + "/checkpoints/"
        let forged = Array(
            "\(journal.origin ?? "")\n9\n\(LeafTree().root.base64)\n\n— nobody AAAAAAAA\n".utf8)
        try disk.place(forged, at: folder + CheckpointFiles.name(9))
        let reader = try await Journal.open(readingAt: rig.path, options: rig.options)
        await #expect(throws: JournalError.self) { try await rig.pack(reader) }
        #expect(try disk.status(of: rig.folder.path("pack")) == nil)
        try await reader.close()
    }
}
