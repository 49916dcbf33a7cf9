internal import SegmentLog

/// A query made ready to be asked of very many sessions: names looked up, values parsed once.
struct PreparedQuery: Sendable {
    /// What is known of one session of a list. It refers to the list: of very many sessions not even
    /// a reference is copied that the query does not ask for.
    struct Facts {
        let all: [SessionSummary]
        let place: Int
        /// What was said, by whom and with what; nil while nobody has read it.
        var content: SessionContent?
    }

    /// Where fields of the metadata were found last: in a list of sessions they stand in the same
    /// places, so that looking for one is a look at its place.
    struct FieldPlaces {
        private var places: [Int]

        fileprivate init(count: Int) { places = Array(repeating: 0, count: count) }

        /// The value of a field; nil where it has none.
        fileprivate mutating func value(_ field: MetadataName, in metadata: JSONObject)
            -> JSONValue?
        {
            let members = metadata.members
            let place = places[field.number]
            if place < members.count, members[place].name == field.name {
                return members[place].value
            }
            guard let place = members.lastIndex(where: { $0.name == field.name }) else {
                return nil
            }
            places[field.number] = place
            return members[place].value
        }
    }

    /// A field of the metadata that the query asks for.
    fileprivate struct MetadataName: Sendable {
        let name: String
        /// Counts the query's fields.
        let number: Int
    }

    private indirect enum Term: Sendable {
        case all([Term])
        case any([Term])
        case not(Term)
        case field(Field, SessionQuery.Comparison, QueryValue)
        case word(QueryValue, [MetadataName])
    }

    /// Where the values of a field come from.
    private enum Field: Sendable {
        case session, key, created, active, events, messages, branches
        case text, tool, actor
        case model(MetadataName)
        case metadata(MetadataName)

        init(_ name: String, _ metadata: (String) -> MetadataName) {
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
            case "model": self = .model(metadata("model"))
            case "tag": self = .metadata(metadata("tags"))
            case "starred": self = .metadata(metadata("is_starred"))
            default: self = .metadata(metadata(name))
            }
        }
    }

    private let term: Term
    private let fieldCount: Int

    /// The fields in which a word alone is looked for, beside the key.
    private static let wordFields = ["name", "title", "description", "tags"]

    init(_ query: SessionQuery) {
        var fieldCount = 0
        term = Self.prepare(query.term, &fieldCount)
        self.fieldCount = fieldCount
    }

    private static func prepare(_ term: SessionQuery.Term, _ count: inout Int) -> Term {
        func metadata(_ name: String) -> MetadataName {
            defer { count += 1 }
            return MetadataName(name: name, number: count)
        }
        switch term {
        case .all(let terms): return .all(terms.map { prepare($0, &count) })
        case .any(let terms): return .any(terms.map { prepare($0, &count) })
        case .not(let term): return .not(prepare(term, &count))
        case .field(let name, let comparison, let value):
            return .field(Field(name, metadata), comparison, QueryValue(value))
        case .word(let value):
            return .word(
                QueryValue(.init(text: value.text, isQuoted: true)), wordFields.map(metadata))
        }
    }

    /// For one who asks of many sessions, one after the other.
    var fieldPlaces: FieldPlaces { FieldPlaces(count: fieldCount) }

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
        case .word(let word, let fields):
            if let key = facts.all[facts.place].key, word.meets(.contains, .string(key)) {
                return true
            }
            return fields.contains { field in
                switch places.value(field, in: facts.all[facts.place].metadata) {
                case nil, .null?: false
                case .array(let elements)?: elements.contains { word.meets(.contains, $0) }
                case let value?: word.meets(.contains, value)
                }
            }
        case .field(let field, let comparison, let value):
            guard let standing = standing(of: field, comparison, value, facts, &places) else {
                return nil
            }
            if value.isNull {
                switch comparison {
                case .equal, .matches: return standing == .empty
                case .notEqual: return standing != .empty
                default: return false
                }
            }
            return comparison == .notEqual ? standing != .met : standing == .met
        }
    }

    /// How the values of a field stand to the one that is asked for.
    private enum Standing {
        /// There is none.
        case empty
        /// One of them is as was asked, or for ``SessionQuery/Comparison/notEqual`` the value itself.
        case met
        case unmet

        init(_ isMet: Bool) { self = isMet ? .met : .unmet }

        /// Of several values, and of none.
        init<Value>(_ values: some Sequence<Value>, _ isMet: (Value) -> Bool) {
            self = .empty
            for value in values {
                if isMet(value) {
                    self = .met
                    return
                }
                self = .unmet
            }
        }
    }

    /// How a field stands; nil where the content has to be read first.
    private func standing(
        of field: Field, _ comparison: SessionQuery.Comparison, _ value: QueryValue,
        _ facts: Facts, _ places: inout FieldPlaces
    ) -> Standing? {
        let (all, place) = (facts.all, facts.place)
        let asked = comparison == .notEqual ? .equal : comparison
        func meets(_ own: JSONValue) -> Bool { value.meets(asked, own) }
        func meets(_ text: String) -> Bool { meets(.string(text)) }
        func one(_ own: JSONValue?) -> Standing {
            switch own {
            case nil, .null?: .empty
            case .array(let elements)?: Standing(elements, meets)
            case let own?: Standing(meets(own))
            }
        }
        switch field {
        case .session: return Standing(meets(all[place].session.hexadecimal))
        case .key: return all[place].key.map { Standing(meets($0)) } ?? .empty
        case .created:
            return all[place].createdAt.map { Standing(value.meets(asked, $0)) } ?? .empty
        case .active:
            return all[place].lastActive.map { Standing(value.meets(asked, $0)) } ?? .empty
        case .events: return Standing(meets(JSONValue(all[place].eventCount)))
        case .messages: return Standing(meets(JSONValue(all[place].messageCount)))
        case .branches: return Standing(meets(JSONValue(all[place].branchCount)))
        case .text: return facts.content.map { Standing($0.texts, meets) }
        case .tool: return facts.content.map { Standing($0.tools, meets) }
        case .actor: return facts.content.map { Standing($0.actors, meets) }
        case .model(let field):
            let own = one(places.value(field, in: all[place].metadata))
            // What it is set to decides where it is what was asked for.
            if own == .met { return .met }
            return facts.content.map { content in
                let used = Standing(content.models, meets)
                return used == .empty ? own : used
            }
        case .metadata(let field):
            return one(
                places.value(field, in: all[place].metadata)
                    ?? all[place].metadata[field.name.lowercased()])
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

    /// Whether a moment stands to this value as the comparison says.
    func meets(_ comparison: SessionQuery.Comparison, _ moment: Timestamp) -> Bool {
        switch comparison {
        case .less, .atMost, .greater, .atLeast: isOrdered(comparison, moment)
        case .matches where !isQuoted && day != nil: day?.range.contains(moment) ?? false
        default: meets(comparison, .string(moment.description))
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
        if let number = value.double {
            return double.map { holds(comparison, $0, $0, number) } ?? false
        }
        if let moment = value.time { return isOrdered(comparison, moment) }
        return value.string.map { holds(comparison, text, text, $0) } ?? false
    }

    private func isOrdered(
        _ comparison: SessionQuery.Comparison, _ moment: Timestamp
    ) -> Bool {
        if let day {
            return holds(comparison, day.range.lowerBound, day.range.upperBound, moment)
        }
        return time.map { holds(comparison, $0, $0, moment) } ?? false
    }

    /// Whether a value stands to a range as the comparison says.
    private func holds<Number: Comparable>(
        _ comparison: SessionQuery.Comparison, _ low: Number, _ high: Number, _ own: Number
    ) -> Bool {
        switch comparison {
        case .less: own < low
        case .atMost: own <= high
        case .greater: own > high
        default: own >= low
        }
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
