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
    }

    /// Its name.
    public let name: String

    /// Why it is there.
    public internal(set) var type: Kind

    /// The message it began at; nil for one that began with nothing.
    public internal(set) var origin: MessageReference?

    /// The branch it came from.
    public internal(set) var parent: String?

    /// What somebody said it is for.
    public internal(set) var text: String?

    /// Its last message; nil where it has none.
    public internal(set) var head: MessageReference?

    /// The sequence number of the event that last moved the head; 0 where none did.
    public internal(set) var headSequence: UInt64

    /// Whether an event created it, or a message simply named it.
    var isDeclared: Bool
}
