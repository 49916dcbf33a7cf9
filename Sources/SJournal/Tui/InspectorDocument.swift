import SessionJournal

/// Which of its three views the inspector shows.
enum InspectorView: Hashable, Sendable, CaseIterable {
    case event, state, difference

    var name: Shown {
        switch self {
        case .event: "event"
        case .state: "state"
        case .difference: "diff"
        }
    }
}

/// A line of the inspector.
struct InspectorLine: Hashable, Sendable {
    var shown: Shown
    /// The section that begins here and can be folded.
    var fold: String?
    /// The field of metadata that it shows.
    var field: String?
    /// The event that it is about.
    var sequence: UInt64?
}

/// What the inspector shows, in lines.
struct InspectorDocument: Sendable {
    private(set) var lines: [InspectorLine] = []
    private let columns: Int
    private let folded: Set<String>

    private static let nameColumns = 14
    /// The section of fields that hold nothing. It is the one that is folded at first.
    static let emptyFields = "state/empty"

    /// Lays out what there is.
    ///
    /// - Parameters:
    ///   - content: What is shown.
    ///   - columns: The width of the lines, which none exceeds.
    ///   - folded: The sections that show their first line alone.
    init(_ content: InspectorContent, columns: Int, folded: Set<String>) {
        self.columns = max(columns, 8)
        self.folded = folded
        switch content {
        case .event(let content):
            var outline = JSONOutline(columns: self.columns, folded: folded)
            outline.add(content.value)
            lines = outline.lines
        case .state(let content): add(content)
        case .difference(let content):
            // The columns are those of `DifferenceText`, which keeps to them.
            for line in DifferenceText(content.change, columns: self.columns).lines() {
                lines.append(InspectorLine(shown: line))
            }
        }
    }

    private mutating func add(_ content: StateContent) {
        let filled = content.metadata.members.filter { !Self.isEmpty($0.value) }
        let empty = content.metadata.members.filter { Self.isEmpty($0.value) }
        if section("state/metadata", "metadata") { for member in filled { add(member) } }
        if !empty.isEmpty, section(Self.emptyFields, "fields without a value", empty.count) {
            for member in empty { add(member) }
        }
        if section("state/branches", "branches", content.heads.count) {
            for head in content.heads { add(head, isShown: head.name == content.shownBranch) }
        }
        if section("state/counts", "counts") {
            for (name, value) in content.counts {
                add("  " + name.styled(.quiet).padded(to: Self.nameColumns) + " " + value)
            }
        }
        let title: Shown =
            content.shownBranch.map { "conversation on \($0, .title)" } ?? "conversation"
        guard section("state/conversation", title, content.messages.count + content.earlierCount)
        else { return }
        guard content.shownBranch != nil else {
            add("  \("there is no branch \(content.branch ?? "") as of this event", .warning)")
            return
        }
        if content.earlierCount > 0 {
            add("  \("… \(Numbers.counted(content.earlierCount, "message")) before", .quiet)")
        }
        for message in content.messages {
            ConversationText(columns: columns, isFull: false).write([message]) { line in
                lines.append(
                    InspectorLine(shown: line.elided(to: columns), sequence: message.sequence))
            }
        }
    }

    /// Begins a section; false where it is folded.
    private mutating func section(_ key: String, _ title: Shown, _ count: Int? = nil) -> Bool {
        let isFolded = folded.contains(key)
        let number: Shown = count.map { "  \("\($0)", .quiet)" } ?? ""
        let line = (isFolded ? "▸ " : "▾ ") + title.emphasised + number
        lines.append(InspectorLine(shown: line.elided(to: columns), fold: key))
        return !isFolded
    }

    private mutating func add(_ line: Shown) {
        lines.append(InspectorLine(shown: line.elided(to: columns)))
    }

    private mutating func add(_ member: JSONObject.Member) {
        let name = Shown(member.name, .name).elided(to: Self.nameColumns)
        let value = Wrapping.flattened(member.value.description, limit: columns * 2)
        let line = "  " + name.padded(to: Self.nameColumns) + " " + Shown(value)
        lines.append(InspectorLine(shown: line.elided(to: columns), field: member.name))
    }

    private mutating func add(_ head: StateContent.Head, isShown: Bool) {
        let mark: Shown = isShown ? "◆ " : "◇ "
        let current: Shown = head.isCurrent ? "  \("current", .quiet)" : ""
        let from: Shown = head.parent.map { "  \("from " + $0, .quiet)" } ?? ""
        let place: Shown =
            head.sequence == 0 ? "" : "  \("#" + String(head.sequence), .quiet)"
        let line: Shown =
            "  " + mark + Shown(head.name, .title) + "  "
            + "\(Numbers.counted(head.messageCount, "message"))" + place + from + current
        let sequence = head.sequence == 0 ? nil : head.sequence
        lines.append(InspectorLine(shown: line.elided(to: columns), sequence: sequence))
    }

    /// Whether a value says that nobody gave one.
    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .string(""), .bool(false), .integer(0): true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}

extension Shown {
    /// What is plain of it as a title.
    fileprivate var emphasised: Shown {
        spans.allSatisfy { $0.style == .plain } ? styled(.title) : self
    }
}
