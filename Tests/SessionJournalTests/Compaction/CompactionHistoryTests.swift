import Foundation
import JournalTestKit
import Testing

@testable import SessionJournal

/// Random histories, compacted by random rules; in between they are edited, erased, held, put out of
/// sight and brought back.
@Suite struct CompactionHistoryTests {
    /// `SJOURNAL_COMPACTIONS=100000` says how many; without it there are a few, so that `swift test`
    /// stays quick.
    private static let count =
        ProcessInfo.processInfo.environment["SJOURNAL_COMPACTIONS"].flatMap { Int($0) } ?? 120

    private static let first =
        ProcessInfo.processInfo.environment["SJOURNAL_SEED"].flatMap { UInt64($0) } ?? 1

    @Test func everyHistoryComesToTheSame() async throws {
        var replaced: UInt64 = 0
        var prunedCount = 0
        for seed in Self.first..<(Self.first + UInt64(Self.count)) {
            var history = RandomCompactions(seed: seed)
            replaced += try await history.run()
            prunedCount += history.prunedCount
        }
        print(
            "compactions: \(Self.count) histories, \(replaced) events replaced, "
                + "\(prunedCount) messages put out of sight")
        #expect(replaced > UInt64(Self.count))
        #expect(prunedCount > Self.count / 4)
    }
}

/// One history. The same seed makes the same.
private struct RandomCompactions {
    let seed: UInt64
    private var generator: SeededGenerator
    private let journal = Journal.inMemory()
    private var replaced: UInt64 = 0
    /// How many messages were put out of sight, one by one or with their sessions.
    private(set) var prunedCount = 0
    /// Sessions under a hold.
    private var held: Set<SessionID> = []
    /// What was ever issued: the tree at some sizes.
    private var heads: [TreeHead] = []

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    mutating func run() async throws -> UInt64 {
        var history = TreeHistory(seed: seed)
        for _ in 0..<Int.random(in: 5..<30, using: &generator) { _ = try history.step() }
        try await journal.store.adopt(history.script.events.map(\.line), durability: .durable)
        for _ in 0..<Int.random(in: 1..<4, using: &generator) {
            for _ in 0..<Int.random(in: 0..<6, using: &generator) { try await act() }
            try await compact()
        }
        return replaced
    }

    private func sessions() async throws -> [SessionID] {
        try await journal.sessionHeads().map(\.session).filter { !$0.isJournal }
    }

    /// Something that people do; what is not possible where the history stands is not done.
    private mutating func act() async throws {
        do {
            try await perform()
        } catch let error as JournalError
            where [.branchNotFound, .messageNotFound, .invalidMetadata, .invalidArgument]
            .contains(error.code)
        {}
    }

    private mutating func perform() async throws {
        let ada = journal.as("user:ada")
        let session = try #require(try await sessions().randomElement(using: &generator))
        let state = try await journal.state(of: session)
        let messages = state.tree.messages.filter { !$0.isWithheld }.map(\.id)
        let message = messages.randomElement(using: &generator)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0: _ = try await ada.createSession()
        case 1, 2: try await ada.say("user", "more", in: session)
        case 3:
            let call = "c\(state.version)"
            try await ada.say(
                "assistant",
                parts: [Part.toolUse(.init(call: call, name: "bash", input: ["x": 1])).json],
                in: session)
            try await ada.say(
                "tool", parts: [Part.toolResult(.init(call: call, content: "done")).json],
                in: session)
        case 4: try await ada.setMetadata(["name": .string("n\(state.version)")], in: session)
        case 5:
            if let message { try await ada.edit(message, text: "e\(state.version)", in: session) }
        case 6: if let message { try await ada.remove(message, in: session) }
        case 7:
            guard let message else { return }
            let mark = Bool.random(using: &generator)
            try await ada.setMessageMetadata(["important": .bool(mark)], of: message, in: session)
        case 8:
            guard held.isEmpty else { return }
            try await ada.placeHold(on: .session(session), matter: "m")
            held.insert(session)
        case 9:
            guard let message, held.isEmpty else { return }
            _ = try await ada.erase(
                .message(message, in: session), options: ErasureOptions(basis: "b"))
        case 10:
            _ = try await ada.attach(
                Array("b\(state.version % 3)".utf8), mediaType: "image/png", in: session)
        case 11:
            _ = try await ada.createBranch(
                "x\(state.version)", in: session, from: message.map { .message($0) } ?? .head)
        case 12, 13:
            prunedCount += try await Pruner(ada).pruneMessages(of: session, by: strategy())
                .messageCount
        case 14:
            var configuration = Pruner.Configuration()
            configuration.sessionLimit = Int.random(in: 0..<3, using: &generator)
            let strategy = Bool.random(using: &generator) ? Pruner.SessionStrategy.lru : .lfu
            prunedCount += try await Pruner(ada, configuration: configuration)
                .pruneSessions(by: strategy).messageCount
        default: try await bringBack(session, state)
        }
    }

    private mutating func strategy() -> Pruner.MessageStrategy {
        let count = Int.random(in: 0..<8, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return .ttl
        case 1:
            var type = MessageType()
            type.role = ["user", "assistant", "tool"].randomElement(using: &generator)
            return .type(type, keeping: count)
        default: return .count(keeping: count)
        }
    }

    /// Brings back what one event put out of sight, or everything.
    private mutating func bringBack(_ session: SessionID, _ state: SessionState) async throws {
        let events = [state.prunedSequence] + state.tree.prunedMessages.map(\.prunedSequence)
        let event = Bool.random(using: &generator) ? events.compactMap { $0 }.first : nil
        try await Pruner(journal.as("user:ada")).restore(session, event: event)
        let restored = try await journal.state(of: session)
        let sights = [restored.prunedSequence] + restored.tree.prunedMessages.map(\.prunedSequence)
        for sight in sights where sight != nil {
            #expect(event != nil && sight != event, "seed \(seed)")
        }
    }

    /// What a pruning of all messages but some would put out of sight, and what would stay, and why.
    private func dueMessages(keeping count: Int) async throws -> [JSONValue] {
        var due: [JSONValue] = []
        for session in try await sessions() {
            let report = try await Pruner(journal.as("user:op")).pruneMessages(
                session, count, isDryRun: true)
            for entry in report.entries {
                due.append([
                    .string(session.hexadecimal), JSONValue(entry.message),
                    .object(entry.values), JSONValue(entry.safeguard?.name),
                ])
            }
        }
        return due
    }

    private mutating func rule() async throws -> CompactionRule {
        var rule = CompactionRule()
        if Bool.random(using: &generator) {
            rule.keptMessages = Int.random(in: 0..<6, using: &generator)
        }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            rule.keptEvents = Int.random(in: 0..<10, using: &generator)
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { rule.ancestorsOf = "main" }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            let last = try await journal.lastSequence()
            rule.before = try await journal.event(
                at: UInt64.random(in: 1...last, using: &generator))?.moment
        }
        return rule
    }

    private mutating func compact() async throws {
        let last = try await journal.lastSequence()
        heads.append(try await journal.store.treeHead(at: nil))
        let before = try await JournalAnswers(of: journal, through: last)
        let texts = try await journal.store.all()
        let rule = try await rule()
        let count = Int.random(in: 0..<4, using: &generator)
        let due = try await dueMessages(keeping: count)
        let report = try await journal.as("user:op").compact(rule)
        replaced += report.eventCount
        let note = "seed \(seed), \(rule.json)"
        #expect(try await JournalAnswers(of: journal, through: last) == before, "\(note)")
        // A rule of pruning finds the same messages, and protects the same.
        #expect(try await dueMessages(keeping: count) == due, "\(note)")
        for head in heads {
            #expect(try await journal.store.treeHead(at: head.size) == head, "\(note)")
        }
        for (old, new) in zip(texts, try await journal.store.all()) where new.isCompacted {
            #expect(!held.contains(new.session) || old.isCompacted, "\(note)")
        }
        for check in try await journal.checkCompactions() {
            #expect(check.isValid, "\(note): \(check.json)")
        }
        // What was asked to stay did.
        guard let kept = rule.keptMessages else { return }
        for session in try await sessions() {
            let state = try await journal.state(of: session)
            for branch in state.tree.branches {
                for message in state.tree.lastMessages(kept, ofBranch: branch.name) ?? []
                where !message.isWithheld {
                    let was = texts.first { $0.sequence == message.sequence }
                    #expect(
                        was?.isCompacted == true || message.events.first?.isCompacted != true,
                        "\(note): message \(message.id)")
                }
            }
        }
    }
}
