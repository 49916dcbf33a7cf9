/// Counts the tokens of messages.
public struct TokenCounter: Sendable {
    /// Its name.
    public let name: String

    /// The tokens of a text.
    public let count: @Sendable (_ text: String) -> Int

    /// A counter of one's own: the tokeniser of the model that is asked.
    public init(_ name: String, count: @escaping @Sendable (_ text: String) -> Int) {
        self.name = name
        self.count = count
    }

    /// One token for each four bytes of UTF-8, rounded up: what English text and code come to with the
    /// usual tokenisers, give or take a quarter. Other scripts have fewer bytes a token in some models,
    /// so that the estimate is rather high for them.
    public static let estimate = TokenCounter("estimate") { ($0.utf8.count + 3) / 4 }

    /// What a message adds besides its text: its role, and what stands around it.
    static let perMessage = 4

    /// What a picture, sound, film or document takes whose tokens nobody knows.
    static let perMedia = 1_500

    /// The tokens of a message as a model gets it.
    ///
    /// - Complexity: a pass over its parts.
    public func count(_ message: Message) -> Int {
        message.parts().reduce(Self.perMessage) { $0 + count($1) }
    }

    /// How many pictures and the like a value names.
    private static func mediaCount(in value: JSONValue) -> Int {
        switch value {
        case .string(let text): BlobName.standing(in: text) == nil ? 0 : 1
        case .array(let elements): elements.reduce(0) { $0 + mediaCount(in: $1) }
        case .object(let object): object.reduce(0) { $0 + mediaCount(in: $1.value) }
        default: 0
        }
    }

    /// The tokens of a part.
    func count(_ part: Part) -> Int {
        switch part {
        case .text(let text), .derived(let text, source: _): count(text)
        // A model does not get back what it thought.
        case .thinking: 0
        case .toolUse(let use): count(use.name) + count(use.input.description)
        case .toolResult(let result):
            count(result.content.string ?? result.content.description)
                + Self.mediaCount(in: result.content) * Self.perMedia
        case .image, .audio, .video, .document: Self.perMedia
        case .unknown(let json): count(json.description)
        }
    }
}
