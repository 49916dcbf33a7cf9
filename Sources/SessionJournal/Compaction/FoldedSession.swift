/// What a session comes to, folded event by event: its state, tree, changes of metadata and usage. What
/// must be the same with and without the content that compaction takes.
struct FoldedSession {
    /// The version of what is compared. 2 added what was put out of sight and what was read; a
    /// certificate of 1 is checked by what 1 knew.
    static let version: UInt64 = 2

    private let version: UInt64
    private let stateFold = SessionProjection(keepsContent: false)
    private let auditFold = AuditProjection()
    private let usageFold = UsageProjection()
    private var state: SessionState
    private var audit: AuditTrail
    private var usage: SessionUsage

    /// - Parameter version: What is compared, as a certificate names it.
    init(version: UInt64 = Self.version) {
        self.version = version
        state = stateFold.initialState()
        audit = auditFold.initialState()
        usage = usageFold.initialState()
    }

    /// The versions of the folds, as a certificate names them.
    static let projections: JSONValue = [
        "session": JSONValue(SessionProjection.version),
        "audit": JSONValue(AuditProjection.version),
        "usage": JSONValue(UsageProjection.version), "line": JSONValue(CompactedLine.version),
        "fold": JSONValue(version),
    ]

    /// The version of what was compared for a certificate.
    static func version(of projections: JSONValue) -> UInt64 { projections["fold"]?.unsigned ?? 1 }

    /// Takes the next event of the session.
    mutating func apply(_ event: Event) {
        stateFold.apply(event, to: &state)
        auditFold.apply(event, to: &audit)
        usageFold.apply(event, to: &usage)
    }

    /// SHA-256 of all that is known of the session, as JSON. Cost: the session's messages.
    var digest: Digest { Digest(hashing: Array(json.description.utf8).span) }

    /// All that is known of the session.
    private var json: JSONValue {
        let branches = state.tree.branches.map(\.name)
        var metadata = JSONObject()
        for branch in branches { metadata.append(branch, .object(state.metadata(on: branch))) }
        var object: JSONObject = [
            "key": JSONValue(state.key), "created": JSONValue(state.createdAt?.description),
            "active": JSONValue(state.lastActive?.description),
            "seq": JSONValue(state.lastSequence),
            "version": JSONValue(state.version), "events": JSONValue(state.eventCount),
            "metadata": .object(metadata), "lifecycle": state.lifecycle.json,
            "template": state.template?.json ?? .null, "clone": state.clone?.json ?? .null,
            "tree": state.tree.json(), "messages": .array(state.tree.messages.map(Self.json)),
            "audit": .array(audit.entries.map(\.json)), "usage": usage.folded,
        ]
        if version >= 2 {
            object.append("pruned", state.prunedSequence.map { JSONValue($0) } ?? .null)
            object.append(
                "out_of_sight",
                .array(
                    state.tree.prunedMessages.map {
                        [JSONValue($0.sequence), JSONValue($0.prunedSequence ?? 0)]
                    }))
            object.append("accesses", state.accesses.json)
        }
        return .object(object)
    }

    /// What is known of a message besides its place in the tree.
    private static func json(of message: Message) -> JSONValue {
        [
            "id": .string(message.id), "actor": JSONValue(message.actor),
            "model": JSONValue(message.model), "metadata": .object(message.metadata),
            "aliases": .array(message.aliases.map { .string($0) }),
            "references": .array(message.references.map(\.json)),
            "revisions": .array(
                message.revisions.map { revision in
                    [
                        JSONValue(revision.sequence), JSONValue(revision.actor),
                        .string(revision.branch), JSONValue(revision.reason),
                        .bool(revision.isRemoval),
                    ]
                }),
        ]
    }
}

extension SessionUsage {
    /// The counts in an order that depends on nothing but them.
    fileprivate var folded: JSONValue {
        let rows = slots.map { slot, counts -> (String, JSONValue) in
            let name = "\(slot.day) \(slot.model ?? "") \(slot.actor ?? "")"
            let tools = counts.tools.sorted { $0.key < $1.key }.map { name, tool -> JSONValue in
                [
                    .string(name), JSONValue(tool.calls), JSONValue(tool.errors),
                    JSONValue(tool.timed), JSONValue(tool.milliseconds),
                ]
            }
            return (
                name,
                [
                    JSONValue(slot.day), JSONValue(slot.model), JSONValue(slot.actor),
                    JSONValue(counts.messages), JSONValue(counts.turns), JSONValue(counts.answers),
                    JSONValue(counts.errors), JSONValue(counts.timed),
                    JSONValue(counts.milliseconds), counts.tokens.json, .array(tools),
                ]
            )
        }
        return .array(rows.sorted { $0.0 < $1.0 }.map(\.1))
    }
}
