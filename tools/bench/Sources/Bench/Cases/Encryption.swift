internal import SessionCrypto
internal import SessionJournal

/// What encryption costs: the same batches of events of 512 bytes into three journals in turn, one of
/// which is encrypted. The difference of the two others, which should be none, says how far the first
/// can be believed.
enum Encryption: BenchCase {
    static let name = "encryption"
    static let summary = "synced batches of 1,000 events of 512 bytes, encrypted and in clear"

    private static let cost = Metric(
        name: "encryption.cost", text: "encryption of an event of 512 bytes", unit: "µs",
        better: .lower)
    private static let control = Metric(
        name: "encryption.control", text: "the same, none of it encrypted", unit: "µs",
        better: .lower)
    /// So that each journal comes as often behind each other one.
    private static let orders = [
        [0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1], [1, 0, 2],
    ]
    private static let batchSize = 1_000
    private static let sessionCount = 8
    /// What the envelope of such an event takes of its 512 bytes.
    private static let textSize = 512 - 250

    static func run(_ context: Context) async throws {
        let master = try MasterKey(bytes: [UInt8](repeating: 7, count: MasterKey.size))
        for round in 0..<context.rounds {
            let folder = try context.freshFolder(name)
            var journals: [Journal] = []
            var sessions: [[SessionID]] = []
            for name in ["plain", "control", "encrypted"] {
                var options = JournalOptions()
                if name == "encrypted" {
                    options.unlock(with: master)
                    options.encryptsSessions = true
                }
                let journal = try await Journal.create(at: folder + "/" + name, options: options)
                var own: [SessionID] = []
                for _ in 0..<sessionCount {
                    own.append(try await journal.as("user:bench").createSession())
                }
                journals.append(journal)
                sessions.append(own)
            }
            var differences: (cost: [Double], control: [Double]) = ([], [])
            var words = Words(seed: UInt64(round) + 1)
            for batch in 0..<context.scaled(120, quick: 8) {
                let texts = (0..<batchSize).map { _ in words.text(textSize) }
                var taken = journals.map { _ in 0.0 }
                for number in orders[(batch + round) % orders.count] {
                    let items = texts.enumerated().map { index, text in
                        AppendBatch.Item(
                            session: sessions[number][index % sessionCount],
                            draft: EventDraft("x.bench", data: ["text": .string(text)]))
                    }
                    let began = nanoseconds()
                    try await journals[number].as("user:bench").append(items)
                    taken[number] = Double(nanoseconds() - began) / 1_000
                }
                differences.control.append((taken[1] - taken[0]) / Double(batchSize))
                differences.cost.append((taken[2] - taken[0]) / Double(batchSize))
            }
            context.results.add(Statistics.median(differences.cost), cost, Results.ours)
            context.results.add(Statistics.median(differences.control), control, Results.ours)
            let protection = try await journals[2].protection(of: sessions[2][0])
            guard protection == .encrypted else {
                throw BenchError("the journal that should be encrypted is not")
            }
            for journal in journals { try await journal.close() }
            Disk.remove(folder)
        }
    }

    /// Text that shrinks about as much as what people write.
    private struct Words {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        private static let list = [
            "water", "the", "kettle", "boils", "at", "a", "hundred", "degrees", "and", "tea",
            "wants", "less", "than", "that", "so", "wait", "until", "it", "has", "cooled",
        ]

        mutating func text(_ size: Int) -> String {
            var text = ""
            while text.utf8.count < size {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += Self.list[Int(state >> 33) % Self.list.count]
                text += state >> 60 == 0 ? " \(state % 10_000) " : " "
            }
            return text
        }
    }
}
