import JournalTestKit
import SessionJournal
import Testing

@Suite struct BisectTests {
    /// ⌈log₂ number⌉.
    private func ceilingOfLogarithm(_ number: Int) -> Int {
        var power = 1
        var exponent = 0
        while power < number {
            power *= 2
            exponent += 1
        }
        return exponent
    }

    /// Every row of up to 130 states, with every answer that there is.
    @Test func asksNoMoreThanItMust() {
        for count in 0...130 {
            for first in 0...count {
                var search = BisectSearch(count: count)
                var asked: [Int] = []
                while let next = search.next {
                    #expect(!asked.contains(next))
                    asked.append(next)
                    search.take(next >= first ? .bad : .good, of: next)
                }
                #expect(search.outcome == (first == count ? .never : .first(first)))
                #expect(asked.count <= ceilingOfLogarithm(count + 1))
                // Which is ⌈log₂ n⌉ but where n is a power of two.
                if count & (count - 1) != 0 { #expect(asked.count <= ceilingOfLogarithm(count)) }
                // What is answered was seen: both the state and the one before it.
                if first < count { #expect(asked.contains(first)) }
                if first > 0 { #expect(asked.contains(first - 1)) }
            }
        }
    }

    @Test func goesRoundWhatCannotBeJudged() {
        for count in 1...24 {
            for first in 0...count {
                for unknown in 0..<count {
                    for width in 1...3 {
                        let hidden = unknown..<min(count, unknown + width)
                        var search = BisectSearch(count: count)
                        while let next = search.next {
                            let verdict: BisectVerdict =
                                hidden.contains(next) ? .unknown : next >= first ? .bad : .good
                            search.take(verdict, of: next)
                        }
                        switch search.outcome {
                        case .first(let place): #expect(place == first)
                        case .never: #expect(first == count)
                        case .among(let places):
                            #expect(places.contains(first))
                            #expect(hidden.contains(first) || hidden.contains(first - 1))
                            #expect(places.dropLast().allSatisfy { hidden.contains($0) })
                        }
                    }
                }
            }
        }
    }

    private func journal(messages: Int) async throws -> (Journal, SessionID) {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])
        for number in 1...messages { script.say("m\(number)", after: nil, text: "text \(number)") }
        let journal = Journal.inMemory()
        try await journal.store.adopt(script.events.map(\.line), durability: .durable)
        return (journal, EventScript.defaultSession)
    }

    @Test func findsTheFirstEventOfAnySession() async throws {
        for messages in [1, 2, 6, 7, 29] {
            let (journal, session) = try await journal(messages: messages)
            for wanted in 1...messages {
                var calls = 0
                let found = try await journal.bisect(session) { state in
                    calls += 1
                    return BisectCondition.contains("text \(wanted)").verdict(of: state)
                }
                // "text 1" is in "text 10", and first in itself.
                #expect(found.outcome == .turned(at: UInt64(wanted) + 1))
                #expect(found.count == messages + 1 && found.evaluations.count == calls)
                #expect(calls <= ceilingOfLogarithm(messages + 2))
            }
        }
    }

    @Test func saysHonestlyWhereTheEndsDoNotDiffer() async throws {
        let (journal, session) = try await journal(messages: 20)
        let never = try await journal.bisect(session) { _ in .good }
        #expect(never.outcome == .neverTrue && never.evaluations.count <= 5)
        let always = try await journal.bisect(session) { _ in .bad }
        #expect(always.outcome == .alreadyTrue(at: 1) && always.evaluations.count <= 5)
        let early = try await journal.bisect(session, from: .sequence(10)) { state in
            BisectCondition.messages(3).verdict(of: state)
        }
        #expect(early.outcome == .alreadyTrue(at: 10))
        let late = try await journal.bisect(session, through: .sequence(3)) { state in
            BisectCondition.messages(3).verdict(of: state)
        }
        #expect(late.outcome == .neverTrue && late.count == 3)
        let nothing = try await journal.bisect(session, through: .sequence(0)) { _ in .bad }
        #expect(nothing.outcome == .nothing && nothing.evaluations.isEmpty)
        let unknown = try await journal.bisect(session, through: .sequence(4)) { _ in .unknown }
        #expect(unknown.outcome == .unclear([1, 2, 3, 4], mayBeNever: true))
        let edge = try await journal.bisect(session) { state in
            let last = state.session.lastSequence
            return last == 5 || last == 6 ? .unknown : last > 6 ? .bad : .good
        }
        #expect(edge.outcome == .unclear([5, 6, 7], mayBeNever: false))
    }

    @Test func aStateIsTheStateAsOfItsEvent() async throws {
        let (journal, session) = try await journal(messages: 30)
        _ = try await journal.bisect(session, from: .sequence(4)) { state in
            let last = state.session.lastSequence
            let expected = try await journal.state(of: session, at: .sequence(last))
            #expect(state.session.json() == expected.json())
            return last >= 17 ? .bad : .good
        }
    }

    /// Of a state that cannot be judged nobody knows on which side it lies.
    @Test func aStateBeforeOneThatCannotBeJudgedIsItsOwn() async throws {
        let (journal, session) = try await journal(messages: 30)
        let found = try await journal.bisect(session) { state in
            let last = state.session.lastSequence
            let expected = try await journal.state(of: session, at: .sequence(last))
            #expect(state.session.eventCount == expected.eventCount)
            return last == 16 ? .unknown : last >= 7 ? .bad : .good
        }
        #expect(found.outcome == .turned(at: 7))
        #expect(found.evaluations.first?.verdict == .unknown)
    }

    @Test func conditionsLookAtBranchAndSession() throws {
        var script = SessionStateScript.script()
        let states = try (0...script.events.count).map { count in
            try BisectProbe.fold(script.events.prefix(count))
        }
        func first(_ condition: BisectCondition, _ branch: String? = nil) -> Int? {
            states.firstIndex { condition.verdict(of: $0, branch: branch) == .bad }
        }
        #expect(first(.field("name", "second")) == 3)
        #expect(first(.field("name", "third")) == nil)
        #expect(first(.messages(2)) == 5)
        #expect(first(.messages(3), "side") == 7)
        #expect(first(.messages(1), "nowhere") == nil)
        #expect(first(.contains("needle")) == 5)
        #expect(first(.contains("needle"), "side") == nil)
        #expect(first(.toolError) == 8)
        #expect(states.last?.toolErrorCount == 2)
        // Withheld, and no JSON that anybody expects: passed over.
        script.withhold(sequence: 5)
        let state = try BisectProbe.fold(script.events)
        #expect(BisectCondition.contains("needle").verdict(of: state) == .good)
    }
}

/// What the conditions are tried on.
private enum SessionStateScript {
    static func script() -> EventScript {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "first"]])  // 1
        script.say("a", after: nil)  // 2
        script.add(.sessionMetadataChanged, ["set": ["name": "second"]])  // 3
        script.add(
            .branchCreated,
            ["branch": "side", "from": "a", "type": "fork", "parent_branch": "main"])  // 4
        script.add(
            .messageAppended,
            [
                "message": "b", "parent": "a", "role": "assistant",
                "parts": [
                    ["type": "tool_use", "call": "c", "name": "t", "input": ["x": ["a needle"]]]
                ],
            ])  // 5
        script.say("c", after: "a", branch: "side")  // 6
        script.say("d", after: "c", branch: "side")  // 7
        script.add(.toolFinished, ["call": "c", "status": "error"])  // 8
        script.add(
            .messageAppended,
            [
                "message": "e", "parent": "b", "role": "tool",
                "parts": [
                    ["type": "tool_result", "call": "c", "content": "", "is_error": true],
                    ["type": "tool_result", "call": "c2", "content": "", "is_error": true], 7,
                ],
            ])  // 9
        return script
    }
}

private enum BisectProbe {
    static func fold(_ events: some Sequence<Event>) throws -> BisectState {
        try BisectProjection().fold(events)
    }
}
