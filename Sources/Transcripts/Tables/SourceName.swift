internal import SessionJournal

/// A name that a source gives, in 16 bytes where it is a UUID, as most of them are: as a text it
/// takes 80.
enum SourceName: Hashable, Sendable {
    /// A UUID as RFC 9562 spells it, in lower case: its 32 digits are those of a session's name.
    case uuid(SessionID)
    case text(String)

    init(_ text: String) {
        let id = Self.digits(of: text).flatMap { SessionID(hexadecimal: $0.span) }
        self = id.map { .uuid($0) } ?? .text(text)
    }

    /// How many digits stand before each hyphen and behind the last.
    private static let groups = [8, 4, 4, 4, 12]

    private static func digits(of text: String) -> [UInt8]? {
        guard text.utf8.count == 36 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == groups ? Array(parts.joined()) : nil
    }

    /// The name as the source spells it.
    var text: String {
        switch self {
        case .text(let text): return text
        case .uuid(let id):
            var digits = id.hexadecimal[...]
            return Self.groups.map { count in
                defer { digits = digits.dropFirst(count) }
                return String(digits.prefix(count))
            }.joined(separator: "-")
        }
    }
}
