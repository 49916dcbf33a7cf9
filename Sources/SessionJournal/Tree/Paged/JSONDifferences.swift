/// Entries of a log as JSON in which a whole number stands as its difference to the one in the same
/// place of the entry before: numbers that ascend become small and alike, and compress to little.
///
/// Arrays of the same length are compared place by place. Where one of two values is no whole
/// number, the later one stands as it is. Differences wrap around, so that all numbers have one.
enum JSONDifferences {
    /// The entries with differences for numbers.
    static func encode(_ entries: [JSONValue]) -> [JSONValue] {
        var before: JSONValue = .null
        return entries.map { entry in
            defer { before = entry }
            return combined(entry, before, &-)
        }
    }

    /// The entries of what ``encode(_:)`` gives.
    static func decode(_ differences: [JSONValue]) -> [JSONValue] {
        var before: JSONValue = .null
        return differences.map { difference in
            before = combined(difference, before, &+)
            return before
        }
    }

    /// Entries are nested no deeper than their types say, but for values that people gave.
    private static let depthLimit = 4

    private static func combined(
        _ value: JSONValue, _ before: JSONValue, _ combine: (Int64, Int64) -> Int64,
        depth: Int = 0
    ) -> JSONValue {
        switch (value, before) {
        case (.integer(let value), .integer(let before)): .integer(combine(value, before))
        case (.array(let values), .array(let befores))
        where values.count == befores.count && depth < depthLimit:
            .array(
                zip(values, befores).map { combined($0, $1, combine, depth: depth + 1) })
        default: value
        }
    }
}
