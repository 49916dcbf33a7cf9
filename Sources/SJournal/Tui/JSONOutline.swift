import SessionJournal

/// A JSON value as people read it: a member a line, what is inside indented, long texts wrapped as
/// they were written, and whatever has members or several lines foldable.
struct JSONOutline {
    private(set) var lines: [InspectorLine] = []
    private let columns: Int
    private let folded: Set<String>

    private static let indentColumns = 2
    /// Deeper than this nothing is indented further, and what is inside is shown on one line.
    private static let deepest = 24
    /// So many elements of an array, and lines of a text, are shown.
    private static let mostElements = 200
    private static let mostLines = 400
    /// The size of a text stands beside its name from so many bytes on.
    private static let longText = 256

    init(columns: Int, folded: Set<String>) {
        self.columns = columns
        self.folded = folded
    }

    /// Adds a value; the members of an object stand at the outermost level.
    mutating func add(_ value: JSONValue) {
        guard let object = value.object else {
            add(value, name: "", key: "json", depth: 0)
            return
        }
        for member in object {
            add(
                value: member.value, name: Shown(member.name, .name), key: "json/" + member.name,
                depth: 0)
        }
    }

    private mutating func add(_ value: JSONValue, name: Shown, key: String, depth: Int) {
        add(value: value, name: name, key: key, depth: depth)
    }

    private mutating func add(value: JSONValue, name: Shown, key: String, depth: Int) {
        let indent = Shown.spaces(min(depth, Self.deepest) * Self.indentColumns)
        let label = name.isEmpty ? name : name + " "
        switch value {
        case .object(let object) where !object.isEmpty && depth < Self.deepest:
            let count: Shown = "\("{\(object.count)}", .quiet)"
            guard open(indent, label + count, key) else { return }
            for member in object {
                add(
                    value: member.value, name: Shown(member.name, .name),
                    key: key + "/" + member.name, depth: depth + 1)
            }
        case .array(let elements) where !elements.isEmpty && depth < Self.deepest:
            let count: Shown = "\("[\(elements.count)]", .quiet)"
            guard open(indent, label + count, key) else { return }
            for (index, element) in elements.prefix(Self.mostElements).enumerated() {
                add(
                    value: element, name: "\("\(String(index))", .quiet)",
                    key: "\(key)/\(index)", depth: depth + 1)
            }
            if elements.count > Self.mostElements {
                let more = elements.count - Self.mostElements
                add(indent + "  \("… \(Numbers.grouped(more)) more", .quiet)")
            }
        case .string(let text): add(text: text, indent, label, key)
        default:
            add(indent + "  " + label + Shown(value.description, Self.style(of: value)))
        }
    }

    /// A text: behind its name where it fits there, else below.
    private mutating func add(text: String, _ indent: Shown, _ label: Shown, _ key: String) {
        let room = columns - indent.width - Self.indentColumns
        let isShort = text.utf8.count <= columns && !text.contains(where: \.isNewline)
        let line = indent + "  " + label + Shown(text)
        if isShort, line.width <= columns {
            add(line)
            return
        }
        let isLong = text.utf8.count > Self.longText
        let size: Shown = isLong ? "\(Numbers.bytes(UInt64(text.utf8.count)), .quiet)" : ""
        guard open(indent, label + size, key) else { return }
        let cut = Wrapping.wrapped(
            text, to: max(room - Self.indentColumns, 8), limit: Self.mostLines)
        for part in cut.lines { add(indent + "    " + Shown(part)) }
        if cut.omittedBytes > 0 {
            add(indent + "    \("… \(Numbers.bytes(UInt64(cut.omittedBytes))) more", .quiet)")
        }
    }

    /// The line of something that has more lines below it; false where those are folded away.
    private mutating func open(_ indent: Shown, _ label: Shown, _ key: String) -> Bool {
        let isFolded = folded.contains(key)
        let line = indent + (isFolded ? "▸ " : "▾ ") + label
        lines.append(InspectorLine(shown: line.elided(to: columns), fold: key))
        return !isFolded
    }

    private mutating func add(_ line: Shown) {
        lines.append(InspectorLine(shown: line.elided(to: columns)))
    }

    private static func style(of value: JSONValue) -> Style {
        switch value {
        case .null: .quiet
        case .bool, .integer, .number: .good
        default: .plain
        }
    }
}
