internal import SegmentLog

/// What a compaction replaced, by which rule, who asked for it and why, and what it can be checked by.
///
/// Every figure stands in two events of the journal's own session, `compaction.began` and
/// `compaction.finished`. It is made only where the sessions come to the same with and without what
/// went: state, tree, changes of metadata, usage.
public struct CompactionCertificate: Sendable {
    /// What was replaced of one session.
    public struct Part: Sendable, Hashable {
        /// The session.
        public let session: SessionID
        /// The versions among which every event of a kind that can be compacted was replaced, in order
        /// and apart.
        public let versions: [ClosedRange<UInt64>]
        /// How many events were.
        public let count: UInt64
        /// Root of the RFC 6962 tree over the leaf hashes of these events, in order: the hash of what
        /// was replaced.
        public let subtree: Digest
        /// SHA-256 over the lines that took their places, each with a newline, in order: the hash of
        /// the snapshot.
        public let snapshot: Digest
        /// The last version of the session that was read.
        public let version: UInt64
        /// SHA-256 of what the session came to there, with what went and without.
        public let fold: Digest
    }

    /// The compaction's id: 32 hexadecimal digits; empty for a dry run.
    public let id: String
    /// The rule by which the events were chosen.
    public let rule: JSONValue
    /// What was replaced, by session.
    public let parts: [Part]
    /// How many events of each kind.
    public let kinds: [String: UInt64]
    /// How many events each actor had appended.
    public let actors: [String: UInt64]
    /// The first and the last event that was replaced.
    public let range: ClosedRange<UInt64>?
    /// The size of their lines in bytes.
    public let plainSizeBefore: UInt64
    /// The size of the lines that took their places, in bytes.
    public let plainSizeAfter: UInt64
    /// The versions of the folds that were compared, and of the rules by which lines are made.
    public let projections: JSONValue
    /// Who asked for it.
    public let actor: String
    /// Why.
    public let reason: String?
    /// The folder of the archive, as it was named.
    public let archive: String?
    /// The Merkle tree before it.
    public let tree: TreeHead?
    /// The event that made it certain; nil for a dry run.
    public let beganSequence: UInt64?
    /// When that was.
    public let beganAt: Timestamp?
    /// The event that says that it is done; nil before that.
    public private(set) var finishedSequence: UInt64?
    /// When that was.
    public private(set) var finishedAt: Timestamp?
    /// The size of the segments in bytes before and after; nil before it is done.
    public private(set) var sizes: (before: UInt64, after: UInt64)?

    /// How many events were replaced.
    public var eventCount: UInt64 { parts.reduce(0) { $0 + $1.count } }

    /// Whether it is done.
    public var isFinished: Bool { finishedSequence != nil }

    init(_ begun: BegunCompaction) {
        let data = begun.data
        id = begun.id
        rule = data["rule"] ?? .null
        parts = begun.parts
        kinds = Self.counts(data["kinds"])
        actors = Self.counts(data["actors"])
        range = ErasurePlan.events([data["range"] ?? .null]).first
        plainSizeBefore = data["plain"]?.array?.first?.unsigned ?? 0
        plainSizeAfter = data["plain"]?.array?.last?.unsigned ?? 0
        projections = data["projections"] ?? .null
        actor = begun.actor
        reason = begun.reason
        archive = data["archive"]?.string
        tree = TreeHead(data["tree"])
        beganSequence = begun.sequence
        beganAt = begun.time
    }

    private static func counts(_ json: JSONValue?) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        for member in json?.object ?? [:] { counts[member.name] = member.value.unsigned ?? 0 }
        return counts
    }

    /// Takes in what the event says that it is done by.
    mutating func finish(by event: Event) {
        guard let data = try? event.data() else { return }
        finishedSequence = event.sequence
        finishedAt = event.time
        if let before = data["size"]?.array?.first?.unsigned,
            let after = data["size"]?.array?.last?.unsigned
        {
            sizes = (before, after)
        }
    }

    /// The certificate as scripts read it.
    public var json: JSONValue {
        [
            "compaction": .string(id), "rule": rule, "events": JSONValue(eventCount),
            "sessions": .array(parts.map(\.json)), "kinds": Self.json(kinds),
            "actors": Self.json(actors),
            "range": range.map { [JSONValue($0.lowerBound), JSONValue($0.upperBound)] } ?? .null,
            "plain": [JSONValue(plainSizeBefore), JSONValue(plainSizeAfter)],
            "projections": projections, "actor": .string(actor), "reason": JSONValue(reason),
            "archive": JSONValue(archive), "tree": tree?.json ?? .null,
            "began": beganSequence.map { JSONValue($0) } ?? .null,
            "began_at": JSONValue(beganAt?.description),
            "finished": finishedSequence.map { JSONValue($0) } ?? .null,
            "finished_at": JSONValue(finishedAt?.description),
            "size": sizes.map { [JSONValue($0.before), JSONValue($0.after)] } ?? .null,
        ]
    }

    static func json(_ counts: [String: UInt64]) -> JSONValue {
        var object: JSONObject = [:]
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            object.append(name, JSONValue(count))
        }
        return .object(object)
    }
}

extension CompactionCertificate.Part {
    /// Whether an event of the session is one that was replaced, or is to be.
    func covers(_ event: Event) -> Bool {
        CompactedLine.kinds.contains(event.kind) && versions.holdInOrder(event.version)
    }

    var json: JSONValue {
        [
            "session": .string(session.hexadecimal), "versions": ErasurePlan.json(of: versions),
            "events": JSONValue(count), "subtree": .string(subtree.base64),
            "snapshot": .string(snapshot.base64), "version": JSONValue(version),
            "fold": .string(fold.base64),
        ]
    }

    init?(_ json: JSONValue) {
        guard let session = json["session"]?.string.flatMap({ SessionID($0) }),
            let count = json["events"]?.unsigned, let version = json["version"]?.unsigned,
            let subtree = Digest(json["subtree"]), let snapshot = Digest(json["snapshot"]),
            let fold = Digest(json["fold"])
        else { return nil }
        self.init(
            session: session, versions: ErasurePlan.events(json["versions"]), count: count,
            subtree: subtree, snapshot: snapshot, version: version, fold: fold)
    }
}

/// A compaction that is certain, as its event says it.
struct BegunCompaction: Sendable {
    var id: String
    var sequence: UInt64
    var time: Timestamp
    var actor: String
    var reason: String?
    var data: JSONValue
    var parts: [CompactionCertificate.Part]

    init?(_ event: Event) {
        guard event.kind == .compactionBegan, let data = try? event.data(),
            let id = data["compaction"]?.string
        else { return nil }
        self.id = id
        sequence = event.sequence
        time = event.time
        actor = event.actor ?? ""
        reason = event.reason
        self.data = data
        parts = data["sessions"]?.array?.compactMap { CompactionCertificate.Part($0) } ?? []
    }

    var archive: String? { data["archive"]?.string }
}

extension Digest {
    fileprivate init?(_ json: JSONValue?) {
        guard let text = json?.string, let digest = Digest(base64: text.utf8.span) else {
            return nil
        }
        self = digest
    }
}

extension TreeHead {
    /// Size and root, as events name them.
    var json: JSONValue { ["size": JSONValue(size), "root": .string(root.base64)] }

    init?(_ json: JSONValue?) {
        guard let size = json?["size"]?.unsigned, let root = Digest(json?["root"]) else {
            return nil
        }
        self.init(size: size, root: root)
    }
}
