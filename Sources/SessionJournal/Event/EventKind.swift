/// What an event says happened: a dotted name in the past tense, such as `message.appended`.
///
/// The kinds that this version knows are listed once, in ``catalogue``. A kind of one's own begins
/// with `x.` and is never interpreted; any other unknown kind can be read, but not appended.
public struct EventKind: RawRepresentable, Hashable, Sendable {
    /// A position in the catalogue, or the name of a kind that it does not list. A listed name is
    /// never held as text, so that comparing kinds compares numbers.
    private enum Storage: Hashable, Sendable {
        case listed(UInt8)
        case other(String)
    }

    private let storage: Storage

    /// The kind of a name, in the catalogue or not.
    public init(rawValue: String) {
        self.init(name: rawValue.utf8.span)
    }

    /// The kind of a name in UTF-8. A listed name costs a search among those as long as it.
    init(name: Span<UInt8>) {
        for position in Self.positions(ofNameSize: name.count) {
            if Self.catalogue[Int(position)].name.utf8.span.isEqual(to: name) {
                storage = .listed(position)
                return
            }
        }
        storage = .other(String(repairing: name))
    }

    /// The name, as the event line writes it.
    public var rawValue: String {
        switch storage {
        case .listed(let position): Self.catalogue[Int(position)].name
        case .other(let name): name
        }
    }

    /// What the catalogue says of the kind; nil for one that it does not list.
    public var entry: Entry? {
        if case .listed(let position) = storage { Self.catalogue[Int(position)] } else { nil }
    }

    /// Whether the catalogue lists the kind, as reserved or not.
    public var isKnown: Bool { entry != nil }

    /// Whether the kind is one of the user's own, `x.…`: lower-case letters, digits and `_` between
    /// dots.
    public var isCustom: Bool {
        guard case .other(let name) = storage else { return false }
        return name.hasPrefix("x.") && Self.isWellFormed(name.utf8.span)
    }

    /// Whether an append takes the kind: listed and not reserved, or the user's own.
    public var isAppendable: Bool { entry.map { !$0.isReserved } ?? isCustom }

    /// Whether bytes are a name that a line may carry: at most 64 of lower-case letters, digits and
    /// `_`, in parts between dots.
    static func isWellFormed(_ name: Span<UInt8>) -> Bool {
        guard name.count <= EventLimits.maximumKindSize else { return false }
        var isStart = true
        for index in name.indices {
            switch name[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                isStart = false
            case UInt8(ascii: "."):
                guard !isStart else { return false }
                isStart = true
            default: return false
            }
        }
        return !isStart
    }

    private static func positions(ofNameSize size: Int) -> [UInt8] {
        size < positionsBySize.count ? positionsBySize[size] : []
    }

    private static let positionsBySize: [[UInt8]] = {
        var positions = [[UInt8]](repeating: [], count: EventLimits.maximumKindSize + 1)
        for (position, entry) in catalogue.enumerated() {
            positions[entry.name.utf8.count].append(UInt8(position))
        }
        return positions
    }()
}

extension EventKind: CustomStringConvertible {
    /// The name.
    public var description: String { rawValue }
}

extension EventKind: ExpressibleByStringLiteral {
    /// From a literal.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
}
