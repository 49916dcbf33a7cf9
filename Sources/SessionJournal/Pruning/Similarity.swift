internal import Glibc

/// How alike texts are: from 0, nothing in common, to 1, the same.
public struct Similarity: Sendable {
    /// Its name, as events and the command line have it.
    public let name: String

    /// From which similarity on a text says again what another one says.
    public var threshold: Double

    /// The fewest words that a text must have to be compared: a short answer is often said again, and
    /// means something else each time.
    public var minimumWords = 8

    let method: Method

    enum Method: Sendable {
        case minHash
        case tfidf
        case embedding(@Sendable ([String]) async throws -> [[Double]])
    }

    /// The share of runs of three words that two texts have in common (Jaccard), candidates found by
    /// MinHash: 128 hashes in 32 bands, so that what is at least half alike is found with a
    /// probability above 0.87, and what is 0.8 alike above 0.9999999. For copies with small changes.
    ///
    /// - Parameter threshold: 0.5 to 1.
    public static func minHash(threshold: Double = 0.85) -> Similarity {
        Similarity(name: "minhash", threshold: threshold, method: .minHash)
    }

    /// The cosine of the angle between the texts' words, each weighed by how often it is said there and
    /// by how few messages of the conversation say it (TF-IDF). For the same said in another order.
    ///
    /// - Parameter threshold: Above 0, to 1.
    public static func tfidf(threshold: Double = 0.9) -> Similarity {
        Similarity(name: "tfidf", threshold: threshold, method: .tfidf)
    }

    /// The cosine of the angle between vectors that the caller makes of the texts: by a model, say.
    ///
    /// - Parameters:
    ///   - name: What it is called in events.
    ///   - threshold: Above 0, to 1.
    ///   - embed: Gives a vector for each text, all of one length.
    public static func embedding(
        _ name: String, threshold: Double = 0.95,
        embed: @escaping @Sendable (_ texts: [String]) async throws -> [[Double]]
    ) -> Similarity {
        Similarity(name: name, threshold: threshold, method: .embedding(embed))
    }

    private init(name: String, threshold: Double, method: Method) {
        self.name = name
        self.threshold = threshold
        self.method = method
    }

    /// - Throws: ``JournalError/Code/invalidArgument`` for a threshold that makes no sense.
    func check() throws(JournalError) {
        var lowest = 0.01
        if case .minHash = method { lowest = 0.5 }
        guard threshold >= lowest, threshold <= 1 else {
            throw JournalError(
                .invalidArgument,
                "the threshold of \(name) is from \(lowest) to 1, not \(threshold)")
        }
    }

    /// A text that is compared.
    struct Item: Sendable {
        var text: String
        /// Only texts of the same group are compared.
        var group: String
        /// Whether it can be a duplicate, or be duplicated; else it only weighs words.
        var isCompared = true
    }

    /// Which texts say again what an earlier one says that is no duplicate itself, and how alike they
    /// are; of several the most alike, of those the first.
    ///
    /// - Complexity: of ``minHash(threshold:)`` about the length of the texts; of the others the number
    ///   of texts times that of those that are no duplicates.
    func duplicates(
        among items: [Item]
    ) async throws -> [Int: (original: Int, similarity: Double)] {
        try check()
        let words = items.map { Self.words($0.text) }
        let places = items.indices.filter {
            items[$0].isCompared && words[$0].count >= minimumWords
        }
        var similar: any Comparison
        switch method {
        case .minHash: similar = MinHashComparison(words)
        case .tfidf: similar = WordComparison(words)
        case .embedding(let embed):
            let vectors = try await embed(places.map { items[$0].text })
            similar = try VectorComparison(vectors, places, name)
        }
        var found: [Int: (original: Int, similarity: Double)] = [:]
        for place in places {
            var best: (original: Int, similarity: Double)?
            for other in similar.candidates(for: place)
            where items[other].group == items[place].group {
                let similarity = similar.similarity(place, other)
                guard similarity >= threshold else { continue }
                let isBetter =
                    best.map {
                        similarity > $0.similarity
                            || (similarity == $0.similarity && other < $0.original)
                    } ?? true
                if isBetter { best = (other, similarity) }
            }
            if let best {
                found[place] = best
            } else {
                similar.add(place)
            }
        }
        return found
    }

    /// The words of a text, in small letters.
    static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}

/// Compares texts by their places, those that were added with the others.
private protocol Comparison {
    /// Those that were added and may be alike, each once.
    func candidates(for place: Int) -> [Int]
    func similarity(_ left: Int, _ right: Int) -> Double
    mutating func add(_ place: Int)
}

/// Runs of three words, as hashes.
private struct MinHashComparison: Comparison {
    private static let hashCount = 128
    private static let bandCount = 32
    private static let run = 3

    private let sets: [Set<UInt64>]
    private let signatures: [[UInt64]]
    /// By band and what the hashes in it are, the texts that have those.
    private var buckets: [UInt64: [Int]] = [:]

    init(_ words: [[String]]) {
        sets = words.map { words in
            guard words.count >= Self.run else { return [Self.hash(words[...])] }
            return Set(
                (0...words.count - Self.run).map { Self.hash(words[$0..<($0 + Self.run)]) })
        }
        signatures = sets.map { set in
            (0..<UInt64(Self.hashCount)).map { number in
                let seed = Self.mixed(number &+ 0x9E37_79B9_7F4A_7C15)
                return set.reduce(UInt64.max) { min($0, Self.mixed($1 ^ seed)) }
            }
        }
    }

    private func bands(_ place: Int) -> [UInt64] {
        let rows = Self.hashCount / Self.bandCount
        return (0..<Self.bandCount).map { band in
            signatures[place][band * rows..<(band + 1) * rows].reduce(UInt64(band)) {
                Self.mixed($0 ^ $1)
            }
        }
    }

    func candidates(for place: Int) -> [Int] {
        Set(bands(place).flatMap { buckets[$0] ?? [] }).sorted()
    }

    func similarity(_ left: Int, _ right: Int) -> Double {
        let shared = sets[left].intersection(sets[right]).count
        return Double(shared) / Double(sets[left].count + sets[right].count - shared)
    }

    mutating func add(_ place: Int) {
        for band in bands(place) { buckets[band, default: []].append(place) }
    }

    /// FNV-1a over the words' bytes, with a zero behind each.
    private static func hash(_ words: ArraySlice<String>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for word in words {
            for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = hash &* 0x100_0000_01B3
        }
        return mixed(hash)
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood): every bit of the input moves every bit of the
    /// output.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Words and their weights.
private struct WordComparison: Comparison {
    /// Of each text its words' numbers and weights, in order of the numbers, of length 1 together.
    private let vectors: [[(word: Int, weight: Double)]]
    private var added: [Int] = []

    init(_ texts: [[String]]) {
        var numbers: [String: Int] = [:]
        var textCounts: [Int] = []
        var counted: [[Int: Int]] = []
        for words in texts {
            var counts: [Int: Int] = [:]
            for word in words {
                let number = numbers[word] ?? numbers.count
                if number == numbers.count {
                    numbers[word] = number
                    textCounts.append(0)
                }
                counts[number, default: 0] += 1
            }
            for number in counts.keys { textCounts[number] += 1 }
            counted.append(counts)
        }
        let total = Double(texts.count)
        vectors = counted.map { counts in
            let weights = counts.sorted { $0.key < $1.key }.map { number, count in
                (
                    word: number,
                    weight: Double(count)
                        * (log((1 + total) / (1 + Double(textCounts[number]))) + 1)
                )
            }
            let length = weights.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot()
            return length > 0 ? weights.map { ($0.word, $0.weight / length) } : []
        }
    }

    func candidates(for place: Int) -> [Int] { added }

    func similarity(_ left: Int, _ right: Int) -> Double {
        let (a, b) = (vectors[left], vectors[right])
        var (i, j, sum) = (0, 0, 0.0)
        while i < a.count, j < b.count {
            if a[i].word == b[j].word {
                sum += a[i].weight * b[j].weight
                (i, j) = (i + 1, j + 1)
            } else if a[i].word < b[j].word {
                i += 1
            } else {
                j += 1
            }
        }
        return min(sum, 1)
    }

    mutating func add(_ place: Int) { added.append(place) }
}

/// Vectors that the caller made.
private struct VectorComparison: Comparison {
    private let vectors: [Int: [Double]]
    private var added: [Int] = []

    init(_ vectors: [[Double]], _ places: [Int], _ name: String) throws(JournalError) {
        guard vectors.count == places.count,
            vectors.allSatisfy({ $0.count == vectors[0].count && $0.allSatisfy(\.isFinite) })
        else {
            throw JournalError(
                .invalidArgument,
                "the embedding \"\(name)\" gives no vector of one length for each of the "
                    + "\(places.count) texts; nothing was pruned")
        }
        var known: [Int: [Double]] = [:]
        for (place, vector) in zip(places, vectors) {
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            known[place] = length > 0 ? vector.map { $0 / length } : vector
        }
        self.vectors = known
    }

    func candidates(for place: Int) -> [Int] { added }

    func similarity(_ left: Int, _ right: Int) -> Double {
        guard let left = vectors[left], let right = vectors[right] else { return 0 }
        return min(zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }, 1)
    }

    mutating func add(_ place: Int) { added.append(place) }
}
