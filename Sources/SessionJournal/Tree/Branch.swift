/// A named head in a session's tree of messages.
public struct Branch: Hashable, Sendable {
    /// Why a branch is there.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's name.
        public let rawValue: String

        /// The kind of a name; one that is none of those below is kept.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The branch that every session has.
        public static let main = Kind(rawValue: "main")
        /// Another way on from a message.
        public static let fork = Kind(rawValue: "fork")
        /// A conversation on the side, such as a sub-agent's.
        public static let sidechain = Kind(rawValue: "sidechain")
        /// A discussion of one message, beside the conversation that goes on.
        public static let thread = Kind(rawValue: "thread")
    }

    /// Its name.
    public internal(set) var name: String

    /// Why it is there.
    public internal(set) var type: Kind

    /// The message it began at; nil for one that began with nothing.
    public internal(set) var origin: MessageReference?

    /// The branch it came from, by the name that one has now.
    public internal(set) var parent: String?

    /// What somebody said it is for.
    public internal(set) var text: String?

    /// Who created it; nil for `main`, and where no event says so.
    public internal(set) var creator: String?

    /// The event that created it; 0 for `main`, and where no event did.
    public internal(set) var createdSequence: UInt64 = 0

    /// Its last message, or the merge that was its last; nil where it has none.
    public internal(set) var head: MessageReference?

    /// The sequence number of the event that last moved the head; 0 where none did.
    public internal(set) var headSequence: UInt64

    /// Whether it was put away.
    public internal(set) var isDeleted = false

    /// Whether an event created it, or a message simply named it.
    var isDeclared: Bool

    /// The branch whose values it began with, by its place, and up to which event.
    struct Beginning: Hashable, Sendable {
        var branch: Int?
        var through: UInt64
    }

    /// What it began with; nil for `main`.
    var beginning: Beginning?

    /// The heads that a rewind took it back from, in order, with the event that did: nothing of what
    /// stood there is brought again by a merge.
    var abandonedHeads: [MessageReference] = []
}

extension Branch {
    init(name: String, type: Kind, isDeclared: Bool) {
        self.name = name
        self.type = type
        self.isDeclared = isDeclared
        headSequence = 0
    }

    /// Moves the head by an event.
    mutating func move(to head: MessageReference?, at sequence: UInt64) {
        self.head = head
        headSequence = sequence
    }
}
