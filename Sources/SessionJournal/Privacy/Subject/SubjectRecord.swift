/// What somebody gets who asks what a journal holds about them.
public struct SubjectOptions: Sendable {
    /// Whether the messages are among it that they answered, under pseudonyms of their authors and with
    /// known names and personal data redacted.
    public var includesContext = false

    /// Whether holds over what they did are told. A hold may have to be kept from those it is about.
    public var includesHolds = false

    /// The usual: neither.
    public init() {}
}

/// One thing that a journal holds about somebody, in the order of events; attachments that others
/// stored, and what they answered, come behind all events.
public enum SubjectItem: Sendable {
    /// An event that they appended, or somebody on their behalf, or a gap in a session of theirs.
    case event(SubjectEvent)
    /// A message that they answered.
    case context(SubjectContext)
}

/// An event about somebody.
public struct SubjectEvent: Sendable {
    /// Why it is theirs.
    public enum Relation: String, Sendable, Hashable {
        /// They appended it.
        case actor
        /// Somebody appended it on their behalf.
        case onBehalf = "on_behalf"
        /// An event of theirs names it: a picture, or another attachment.
        case attachment
        /// It is withheld, and stands in a session of theirs: whose it was is not known any more.
        case gap
    }

    /// The event; an entry line where it was erased, or is locked.
    public let event: Event
    /// Why it is theirs.
    public let relation: Relation
    /// What it says: of one that was redacted, what redacts it; null for a gap.
    public let data: JSONValue
    /// The event that redacts it; nil where none does.
    public let redactedBy: UInt64?

    /// The line that the record has of it.
    public var json: JSONValue {
        var object: JSONObject = [
            "seq": JSONValue(event.sequence), "time": .string(event.time.description),
            "session": .string(event.session.hexadecimal), "version": JSONValue(event.version),
            "kind": .string(event.kind.rawValue), "relation": .string(relation.rawValue),
        ]
        guard !event.isWithheld else {
            object.append("withheld", true)
            return .object(object)
        }
        if let branch = event.branch { object.append("branch", .string(branch)) }
        if let occurred = event.occurred {
            object.append("occurred", .string(occurred.description))
        }
        // Who wrote it for them is somebody else.
        if relation == .actor {
            if let name = event.onBehalf { object.append("on_behalf", .string(name)) }
            if let reason = event.reason { object.append("reason", .string(reason)) }
        }
        if let origin = event.origin { object.append("origin", .string(origin)) }
        if let redactedBy { object.append("redacted_by", JSONValue(redactedBy)) }
        object.append("data", data)
        return .object(object)
    }
}

/// A message that somebody answered, without its author's name.
public struct SubjectContext: Sendable {
    /// The event of theirs that answers it.
    public let answeredBy: UInt64
    /// The session.
    public let session: SessionID
    /// When it was said.
    public let time: Timestamp
    /// Who speaks in it.
    public let role: String?
    /// Its author: a pseudonym, or the name of a model, tool or program.
    public let author: String?
    /// Its parts, redacted; empty where it was erased.
    public let parts: [JSONValue]

    /// The line that the record has of it.
    public var json: JSONValue {
        [
            "answered_by": JSONValue(answeredBy), "session": .string(session.hexadecimal),
            "time": .string(time.description), "role": JSONValue(role),
            "author": JSONValue(author), "parts": .array(parts),
        ]
    }
}

/// A session of somebody's.
public struct SubjectSession: Sendable {
    /// The session as a list shows it.
    public let summary: SessionSummary

    /// What the record says of it.
    public var json: JSONValue {
        [
            "session": .string(summary.session.hexadecimal), "key": JSONValue(summary.key),
            "created": JSONValue(summary.createdAt?.description),
            "last_active": JSONValue(summary.lastActive?.description),
            "events": JSONValue(summary.eventCount), "messages": JSONValue(summary.messageCount),
            "metadata": .object(summary.metadata),
        ]
    }
}

/// A role that somebody got, or lost.
public struct SubjectGrant: Sendable {
    /// The event, which names also who gave or took it.
    public let sequence: UInt64
    /// When.
    public let time: Timestamp
    /// Whether it was taken back.
    public let isRevoked: Bool
    /// The role.
    public let role: String
    /// In which session; nil for the whole journal.
    public let session: String?

    /// What the record says of it.
    public var json: JSONValue {
        [
            "seq": JSONValue(sequence), "time": .string(time.description),
            "act": isRevoked ? "revoked" : "granted", "role": .string(role),
            "session": JSONValue(session),
        ]
    }
}

/// What a journal holds about somebody, but for the events themselves.
public struct SubjectRecord: Sendable {
    /// Who.
    public let name: String
    /// The journal's last event that was looked at.
    public internal(set) var lastSequence: UInt64 = 0
    /// Their events, gaps left out.
    public internal(set) var events = 0
    /// Gaps in their sessions: what was erased, or is locked.
    public internal(set) var gaps = 0
    /// Their events that were redacted since.
    public internal(set) var redacted = 0
    /// Messages that they answered.
    public internal(set) var contexts = 0
    /// Events of others that hold the name somewhere: they are not handed over.
    public internal(set) var mentions = 0
    /// Their sessions: those whose owner they are, or that they created and nobody else owns.
    public internal(set) var sessions: [SubjectSession] = []
    /// Roles that they got and lost.
    public internal(set) var grants: [SubjectGrant] = []
    /// Holds over what they did; nil where that is not told.
    public internal(set) var holds: [Hold]?

    /// What a journal cannot answer, of what Article 15 of the GDPR asks: it is with whoever decides what
    /// the journal is for.
    public static let notHeld = [
        "the purposes of the processing", "the categories of data, as a register names them",
        "to whom they were or will be disclosed", "how long they are stored, where no rule says it",
        "the rights to rectification, erasure, restriction and objection, and to complain",
        "where data come from that were not collected from the person",
        "whether decisions are made by machines alone, and by which logic",
    ]

    /// What the record says first.
    public var json: JSONObject {
        [
            "subject": .string(name), "last_event": JSONValue(lastSequence),
            "counts": [
                "events": JSONValue(events), "gaps": JSONValue(gaps),
                "redacted": JSONValue(redacted), "context": JSONValue(contexts),
                "mentions_by_others": JSONValue(mentions),
            ],
            "sessions": .array(sessions.map(\.json)), "access": .array(grants.map(\.json)),
            "holds": holds.map { .array($0.map(\.json)) } ?? .null,
            "not_held": .array(Self.notHeld.map { .string($0) }),
        ]
    }
}
