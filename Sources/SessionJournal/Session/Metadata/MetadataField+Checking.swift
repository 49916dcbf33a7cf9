extension MetadataField {
    /// What is wrong with a value; nil where nothing is. The words go on from "“name” ".
    ///
    /// - Parameter value: The value; nil where the session has none.
    public func problem(with value: JSONValue?) -> String? {
        guard let value, !value.isNull else {
            if isRequired { return "is required" }
            if case .none = value { return nil }
            return isNullable ? nil : "may not be null"
        }
        guard isOfType(value) else { return "must be \(type.words), not \(value.brief)" }
        if let number = value.double {
            if let minimum = constraints.minimum, isBelow(value, number, minimum) {
                return "must be at least \(minimum), not \(value.brief)"
            }
            if let maximum = constraints.maximum, isAbove(value, number, maximum) {
                return "must be at most \(maximum), not \(value.brief)"
            }
        }
        let elements = type == .set ? value.array ?? [] : [value]
        for element in elements {
            if let limit = constraints.maximumLength, let text = element.string,
                text.unicodeScalars.count > limit
            {
                return "must have at most \(limit) characters, not \(text.unicodeScalars.count)"
            }
            if let allowed = constraints.allowed, !allowed.contains(element) {
                let names = allowed.map(\.brief).joined(separator: ", ")
                return "must be one of \(names), not \(element.brief)"
            }
        }
        return nil
    }

    private func isOfType(_ value: JSONValue) -> Bool {
        switch type {
        case .string: value.string != nil
        case .integer: value.integer != nil
        case .number: value.double != nil
        case .boolean: value.bool != nil
        case .set: value.array?.allSatisfy { $0.string != nil } ?? false
        case .time: value.string.flatMap { Timestamp($0) } != nil
        case .level: value.integer != nil || value.string != nil
        case .any: true
        }
    }

    // Integers are compared as such: a double has no room for the last digits of 64 bits.
    private func isBelow(_ value: JSONValue, _ number: Double, _ minimum: Int64) -> Bool {
        value.integer.map { $0 < minimum } ?? (number < Double(minimum))
    }

    private func isAbove(_ value: JSONValue, _ number: Double, _ maximum: Int64) -> Bool {
        value.integer.map { $0 > maximum } ?? (number > Double(maximum))
    }

    /// The same value where only its spelling is wrong, else the one that a session begins with;
    /// nil where that is none either.
    func mended(_ value: JSONValue?) -> JSONValue? {
        if let value, let same = respelled(value), problem(with: same) == nil { return same }
        if type == .set, let elements = value?.array {
            let kept = elements.filter { problem(with: .array([$0])) == nil }
            if !kept.isEmpty { return .array(kept).asSet }
        }
        guard problem(with: initialValue) == nil else { return .none }
        return initialValue
    }

    /// What a value of another type most plainly stands for.
    private func respelled(_ value: JSONValue) -> JSONValue? {
        switch (type, value) {
        case (.boolean, .integer(0)), (.boolean, .string("false")): return false
        case (.boolean, .integer(1)), (.boolean, .string("true")): return true
        case (.integer, .string(let text)): return Int64(text).map { .integer($0) }
        case (.integer, .number(let text)):
            return Double(text).flatMap { Int64(exactly: $0) }.map { .integer($0) }
        case (.number, .string(let text)):
            guard let value = try? JSONValue(parsing: text), value.double != nil else {
                return .none
            }
            return value
        case (.string, .integer), (.string, .number), (.string, .bool):
            return .string(value.description)
        case (.set, .string(let text)): return text.isEmpty ? [] : [.string(text)]
        case (.string, .string(let text)):
            // A word of the list in other letters, such as "Active".
            return constraints.allowed?.first { $0.string == text.lowercased() }
        default: return nil
        }
    }

    /// What is wrong with the name of a field; nil where nothing is.
    static func problem(withName name: String) -> String? {
        if name.isEmpty { return "is no name: it is empty" }
        if name.utf8.count > EventLimits.maximumBranchSize {
            return "is longer than \(EventLimits.maximumBranchSize) bytes"
        }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
        }
        return isPlain ? nil : "holds a control character"
    }
}

extension MetadataField.ValueType {
    /// What a value must be, in words.
    var words: String {
        switch self {
        case .string: "a text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .set: "a list of texts"
        case .time: "a time such as 2026-11-21T01:02:03Z"
        case .level: "a whole number or a text"
        case .any: "any JSON"
        }
    }
}

extension JSONValue {
    /// The value as JSON, cut where it is long.
    var brief: String {
        let limit = 60
        var text = description
        // A long text is cut before its escapes are written.
        if case .string(let whole) = self, whole.utf8.count > limit {
            text = JSONValue.string(String(whole.prefix(limit))).description
        }
        return text.count > limit ? text.prefix(limit) + "…" : text
    }

    /// A list with each element once, in the order in which they first come; any other value as it
    /// is.
    var asSet: JSONValue {
        guard let array else { return self }
        var seen: Set<JSONValue> = []
        return .array(array.filter { seen.insert($0).inserted })
    }
}
