/// What an erasure kept of one event: see the schema of `erasure.outlined`.
struct OutlinedEvent: Sendable {
    let sequence: UInt64
    /// The event with which its branch began; nil for `main`.
    let branch: UInt64?
    /// Of a message: the id that the journal drew for it.
    let message: String?
    /// Of a message: the event of the message or merge that it answers.
    let parent: UInt64?
    /// Of a message: the event of one that answers it, and so names it.
    let answer: UInt64?
    /// Of a new branch: the event of the message at which it began.
    let origin: UInt64?
    /// Of a new branch: the event of a message on it, which names it.
    let voice: UInt64?
    /// Whether a branch began with it.
    let begins: Bool
    /// The fields that it set, built in or declared.
    let fields: [String]
    /// Those of them that belong to branches, and are not built in.
    let branchFields: Set<String>
    /// Whether it set fields that nobody declared.
    let hasOthers: Bool

    /// What the data of an event says, in order; what makes no sense is passed over.
    static func all(in event: Event) -> [OutlinedEvent] {
        guard event.kind == .erasureOutlined, let data = try? event.data() else { return [] }
        return (data["events"]?.array ?? []).compactMap {
            OutlinedEvent($0, before: event.sequence)
        }
    }

    private init?(_ json: JSONValue, before end: UInt64) {
        guard let sequence = json["seq"]?.unsigned, sequence > 0, sequence < end else { return nil }
        self.sequence = sequence
        branch = json["branch"]?.unsigned
        message = json["message"]?.string
        parent = json["parent"]?.unsigned
        answer = json["answer"]?.unsigned
        origin = json["origin"]?.unsigned
        voice = json["voice"]?.unsigned
        begins = json["begins"]?.bool ?? false
        fields = json["fields"]?.array?.compactMap(\.string) ?? []
        branchFields = Set(json["branch_fields"]?.array?.compactMap(\.string) ?? [])
        hasOthers = json["others"]?.bool ?? false
    }

    /// Whether it says which fields the event set.
    var saysFields: Bool { !fields.isEmpty || hasOthers }
}

extension JSONValue {
    /// What a field reads whose last change was erased.
    public static let erased: JSONValue = "erased"
}
