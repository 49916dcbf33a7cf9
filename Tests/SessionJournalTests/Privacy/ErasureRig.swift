import JournalTestKit
import SegmentLog

@testable import SessionJournal

/// A journal on a simulated disk in which two people talk, with everything beside the segments that
/// holds something of it.
struct ErasureRig {
    static let path = "/j"
    static let key = "lovelace@example.org"
    static let ada = "user:lovelace"
    static let bob = "user:babbage"
    /// What Ada wrote, by the places where she wrote it.
    static let secrets = [
        "my poodle is called Turing", "the diagnosis is hay fever", "call me at four",
        "an edited confession", "private-label-name", "Ada's own branch",
    ]

    let disk: SimulatedDisk
    var options: JournalOptions

    init(_ disk: SimulatedDisk = SimulatedDisk()) {
        self.disk = disk
        let clock = ManualClock(microseconds: 1_767_225_600_000_000)
        options = JournalOptions()
        options.clock = { clock.tick() }
        options.fileSystem = disk
        options.sealing = .inline
        options.snapshotInterval = 8
    }

    func open() async throws -> Journal { try await Journal.open(at: Self.path, options: options) }

    func read() async throws -> Journal {
        try await Journal.open(readingAt: Self.path, options: options)
    }

    /// What the journal has of interest.
    struct Content {
        var journal: Journal
        /// Ada's own session, and the one that both write in.
        var own: SessionID
        var shared: SessionID
        /// In the shared one: hers, Bob's answer to it, and hers to that.
        var messages: [String]
    }

    func made() async throws -> Content {
        let journal = try await Journal.create(at: Self.path, options: options)
        let ada = journal.as(Self.ada)
        let bob = journal.as(Self.bob)
        let own = try await ada.createSession(
            key: Self.key, metadata: ["name": .string(Self.secrets[0])])
        for number in 0..<10 {
            try await ada.say("user", "\(Self.secrets[0]) \(number)", in: own, id: "hers-\(number)")
        }
        try await journal.seal()
        let shared = try await bob.createSession(key: "shared", metadata: ["name": "tea"])
        let first = try await ada.say("user", Self.secrets[1], in: shared, id: "hers-1").message
        let answer = try await bob.say("assistant", "get well soon", in: shared).message
        let last = try await ada.say("user", Self.secrets[2], in: shared).message
        try await ada.setMetadata(["description": .string(Self.secrets[1])], in: shared)
        try await bob.setMetadata(["category": "health"], in: shared)
        try await bob.edit(first, text: Self.secrets[3], in: shared)
        for number in 0..<8 { try await bob.say("user", "bob \(number)", in: shared) }
        try await journal.takeSnapshots()
        return Content(
            journal: journal, own: own, shared: shared, messages: [first, answer, last])
    }

    /// The files below the journal in which one of the texts stands.
    func files(holding texts: [String]) throws -> [String] {
        let scan = try RawScan(of: disk, below: Self.path)
        return Array(Set(texts.flatMap { scan.files(holding: $0) })).sorted()
    }
}
