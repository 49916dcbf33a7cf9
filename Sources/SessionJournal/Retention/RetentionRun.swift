/// An application of the rules of retention, as its events say it.
public struct RetentionRun: Sendable, Hashable {
    /// Something that was announced.
    public struct Item: Sendable, Hashable {
        /// The session.
        public let session: SessionID
        /// What was due.
        public let action: RetentionAction
        /// The rule that said so.
        public let rule: String
        /// The legal basis of an erasure.
        let basis: String?
    }

    /// Its id: 32 hexadecimal digits.
    public let id: String

    /// The event that announced it.
    public let sequence: UInt64

    /// The moment that counted.
    public let now: Timestamp

    /// What was due.
    public let items: [Item]

    /// How many items waited for the next run.
    public let waiting: Int

    /// The event that recorded it; nil for one that a crash, or an error, has ended.
    public internal(set) var recordedSequence: UInt64?

    /// What an event announces; nil for one that makes no sense.
    init?(_ event: Event) {
        guard event.kind == .retentionAnnounced, let data = try? event.data(),
            let id = data["run"]?.string,
            let now = data["now"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.id = id
        sequence = event.sequence
        self.now = now
        items = (data["due"]?.array ?? []).compactMap { item in
            guard let session = item["session"]?.string.flatMap({ SessionID($0) }),
                let action = item["action"]?.string.flatMap({ RetentionAction(rawValue: $0) }),
                let rule = item["rule"]?.string
            else { return nil }
            return Item(
                session: session, action: action, rule: rule, basis: item["basis"]?.string)
        }
        waiting = data["more"]?.count ?? 0
    }
}

/// What became of one item of a run: the tombstone of what went.
public struct RetentionOutcome: Sendable, Hashable {
    /// The session.
    public let session: SessionID

    /// What was due.
    public let action: RetentionAction

    /// The rule that said so.
    public let rule: String

    /// The event that did it; nil where nothing was done.
    public internal(set) var sequence: UInt64?

    /// Why nothing was done; nil where it was.
    public internal(set) var refusal: String?

    /// How many events it took: those of the session, or of its messages.
    public internal(set) var eventCount = 0

    /// How many messages it took.
    public internal(set) var messageCount = 0

    /// Their tokens, as they were counted; nil where nobody knows any more.
    public internal(set) var tokens: Int?

    /// The bytes of what it took; nil where nobody knows any more.
    public internal(set) var bytes: Int?

    /// The root of the Merkle tree (RFC 6962) over the leaves of the events that it took, in their
    /// order: whoever has their entry lines finds it again. Nil where it took none.
    public internal(set) var hash: Digest?

    init(_ item: RetentionRun.Item) {
        session = item.session
        action = item.action
        rule = item.rule
    }

    /// What the event holds, and `retain --apply --json` prints.
    public var json: JSONValue {
        var object: JSONObject = [
            "session": .string(session.hexadecimal), "action": .string(action.rawValue),
            "rule": .string(rule),
        ]
        if let refusal {
            object["why"] = .string(refusal)
            return .object(object)
        }
        object["by"] = sequence.map { JSONValue($0) } ?? .null
        object["events"] = JSONValue(eventCount)
        object["messages"] = JSONValue(messageCount)
        object["tokens"] = tokens.map { JSONValue($0) } ?? .null
        object["bytes"] = bytes.map { JSONValue($0) } ?? .null
        object["hash"] = hash.map { .string($0.base64) }
        return .object(object)
    }
}

/// What came of applying the rules of retention.
public struct RetentionReport: Sendable, Hashable {
    /// The event that recorded a run; nil where nothing was due.
    public internal(set) var sequence: UInt64?

    /// What was due, in order.
    public internal(set) var outcomes: [RetentionOutcome] = []

    /// How many items wait for the next run.
    public internal(set) var waiting = 0

    /// The runs of before that were not finished, and are now.
    public internal(set) var resumed: [RetentionRun] = []

    /// Whether all that was due was done.
    public var isWhole: Bool { outcomes.allSatisfy { $0.refusal == nil } }

    /// What `retain --apply --json` prints.
    public var json: JSONValue {
        [
            "seq": sequence.map { JSONValue($0) } ?? .null,
            "outcomes": .array(outcomes.map(\.json)), "waiting": JSONValue(waiting),
            "resumed": .array(resumed.map { JSONValue($0.sequence) }),
        ]
    }
}

extension Journal {
    /// The applications of the rules of retention, in order.
    ///
    /// Cost: reads the journal's own events about them.
    public func retentionRuns() async throws -> [RetentionRun] {
        var runs: [RetentionRun] = []
        for try await event in events(
            session: .journal, kinds: [.retentionAnnounced, .retentionApplied], damage: .skip)
        {
            if let run = RetentionRun(event) {
                runs.append(run)
            } else if event.kind == .retentionApplied,
                let id = (try? DataReader(event))?.string("run"),
                let place = runs.lastIndex(where: { $0.id == id })
            {
                runs[place].recordedSequence = event.sequence
            }
        }
        return runs
    }

    /// What a run did in a session: the last event there that names the run as its cause; of an erasure
    /// the event of the journal that asked for it.
    func act(of run: RetentionRun, _ item: RetentionRun.Item) async throws -> Event? {
        if item.action == .erase {
            for try await event in events(
                from: run.sequence + 1, session: .journal, kinds: [.erasureRequested],
                damage: .skip)
            {
                // Its texts stay, and must not name whom it is about: so no word in it names the run.
                guard let request = RequestedErasure(event),
                    request.data["scope"]?.string == ErasureScope.session(item.session).name
                else { continue }
                if request.sessions == [item.session]
                    || request.keys.map(\.session) == [item.session]
                {
                    return event
                }
            }
            return nil
        }
        for try await event in events(
            from: run.sequence + 1, session: item.session, kinds: [item.action.kind],
            damage: .skip)
        where event.cause == run.sequence {
            // Two rules may take messages of one session in one run.
            let rule = (try? DataReader(event))?.string("rule")
            if item.action != .pruneMessages || rule == item.rule { return event }
        }
        return nil
    }
}

extension RetentionAction {
    /// The kind of event that does it.
    fileprivate var kind: EventKind {
        switch self {
        case .keep, .erase: .erasureRequested
        case .expire: .sessionExpired
        case .archive: .sessionArchived
        case .prune: .sessionPruned
        case .pruneMessages: .messagePruned
        }
    }
}
