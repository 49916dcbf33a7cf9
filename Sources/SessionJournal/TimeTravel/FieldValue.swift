/// A value that a metadata field took: which, when, by whom, why, by which event.
public struct FieldValue: Sendable, Hashable {
    /// The event that set it.
    public let sequence: UInt64
    /// What kind of event that was.
    public let kind: EventKind
    /// When the journal took it.
    public let time: Timestamp
    /// When it happened by its source's clock.
    public let occurred: Timestamp?
    /// The branch that the event was on.
    public let branch: String
    /// Who did it; nil where the content is withheld.
    public let actor: String?
    /// On whose behalf.
    public let onBehalf: String?
    /// Why.
    public let reason: String?
    /// The event that the writer named as its cause.
    public let cause: UInt64?
    /// The event that this one undoes; nil where it undoes none.
    public let undoes: UInt64?
    /// The value. Null where the content is withheld, and nobody knows whether the field was set.
    public let value: JSONValue
    /// Whether the event's content was erased, or is encrypted and locked.
    public let isWithheld: Bool
    /// Whether the event set the field, and the value was erased: ``value`` is `erased`.
    public var isErased: Bool { isWithheld && value == .erased }

    init(_ event: Event, value: JSONValue) {
        sequence = event.sequence
        kind = event.kind
        time = event.time
        occurred = event.occurred
        branch = event.branch ?? EventDraft.mainBranch
        actor = event.actor
        onBehalf = event.onBehalf
        reason = event.reason
        cause = event.cause
        undoes = event.undoneSequence
        self.value = value
        isWithheld = event.isWithheld
    }
}

extension FieldValue {
    /// What `history --json` prints of it.
    public var json: JSONValue {
        var object: JSONObject = [
            "seq": JSONValue(sequence), "kind": .string(kind.rawValue),
            "time": .string(time.description), "branch": .string(branch),
            "actor": JSONValue(actor), "reason": JSONValue(reason),
            "cause": cause.map { JSONValue($0) } ?? .null, "value": value,
        ]
        object["occurred"] = occurred.map { .string($0.description) }
        object["onbehalf"] = onBehalf.map { .string($0) }
        object["undoes"] = undoes.map { JSONValue($0) }
        if isWithheld { object["withheld"] = true }
        if isErased { object["erased"] = true }
        return .object(object)
    }
}
