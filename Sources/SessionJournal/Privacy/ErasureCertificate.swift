/// What was erased, when, by whom, why and on which basis, and how to check it.
///
/// It names positions, not contents: it can be shown to anybody. Every figure stands in two events of
/// the journal's own session, `erasure.requested` and `erasure.finished`.
public struct ErasureCertificate: Sendable {
    /// The erasure's id: 32 hexadecimal digits; empty for a dry run.
    public let id: String
    /// What kind of scope it had: `session`, `actor`, `message`, `query` or `events`.
    public let scope: String
    /// What it took.
    public let plan: ErasurePlan
    /// Who asked for it.
    public let actor: String
    /// On which legal basis.
    public let basis: String
    /// Why, in other words.
    public let reason: String?
    /// The event that asked for it; nil for a dry run.
    public let requestedSequence: UInt64?
    /// When that was.
    public let requestedAt: Timestamp?
    /// The Merkle tree before it: checkpoints that were made before name this one, or an earlier one.
    public let tree: TreeHead?
    /// The event that says that it is done; nil before that.
    public private(set) var finishedSequence: UInt64?
    /// When that was.
    public private(set) var finishedAt: Timestamp?
    /// What else was destroyed.
    public private(set) var removed = ErasureRemovals()
    /// The ids of keys that were destroyed: those of their sessions.
    public private(set) var keys: [String] = []
    /// The backups that were looked into and still hold what was erased.
    public private(set) var backups: [BackupHolding] = []

    init(planned plan: ErasurePlan, scope: String, actor: String, _ options: ErasureOptions) {
        id = ""
        self.scope = scope
        self.plan = plan
        self.actor = actor
        basis = options.basis
        reason = options.reason
        requestedSequence = nil
        requestedAt = nil
        tree = nil
    }

    init(_ request: RequestedErasure) {
        id = request.id
        scope = request.data["scope"]?.string ?? ""
        var plan = ErasurePlan()
        plan.events = request.events
        plan.sessions = request.sessions
        plan.keys = request.keys
        plan.locked =
            request.data["locked"]?.array?.compactMap { $0.string.flatMap { SessionID($0) } } ?? []
        plan.kept = request.data["kept"]?.array?.compactMap(\.unsigned) ?? []
        self.plan = plan
        actor = request.actor
        basis = request.data["basis"]?.string ?? ""
        reason = request.reason
        requestedSequence = request.sequence
        requestedAt = request.time
        tree = TreeHead(request.data["tree"])
    }

    /// Takes in what the event says that it is done by.
    mutating func finish(by event: Event) {
        guard let data = try? event.data() else { return }
        finishedSequence = event.sequence
        finishedAt = event.time
        removed = ErasureRemovals(data["removed"])
        keys = data["keys"]?.array?.compactMap(\.string) ?? []
        backups = data["backups"]?.array?.compactMap { BackupHolding($0) } ?? []
    }

    /// Whether it is done.
    public var isFinished: Bool { finishedSequence != nil }

    /// How to check it, for people, and what cannot be checked.
    public var check: [String] {
        var texts = [
            "sjournal verify: every byte, and the Merkle tree over all events, is what was recorded"
        ]
        if !plan.events.isEmpty {
            texts.append(
                "sjournal log --json: at each position stands an entry line with the digest of what "
                    + "was there, and nothing else")
        }
        if !plan.keys.isEmpty {
            texts += [
                "sjournal keyring show: the keys of these sessions are destroyed; their lines stay as "
                    + "ciphertext that nothing else opens, here and in every backup of the segments",
                "not to be checked here: a copy of keys/keyring from before opens them still, together "
                    + "with the master key of that time; destroy such copies, or put the keyring "
                    + "under another master key and destroy the old one",
            ]
        }
        texts.append(
            "the root over the events before the erasure is the one named here, and that of every "
                + "checkpoint made before")
        return texts
    }

    /// The certificate as a document.
    public var json: JSONValue {
        var object: JSONObject = [
            "erasure": .string(id), "scope": .string(scope), "finished": .bool(isFinished),
            "actor": .string(actor), "basis": .string(basis), "reason": JSONValue(reason),
            "events": JSONValue(plan.eventCount),
            "positions": ErasurePlan.json(of: plan.events),
            "sessions": .array(plan.sessions.map { .string($0.hexadecimal) }),
            "encrypted": .array(plan.keys.map(\.json)),
            "locked": .array(plan.locked.map { .string($0.hexadecimal) }),
            "kept": .array(plan.kept.map { JSONValue($0) }),
        ]
        if let requestedSequence, let requestedAt {
            object.append(
                "requested",
                [
                    "seq": JSONValue(requestedSequence), "time": .string(requestedAt.description),
                ])
        }
        if let finishedSequence, let finishedAt {
            object.append(
                "done",
                ["seq": JSONValue(finishedSequence), "time": .string(finishedAt.description)])
            object.append("removed", removed.json)
            object.append("keys", .array(keys.map { .string($0) }))
            object.append("backups", .array(backups.map(\.json)))
        }
        if let tree {
            object.append(
                "tree", ["size": JSONValue(tree.size), "root": .string(tree.root.base64)])
        }
        object.append("check", .array(check.map { .string($0) }))
        return .object(object)
    }
}

/// What an erasure destroyed besides the lines of events: all of it comes back without them, but for
/// what lay in `quarantine/`.
public struct ErasureRemovals: Sendable, Hashable {
    /// Files with snapshots of the sessions' states.
    public internal(set) var snapshots = 0
    /// Files with states of projections.
    public internal(set) var projections = 0
    /// Whether there was a search index.
    public internal(set) var searchIndex = false
    /// Torn tails and copies of damaged segments, by their names.
    public internal(set) var quarantine: [String] = []
    /// Archives of compactions in which lines gave way to their entry lines, by their folders.
    public internal(set) var archives: [String] = []

    init() {}

    init(_ json: JSONValue?) {
        snapshots = json?["snapshots"]?.count ?? 0
        projections = json?["projections"]?.count ?? 0
        searchIndex = json?["search"]?.bool ?? false
        quarantine = json?["quarantine"]?.array?.compactMap(\.string) ?? []
        archives = json?["archives"]?.array?.compactMap(\.string) ?? []
    }

    /// What the certificate says of it.
    public var json: JSONValue {
        [
            "snapshots": JSONValue(snapshots), "projections": JSONValue(projections),
            "search": .bool(searchIndex),
            "quarantine": .array(quarantine.map { .string($0) }),
            "archives": .array(archives.map { .string($0) }),
        ]
    }
}
