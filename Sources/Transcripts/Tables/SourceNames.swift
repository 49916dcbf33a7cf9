internal import SessionJournal

/// The names that a source gives, in 16 bytes where they are UUIDs, as most of them are: as texts
/// they would take 80.
struct SourceNames: Sendable {
    /// One of them.
    enum Name: Hashable {
        /// A UUID as RFC 9562 spells it, in lower case: its 32 digits are those of a session's name.
        case uuid(SessionID)
        case text(TextList.Place)
    }

    private var texts = TextList()

    /// How much memory it takes, in bytes.
    var weight: Int { texts.weight }

    /// Whether names that it had could not be read again.
    var hasLost: Bool { texts.hasLost }

    /// Adds a name.
    mutating func add(_ text: String) -> Name {
        let id = Self.digits(of: text).flatMap { SessionID(hexadecimal: $0.span) }
        return id.map { .uuid($0) } ?? .text(texts.add(text))
    }

    /// Adds a name that others may have too, such as a tool's.
    mutating func add(usual text: String) -> TextList.Place { texts.add(usual: text) }

    subscript(place: TextList.Place) -> String { texts[place] }

    /// The name as the source spells it.
    subscript(name: Name) -> String {
        switch name {
        case .text(let place): return texts[place]
        case .uuid(let id):
            var digits = id.hexadecimal[...]
            return Self.groups.map { count in
                defer { digits = digits.dropFirst(count) }
                return String(digits.prefix(count))
            }.joined(separator: "-")
        }
    }

    /// How many digits stand before each hyphen and behind the last.
    private static let groups = [8, 4, 4, 4, 12]

    private static func digits(of text: String) -> [UInt8]? {
        guard text.utf8.count == 36 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == groups ? Array(parts.joined()) : nil
    }
}
