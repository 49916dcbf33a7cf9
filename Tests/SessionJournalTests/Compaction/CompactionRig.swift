import JournalTestKit
import SegmentLog

@testable import SessionJournal

/// A journal on a simulated disk in which three sessions say a lot, with branches, tools, content stored
/// by itself and things that are to stay.
struct CompactionRig {
    static let path = "/j"
    static let archive = "/old"
    /// What stands in messages that go, by place.
    static let secrets = [
        "the poodle question", "the tool was given this", "the tool gave this back",
    ]

    let disk: SimulatedDisk
    let clock: ManualClock
    var options: JournalOptions

    init(_ disk: SimulatedDisk = SimulatedDisk()) {
        self.disk = disk
        let clock = ManualClock(microseconds: 1_767_225_600_000_000)
        self.clock = clock
        options = JournalOptions()
        options.clock = { clock.tick() }
        options.fileSystem = disk
        options.sealing = .inline
        options.snapshotInterval = 8
    }

    func open() async throws -> Journal { try await Journal.open(at: Self.path, options: options) }

    func read(attaching archives: [String] = []) async throws -> Journal {
        var options = options
        options.archives = archives
        return try await Journal.open(readingAt: Self.path, options: options)
    }

    struct Content {
        var journal: Journal
        var chat: SessionID
        var quiet: SessionID
        /// The messages of the first, in order.
        var messages: [String]
    }

    func made() async throws -> Content {
        let journal = try await Journal.create(at: Self.path, options: options)
        let ada = journal.as("user:ada")
        let chat = try await ada.createSession(key: "chat", metadata: ["name": "tea"])
        var messages: [String] = []
        for number in 0..<6 {
            messages.append(
                try await ada.say(
                    number.isMultiple(of: 2) ? "user" : "assistant",
                    "\(Self.secrets[0]) \(number)", in: chat, id: "say-\(number)"
                ).message)
        }
        try await ada.setMetadata(["category": "health"], in: chat)
        try await journal.seal()
        messages += try await useTool(ada, in: chat)
        try await ada.createBranch("side", in: chat, from: .message(messages[2]))
        try await ada.say("user", "\(Self.secrets[0]) aside", in: chat, branch: "side")
        try await ada.edit(messages[1], text: "\(Self.secrets[0]) edited", in: chat)
        let quiet = try await journal.as("user:bob").createSession(key: "quiet")
        for number in 0..<4 {
            try await journal.as("user:bob").say("user", "\(Self.secrets[0]) b\(number)", in: quiet)
        }
        try await journal.seal()
        for number in 0..<4 {
            messages.append(
                try await ada.say("user", "recent \(number)", in: chat).message)
        }
        try await ada.setMetadata(["category": "tea"], in: chat)
        return Content(journal: journal, chat: chat, quiet: quiet, messages: messages)
    }

    private func useTool(_ writer: JournalWriter, in session: SessionID) async throws -> [String] {
        let call = try await writer.say(
            "assistant",
            parts: [
                Part.toolUse(
                    .init(call: "c1", name: "bash", input: ["x": .string(Self.secrets[1])])
                )
                .json
            ], in: session
        ).message
        try await writer.append(
            EventDraft(
                .toolStarted, data: ["call": "c1", "name": "bash", "message": .string(call)]),
            to: session)
        try await writer.append(
            EventDraft(.toolFinished, data: ["call": "c1", "status": "ok", "duration_ms": 7]),
            to: session)
        let result = try await writer.say(
            "tool",
            parts: [
                Part.toolResult(
                    .init(call: "c1", content: .string(Self.secrets[2]), isError: false)
                ).json
            ], in: session
        ).message
        return [call, result]
    }

    /// The files below the journal in which one of the texts stands.
    func files(holding texts: [String] = secrets) throws -> [String] {
        let scan = try RawScan(of: disk, below: Self.path)
        return Array(Set(texts.flatMap { scan.files(holding: $0) })).sorted()
    }

    // MARK: Compacting

    static func compacted(
        _ rule: CompactionRule = CompactionRule(),
        _ options: CompactionOptions = CompactionOptions(),
        rig: CompactionRig = CompactionRig()
    ) async throws -> (rig: CompactionRig, content: Content, report: CompactionReport) {
        let content = try await rig.made()
        let report = try await content.journal.as("user:op").compact(rule, options: options)
        return (rig, content, report)
    }

    static func kept(_ count: Int) -> CompactionRule {
        var rule = CompactionRule()
        rule.keptMessages = count
        return rule
    }

    /// The messages of a session whose first words are there.
    static func whole(_ journal: Journal, _ session: SessionID) async throws -> [String] {
        try await journal.state(of: session).tree.messages
            .filter { $0.events.first?.isCompacted == false }.map(\.id)
    }
}

/// Everything that must be the same before a compaction and after.
struct JournalAnswers: Equatable {
    var audit: [JSONValue] = []
    var summaries: [JSONValue] = []
    /// By session, what it comes to at each of its events.
    var folds: [SessionID: [Digest]] = [:]
    var leaves: [Digest] = []
    var root: Digest?

    init(of journal: Journal, through last: UInt64) async throws {
        audit = try await journal.audit(at: .sequence(last)).entries.map(\.json)
        summaries = try await journal.sessions(at: .sequence(last)).map(\.json)
        for event in try await journal.store.all(ReadQuery(through: last)) {
            leaves.append(event.leaf)
        }
        for head in try await journal.sessionHeads() where !head.session.isJournal {
            var fold = FoldedSession()
            for event in try await journal.store.all(
                ReadQuery(through: last, session: head.session))
            {
                fold.apply(event)
                folds[head.session, default: []].append(fold.digest)
            }
        }
        root = try await journal.store.treeHead(at: last).root
    }
}
