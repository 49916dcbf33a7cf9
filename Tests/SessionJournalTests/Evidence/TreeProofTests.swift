import JournalTestKit
import SegmentLog
@testable import SessionJournal
import Testing
import TransparencyLog

/// Proofs over a journal's events, through its tiles: whatever lies in `tiles/`, a proof is right.
@Suite struct TreeProofTests {
    static let tiles = SimulatedJournal.path + "/tiles/"

    /// A journal of some thousand events on a simulated disk, in segments of both layouts.
    static func made(
        _ counts: [Int] = [700, 1_500, 900]
    ) async throws -> (SimulatedJournal, [Hash]) {
        let simulated = SimulatedJournal()
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: simulated.options)
        for (index, count) in counts.enumerated() {
            if index > 0 { try await journal.seal() }
            try await append(count, to: journal)
        }
        try await journal.close()
        return (simulated, try await leaves(simulated))
    }

    static func append(_ count: Int, to journal: Journal) async throws {
        let ada = journal.as("user:ada")
        let known = try await journal.store.session(forKey: "notes")
        var session = known ?? .journal
        if known == nil { session = try await ada.createSession(key: "notes") }
        let drafts = (0..<count).map { EventDraft("x.note", data: ["n": JSONValue($0)]) }
        try await ada.append(drafts, to: session)
    }

    /// The leaves by the events' lines alone.
    static func leaves(_ simulated: SimulatedJournal) async throws -> [Hash] {
        let journal = try await simulated.read()
        var leaves: [Hash] = []
        for try await event in journal.events() {
            leaves.append(Hash(try EventLine.leafHash(of: event.line.span)))
        }
        try await journal.close()
        return leaves
    }

    /// Every kind of proof, here and there, against the leaves.
    static func check(_ journal: Journal, _ leaves: [Hash]) async throws {
        let size = UInt64(leaves.count)
        var running = RunningTree()
        var roots: [Digest] = [Digest(running.root)]
        for leaf in leaves {
            running.append(leaf)
            roots.append(Digest(running.root))
        }
        for sequence in [1, 2, 255, 256, 257, size / 2, size - 1, size] where sequence <= size {
            let proof = try await journal.inclusionProof(of: sequence)
            #expect(proof.holds && proof.sequence == sequence)
            #expect(proof.leaf == Digest(leaves[Int(sequence) - 1]))
            #expect(try await journal.event(at: sequence)?.leaf == proof.leaf)
            #expect(proof.head == TreeHead(size: size, root: roots[Int(size)]))
            for first in [1, sequence, min(size, 2 * sequence)] {
                let proof = try await journal.consistencyProof(from: first)
                #expect(proof.holds)
                #expect(proof.first == TreeHead(size: first, root: roots[Int(first)]))
                guard first >= sequence else { continue }
                let earlier = try await journal.inclusionProof(of: sequence, in: first)
                #expect(earlier.holds && earlier.head.root == roots[Int(first)])
            }
        }
    }

    @Test func proofsAreThoseOfTheEvents() async throws {
        let (simulated, leaves) = try await Self.made()
        #expect(simulated.disk.files.keys.contains { $0.hasPrefix(Self.tiles + "0/") })
        for journal in [try await simulated.read(), try await simulated.open()] {
            try await Self.check(journal, leaves)
            try await journal.close()
        }
    }

    @Test func aStoreWithoutFilesProvesToo() async throws {
        let journal = Journal.inMemory()
        try await Self.append(20, to: journal)
        var leaves: [Hash] = []
        for try await event in journal.events() {
            leaves.append(Hash(try EventLine.leafHash(of: event.line.span)))
        }
        try await Self.check(journal, leaves)
        try await journal.close()
    }

    @Test func whatIsNotThereIsNotProved() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.read()
        let last = try await journal.store.position().lastSequence
        for (sequence, size) in [(0, nil), (last + 1, nil), (3, 2), (1, last + 1)]
            as [(UInt64, UInt64?)]
        {
            await #expect(throws: JournalError(.eventNotFound, "")) {
                try await journal.inclusionProof(of: sequence, in: size)
            }
        }
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await journal.consistencyProof(from: 1, to: last + 1)
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.consistencyProof(from: 3, to: 2)
        }
        let fromNothing = try await journal.consistencyProof(from: 0)
        #expect(fromNothing.hashes.isEmpty && !fromNothing.holds)
        try await journal.close()
    }

    /// A writer makes what is gone anew; a reader gets by without.
    @Test func tilesComeBack() async throws {
        let (simulated, leaves) = try await Self.made()
        let made = simulated.disk.files.filter { $0.key.hasPrefix(Self.tiles) }
        for path in made.keys { try simulated.disk.remove(path) }
        let reader = try await simulated.read()
        try await Self.check(reader, leaves)
        try await reader.close()
        #expect(!simulated.disk.files.keys.contains { $0.hasPrefix(Self.tiles) })
        let writer = try await simulated.open()
        try await Self.check(writer, leaves)
        try await writer.close()
        for path in made.keys where !path.hasSuffix("edge") {
            #expect(simulated.disk.bytes(of: path) == made[path], "\(path)")
        }
    }

    /// Whatever somebody does to a tile, no proof is wrong, and a writer puts the tile right.
    @Test(arguments: ["flip", "cut", "zero", "swap", "empty"])
    func hostileTilesProveNothingWrong(_ harm: String) async throws {
        let (simulated, leaves) = try await Self.made()
        let paths = simulated.disk.files.keys.filter { $0.hasPrefix(Self.tiles) }.sorted()
        let before = paths.map { simulated.disk.bytes(of: $0) ?? [] }
        for (index, path) in paths.enumerated() {
            var bytes = before[index]
            switch harm {
            case "flip": bytes[bytes.count / 2] ^= 4
            case "cut": bytes.removeLast(bytes.count / 3)
            case "zero": bytes = [UInt8](repeating: 0, count: bytes.count)
            case "swap": bytes = before[(index + 1) % before.count]
            default: bytes = []
            }
            simulated.disk.replace(path, with: bytes)
        }
        let reader = try await simulated.read()
        try await Self.check(reader, leaves)
        try await reader.close()
        let writer = try await simulated.open()
        try await Self.check(writer, leaves)
        for sequence in stride(from: 1, through: UInt64(leaves.count), by: 256) {
            _ = try await writer.inclusionProof(of: sequence)
        }
        try await writer.close()
        for (index, path) in paths.enumerated() where !path.hasSuffix("edge") {
            #expect(simulated.disk.bytes(of: path) == before[index], "\(path)")
        }
    }

    /// Tiles of another history, such as a directory that was set back brings along, are no help and
    /// no harm.
    @Test func tilesOfAnotherHistoryAreNotBelieved() async throws {
        let (simulated, leaves) = try await Self.made([600, 600])
        let (other, _) = try await Self.made([600, 600])
        for (path, _) in other.disk.files where path.hasPrefix(Self.tiles) {
            simulated.disk.replace(path, with: other.disk.bytes(of: path) ?? [])
        }
        let reader = try await simulated.read()
        try await Self.check(reader, leaves)
        try await reader.close()
    }

    /// A handle whose journal was replaced by another under it proves what now stands there.
    @Test func tilesInMemoryAreNotBelievedForAnotherTree() async throws {
        let (simulated, _) = try await Self.made([600, 600])
        let (other, leaves) = try await Self.made([600, 600])
        let reader = try await other.read()
        let stranger = try #require(try await simulated.read().store as? FileStore)
        let shelf = try stranger.tiles.use(stranger.openView()) { tree throws(JournalError) in
            _ = try tree.hash(of: 0..<600)
            return tree.shelf
        }
        let store = try #require(reader.store as? FileStore)
        store.tiles.adopt(shelf)
        try await Self.check(reader, leaves)
        try await reader.close()
    }

    /// A disk that takes no tile keeps nothing else from being written or proved.
    @Test func aDiskWithoutRoomForTilesIsNoTrouble() async throws {
        let simulated = SimulatedJournal()
        let file = try simulated.disk.open("/tiles-in-the-way", .create)
        try file.write([1].span, at: 0)
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: simulated.options)
        try simulated.disk.rename("/tiles-in-the-way", to: SimulatedJournal.path + "/tiles")
        try await Self.append(1_200, to: journal)
        try await Self.append(1_200, to: journal)
        try await Self.check(journal, Self.leaves(simulated))
        try await journal.close()
        #expect(try await simulated.verify().verdict == .ok)
    }

    /// At most 36 bytes an event, the level above included.
    @Test func tilesTakeLittleRoom() async throws {
        let (simulated, leaves) = try await Self.made([20_000])
        let size = simulated.disk.files.filter { $0.key.hasPrefix(Self.tiles) }
            .reduce(0) { $0 + (simulated.disk.bytes(of: $1.key)?.count ?? 0) }
        #expect(size > 30 * leaves.count)
        #expect(size <= 36 * leaves.count)
    }

    /// Tiles that an earlier process left behind are caught up with by the next that makes any.
    @Test func aLaterWriterCatchesUp() async throws {
        let (simulated, _) = try await Self.made([300, 300, 300])
        let journal = try await simulated.open()
        #expect(!simulated.disk.files.keys.contains { $0.hasPrefix(Self.tiles + "0/") })
        try await Self.append(1_100, to: journal)
        try await journal.close()
        #expect(simulated.disk.bytes(of: Self.tiles + "0/000")?.count == 8_192)
        #expect(simulated.disk.bytes(of: Self.tiles + "0/006")?.count == 8_192)
        #expect(simulated.disk.bytes(of: Self.tiles + "edge") != nil)
    }
}
