/// What models cost, by the million tokens.
///
/// Prices change, and contracts differ: the built-in table is a list of public prices as of a day,
/// and a caller's own file takes its place. What no row covers has no price, and the answers say so.
public struct PriceTable: Hashable, Sendable {
    /// What a model costs from a day on. Amounts are in millionths of the currency for a million
    /// tokens, so that 0.075 is 75,000.
    public struct Row: Hashable, Sendable {
        /// The model's name, or its beginning and a `*`.
        public var match: String
        /// The first day; nil for always.
        public var since: Timestamp?
        /// Of input that is read anew.
        public var input: UInt64
        /// Of what the model writes.
        public var output: UInt64
        /// Of input that comes from a cache.
        public var cacheRead: UInt64
        /// Of input that is put into a cache for minutes.
        public var cacheWrite: UInt64
        /// Of input that is put into a cache for an hour or longer.
        public var cacheWriteLong: UInt64
    }

    /// The currency, as ISO 4217 names it.
    public var currency: String

    /// When the prices were looked up, as the table says it.
    public var asOf: String?

    /// The rows. Of those that fit, the one with the longest name counts, and of several of them the
    /// one with the latest day.
    public var rows: [Row]

    /// A table of these rows.
    public init(currency: String, asOf: String? = nil, rows: [Row]) {
        self.currency = currency
        self.asOf = asOf
        self.rows = rows
    }

    /// Reads a table from JSON:
    ///
    /// ```json
    /// {"currency": "USD", "as_of": "2026-11-01", "models": [
    ///   {"match": "house-model*", "input": 0.5, "output": 1.5, "cache_read": 0.05}]}
    /// ```
    ///
    /// Prices are for a million tokens, with at most six decimals. `cache_read` and `cache_write` are
    /// those of the input where they are left out, `cache_write_long` is that of `cache_write`;
    /// `since` is a day.
    ///
    /// - Throws: ``JournalError`` `invalidArgument`, which names the row and the member.
    public init(parsing bytes: Span<UInt8>) throws(JournalError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw JournalError(
                .invalidArgument, "the price table is not JSON: \(error)")
        }
        guard let currency = value["currency"]?.string, !currency.isEmpty else {
            throw Self.error("it names no \"currency\"", such: "\"USD\"")
        }
        guard let models = value["models"]?.array else {
            throw Self.error("it has no \"models\"", such: "[{\"match\": \"name*\", …}]")
        }
        self.currency = currency
        asOf = value["as_of"]?.string
        rows = []
        for (index, model) in models.enumerated() {
            rows.append(try Self.row(model, number: index + 1))
        }
    }

    private static func row(_ value: JSONValue, number: Int) throws(JournalError) -> Row {
        guard let match = value["match"]?.string, !match.isEmpty else {
            throw error("row \(number) names no \"match\"", such: "\"model-name*\"")
        }
        func price(_ name: String) throws(JournalError) -> UInt64? {
            guard let amount = value[name], !amount.isNull else { return nil }
            guard let parsed = millionths(amount) else {
                throw error(
                    "\"\(name)\" of \(match) is \(amount)", such: "3 or 0.075, with six decimals")
            }
            return parsed
        }
        guard let input = try price("input"), let output = try price("output") else {
            throw error("\(match) needs \"input\" and \"output\"", such: "3 and 15")
        }
        var since: Timestamp?
        if let text = value["since"]?.string {
            guard let day = Timestamp(date: text) else {
                throw error("\"since\" of \(match) is \"\(text)\"", such: "\"2026-11-01\"")
            }
            since = day
        }
        let write = try price("cache_write") ?? input
        return Row(
            match: match, since: since, input: input, output: output,
            cacheRead: try price("cache_read") ?? input, cacheWrite: write,
            cacheWriteLong: try price("cache_write_long") ?? write)
    }

    private static func error(_ what: String, such example: String) -> JournalError {
        JournalError(.invalidArgument, "a price table cannot be used: \(what); give \(example)")
    }

    /// A decimal number in millionths, exactly; nil for one that is negative, has more than six
    /// decimals, an exponent, or is above a million.
    private static func millionths(_ value: JSONValue) -> UInt64? {
        let text: String
        switch value {
        case .integer(let integer): text = "\(integer)"
        case .number(let number): text = number
        default: return nil
        }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        guard decimals.utf8.count <= 6,
            (parts + [decimals]).allSatisfy({ part in
                part.utf8.allSatisfy { $0 &- 0x30 < 10 }
            }), let whole = UInt64(parts[0]), whole <= 1_000_000
        else { return nil }
        let padded = decimals + String(repeating: "0", count: 6 - decimals.utf8.count)
        return whole * 1_000_000 + (UInt64(padded) ?? 0)
    }

    /// The row for a model at a moment; nil where none covers it.
    public func row(for model: String, at moment: Timestamp) -> Row? {
        var best: Row?
        for row in rows where row.covers(model) {
            if let since = row.since, since > moment { continue }
            guard let known = best else {
                best = row
                continue
            }
            let order = (row.match.utf8.count, row.since ?? .earliest)
            if order >= (known.match.utf8.count, known.since ?? .earliest) { best = row }
        }
        return best
    }
}

extension PriceTable.Row {
    fileprivate func covers(_ model: String) -> Bool {
        guard match.utf8.last == UInt8(ascii: "*") else { return match == model }
        return model.utf8.starts(with: match.utf8.dropLast())
    }

    /// What tokens cost, in 10⁻¹² of the currency; nil where that does not fit 64 bits.
    func cost(of usage: TokenUsage) -> UInt64? {
        var sum: UInt64 = 0
        for (tokens, price) in [
            (usage.input, input), (usage.output, output), (usage.cacheRead, cacheRead),
            (usage.cacheWrite, cacheWrite), (usage.cacheWriteLong, cacheWriteLong),
        ] {
            let (product, isLarge) = tokens.multipliedReportingOverflow(by: price)
            let (next, isLarger) = sum.addingReportingOverflow(product)
            guard !isLarge, !isLarger else { return nil }
            sum = next
        }
        return sum
    }
}
