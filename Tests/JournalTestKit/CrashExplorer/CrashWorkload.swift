internal import SegmentLog
package import SessionJournal

/// A small journal's life, made from a seed: single events, batches over several sessions, durable
/// and buffered, sealing, closing and opening again. The same seed makes the same calls and, on a
/// disk that does what it is told, the same bytes.
package struct CrashWorkload: Sendable {
    package static let path = "/j"
    static let sessionCount: UInt64 = 3

    enum Step: Sendable {
        /// One commit: drafts for sessions, by their number.
        case append([Item], Durability)
        case seal
        case reopen
        /// A backup to `backupPath`, beside the open writer.
        case backup
        /// One bit of the first sealed segment flips, if there is one; the journal is closed, repaired
        /// and opened again.
        case repair
    }

    /// Where the backups go.
    package static let backupPath = "/backup"

    struct Item: Sendable {
        var session: UInt64
        var id: String
        var text: String
        /// Whether it is the event that creates its session.
        var creates = false
    }

    package let seed: UInt64
    let steps: [Step]
    /// Whether backups and repairs are among the steps.
    let hasOperator: Bool
    /// The keys of an opening, where some of the sessions are encrypted.
    let keys: Keys?

    package typealias Keys =
        @Sendable (_ opening: Int) ->
        @Sendable (SessionKeys.Place) throws(JournalError) ->
        SessionKeys

    /// - Parameters:
    ///   - stepCount: How much is done, the creation of the sessions aside.
    ///   - hasOperator: Whether somebody backs up and repairs in between.
    ///   - keys: The keys of an opening, where the sessions but the first are to be encrypted.
    package init(
        seed: UInt64, stepCount: Int = 14, hasOperator: Bool = false, keys: Keys? = nil
    ) {
        self.seed = seed
        self.hasOperator = hasOperator
        self.keys = keys
        var random = SeededGenerator(seed: seed)
        var steps: [Step] = []
        var number = 0
        func items(_ sizes: [Int], _ random: inout SeededGenerator) -> [Item] {
            sizes.map { size in
                number += 1
                let session = UInt64.random(in: 1...Self.sessionCount, using: &random)
                return Item(
                    session: session, id: "e\(number)",
                    text: Self.text("\(seed).\(number) ", size, &random))
            }
        }
        steps.append(
            .append(
                (1...Self.sessionCount).map {
                    Item(session: $0, id: "c\($0)", text: "", creates: true)
                }, .durable))
        for _ in 0..<stepCount {
            switch Int.random(in: 0..<16, using: &random) {
            case 0..<4: steps.append(.append(items([30], &random), .durable))
            case 4..<6: steps.append(.append(items([2_500], &random), .durable))
            case 6..<9: steps.append(.append(items([20, 900, 60], &random), .durable))
            case 9: steps.append(.append(items([5_000, 20, 7_000], &random), .durable))
            case 10..<12: steps.append(.append(items([700], &random), .buffered))
            case 12: steps.append(.append(items([100, 1_500], &random), .buffered))
            case 13, 14: steps.append(.seal)
            default: steps.append(.reopen)
            }
        }
        if hasOperator {
            // A segment that a repair finds damaged, and backups before and after it.
            steps.insert(contentsOf: [.seal, .backup], at: steps.count / 2)
            steps.append(contentsOf: [.repair, .backup])
        }
        self.steps = steps
    }

    /// Text that hardly shrinks, so that what is written fills sectors.
    private static func text(_ start: String, _ size: Int, _ random: inout SeededGenerator)
        -> String
    {
        var text = start
        while text.utf8.count < size { text += String(random.next(), radix: 36) }
        return text
    }

    /// The batches in the order of their appending.
    var batches: [[Item]] {
        steps.compactMap { step in
            if case .append(let items, _) = step { items } else { nil }
        }
    }

    /// How a journal is opened on a simulated disk. Every opening counts time from a moment of its
    /// own, so that time never goes back.
    package func options(_ disk: SimulatedDisk, opening: Int) -> JournalOptions {
        let clock = ManualClock(microseconds: 1_767_225_600_000_000 + Int64(opening) * 60_000_000)
        let random = SharedGenerator(seed: seed &* 31 &+ UInt64(opening))
        var options = JournalOptions()
        options.clock = { clock.tick() }
        options.random = { random.bytes($0) }
        options.fileSystem = disk
        options.sealing = .inline
        options.keys = keys?(opening)
        return options
    }

    func batch(_ items: [Item], _ durability: Durability) -> AppendBatch {
        var batch = AppendBatch(
            actor: "user:crash",
            items: items.map { item in
                var draft =
                    item.creates
                    ? Drafts.created(key: "key \(item.session)")
                    : Drafts.note(item.text, id: item.id)
                draft.id = item.id
                return .init(session: Drafts.session(item.session), draft: draft)
            }, durability: durability)
        if keys != nil {
            batch.encrypted = Set((2...Self.sessionCount).map { Drafts.session($0) })
        }
        return batch
    }
}
