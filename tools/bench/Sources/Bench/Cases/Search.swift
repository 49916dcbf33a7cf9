internal import SessionJournal
internal import SessionSearch

/// Words in messages: how long the index takes to make, how large it is, how fast it answers.
///
/// Messages of about a kilobyte hold words of a vocabulary as a language does, a few much and most
/// of them seldom. Forty words of their own stand in a known share of the messages.
enum Search: BenchCase {
    static let name = "search"
    static let summary = "words in messages, through the index of full text"

    private static let rate = Metric(
        name: "search.build", text: "making the index, messages' text", unit: "MB/s",
        better: .higher)
    private static let size = Metric(
        name: "search.size", text: "the index, for each byte of text", unit: "×", better: .lower)
    private static let rare = Share(one: 10_000, name: "rare", text: "0.01 %")
    private static let usual = Share(one: 110, name: "usual", text: "0.9 %")
    private static let append = Metric(
        name: "search.append", text: "one append, and it is found", unit: "ms", better: .lower)

    /// Words that stand in one message of so many.
    private struct Share {
        let one: Int
        let name: String
        let text: String

        func metric(_ part: String) -> Metric {
            Metric(
                name: "search.\(name).\(part)", text: "a word in \(text) of the messages, \(part)",
                unit: "ms", better: .lower)
        }

        /// Words that tell from others by their numbers.
        func word(_ number: Int) -> String { name + "mark\(number)" }
    }

    private static let wordCount = 20
    private static let messageSize = 1_000
    private static let sessionMessages = 500

    static func run(_ context: Context) async throws {
        let options = context.options
        let textSize =
            options.isLarge ? 1_000_000_000 : context.scaled(100_000_000, quick: 5_000_000)
        let path = try context.freshFolder("search") + "/journal"
        let journal = try await Journal.create(at: path)
        let written = try await write(textSize, to: journal)
        try await journal.seal()
        context.progress("search: \(written / 1_000_000) MB of text are written")
        var index = try SearchIndex(journal)
        let taken = try await seconds { try await index.catchUp() }
        index.close()
        add(Double(written) / 1e6 / taken, rate, context)
        let indexSize = Disk.size(below: path + "/index")
        add(Double(indexSize) / Double(written), size, context)
        index = try SearchIndex(journal)
        for share in [rare, usual] {
            var times: [Double] = []
            for _ in 0..<max(2, context.rounds) {
                for number in 0..<wordCount {
                    let word = share.word(number)
                    times.append(
                        try await seconds {
                            let page = try await index.search(word, limit: 20)
                            guard options.isQuick || !page.hits.isEmpty else {
                                throw BenchError("\(word) is not found")
                            }
                        } * 1_000)
                }
            }
            add(Statistics.median(times), share.metric("median"), context)
            add(Statistics.percentile(times, 0.95), share.metric("p95"), context)
        }
        let writer = journal.as("user:bench")
        guard let session = try await journal.sessionHeads().first?.session else { return }
        for round in 0..<context.rounds {
            try await writer.say("user", "lastmark\(round)", in: session)
            let taken = try await seconds {
                guard try await index.search("lastmark\(round)").hits.count == 1 else {
                    throw BenchError("what was appended is not found")
                }
            }
            add(taken * 1_000, append, context)
        }
        index.close()
        try await journal.close()
        Disk.remove(path)
    }

    private static func add(_ value: Double, _ metric: Metric, _ context: Context) {
        context.results.add(value, metric, Results.ours)
    }

    /// Writes messages until there is so much text in them; answers with how much it was.
    private static func write(_ textSize: Int, to journal: Journal) async throws -> Int {
        var random = Random(seed: 4_711)
        let vocabulary = (0..<60_000).map { _ in word(&random) }
        let writer = journal.as("user:bench")
        var written = 0
        var number = 0
        while written < textSize {
            let session = try await writer.createSession(durability: .buffered)
            var drafts: [EventDraft] = []
            var parent: JSONValue = nil
            for _ in 0..<sessionMessages where written < textSize {
                var text = ""
                while text.utf8.count < messageSize {
                    text += vocabulary[random.skewed(below: vocabulary.count)] + " "
                }
                for share in [rare, usual] {
                    for mark in 0..<wordCount where random.below(share.one) == 0 {
                        text += share.word(mark) + " "
                    }
                }
                written += text.utf8.count
                number += 1
                let id = JSONValue.string("m\(number)")
                drafts.append(
                    EventDraft(
                        .messageAppended,
                        data: [
                            "message": id, "parent": parent,
                            "role": number.isMultiple(of: 2) ? "assistant" : "user",
                            "parts": [["type": "text", "text": .string(text)]],
                        ]))
                parent = id
            }
            try await writer.append(drafts, to: session, durability: .buffered)
        }
        return written
    }

    private static func word(_ random: inout Random) -> String {
        let consonants = Array("bcdfghklmnprstvwz")
        let vowels = Array("aeiou")
        var word = ""
        for _ in 0...(1 + random.below(3)) {
            word.append(consonants[random.below(consonants.count)])
            word.append(vowels[random.below(vowels.count)])
        }
        return word
    }
}
