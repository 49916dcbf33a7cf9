extension SessionQuery {
    /// What is known of a session.
    struct Facts {
        let summary: SessionSummary
        /// What was said, by whom and with what; nil while nobody has read it.
        var content: SessionContent?
    }

    /// Whether a session matches; nil where its content has to be read first.
    func matches(_ facts: Facts) -> Bool? { Self.evaluate(term, facts) }

    private static func evaluate(_ term: Term, _ facts: Facts) -> Bool? {
        switch term {
        case .all(let terms):
            var isKnown = true
            for term in terms {
                switch evaluate(term, facts) {
                case false?: return false
                case nil: isKnown = false
                case true?: break
                }
            }
            return isKnown ? true : nil
        case .any(let terms):
            var isKnown = true
            for term in terms {
                switch evaluate(term, facts) {
                case true?: return true
                case nil: isKnown = false
                case false?: break
                }
            }
            return isKnown ? false : nil
        case .not(let term): return evaluate(term, facts).map { !$0 }
        case .word(let word):
            let places = ["key", "name", "title", "description", "tags"]
            let value = Value(text: word.text, isQuoted: true)
            return places.contains { name in
                (values(of: name, facts) ?? []).contains { $0.meets(.contains, value) }
            }
        case .field(let name, let comparison, let value):
            guard let values = values(of: name, facts) else { return nil }
            if value.text == "null", !value.isQuoted {
                switch comparison {
                case .equal, .matches: return values.isEmpty
                case .notEqual: return !values.isEmpty
                default: return false
                }
            }
            if comparison == .notEqual {
                return !values.contains { $0.meets(.equal, value) }
            }
            return values.contains { $0.meets(comparison, value) }
        }
    }

    /// A field's values, none where it has none; nil where the content has to be read first.
    private static func values(of name: String, _ facts: Facts) -> [JSONValue]? {
        let summary = facts.summary
        func one(_ text: String?) -> [JSONValue] { text.map { [.string($0)] } ?? [] }
        switch name.lowercased() {
        case "session": return one(summary.session.hexadecimal)
        case "key": return one(summary.key)
        case "created": return one(summary.createdAt?.description)
        case "active": return one(summary.lastActive?.description)
        case "events": return [JSONValue(summary.eventCount)]
        case "messages": return [JSONValue(summary.messageCount)]
        case "branches": return [JSONValue(summary.branchCount)]
        case "text": return facts.content?.texts.map { .string($0) }
        case "tool": return facts.content?.tools.map { .string($0) }
        case "actor": return facts.content?.actors.map { .string($0) }
        case "model":
            let own = elements(summary.metadata["model"])
            return facts.content.map { own + $0.models.map { .string($0) } }
        case "tag": return elements(summary.metadata["tags"])
        case "starred": return elements(summary.metadata["is_starred"])
        default: return elements(summary.metadata[name] ?? summary.metadata[name.lowercased()])
        }
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        switch value {
        case nil, .null?: []
        case .array(let elements)?: elements
        case let value?: [value]
        }
    }
}

extension JSONValue {
    fileprivate func meets(
        _ comparison: SessionQuery.Comparison, _ value: SessionQuery.Value
    ) -> Bool {
        switch comparison {
        case .equal: return isText(value.text)
        case .notEqual: return !isText(value.text)
        case .contains: return text.lowercased().contains(value.text.lowercased())
        case .matches:
            if !value.isQuoted, let time = time, let day = Day(value.text) {
                return day.range.contains(time)
            }
            if value.isQuoted { return text.lowercased() == value.text.lowercased() }
            return Wildcard(value.text.lowercased()).matches(text.lowercased())
                || isText(value.text)
        case .less, .atMost, .greater, .atLeast: return isOrdered(comparison, value.text)
        }
    }

    /// The value as a person would type it.
    private var text: String { string ?? description }

    private var time: Timestamp? { string.flatMap { Timestamp($0) ?? Timestamp(date: $0) } }

    private func isText(_ other: String) -> Bool {
        if let double { return Double(other).map { $0 == double } ?? false }
        return text == other
    }

    private func isOrdered(_ comparison: SessionQuery.Comparison, _ other: String) -> Bool {
        func holds<Number: Comparable>(_ low: Number, _ high: Number, _ own: Number) -> Bool {
            switch comparison {
            case .less: own < low
            case .atMost: own <= high
            case .greater: own > high
            default: own >= low
            }
        }
        if let double { return Double(other).map { holds($0, $0, double) } ?? false }
        if let time {
            if let day = Day(other) {
                return holds(day.range.lowerBound, day.range.upperBound, time)
            }
            return Timestamp(other).map { holds($0, $0, time) } ?? false
        }
        return string.map { holds(other, other, $0) } ?? false
    }
}

/// A day of 24 hours, UTC.
private struct Day {
    let range: ClosedRange<Timestamp>

    init?(_ text: String) {
        guard let start = Timestamp(date: text) else { return nil }
        range = start...Timestamp(microseconds: start.microseconds + 86_400_000_000 - 1)
    }
}

/// A text in which `*` stands for anything.
private struct Wildcard {
    private let parts: [[Character]]

    init(_ pattern: String) {
        parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(Array.init)
    }

    /// Cost: the text's length for each part.
    func matches(_ text: String) -> Bool {
        let text = Array(text)
        guard parts.count > 1 else { return text == parts[0] }
        let first = parts[0]
        let last = parts[parts.count - 1]
        guard text.count >= first.count + last.count, text.starts(with: first),
            text.suffix(last.count) == last[...]
        else { return false }
        var rest = text[first.count..<(text.count - last.count)]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            var place = rest.startIndex
            while place + part.count <= rest.endIndex, !rest[place...].starts(with: part) {
                place += 1
            }
            guard place + part.count <= rest.endIndex else { return false }
            rest = rest[(place + part.count)...]
        }
        return true
    }
}
