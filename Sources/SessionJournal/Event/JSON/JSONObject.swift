/// The members of a JSON object, in the order they were written.
///
/// Duplicate names are kept; a look-up finds the last. Two objects are equal where every look-up
/// finds equal values, in whatever order the members stand.
public struct JSONObject: Sendable {
    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public var value: JSONValue
    }

    /// The members in order, duplicates included.
    public private(set) var members: [Member]

    /// An object without members.
    public init() { members = [] }

    /// An object of these members, in this order.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        self.members = members.map { Member(name: $0, value: $1) }
    }

    /// The value of a member, the last of that name. Setting one replaces it where it stands, or
    /// adds it at the end; setting nil removes every member of that name. Cost: the members.
    public subscript(name: String) -> JSONValue? {
        get { members.last { $0.name == name }?.value }
        set {
            guard let newValue else {
                members.removeAll { $0.name == name }
                return
            }
            if let index = members.lastIndex(where: { $0.name == name }) {
                members[index].value = newValue
            } else {
                append(name, newValue)
            }
        }
    }

    /// Adds a member at the end without looking for one of that name.
    public mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The number of members, duplicates included.
    public var count: Int { members.count }

    /// The names in order, duplicates included.
    public var names: [String] { members.map(\.name) }

    func write(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (position, member) in members.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(member.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            member.value.write(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension JSONObject: Hashable {
    /// Whether the two are equal.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members || left.valuesByName == right.valuesByName
    }

    /// Feeds what equality compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(valuesByName) }

    private var valuesByName: [String: JSONValue] {
        Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// From a literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Sequence {
    /// Passes over the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: CustomStringConvertible {
    /// The object as JSON, without spaces.
    public var description: String { JSONValue.object(self).description }
}
