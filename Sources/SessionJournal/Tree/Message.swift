/// Who speaks in a message.
public struct Role: RawRepresentable, Hashable, Sendable {
    /// The role's name.
    public let rawValue: String

    /// The role of a name; one that is none of those below is kept.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Instructions.
    public static let system = Role(rawValue: "system")
    /// A person, or whoever stands in for one.
    public static let user = Role(rawValue: "user")
    /// A model.
    public static let assistant = Role(rawValue: "assistant")
    /// A tool's result.
    public static let tool = Role(rawValue: "tool")
}

/// A message as of an event: what its lines up to there say of it.
///
/// Parts and usage are parsed when they are asked for; the message keeps the events that hold them.
public struct Message: Sendable {
    /// Whether a message that came in pieces has ended.
    public enum State: String, Hashable, Sendable {
        /// It is all there.
        case complete
        /// It was opened and not finished: more of it may come, or its writer is gone.
        case partial
        /// Its writer gave up; what is there stays.
        case abandoned
    }

    /// Its id in the session. Where the content is withheld the id may be unknown, and this is "@"
    /// and the event's sequence number.
    public internal(set) var id: String

    /// The message it answers, or the merge that its branch ended with; nil for a first one.
    public internal(set) var parent: MessageReference?

    /// The parent that its source names and does not hold.
    public let missingParent: String?

    /// Who speaks; nil where the content is withheld or does not say.
    public let role: Role?

    /// The branch it was added to, by the name it had then; "main" where that is withheld.
    public internal(set) var branch: String

    /// The sequence number of the event that added it.
    public let sequence: UInt64

    /// When the journal took it.
    public let time: Timestamp

    /// When it happened by its source's clock.
    public let occurred: Timestamp?

    /// Who added it; nil where that is withheld.
    public let actor: String?

    /// The model that wrote it.
    public let model: String?

    /// Why it is not a person's turn although its role may be user: "meta", "summary", "error".
    public let synthetic: String?

    /// Messages, of this session or others, that it refers to.
    public let references: [MessageReference]

    /// Whether the content was erased, or is encrypted and locked.
    public let isWithheld: Bool

    /// Whether it has ended, where it came in pieces.
    public internal(set) var state: State

    /// The event that ended it; nil for one that did not come in pieces.
    public internal(set) var finishedSequence: UInt64?

    /// What is said about the message itself: `ttl` (seconds), `important`, `category`, and whatever
    /// else the caller keeps there. One for the session, on every branch.
    public internal(set) var metadata: JSONObject

    /// The event that put it out of sight; nil for one that is in sight. One for the session, on every
    /// branch.
    public internal(set) var prunedSequence: UInt64?

    /// Further ids by which its source names it.
    public internal(set) var aliases: [String] = []

    /// The events that hold the parts it was appended with, in order; empty where content is not
    /// kept.
    public internal(set) var events: [Event] = []

    /// The sequence numbers of the events after the first that made it what it is.
    var laterSequences: [UInt64] = []

    /// The place of the branch it was added to; nil where that is withheld.
    var branchPlace: Int?

    /// Whether its content was erased, and its place in the tree is known.
    public private(set) var isOutlined = false

    /// What was edited or removed, on whatever branch, in order.
    var edits: [Revision] = []

    /// What a snapshot says of it, where its events cannot be read.
    var lost: LostRow?

    /// An edit by its place; nil where there is none, as where its event cannot be read any more.
    func edit(at place: Int?) -> Revision? {
        place.flatMap { edits.indices.contains($0) ? edits[$0] : nil }
    }

    /// The place of the edit that is shown; nil for the text it was appended with.
    var shown: Int?

    /// Every text the message has had, on whatever branch: the one it was appended with, then every
    /// edit and removal, in order.
    public var revisions: [Revision] {
        let first = Revision(
            sequence: sequence, time: time, occurred: occurred, actor: actor, reason: nil,
            branch: branch, isRemoval: false, events: events)
        return [first] + edits
    }

    /// The edit or removal that holds on the branch that the message was asked of; nil where it is
    /// as it was appended.
    public var revision: Revision? { edit(at: shown) }

    /// Takes in what an erasure kept of it.
    mutating func outline(
        id: String?, parent: MessageReference?, branch: String, branchPlace: Int
    ) {
        if let id { self.id = id }
        self.parent = parent
        self.branch = branch
        self.branchPlace = branchPlace
        isOutlined = true
    }

    /// Whether it is something that a person said, and nobody took away.
    var isTurn: Bool { role == .user && synthetic == nil && !isRemoved }

    /// Whether it was put out of sight: it stands in the journal and in the tree as before, and models
    /// and readers of the conversation are not shown it, on whatever branch.
    public var isPruned: Bool { prunedSequence != nil }

    /// Whether it was taken out of the conversation; its place in the tree stays.
    public var isRemoved: Bool { revision?.isRemoval ?? false }

    /// Whether content of it was compacted away: that it was said stays, and by whom; of its parts the
    /// calls of tools and how their results turned out.
    public var isCompacted: Bool { (revision?.events ?? events).contains(where: \.isCompacted) }

    /// Its parts, those of later events after those of the first. Empty where the content is
    /// withheld or was not kept, and where the message was removed. Cost: a pass over the events,
    /// and the parts.
    public func parts() -> [Part] { content()?.map { Part($0) } ?? [] }

    /// The same as JSON, with every field that stands there; nil where the content is withheld.
    public func content() -> [JSONValue]? {
        guard !isWithheld else { return nil }
        return revision?.content() ?? Revision.content(of: events)
    }

    /// What it cost in tokens, as the last event that says so says it; nil where none does.
    public func usage() -> JSONValue? {
        for event in events.reversed() {
            guard let reader = try? DataReader(event), let usage = reader.value("usage"),
                !usage.isNull
            else { continue }
            return usage
        }
        return nil
    }

    /// The first text in its parts, with what was streamed behind it, so many characters of it at
    /// most; empty where it has none.
    public func preview(_ count: Int = 80) -> String {
        if let revision, revision.isRemoval { return "" }
        var text = ""
        var room = count
        for event in revision?.events ?? events {
            guard let reader = try? DataReader(event), let parts = reader.member("parts") else {
                continue
            }
            for part in reader.elements(of: parts) {
                let isText = reader.string("type", of: part) == "text"
                if !text.isEmpty, !isText || reader.bool("continues", of: part) != true {
                    return text
                }
                guard isText, let more = reader.string("text", of: part) else { continue }
                let taken = more.unicodeScalars.prefix(room)
                text.unicodeScalars.append(contentsOf: taken)
                room -= taken.count
                if room <= 0 { return text }
            }
        }
        return text
    }
}
