/// What the rules look at in the conversations of a session: the messages that are in sight, branch by
/// branch, which of them are protected, and which belong together.
struct MessageSurvey {
    /// The messages of one branch that are in sight, by their places in the tree, the first first.
    struct Conversation {
        var branch: String
        var places: [Int]
        /// Those that were put out of sight.
        var pruned: [Int]
    }

    let tree: ConversationTree
    private(set) var conversations: [Conversation] = []
    private var safeguards: [Int: Safeguard] = [:]
    /// The first place of the messages that belong together, by the places of those.
    private var units: [Int: Int] = [:]
    private let counter: TokenCounter

    /// - Parameters:
    ///   - state: The session, with its content.
    ///   - summaries: Its summaries.
    ///   - labels: The names of its events.
    ///   - counter: What counts tokens.
    init(
        _ state: SessionState, _ summaries: [ConversationSummary], _ labels: SessionLabels,
        _ counter: TokenCounter
    ) {
        tree = state.tree
        self.counter = counter
        var leading: Set<Int> = []
        for branch in tree.branches {
            guard let place = tree.branchPlaces[branch.name] else { continue }
            var way = Array(tree.way(to: branch.head).messages.reversed())
            // A conversation beside another one begins where it leaves that.
            if branch.type == .sidechain || branch.type == .thread,
                let origin = branch.origin.flatMap({ tree.anchor(of: $0) }),
                let index = way.firstIndex(of: origin)
            {
                way.removeFirst(index + 1)
            }
            leading.formUnion(way.prefix { tree.messages[$0].role == .system })
            way.removeAll { tree.message(at: $0, on: place).isRemoved }
            conversations.append(
                Conversation(
                    branch: branch.name, places: way.filter { !tree.messages[$0].isPruned },
                    pruned: way.filter { tree.messages[$0].isPruned }))
        }
        let referenced = referencedPlaces(summaries, labels)
        let shown = Set(conversations.flatMap(\.places))
        for place in shown {
            let message = tree.messages[place]
            if let mark = Safeguard(markedBy: message.metadata) {
                safeguards[place] = mark
            } else if referenced.contains(place) {
                safeguards[place] = .referenced
            } else if message.state == .partial {
                safeguards[place] = .unfinished
            } else if leading.contains(place) {
                safeguards[place] = .instructions
            }
        }
        joinToolCalls(shown)
    }

    /// The places of messages that something else refers to, in sight or not: what was put out of sight
    /// still protects what it refers to, so that pruning again finds nothing new.
    private func referencedPlaces(
        _ summaries: [ConversationSummary], _ labels: SessionLabels
    ) -> Set<Int> {
        var references: [MessageReference] = []
        for branch in tree.branches {
            references += [branch.head, branch.origin].compactMap { $0 }
        }
        for merge in tree.merges {
            references += [merge.targetHead, merge.sourceHead, merge.base].compactMap { $0 }
            references += merge.messages.map { MessageReference($0) }
        }
        for message in tree.messages { references += message.references }
        for summary in summaries {
            references += [summary.first, summary.last].compactMap { $0 }
                .map { MessageReference($0) }
        }
        var places = Set(references.compactMap { tree.anchor(of: $0) })
        for label in labels.labels {
            if let place = tree.place(ofMessageAt: label.sequence) { places.insert(place) }
        }
        return places
    }

    /// Notes which messages hold calls of tools and their results: all go, or none.
    private mutating func joinToolCalls(_ shown: Set<Int>) {
        var known: [String: Int] = [:]
        for place in shown.sorted() {
            for part in tree.messages[place].parts() {
                let call: String
                switch part {
                case .toolUse(let use): call = use.call
                case .toolResult(let result): call = result.call
                default: continue
                }
                if let other = known[call] {
                    let (first, second) = (unit(of: other), unit(of: place))
                    if first != second { units[max(first, second)] = min(first, second) }
                } else {
                    known[call] = place
                }
            }
        }
    }

    private func unit(of place: Int) -> Int {
        var place = place
        while let next = units[place] { place = next }
        return place
    }

    // MARK: Deciding

    /// What is due in each conversation, with what decided, by a rule that looks at messages one by one.
    func due(_ rule: MessageRule, now: Timestamp) -> [[Int: JSONObject]] {
        conversations.map { conversation in
            var due: [Int: JSONObject] = [:]
            var rank = 0
            for place in conversation.places.reversed() {
                let message = tree.messages[place]
                switch rule {
                case .old(let seconds, let count):
                    rank += 1
                    if let values = Self.old(message, seconds, count, rank: rank, now) {
                        due[place] = values
                    }
                case .ownTimeToLive:
                    guard message.ownTimeToLive != nil else { continue }
                    due[place] = Self.old(message, 0, nil, rank: 0, now)
                case .type(let type, let count):
                    guard type.matches(message) else { continue }
                    rank += 1
                    if rank > count { due[place] = ["rank": JSONValue(rank)] }
                case .similar: break
                }
            }
            return due
        }
    }

    private static func old(
        _ message: Message, _ seconds: Int64?, _ count: Int?, rank: Int, _ now: Timestamp
    ) -> JSONObject? {
        var values: JSONObject = [:]
        if let count {
            guard rank > count else { return nil }
            values["rank"] = JSONValue(rank)
        }
        if let seconds {
            let ttl = message.ownTimeToLive ?? seconds
            guard message.moment.adding(seconds: ttl) < now else { return nil }
            values["age"] = .integer(
                (now.microseconds - message.moment.microseconds) / 1_000_000)
            values["ttl"] = .integer(ttl)
        }
        return values
    }

    /// What becomes of messages of which a rule says in each conversation that they are due: those go
    /// that are due in every conversation that shows them, with all that they belong together with, and
    /// that nothing protects.
    ///
    /// - Parameters:
    ///   - due: By the conversations' order, what is due there by its place, with what decided.
    ///   - gone: Places that another rule has decided about.
    func decide(
        _ due: [[Int: JSONObject]], besides gone: Set<Int> = []
    ) -> [MessageDecision] {
        var shownCounts: [Int: Int] = [:]
        var dueCounts: [Int: Int] = [:]
        var values: [Int: JSONObject] = [:]
        for (conversation, due) in zip(conversations, due) {
            for place in conversation.places { shownCounts[place, default: 0] += 1 }
            for (place, value) in due {
                dueCounts[place, default: 0] += 1
                if values[place] == nil { values[place] = value }
            }
        }
        var found: [Int: Safeguard?] = [:]
        for (place, count) in dueCounts where count == shownCounts[place] {
            found[place] = .some(gone.contains(place) ? nil : safeguards[place])
        }
        // A unit of which one stays, due or not, stays.
        var staying: Set<Int> = []
        for place in shownCounts.keys
        where !gone.contains(place) && (found[place].map { $0 != nil } ?? true) {
            staying.insert(unit(of: place))
        }
        return found.keys.sorted().filter { !gone.contains($0) }.map { place in
            let message = tree.messages[place]
            var safeguard = found[place] ?? nil
            if safeguard == nil, staying.contains(unit(of: place)) { safeguard = .toolPair }
            return MessageDecision(
                message: message.id, sequence: message.sequence, values: values[place] ?? [:],
                safeguard: safeguard, tokens: counter.count(message), bytes: message.textSize)
        }
    }

    /// The places of decided messages.
    func places(_ decisions: [MessageDecision]) -> Set<Int> {
        Set(decisions.compactMap { tree.place(ofMessageAt: $0.sequence) })
    }
}

extension Message {
    /// When it was said: by its source's clock where that is known, else by the journal's.
    package var moment: Timestamp { occurred ?? time }

    /// How long it is worth keeping, in seconds, as its own metadata says; nil where it does not.
    var ownTimeToLive: Int64? { metadata["ttl"]?.integer.flatMap { $0 >= 0 ? $0 : nil } }

    /// The bytes of the events that hold its texts.
    var textSize: Int {
        let all = events + edits.flatMap(\.events)
        var seen: Set<UInt64> = []
        return all.reduce(0) { $0 + (seen.insert($1.sequence).inserted ? $1.line.count : 0) }
    }

    /// The events that made it what it is, those that put it out of sight left out.
    func contentSequences(before end: UInt64) -> [UInt64] {
        ([sequence] + laterSequences).filter { $0 < end }
    }
}
