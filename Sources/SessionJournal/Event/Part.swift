/// One part of a message's content.
public enum Part: Hashable, Sendable {
    /// Text that somebody wrote.
    case text(String)
    /// What a model thought, with the provider's signature over it.
    case thinking(String, signature: String?)
    /// A call of a tool.
    case toolUse(ToolUse)
    /// What a call gave back.
    case toolResult(ToolResult)
    /// A picture.
    case image(Media)
    /// A sound.
    case audio(Media)
    /// A film.
    case video(Media)
    /// A document.
    case document(Media)
    /// Text made from another part of the message (a transcription, a description), which stands
    /// at that index, counted from 0.
    case derived(String, source: Int)
    /// Anything else, as it is.
    case unknown(JSONValue)

    /// A call of a tool.
    public struct ToolUse: Hashable, Sendable {
        /// The call's id, which its result repeats.
        public var call: String
        /// The tool.
        public var name: String
        /// What it was called with.
        public var input: JSONValue

        /// Creates a call.
        public init(call: String, name: String, input: JSONValue) {
            self.call = call
            self.name = name
            self.input = input
        }
    }

    /// What a call of a tool gave back.
    public struct ToolResult: Hashable, Sendable {
        /// The call's id.
        public var call: String
        /// A string, an array of parts, or whatever else the tool gave.
        public var content: JSONValue
        /// Whether the tool failed; nil where nobody said.
        public var isError: Bool?

        /// Creates a result.
        public init(call: String, content: JSONValue, isError: Bool? = nil) {
            self.call = call
            self.content = content
            self.isError = isError
        }
    }

    /// A picture, sound, film or document: its bytes, or where they are.
    public struct Media: Hashable, Sendable {
        /// The media type, such as `image/png`.
        public var mediaType: String?
        /// Where the bytes are.
        public var location: Location?
        /// A name for people.
        public var name: String?

        /// Creates a reference to media.
        public init(mediaType: String? = nil, location: Location? = nil, name: String? = nil) {
            self.mediaType = mediaType
            self.location = location
            self.name = name
        }
    }

    /// Where the bytes of media are.
    public enum Location: Hashable, Sendable {
        /// At an address outside the journal.
        case url(String)
        /// Here, in base64.
        case base64(String)
        /// In a blob of the same session: "sha256:" and 64 hexadecimal digits.
        case blob(String)
    }
}
