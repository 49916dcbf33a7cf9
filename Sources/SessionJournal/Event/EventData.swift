/// The content of an event: the text of one JSON object.
///
/// Written as a dictionary literal, made from a ``JSONObject``, or taken as bytes that are stored
/// as they are.
public struct EventData: Sendable, Hashable {
    /// The text, as the line will hold it.
    package let bytes: [UInt8]

    /// Whether the text was parsed when it was taken.
    private let isChecked: Bool

    /// The content of an object.
    public init(_ object: JSONObject) {
        var bytes: [UInt8] = []
        object.write(to: &bytes)
        self.bytes = bytes
        isChecked = false
    }

    /// The text of one JSON object in UTF-8, stored as it is: strict by RFC 8259, without line
    /// breaks between its values, nested at most ``EventLimits/maximumDataDepth`` deep.
    ///
    /// - Throws: ``JournalError`` `invalidEvent`, or `tooLarge` above
    ///   ``EventLimits/maximumDataSize``.
    /// - Complexity: one pass over the bytes.
    public init(json bytes: [UInt8]) throws(JournalError) {
        try Self.check(bytes.span)
        self.bytes = bytes
        isChecked = true
    }

    /// The same, with storage for the parse that the caller keeps; for loops.
    package init(
        json bytes: [UInt8], using document: inout JSONDocument
    ) throws(JournalError) {
        try Self.check(bytes.span, using: &document)
        self.bytes = bytes
        isChecked = true
    }

    /// Equal where the texts are, byte for byte.
    public static func == (left: EventData, right: EventData) -> Bool {
        left.bytes == right.bytes
    }

    /// Feeds what equality compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// The content as a tree.
    public func value() throws(JournalError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: bytes.span)
        } catch {
            throw JournalError(.invalidEvent, "the event's data is not JSON", cause: error)
        }
    }

    /// Parses the text, unless that was done when it was taken.
    func check() throws(JournalError) {
        if !isChecked { try Self.check(bytes.span) }
    }

    private static func check(_ bytes: Span<UInt8>) throws(JournalError) {
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        try check(bytes, using: &document)
    }

    private static func check(
        _ bytes: Span<UInt8>, using document: inout JSONDocument
    ) throws(JournalError) {
        guard bytes.count <= EventLimits.maximumDataSize else {
            throw JournalError(
                .tooLarge,
                "the event's data is \(bytes.count) bytes; the limit is "
                    + "\(EventLimits.maximumDataSize). Store large parts as blobs")
        }
        do throws(JSONError) {
            try document.parse(bytes)
        } catch {
            throw JournalError(.invalidEvent, "the event's data is not JSON", cause: error)
        }
        guard let root = document.root, root.kind == .object,
            document.range(of: root) == 0..<bytes.count
        else {
            throw JournalError(.invalidEvent, "the event's data must be a JSON object")
        }
        guard !bytes.containsLineBreak else {
            throw JournalError(.invalidEvent, "the event's data must stand on one line")
        }
    }
}

extension EventData: ExpressibleByDictionaryLiteral {
    /// From a literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(JSONObject(elements))
    }
}
