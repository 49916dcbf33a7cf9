import JournalTestKit
import SessionJournal
import Testing

/// Random histories of up to three branches against a model that knows lists and sets only.
struct MergeHistoryTests {
    private static let stepCount = 24

    /// Histories that longer runs have found a bug with.
    private static let foundSeeds: [UInt64] = [22_746]

    /// Each history by itself, with the seed and the acts where one fails.
    @Test func historiesAgreeWithTheModel() throws {
        for seed in 0..<UInt64(HistoryScale.count) {
            var history = TreeHistory(seed: seed)
            for _ in 0..<Self.stepCount {
                let merge = try history.step()
                if let merge, merge.library != merge.model {
                    Issue.record("seed \(seed): \(merge), \(history.acts)")
                    return
                }
                if let difference = history.difference() {
                    Issue.record("seed \(seed): \(difference), \(history.acts)")
                    return
                }
            }
            let again = try SessionProjection().fold(history.script.events)
            for branch in history.branches
            where again.json(branch: branch) != history.state.json(branch: branch) {
                Issue.record("seed \(seed): another fold differs on \(branch)")
                return
            }
        }
    }

    /// The same seed makes the same events, byte for byte.
    @Test func historiesAreDeterministic() throws {
        for seed in 0..<UInt64(50) {
            var histories = [TreeHistory(seed: seed), TreeHistory(seed: seed)]
            for index in histories.indices {
                for _ in 0..<Self.stepCount { _ = try histories[index].step() }
            }
            #expect(histories[0].script.events == histories[1].script.events)
        }
    }

    /// Two branches that are not in conflict come to the same, whichever is merged first; and what
    /// was merged is not merged again.
    @Test func theOrderOfMergesDoesNotMatter() throws {
        var orders = 0
        for seed in Array(0..<UInt64(HistoryScale.count)) + Self.foundSeeds {
            var history = TreeHistory(seed: seed)
            for _ in 0..<Self.stepCount { _ = try history.step() }
            guard history.branches.count == 3 else { continue }
            var first = history
            var second = history
            let outcomes = [
                try first.merge("a", into: "main", .ours).library,
                try first.merge("b", into: "main", .ours).library,
                try second.merge("b", into: "main", .ours).library,
                try second.merge("a", into: "main", .ours).library,
            ]
            for source in ["a", "b"] {
                for history in [first, second] {
                    let more = try history.state.mergePreview(
                        source, into: "main", strategy: .ours)
                    if !more.isUpToDate {
                        Issue.record("seed \(seed): \(source) again: \(more.json)")
                        return
                    }
                }
            }
            guard outcomes.allSatisfy(\.conflicts.isEmpty) else { continue }
            orders += 1
            let (one, other) = (first.content(of: "main"), second.content(of: "main"))
            // The texts of messages that were edited may differ: see decision 0028.
            if Set(one.messages.keys) != Set(other.messages.keys) || one.fields != other.fields {
                Issue.record("seed \(seed): \(one), \(other), \(history.acts)")
                return
            }
        }
        #expect(orders > HistoryScale.count / 10)
    }
}
