/// What is said of a pruning in its event.
struct PruningNote {
    var strategy: String
    var rule: String
    var limits: JSONObject
    var reason: String?
    /// The event that announced it.
    var cause: Cause?

    /// The beginning of the event's data.
    var data: JSONObject {
        ["strategy": .string(strategy), "rule": .string(rule), "limits": .object(limits)]
    }
}

extension JournalWriter {
    /// How many messages one event puts out of sight at most: their ids take some 100 KB.
    static let prunedMessageLimit = 1_000

    /// Decides about messages of a session as it is now, and puts those that go out of sight. Where
    /// others write meanwhile, it is decided anew.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - note: What the event says.
    ///   - isDryRun: Whether only to decide.
    ///   - counter: What counts tokens.
    ///   - decide: What is due, and what of that stays.
    /// - Returns: What was decided, and the receipts of what was appended.
    func pruneMessages(
        in session: SessionID, _ note: PruningNote, isDryRun: Bool, _ counter: TokenCounter,
        _ decide: (MessageSurvey) async throws -> [MessageDecision]
    ) async throws -> (decisions: [MessageDecision], receipts: [AppendReceipt]) {
        let held = try await journal.matterHolding(session).map { Safeguard.held(matter: $0) }
        let done = try await act(
            in: session, keepsContent: true, reason: note.reason, durability: .durable
        ) { state in
            var decisions = try await decide(try await journal.messageSurvey(of: state, counter))
            if let held { for index in decisions.indices { decisions[index].safeguard = held } }
            let gone = decisions.filter { $0.safeguard == nil }
            var drafts: [EventDraft] = []
            for start in stride(
                from: 0, to: isDryRun ? 0 : gone.count, by: Self.prunedMessageLimit)
            {
                let part = gone[start..<min(start + Self.prunedMessageLimit, gone.count)]
                var data = note.data
                data["messages"] = .array(part.map { .object($0.object) })
                data["tokens"] = JSONValue(part.reduce(0) { $0 + $1.tokens })
                data["bytes"] = JSONValue(part.reduce(0) { $0 + $1.bytes })
                drafts.append(
                    EventDraft(.messagePruned, data: EventData(data), cause: note.cause))
            }
            return (drafts, decisions)
        }
        return (done.answer, done.receipts)
    }

    /// Puts a session out of sight, if it stands as it did when that was decided.
    ///
    /// - Parameters:
    ///   - facts: What was decided upon.
    ///   - values: What decided.
    ///   - note: What the event says.
    ///   - isDryRun: Whether only to count.
    ///   - counter: What counts tokens.
    /// - Returns: What it holds, and the receipt; nil where it was used, marked or pruned meanwhile.
    func pruneSession(
        _ facts: SessionFacts, _ values: JSONObject, _ note: PruningNote, isDryRun: Bool,
        _ counter: TokenCounter
    ) async throws -> (messages: Int, tokens: Int, receipt: AppendReceipt?)? {
        let done = try await act(
            in: facts.session, keepsContent: true, reason: note.reason, durability: .durable
        ) { state -> (drafts: [EventDraft], answer: (Int, Int)?) in
            guard let now = SessionFacts(state), now.safeguard == nil, !now.isPruned,
                now.lastActive == facts.lastActive, now.accesses == facts.accesses
            else { return ([], nil) }
            let messages = state.tree.messages.count
            let tokens = state.tree.messages.reduce(0) { $0 + counter.count($1) }
            guard !isDryRun else { return ([], (messages, tokens)) }
            var data = note.data
            data["values"] = .object(values)
            data["messages"] = JSONValue(messages)
            data["tokens"] = JSONValue(tokens)
            data["bytes"] = JSONValue(facts.bytes)
            let draft = EventDraft(.sessionPruned, data: EventData(data), cause: note.cause)
            return ([draft], (messages, tokens))
        }
        return done.answer.map { ($0.0, $0.1, done.receipts.first) }
    }
}
