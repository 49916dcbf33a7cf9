internal import SessionJournal

/// What a message cost in tokens, whatever its provider called them.
struct TokenCounts: Sendable {
    /// What was read, what came from a cache included.
    var input: Int64?
    var output: Int64?
    var cached: Int64?

    init(_ usage: JSONValue?) {
        func first(_ names: [String]) -> Int64? {
            names.lazy.compactMap { usage?[$0]?.integer }.first
        }
        output = first(["output_tokens", "completion_tokens", "candidatesTokenCount", "output"])
        cached =
            first(["cache_read_input_tokens", "cached_input_tokens", "cachedContentTokenCount"])
            ?? first(["cacheRead", "cached"])
            ?? usage?["prompt_tokens_details"]?["cached_tokens"]?.integer
            ?? usage?["input_tokens_details"]?["cached_tokens"]?.integer
        input = first(["input_tokens", "prompt_tokens", "promptTokenCount", "input"])
        // Anthropic counts what a cache held beside the input, the others within it.
        let beside = ["cache_read_input_tokens", "cache_creation_input_tokens"]
            .compactMap { usage?[$0]?.integer }
        for count in beside {
            input = (input ?? 0).addingReportingOverflow(count).partialValue
        }
    }
}
