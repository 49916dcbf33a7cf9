/// Leaves that were forgotten: of which events, after which erasures, when and by whom.
///
/// Every figure stands in two events of the journal's own session, `forgetting.requested` and
/// `forgetting.finished`.
public struct ForgettingReport: Sendable {
    /// Its id: 32 hexadecimal digits; empty for a dry run, and where there was nothing to forget.
    public internal(set) var id = ""

    /// The events, in order and apart.
    public internal(set) var events: [ClosedRange<UInt64>] = []

    /// The sessions whose events these were, in order of their ids.
    public internal(set) var sessions: [SessionID] = []

    /// The ids of the erasures that had taken what they said.
    public internal(set) var erasures: [String] = []

    /// Only erasures that were finished before this moment count.
    public internal(set) var before: Timestamp?

    /// The Merkle tree before it; nil for a dry run.
    public internal(set) var tree: TreeHead?

    /// Who asked for it, why and when; nil for a dry run.
    public internal(set) var actor: String?
    /// Why.
    public internal(set) var reason: String?
    /// When.
    public internal(set) var requestedAt: Timestamp?

    /// Whether the lines are out of the segments.
    public internal(set) var isFinished = false

    /// The size of all segments in bytes, before and afterwards; of a dry run that of the segments that
    /// would be written anew, those left out that are not sealed yet.
    public internal(set) var sizeBefore: UInt64 = 0
    /// The size afterwards.
    public internal(set) var sizeAfter: UInt64 = 0

    /// Of a dry run, how many hashes the segments concerned would keep of the tree; else 0.
    public internal(set) var roots = 0

    /// Sessions that were erased so long ago, and of which nothing goes since a hold covers them.
    public internal(set) var held: [SessionID] = []

    /// How many events those are.
    public var eventCount: Int { events.reduce(0) { $0 + $1.count } }

    init() {}

    init(_ request: RequestedForgetting) {
        id = request.id
        events = request.events
        sessions = request.sessions
        erasures = request.data["erasures"]?.array?.compactMap(\.string) ?? []
        before = request.data["before"]?.string.flatMap { Timestamp($0) }
        tree = TreeHead(request.data["tree"])
        actor = request.actor
        reason = request.reason
        requestedAt = request.time
    }

    /// Takes in what the event says that it is done by.
    mutating func finish(by event: Event) {
        guard let size = (try? event.data())?["size"]?.array?.compactMap(\.unsigned),
            size.count == 2
        else { return }
        isFinished = true
        sizeBefore = size[0]
        sizeAfter = size[1]
    }

    /// The report as scripts read it.
    public var json: JSONValue {
        var object: JSONObject = [
            "forgetting": .string(id), "finished": .bool(isFinished),
            "events": JSONValue(eventCount), "positions": ErasurePlan.json(of: events),
            "sessions": .array(sessions.map { .string($0.hexadecimal) }),
            "erasures": .array(erasures.map { .string($0) }),
            "before": JSONValue(before?.description), "actor": JSONValue(actor),
            "reason": JSONValue(reason), "time": JSONValue(requestedAt?.description),
            "size": [JSONValue(sizeBefore), JSONValue(sizeAfter)], "roots": JSONValue(roots),
            "held": .array(held.map { .string($0.hexadecimal) }),
        ]
        if let tree { object.append("tree", tree.json) }
        return .object(object)
    }
}

/// A forgetting that is certain, as its event says it.
struct RequestedForgetting: Sendable {
    var id: String
    var sequence: UInt64
    var time: Timestamp
    var actor: String
    var reason: String?
    var data: JSONValue

    init?(_ event: Event) {
        guard event.kind == .forgettingRequested, let data = try? event.data(),
            let id = data["forgetting"]?.string
        else { return nil }
        self.id = id
        sequence = event.sequence
        time = event.time
        actor = event.actor ?? ""
        reason = event.reason
        self.data = data
    }

    var events: [ClosedRange<UInt64>] { ErasurePlan.events(data["events"]) }

    var sessions: [SessionID] {
        data["sessions"]?.array?.compactMap { $0.string.flatMap { SessionID($0) } } ?? []
    }
}
