import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What stands beside the segments, and what a process remembers: none of it brings back what was
/// erased.
@Suite struct ErasedBesideTests {
    private static let options = ErasureOptions(basis: "GDPR 17")

    /// Keeps the text of every message.
    private struct Texts: CheckpointedProjection {
        static let name = "texts"
        static let version = 1
        func initialState() -> [String] { [] }
        func apply(_ event: Event, to state: inout [String]) {
            if event.kind == .messageAppended { state.append(event.description) }
        }
        func encode(_ state: [String]) throws -> [UInt8] {
            Array(JSONValue.array(state.map { .string($0) }).description.utf8)
        }
        func decode(_ bytes: [UInt8]) throws -> [String] {
            try JSONValue(parsing: bytes.span).array?.compactMap(\.string) ?? []
        }
    }

    @Test func projectionsAreFoldedAnew() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let host = ProjectionHost(made.journal)
        let texts = try await host.add(Texts())
        try await host.catchUp()
        #expect(texts.state.contains { $0.contains(ErasureRig.secrets[0]) })
        #expect(
            try rig.files(holding: [ErasureRig.secrets[0]]).contains(
                "/j/snapshots/texts.projection"))
        let certificate = try await made.journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.removed.projections == 1)
        #expect(try rig.files(holding: [ErasureRig.secrets[0]]) == [])
        // What the host remembers is not put away again, but folded anew.
        try await host.catchUp()
        #expect(texts.state.count == 21 && !texts.state.contains { $0.contains("poodle") })
        #expect(try rig.files(holding: [ErasureRig.secrets[0]]) == [])
        #expect(rig.disk.files["/j/snapshots/texts.projection"] != nil)
        try await made.journal.close()
    }

    @Test func tornTailsAndCopiesOfDamageGoToo() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        try rig.disk.makeDirectory("/j/quarantine")
        for name in ["00000000000000000001-4096-7-0123456789abcdef.torn", "x.damaged", "y.new"] {
            try rig.disk.open("/j/quarantine/" + name, .create)
                .write(Array(ErasureRig.secrets[0].utf8).span, at: 0)
        }
        let certificate = try await made.journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.removed.quarantine.count == 3)
        #expect(try rig.files(holding: [ErasureRig.secrets[0]]) == [])
        try await made.journal.close()
    }

    @Test func aSearchIndexGoes() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        if try rig.disk.status(of: "/j/index") == nil { try rig.disk.makeDirectory("/j/index") }
        for name in ["search.sqlite", "search.sqlite-journal", "search.lock"] {
            _ = try rig.disk.open("/j/index/" + name, .create)
        }
        let certificate = try await made.journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.removed.searchIndex)
        #expect(try rig.disk.names(in: "/j/index") == ["search.lock"])
        try await made.journal.close()
    }

    /// A state that was folded before is neither written nor remembered behind the erasure.
    @Test func whatAProcessRemembersIsForgotten() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        _ = try await journal.state(of: made.own)
        _ = try await journal.sessions()
        let snapshots = try #require(journal.snapshots)
        let epoch = snapshots.epoch
        try await journal.as("user:dpo").erase(.session(made.own), options: Self.options)
        #expect(snapshots.whileCurrent(epoch) { true } == nil)
        #expect(snapshots.whileCurrent(snapshots.epoch) { true } == true)
        #expect(try await journal.state(of: made.own).metadata()["name"] == .erased)
        try await journal.takeSnapshots()
        #expect(try rig.files(holding: [ErasureRig.secrets[0], ErasureRig.key]) == [])
        // From a snapshot that was made since, the tree is the same.
        try await journal.close()
        let reader = try await rig.read()
        let state = try await reader.state(of: made.own)
        #expect(state.tree.path(ofBranch: "main")?.messages.count == 10)
        #expect(state.metadata()["name"] == .erased)
        try await reader.close()
    }

    @Test func backupsThatStillHoldItAreNamedAndARestorationSaysSo() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        _ = try await journal.backup(to: "/backup")
        var options = Self.options
        options.backups = ["/backup", "/nowhere"]
        let certificate = try await journal.as("user:dpo").erase(
            .session(made.own), options: options)
        try #require(certificate.backups.map(\.generation) == [1, 0])
        #expect(certificate.backups[0].events == 11 && certificate.backups[0].problem == nil)
        #expect(certificate.backups[1].problem != nil)
        _ = try await journal.backup(to: "/backup")
        try await journal.close()
        var restoring = RestoreOptions()
        restoring.generation = 1
        let old = try await Journal.restore(
            from: "/backup", to: "/old", options: restoring, opening: rig.options)
        #expect(old.laterErasures == [certificate.finishedSequence])
        let new = try await Journal.restore(
            from: "/backup", to: "/new", opening: rig.options)
        #expect(new.laterErasures.isEmpty && new.findings.isEmpty)
        let restored = try await Journal.open(at: "/new", options: rig.options)
        #expect(try await restored.erasures().map(\.isFinished) == [true])
        try await restored.close()
    }

    /// A backup that was made in the middle of an erasure holds the request and not the end: whoever
    /// writes to the restored journal first finishes it.
    @Test func aBackupFromTheMiddleOfAnErasureIsFinishedWhenItIsRestored() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let id = journal.newSessionID().hexadecimal
        let plan = try await journal.plan(.session(made.own)).plan
        try await journal.as("user:dpo").append(
            EventDraft(
                .erasureRequested, branch: nil,
                data: [
                    "erasure": .string(id), "scope": "session", "basis": "GDPR 17",
                    "events": ErasurePlan.json(of: plan.events), "count": 11,
                    "sessions": [.string(made.own.hexadecimal)],
                ]), to: .journal)
        _ = try await journal.backup(to: "/backup")
        try await journal.close()
        _ = try await Journal.restore(from: "/backup", to: "/restored", opening: rig.options)
        let restored = try await Journal.open(at: "/restored", options: rig.options)
        #expect(try await restored.erasures().map(\.isFinished) == [true])
        try await restored.close()
        let scan = try RawScan(of: rig.disk, below: "/restored")
        #expect(scan.files(holding: ErasureRig.secrets[0]) == [])
    }
}
