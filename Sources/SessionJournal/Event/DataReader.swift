/// The `data` of one event, indexed: reads members through the pointers into `original`, and builds
/// values only for what is asked for.
package struct DataReader: Sendable {
    package typealias Node = JSONDocument.Node

    private let line: [UInt8]
    private let range: Range<Int>
    private let document: JSONDocument
    /// The outermost object.
    package let root: Node
    /// The source line that pointers lead into.
    private let original: Node?

    /// Indexes an event's data. Cost: one pass.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where there is no data or it is no JSON object.
    package init(_ event: Event) throws(JournalError) {
        guard let range = event.envelope.data.range else {
            throw JournalError(.invalidEvent, "the event's content is withheld")
        }
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        do throws(JSONError) {
            try document.parse(event.line.span.extracting(range))
        } catch {
            throw JournalError(
                .invalidEvent, "the event's data is not JSON", place: "event \(event.sequence)",
                cause: error)
        }
        guard let root = document.root, root.kind == .object else {
            throw JournalError(
                .invalidEvent, "the event's data is not an object",
                place: "event \(event.sequence)")
        }
        line = event.line
        self.range = range
        self.document = document
        self.root = root
        original = document.member("original", of: root, in: event.line.span.extracting(range))
    }

    /// The member of an object: what it holds, or what its pointer (`name@`) leads to. Nil where
    /// there is none, and where a pointer leads nowhere.
    package func member(_ name: String, of node: Node? = nil) -> Node? {
        let bytes = line.span.extracting(range)
        let node = node ?? root
        if let member = document.member(name, of: node, in: bytes) { return member }
        guard isOurs(node), let pointer = document.member(name + "@", of: node, in: bytes) else {
            return nil
        }
        return resolve(pointer, in: bytes)
    }

    /// The text of a string member; nil where there is none.
    package func string(_ name: String, of node: Node? = nil) -> String? {
        member(name, of: node).flatMap { string($0) }
    }

    /// The text of a string; nil for any other value.
    package func string(_ node: Node) -> String? {
        document.string(node, in: line.span.extracting(range))
    }

    /// The value of an integer member that fits 64 bits; nil where there is none.
    package func integer(_ name: String, of node: Node? = nil) -> Int64? {
        member(name, of: node).flatMap {
            document.integer($0, in: line.span.extracting(range))
        }
    }

    /// The value of a member that is true or false; nil where there is none.
    package func bool(_ name: String, of node: Node? = nil) -> Bool? {
        member(name, of: node).flatMap { document.bool($0) }
    }

    /// The elements of an array; empty for any other value.
    package func elements(of node: Node) -> JSONDocument.Elements { document.elements(of: node) }

    /// The members of an object with their names, in order, pointers unresolved; empty for any
    /// other value.
    package func members(of node: Node) -> [(name: String, value: Node)] {
        let bytes = line.span.extracting(range)
        return document.members(of: node).map { (document.text(of: $0.key, in: bytes), $0.value) }
    }

    /// A value as a tree, with every pointer resolved. Cost: all that it contains.
    package func value(of node: Node) -> JSONValue {
        value(of: node, in: line.span.extracting(range))
    }

    /// The value of a member as a tree; nil where there is none.
    package func value(_ name: String, of node: Node? = nil) -> JSONValue? {
        member(name, of: node).map { value(of: $0) }
    }

    private func value(of node: Node, in bytes: Span<UInt8>) -> JSONValue {
        guard original != nil, isOurs(node) else { return document.value(of: node, in: bytes) }
        switch node.kind {
        case .array:
            return .array(document.elements(of: node).map { value(of: $0, in: bytes) })
        case .object:
            var object = JSONObject()
            for (key, member) in document.members(of: node) {
                let name = document.text(of: key, in: bytes)
                if name.utf8.last == UInt8(ascii: "@"), member.kind == .string {
                    let target = resolve(member, in: bytes)
                    object.append(
                        String(name.dropLast()),
                        target.map { document.value(of: $0, in: bytes) } ?? .null)
                } else {
                    object.append(name, value(of: member, in: bytes))
                }
            }
            return .object(object)
        default: return document.value(of: node, in: bytes)
        }
    }

    /// Whether a value is of the event itself, where "@" means a pointer, and not of the source.
    private func isOurs(_ node: Node) -> Bool {
        guard let original else { return false }
        return node.index < original.index || node.index >= document.end(of: original)
    }

    private func resolve(_ pointer: Node, in bytes: Span<UInt8>) -> Node? {
        guard let original, let text = document.string(pointer, in: bytes) else { return nil }
        return document.resolve(pointer: text, from: original, in: bytes)
    }
}
