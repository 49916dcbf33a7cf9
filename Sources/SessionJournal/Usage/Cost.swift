/// What tokens cost, and what has no price.
public struct Cost: Hashable, Sendable {
    /// In 10⁻¹² of the currency: exact, for prices have six decimals for a million tokens.
    public internal(set) var picounits: UInt64 = 0

    /// Tokens of models that the table does not cover.
    public internal(set) var unpricedTokens: UInt64 = 0

    /// Those models, sorted.
    public internal(set) var unpricedModels: [String] = []

    /// Nothing.
    public init() {}

    /// Adds what a model's tokens cost at a moment.
    mutating func add(
        _ usage: TokenUsage, of model: String, at moment: Timestamp, _ prices: PriceTable
    ) {
        guard usage.total > 0 else { return }
        if let cost = prices.row(for: model, at: moment)?.cost(of: usage) {
            picounits = picounits.adding(cost)
            return
        }
        unpricedTokens = unpricedTokens.adding(usage.total)
        if !unpricedModels.contains(model) { unpricedModels = (unpricedModels + [model]).sorted() }
    }

    /// The amount with so many decimals, rounded half up; six at most are shown.
    public func amount(decimals: Int = 6) -> String {
        let decimals = min(6, max(0, decimals))
        var unit: UInt64 = 1_000_000_000_000
        for _ in 0..<decimals { unit /= 10 }
        let rounded = picounits / unit + (picounits % unit >= unit - unit / 2 ? 1 : 0)
        guard decimals > 0 else { return "\(rounded)" }
        var digits = "\(rounded)"
        while digits.utf8.count <= decimals { digits = "0" + digits }
        return digits.dropLast(decimals) + "." + digits.suffix(decimals)
    }
}
