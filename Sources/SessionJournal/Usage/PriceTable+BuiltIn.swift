extension PriceTable {
    /// Public list prices in US dollars, without discounts and without the surcharges that some
    /// models have for very long input. They are there so that the first answer has a cost; a file of
    /// one's own says what one really pays.
    public static let builtIn = PriceTable(
        currency: "USD", asOf: "2026-02-15",
        rows: [
            .anthropic("claude-3-haiku*", 250_000, 1_250_000, read: 30_000, write: 300_000),
            .anthropic("claude-3-opus*", 15_000_000, 75_000_000),
            .anthropic("claude-3-5-haiku*", 800_000, 4_000_000),
            .anthropic("claude-3-5-sonnet*", 3_000_000, 15_000_000),
            .anthropic("claude-3-7-sonnet*", 3_000_000, 15_000_000),
            .anthropic("claude-haiku-4-5*", 1_000_000, 5_000_000),
            .anthropic("claude-sonnet-4*", 3_000_000, 15_000_000),
            .anthropic("claude-opus-4*", 15_000_000, 75_000_000),
            .anthropic("claude-opus-4-5*", 5_000_000, 25_000_000),
            .anthropic("claude-opus-4-6*", 5_000_000, 25_000_000),
            .openAI("gpt-4o*", 2_500_000, 10_000_000, read: 1_250_000),
            .openAI("gpt-4o-mini*", 150_000, 600_000, read: 75_000),
            .openAI("gpt-4.1*", 2_000_000, 8_000_000, read: 500_000),
            .openAI("gpt-4.1-mini*", 400_000, 1_600_000, read: 100_000),
            .openAI("gpt-4.1-nano*", 100_000, 400_000, read: 25_000),
            .openAI("gpt-5*", 1_250_000, 10_000_000, read: 125_000),
            .openAI("gpt-5-mini*", 250_000, 2_000_000, read: 25_000),
            .openAI("gpt-5-nano*", 50_000, 400_000, read: 5_000),
        ])
}

extension PriceTable.Row {
    /// A cache is read for a tenth of the input, written for a quarter more, and for an hour for
    /// twice as much.
    fileprivate static func anthropic(
        _ match: String, _ input: UInt64, _ output: UInt64, read: UInt64? = nil,
        write: UInt64? = nil
    ) -> Self {
        Self(
            match: match, input: input, output: output, cacheRead: read ?? input / 10,
            cacheWrite: write ?? input / 4 * 5, cacheWriteLong: input * 2)
    }

    /// Writing to a cache costs what input costs.
    fileprivate static func openAI(
        _ match: String, _ input: UInt64, _ output: UInt64, read: UInt64
    ) -> Self {
        Self(
            match: match, input: input, output: output, cacheRead: read, cacheWrite: input,
            cacheWriteLong: input)
    }
}

extension PriceTable {
    /// The table as ``init(parsing:)`` reads it.
    public var json: JSONValue {
        var object: JSONObject = ["currency": .string(currency)]
        if let asOf { object.append("as_of", .string(asOf)) }
        let models = rows.map { row -> JSONValue in
            var model: JSONObject = ["match": .string(row.match)]
            if let since = row.since {
                model.append("since", .string(String(since.description.prefix(10))))
            }
            for (name, price) in [
                ("input", row.input), ("output", row.output), ("cache_read", row.cacheRead),
                ("cache_write", row.cacheWrite), ("cache_write_long", row.cacheWriteLong),
            ] { model.append(name, Self.decimal(price)) }
            return .object(model)
        }
        object.append("models", .array(models))
        return .object(object)
    }

    private static func decimal(_ millionths: UInt64) -> JSONValue {
        var digits = "\(millionths)"
        while digits.utf8.count < 7 { digits = "0" + digits }
        let decimals = digits.suffix(6).reversed().drop { $0 == "0" }.reversed()
        let whole = String(digits.dropLast(6))
        return decimals.isEmpty
            ? JSONValue(UInt64(whole) ?? 0) : .number(whole + "." + String(decimals))
    }
}
