/// Texts one behind the other, of which only the last ones are in memory.
struct TextList: Sendable {
    /// Where a text stands.
    struct Place: Hashable {
        fileprivate let offset: Int
        fileprivate let count: Int

        fileprivate var range: Range<Int> { offset..<offset + count }
    }

    private var bytes = PagedList<UInt8>()

    /// Short texts that come again and again.
    private var usual: [String: Place] = [:]
    private var usualPlaces: Set<Place> = []
    private static let usualLimit = 64
    private static let usualSize = 64

    /// How much memory it takes, in bytes.
    var weight: Int { bytes.weight + usual.count * 64 }

    /// Whether texts that it had could not be read again.
    var hasLost: Bool { bytes.hasLost }

    subscript(place: Place) -> String {
        String(decoding: bytes.elements(place.range), as: UTF8.self)
    }

    /// Adds a text.
    mutating func add(_ text: String) -> Place {
        let place = Place(offset: bytes.count, count: text.utf8.count)
        for byte in text.utf8 { bytes.append(byte) }
        return place
    }

    /// Whether a text was added as one that comes again, and all that are the same stand there.
    func isUsual(_ place: Place) -> Bool { usualPlaces.contains(place) }

    /// Adds a text that others may say too, such as a role.
    mutating func add(usual text: String) -> Place {
        if let place = usual[text] { return place }
        let place = add(text)
        if usual.count < Self.usualLimit, text.utf8.count <= Self.usualSize {
            usual[text] = place
            usualPlaces.insert(place)
        }
        return place
    }
}
