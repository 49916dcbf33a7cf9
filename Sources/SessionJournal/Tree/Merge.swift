/// A place where one branch was merged into another: a node of the tree beside the messages.
///
/// It has two parents, the heads that both branches had at the time, and copies nothing: what it
/// brought is named. A message that answers the merge has its id as parent, and the way from the
/// root to that message runs through the target's own messages, then through those that were
/// brought, then on.
public struct Merge: Hashable, Sendable {
    /// Its id in the session.
    public let id: String

    /// The event that made it.
    public let sequence: UInt64

    /// When the journal took it.
    public let time: Timestamp

    /// Who merged.
    public let actor: String?

    /// Why.
    public let reason: String?

    /// The branch that was merged into, by the name it had then.
    public let target: String

    /// The head of that branch before; nil where it had none.
    public let targetHead: MessageReference?

    /// The branch that was merged, by the name it had then; nil for what is left of a merge after a
    /// rewind into the middle of what it brought.
    public let source: String?

    /// The head of that branch then.
    public let sourceHead: MessageReference?

    /// The last message that both had; nil where there was none.
    public let base: MessageReference?

    /// The messages that it brought, in order.
    public let messages: [String]

    /// The metadata that it set on the target.
    public let metadata: JSONObject

    /// The messages that both had and that the source had edited or removed, by id, with the event
    /// that did; 0 for the text they were appended with.
    public let edits: JSONObject

    /// What both sides had changed differently, and what became of it.
    public let conflicts: [MergeConflict]

    /// The metadata fields that both sides had changed to the same value: nothing is set, and the
    /// target has seen the other side's change.
    public let sameMetadata: JSONObject

    /// The messages that both had edited to the same text, as in `edits`.
    public let sameEdits: JSONObject

    /// Whether metadata and edits were merged, and not the messages alone.
    public let isThreeWay: Bool

    /// The merge of which this is what a rewind left; nil for any other.
    let cutMerge: String?
}

/// How a merge deals with what both sides changed.
public enum MergeStrategy: String, Hashable, Sendable, CaseIterable {
    /// Brings the messages alone; metadata and the texts of shared messages stay as they are.
    case append
    /// Merges messages, metadata and edits; where both sides changed something, the value of the
    /// branch that is merged into stays.
    case ours
    /// The same, and the value of the branch that is merged wins.
    case theirs
    /// The same, and nothing is merged until every conflict is decided by name.
    case ask
}

/// Something that both sides of a merge changed, each in its own way.
public struct MergeConflict: Hashable, Sendable {
    /// What it is about.
    public enum Subject: Hashable, Sendable {
        /// A metadata field of the branch.
        case field(String)
        /// The text of a message, by its id. The values are the sequence numbers of the events that
        /// edited or removed it; 0 stands for the text it was appended with.
        case message(String)
    }

    /// Which side's value holds.
    public enum Side: String, Hashable, Sendable {
        /// The value of the branch that is merged into.
        case ours
        /// The value of the branch that is merged.
        case theirs
    }

    /// What it is about.
    public let subject: Subject

    /// The value on the branch that is merged into.
    public let ours: JSONValue

    /// The value on the branch that is merged.
    public let theirs: JSONValue

    /// Which one holds; nil where nobody has decided.
    public internal(set) var taken: Side?

    /// The name by which a decision names it: the field, or the id of the message.
    public var name: String {
        switch subject {
        case .field(let name), .message(let name): name
        }
    }

    /// The conflict as an event holds it.
    var json: JSONValue {
        var object: JSONObject = [:]
        switch subject {
        case .field(let name): object.append("field", .string(name))
        case .message(let id): object.append("message", .string(id))
        }
        object.append("ours", ours)
        object.append("theirs", theirs)
        object["take"] = taken.map { .string($0.rawValue) }
        return .object(object)
    }

    init(subject: Subject, ours: JSONValue, theirs: JSONValue, taken: Side? = nil) {
        self.subject = subject
        self.ours = ours
        self.theirs = theirs
        self.taken = taken
    }

    /// What an event says of one; nil where that makes no sense.
    init?(_ value: JSONValue) {
        if let field = value["field"]?.string {
            subject = .field(field)
        } else if let message = value["message"]?.string {
            subject = .message(message)
        } else {
            return nil
        }
        ours = value["ours"] ?? .null
        theirs = value["theirs"] ?? .null
        taken = value["take"]?.string.flatMap { Side(rawValue: $0) }
    }
}

extension Merge {
    /// What an event of the merge says; nil where it names no id.
    init?(_ event: Event, _ reader: DataReader, session: SessionID?, targetHead: MessageReference?)
    {
        guard let id = reader.string("merge") else { return nil }
        self.id = id
        sequence = event.sequence
        time = event.time
        actor = event.actor
        reason = event.reason
        target = event.branch ?? EventDraft.mainBranch
        self.targetHead = targetHead
        source = reader.string("source")
        sourceHead = MessageReference(reader.value("source_head"))?.local(to: session)
        base = MessageReference(reader.value("base"))?.local(to: session)
        messages = reader.value("messages")?.array?.compactMap(\.string) ?? []
        metadata = reader.value("set")?.object ?? [:]
        edits = reader.value("edits")?.object ?? [:]
        sameMetadata = reader.value("same_set")?.object ?? [:]
        sameEdits = reader.value("same_edits")?.object ?? [:]
        isThreeWay =
            (reader.string("strategy") ?? MergeStrategy.append.rawValue)
            != MergeStrategy.append.rawValue
        conflicts = reader.value("conflicts")?.array?.compactMap { MergeConflict($0) } ?? []
        cutMerge = nil
    }

    /// What a rewind leaves of a merge.
    init(
        cutting merge: String, id: String, by event: Event, target: String,
        targetHead: MessageReference?, base: MessageReference?, messages: [String]
    ) {
        self.init(
            id: id, sequence: event.sequence, time: event.time, actor: event.actor,
            reason: event.reason, target: target, targetHead: targetHead, source: nil,
            sourceHead: messages.last.map { MessageReference($0) }, base: base, messages: messages,
            metadata: [:], edits: [:], conflicts: [], sameMetadata: [:], sameEdits: [:],
            isThreeWay: false, cutMerge: merge)
    }

    /// What is left of the merge where only the messages up to one are kept; nil where it brought
    /// no such message.
    func cut(after last: String, as id: String, by event: Event) -> Merge? {
        guard let index = messages.firstIndex(of: last) else { return nil }
        return Merge(
            cutting: self.id, id: id, by: event, target: target, targetHead: targetHead, base: base,
            messages: Array(messages[...index]))
    }

    /// The node as `tree --json` prints it.
    package var json: JSONValue {
        [
            "id": .string(id), "seq": JSONValue(sequence), "time": .string(time.description),
            "actor": JSONValue(actor), "branch": .string(target),
            "head": targetHead?.json ?? .null, "source": JSONValue(source),
            "source_head": sourceHead?.json ?? .null, "base": base?.json ?? .null,
            "messages": .array(messages.map { .string($0) }), "set": .object(metadata),
            "edits": .object(edits),
            "conflicts": .array(conflicts.map(\.json)),
        ]
    }
}
