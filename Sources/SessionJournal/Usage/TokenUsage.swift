/// Tokens that model calls took, by what providers charge for.
///
/// A provider's own words differ: whether cached input is part of the input, and what it is called.
/// Here the five numbers never overlap, and their sum is everything that went in and came out.
public struct TokenUsage: Hashable, Sendable {
    /// Input that was read anew.
    public var input: UInt64

    /// What the model wrote, reasoning included.
    public var output: UInt64

    /// Input that came from a cache.
    public var cacheRead: UInt64

    /// Input that was put into a cache for minutes.
    public var cacheWrite: UInt64

    /// Input that was put into a cache for an hour or longer.
    public var cacheWriteLong: UInt64

    /// Counts of tokens; none by default.
    public init(
        input: UInt64 = 0, output: UInt64 = 0, cacheRead: UInt64 = 0, cacheWrite: UInt64 = 0,
        cacheWriteLong: UInt64 = 0
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.cacheWriteLong = cacheWriteLong
    }

    /// The usage that a provider's object states; nil where it states none. Understands the objects
    /// of Anthropic (`input_tokens`, `cache_read_input_tokens`, `cache_creation`), OpenAI
    /// (`prompt_tokens`, `prompt_tokens_details`, and `input_tokens_details`, where cached input is
    /// part of the input), Gemini (`promptTokenCount`) and Pi (`cacheRead`).
    public init?(_ value: JSONValue?) {
        guard let value, value.object != nil else { return nil }
        func count(_ value: JSONValue?) -> UInt64? {
            value?.integer.flatMap { UInt64(exactly: $0) }
        }
        if let prompt = count(value["promptTokenCount"]) {
            let cached = min(prompt, count(value["cachedContentTokenCount"]) ?? 0)
            let thoughts = count(value["thoughtsTokenCount"]) ?? 0
            self.init(
                input: prompt - cached,
                output: (count(value["candidatesTokenCount"]) ?? 0).adding(thoughts),
                cacheRead: cached)
            return
        }
        let input =
            count(value["input_tokens"]) ?? count(value["prompt_tokens"])
            ?? count(value["input"])
        let output =
            count(value["output_tokens"]) ?? count(value["completion_tokens"])
            ?? count(value["output"])
        guard input != nil || output != nil else { return nil }
        let details = value["prompt_tokens_details"] ?? value["input_tokens_details"]
        if let cached = count(details?["cached_tokens"]) ?? count(value["cached_input_tokens"]) {
            let all = input ?? 0
            self.init(
                input: all - min(all, cached), output: output ?? 0, cacheRead: min(all, cached))
            return
        }
        let written = count(value["cache_creation_input_tokens"]) ?? count(value["cacheWrite"]) ?? 0
        let long = min(
            written, count(value["cache_creation"]?["ephemeral_1h_input_tokens"]) ?? 0)
        self.init(
            input: input ?? 0, output: output ?? 0,
            cacheRead: count(value["cache_read_input_tokens"]) ?? count(value["cacheRead"]) ?? 0,
            cacheWrite: written - long, cacheWriteLong: long)
    }

    /// All tokens.
    public var total: UInt64 {
        input.adding(output).adding(cacheRead).adding(cacheWrite).adding(cacheWriteLong)
    }

    /// Input that did not come from a cache.
    public var inputAnew: UInt64 { input.adding(cacheWrite).adding(cacheWriteLong) }

    /// Adds the counts of another; one that does not fit stays at the largest number there is.
    public static func += (left: inout TokenUsage, right: TokenUsage) {
        left.input = left.input.adding(right.input)
        left.output = left.output.adding(right.output)
        left.cacheRead = left.cacheRead.adding(right.cacheRead)
        left.cacheWrite = left.cacheWrite.adding(right.cacheWrite)
        left.cacheWriteLong = left.cacheWriteLong.adding(right.cacheWriteLong)
    }

    /// Takes back what was added once, and adds something else in its place.
    mutating func replace(_ old: TokenUsage, by new: TokenUsage) {
        input -= min(input, old.input)
        output -= min(output, old.output)
        cacheRead -= min(cacheRead, old.cacheRead)
        cacheWrite -= min(cacheWrite, old.cacheWrite)
        cacheWriteLong -= min(cacheWriteLong, old.cacheWriteLong)
        self += new
    }

    /// The counts as JSON, under the names that Anthropic gives them.
    public var json: JSONValue {
        [
            "input_tokens": JSONValue(input), "output_tokens": JSONValue(output),
            "cache_read_input_tokens": JSONValue(cacheRead),
            "cache_creation_input_tokens": JSONValue(cacheWrite.adding(cacheWriteLong)),
        ]
    }
}

extension UInt64 {
    /// The sum, or the largest number there is.
    func adding(_ other: UInt64) -> UInt64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
