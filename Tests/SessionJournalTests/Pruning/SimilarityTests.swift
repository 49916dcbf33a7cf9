import JournalTestKit
import Synchronization
import Testing

@testable import SessionJournal

/// A number that goes up each time it is asked for.
final class SanitizedCounter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}

/// Texts that say again what another one says.
@Suite struct SimilarityTests {
    private static let speech =
        "the quick brown fox jumps over the lazy dog while seven wizards watch from the hill "
        + "and write down what they see in a book that nobody will ever read again"

    private static func items(_ texts: [String]) -> [Similarity.Item] {
        texts.map { Similarity.Item(text: $0, group: "user") }
    }

    private static func found(
        _ similarity: Similarity, _ texts: [String]
    ) async throws -> [Int: Int] {
        try await similarity.duplicates(among: items(texts)).mapValues(\.original)
    }

    @Test func copiesWithSmallChangesAreFoundByMinHash() async throws {
        let near = Self.speech.replacing("nobody", with: "somebody")
        let texts = [
            Self.speech, "something else that has nothing to do with any of this at all, really",
            near, Self.speech.uppercased() + "!",
        ]
        let found = try await Similarity.minHash(threshold: 0.7)
            .duplicates(among: Self.items(texts))
        #expect(found.mapValues(\.original) == [2: 0, 3: 0])
        #expect(found[3]?.similarity == 1)
        // 31 words have 29 runs of three, of which the change touches three.
        let similarity = try #require(found[2]?.similarity)
        #expect(abs(similarity - 26.0 / 32.0) < 0.001)
        #expect(try await Self.found(.minHash(threshold: 0.85), texts) == [3: 0])
        // The same words in another order are another text here.
        let words = Self.speech.split(separator: " ").reversed().joined(separator: " ")
        #expect(try await Self.found(.minHash(threshold: 0.5), [Self.speech, words]) == [:])
    }

    @Test func theSameInAnotherOrderIsFoundByWords() async throws {
        let words = Self.speech.split(separator: " ").reversed().joined(separator: " ")
        let texts = [
            Self.speech, words, "a wholly different thing is said here about seven other matters",
        ]
        let found = try await Similarity.tfidf(threshold: 0.9).duplicates(among: Self.items(texts))
        #expect(found.mapValues(\.original) == [1: 0])
        #expect(found[1].map { abs($0.similarity - 1) < 1e-9 } == true)
        // Words that few say weigh more: by the same rare word they are more alike than by the same
        // frequent one.
        let fill = "alpha beta gamma delta epsilon zeta eta"
        let rare = try await Similarity.tfidf(threshold: 0.01).duplicates(
            among: Self.items([
                "one two three four five six seven common", "\(fill) common",
                "h i j k l m n common", "o p q r s t u rarest", "v w x y z aa bb rarest",
            ]))
        #expect(rare[1]?.similarity ?? 1 < rare[4]?.similarity ?? 0)
    }

    @Test func vectorsOfTheCallerAreCompared() async throws {
        var similarity = Similarity.embedding("toy", threshold: 0.9) { texts in
            texts.map { $0.hasPrefix("a") ? [2, 0.1] : [0, 5] }
        }
        similarity.minimumWords = 1
        #expect(
            try await Self.found(similarity, ["a one", "b one", "a two", "b two", "a"])
                == [2: 0, 3: 1, 4: 0])
        for vectors in [[[1.0]], [[1], [1, 2]], [[1], [.nan]]] {
            var bad = Similarity.embedding("bad") { _ in vectors }
            bad.minimumWords = 1
            let error = await #expect(throws: JournalError.self) {
                try await Self.found(bad, ["one", "two"])
            }
            #expect(error?.code == .invalidArgument)
        }
        // What is nothing is like nothing.
        var zero = Similarity.embedding("zero") { texts in texts.map { _ in [0, 0] } }
        zero.minimumWords = 1
        #expect(try await Self.found(zero, ["one", "two"]) == [:])
    }

    @Test func shortTextsOtherGroupsAndChainsAreLeftAlone() async throws {
        #expect(try await Self.found(.minHash(), ["yes please do", "yes please do"]) == [:])
        var short = Similarity.minHash()
        short.minimumWords = 2
        #expect(try await Self.found(short, ["yes please", "yes please", "no"]) == [1: 0])
        var items = Self.items([Self.speech, Self.speech, Self.speech])
        items[1].group = "assistant"
        items[2].isCompared = false
        #expect(try await Similarity.minHash().duplicates(among: items).isEmpty)
        // A duplicate is none of those that others are compared with.
        let drift = [0, 4, 8].map { step in
            Self.speech.split(separator: " ").enumerated().map { place, word in
                place >= 20 - step && place < 20 ? "changed\(place)" : String(word)
            }.joined(separator: " ")
        }
        let found = try await Self.found(.minHash(threshold: 0.65), drift)
        #expect(found == [1: 0])
    }

    @Test func thresholdsThatMakeNoSenseAreRefused() async throws {
        for similarity in [
            Similarity.minHash(threshold: 0.4), .minHash(threshold: 1.1), .tfidf(threshold: 0),
            .embedding("e", threshold: -1) { _ in [] },
        ] {
            await #expect(throws: JournalError.self) {
                try await similarity.duplicates(among: [])
            }
        }
        let rig = RetentionRig()
        let session = try await rig.session("a")
        await #expect(throws: JournalError.self) {
            try await Pruner(rig.ada).pruneMessages(
                of: session, by: .semantic(.minHash(threshold: 0)))
        }
    }

    @Test func whatIsSaidTwiceGoesAndTheReportSaysWhat() async throws {
        let rig = RetentionRig()
        let session = try await rig.session("a")
        let texts = [
            ("user", Self.speech), ("assistant", Self.speech), ("user", "and now?"),
            ("user", Self.speech.replacing("seven", with: "eight")), ("user", Self.speech),
            ("assistant", "the end of it"),
        ]
        for (number, text) in texts.enumerated() {
            try await rig.ada.say(text.0, text.1, in: session, id: "t\(number)")
        }
        let report = try await Pruner(rig.ada).pruneMessages(
            of: session, by: .semantic(.minHash(threshold: 0.7)))
        #expect(report.gone.map(\.message) == ["t3", "t4"])
        #expect(report.gone.map { $0.values["duplicates"] } == ["t0", "t0"])
        #expect(report.gone[1].values["similarity"] == .number("1.0"))
        #expect(try await rig.shown(session) == ["t0", "t1", "t2", "t5"])
        let event = try #require(try await rig.last(.messagePruned, in: session))
        #expect(event["limits"] == ["method": "minhash", "threshold": .number("0.7")])
        #expect(event["messages"]?.array?.last?["duplicates"] == "t0")
    }
}
