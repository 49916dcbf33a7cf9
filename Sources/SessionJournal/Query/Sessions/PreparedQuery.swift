internal import SegmentLog

/// A query made ready to be asked of very many sessions: names looked up, values parsed once.
struct PreparedQuery: Sendable {
    /// What is known of a session.
    struct Facts {
        let summary: SessionSummary
        /// What was said, by whom and with what; nil while nobody has read it.
        var content: SessionContent?
    }

    /// Where fields of the metadata were found last: in a list of sessions they stand in the same
    /// places, so that looking for one is a look at its place.
    struct FieldPlaces {
        private var places: [String: Int] = [:]

        /// The value of a field; nil where it has none.
        mutating func value(_ name: String, in metadata: JSONObject) -> JSONValue? {
            let members = metadata.members
            if let place = places[name], place < members.count, members[place].name == name {
                return members[place].value
            }
            guard let place = members.lastIndex(where: { $0.name == name }) else { return nil }
            places[name] = place
            return members[place].value
        }
    }

    private indirect enum Term: Sendable {
        case all([Term])
        case any([Term])
        case not(Term)
        case field(Field, SessionQuery.Comparison, QueryValue)
        case word(QueryValue)
    }

    /// Where the values of a field come from.
    private enum Field: Sendable {
        case session, key, created, active, events, messages, branches
        case text, tool, actor, model
        case metadata(String)

        init(_ name: String) {
            switch name.lowercased() {
            case "session": self = .session
            case "key": self = .key
            case "created": self = .created
            case "active": self = .active
            case "events": self = .events
            case "messages": self = .messages
            case "branches": self = .branches
            case "text": self = .text
            case "tool": self = .tool
            case "actor": self = .actor
            case "model": self = .model
            case "tag": self = .metadata("tags")
            case "starred": self = .metadata("is_starred")
            default: self = .metadata(name)
            }
        }
    }

    private let term: Term

    /// The fields in which a word alone is looked for, beside the key.
    private static let wordFields = ["name", "title", "description", "tags"]

    init(_ query: SessionQuery) { term = Self.prepare(query.term) }

    private static func prepare(_ term: SessionQuery.Term) -> Term {
        switch term {
        case .all(let terms): .all(terms.map(prepare))
        case .any(let terms): .any(terms.map(prepare))
        case .not(let term): .not(prepare(term))
        case .field(let name, let comparison, let value):
            .field(Field(name), comparison, QueryValue(value))
        case .word(let value): .word(QueryValue(.init(text: value.text, isQuoted: true)))
        }
    }

    /// Whether a session matches; nil where its content has to be read first.
    func matches(_ facts: Facts, _ places: inout FieldPlaces) -> Bool? {
        evaluate(term, facts, &places)
    }

    private func evaluate(
        _ term: Term, _ facts: Facts, _ places: inout FieldPlaces
    ) -> Bool? {
        switch term {
        case .all(let terms):
            var isKnown = true
            for term in terms {
                switch evaluate(term, facts, &places) {
                case false?: return false
                case nil: isKnown = false
                case true?: break
                }
            }
            return isKnown ? true : nil
        case .any(let terms):
            var isKnown = true
            for term in terms {
                switch evaluate(term, facts, &places) {
                case true?: return true
                case nil: isKnown = false
                case false?: break
                }
            }
            return isKnown ? false : nil
        case .not(let term): return evaluate(term, facts, &places).map { !$0 }
        case .word(let word):
            if let key = facts.summary.key, word.meets(.contains, .string(key)) { return true }
            return Self.wordFields.contains { name in
                elements(places.value(name, in: facts.summary.metadata))
                    .contains { word.meets(.contains, $0) }
            }
        case .field(let field, let comparison, let value):
            guard let values = values(of: field, facts, &places) else { return nil }
            if value.isNull {
                switch comparison {
                case .equal, .matches: return values.isEmpty
                case .notEqual: return !values.isEmpty
                default: return false
                }
            }
            if comparison == .notEqual { return !values.contains { value.meets(.equal, $0) } }
            return values.contains { value.meets(comparison, $0) }
        }
    }

    /// A field's values, none where it has none; nil where the content has to be read first.
    private func values(
        of field: Field, _ facts: Facts, _ places: inout FieldPlaces
    ) -> [JSONValue]? {
        let summary = facts.summary
        func one(_ text: String?) -> [JSONValue] { text.map { [.string($0)] } ?? [] }
        switch field {
        case .session: return one(summary.session.hexadecimal)
        case .key: return one(summary.key)
        case .created: return one(summary.createdAt?.description)
        case .active: return one(summary.lastActive?.description)
        case .events: return [JSONValue(summary.eventCount)]
        case .messages: return [JSONValue(summary.messageCount)]
        case .branches: return [JSONValue(summary.branchCount)]
        case .text: return facts.content?.texts.map { .string($0) }
        case .tool: return facts.content?.tools.map { .string($0) }
        case .actor: return facts.content?.actors.map { .string($0) }
        case .model:
            let own = elements(places.value("model", in: summary.metadata))
            return facts.content.map { own + $0.models.map { .string($0) } }
        case .metadata(let name):
            return elements(
                places.value(name, in: summary.metadata)
                    ?? summary.metadata[name.lowercased()])
        }
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        switch value {
        case nil, .null?: []
        case .array(let elements)?: elements
        case let value?: [value]
        }
    }
}

/// A value of a query, read in every way in which it may be meant.
struct QueryValue: Sendable {
    private let text: String
    private let lowercased: String
    private let bytes: [UInt8]
    private let isASCII: Bool
    private let isQuoted: Bool
    private let double: Double?
    private let time: Timestamp?
    private let day: QueryDay?
    private let wildcard: Wildcard?

    /// Whether it asks for no value.
    let isNull: Bool

    init(_ value: SessionQuery.Value) {
        text = value.text
        lowercased = value.text.lowercased()
        bytes = Array(lowercased.utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
        isQuoted = value.isQuoted
        double = Double(value.text)
        time = Timestamp(value.text)
        day = QueryDay(value.text)
        wildcard = value.text.contains("*") ? Wildcard(lowercased) : nil
        isNull = value.text == "null" && !value.isQuoted
    }

    /// Whether a session's value stands to this one as the comparison says.
    func meets(_ comparison: SessionQuery.Comparison, _ value: JSONValue) -> Bool {
        switch comparison {
        case .equal: isText(of: value)
        case .notEqual: !isText(of: value)
        case .contains: isContained(in: value.shown)
        case .matches: isMatched(by: value)
        case .less, .atMost, .greater, .atLeast: isOrdered(comparison, value)
        }
    }

    private func isContained(in shown: String) -> Bool {
        let shown = shown.lowercased()
        // In ASCII a text is found by its bytes.
        guard isASCII, !bytes.isEmpty, shown.utf8.allSatisfy({ $0 < 0x80 }) else {
            return shown.contains(lowercased)
        }
        return shown.utf8.span.firstIndex(of: bytes, from: 0) != nil
    }

    private func isMatched(by value: JSONValue) -> Bool {
        if !isQuoted, let day, let time = value.time { return day.range.contains(time) }
        let shown = value.shown
        if isQuoted { return shown.lowercased() == lowercased }
        if let wildcard, wildcard.matches(shown.lowercased()) { return true }
        return isText(of: value) || shown.lowercased() == lowercased
    }

    private func isText(of value: JSONValue) -> Bool {
        if let number = value.double { return double.map { $0 == number } ?? false }
        return value.shown == text
    }

    private func isOrdered(
        _ comparison: SessionQuery.Comparison, _ value: JSONValue
    ) -> Bool {
        func holds<Number: Comparable>(_ low: Number, _ high: Number, _ own: Number) -> Bool {
            switch comparison {
            case .less: own < low
            case .atMost: own <= high
            case .greater: own > high
            default: own >= low
            }
        }
        if let number = value.double { return double.map { holds($0, $0, number) } ?? false }
        if let moment = value.time {
            if let day { return holds(day.range.lowerBound, day.range.upperBound, moment) }
            return time.map { holds($0, $0, moment) } ?? false
        }
        return value.string.map { holds(text, text, $0) } ?? false
    }
}

extension JSONValue {
    /// The value as a person would type it.
    fileprivate var shown: String { string ?? description }

    fileprivate var time: Timestamp? { string.flatMap { Timestamp($0) ?? Timestamp(date: $0) } }
}

/// A day of 24 hours, UTC.
struct QueryDay {
    let range: ClosedRange<Timestamp>

    init?(_ text: String) {
        guard let start = Timestamp(date: text) else { return nil }
        range = start...Timestamp(microseconds: start.microseconds + 86_400_000_000 - 1)
    }
}

/// A text in which `*` stands for anything.
struct Wildcard {
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
