import SessionJournal
import Testing

/// What providers ask of a list of messages, held against JSON alone.
enum ProviderRules {
    /// What a body of this format breaks; empty where it breaks nothing.
    static func problems(_ body: JSONValue, of format: String) -> [String] {
        switch format {
        case "openai-chat": chat(body["messages"]?.array ?? [])
        case "openai-responses": responses(body["input"]?.array ?? [])
        case "anthropic": anthropic(body["messages"]?.array ?? [])
        case "gemini": gemini(body["contents"]?.array ?? [])
        default: ["no such format"]
        }
    }

    private static func isName(_ text: String?) -> Bool {
        guard let text, (1...64).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { "_-".utf8.contains($0) || isAlphanumeric($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isObject(_ text: String?) -> Bool {
        text.flatMap { try? JSONValue(parsing: $0) }?.object != nil
    }

    private static func chat(_ messages: [JSONValue]) -> [String] {
        var problems: [String] = []
        var waiting: [String] = []
        for message in messages {
            let role = message["role"]?.string ?? ""
            if role == "tool" {
                guard let id = message["tool_call_id"]?.string,
                    let place = waiting.firstIndex(of: id), message["content"]?.string != nil
                else {
                    problems.append("a result that no call waits for")
                    continue
                }
                waiting.remove(at: place)
                continue
            }
            if !waiting.isEmpty { problems.append("calls without results") }
            if !["system", "user", "assistant"].contains(role) { problems.append("role \(role)") }
            for call in message["tool_calls"]?.array ?? [] {
                if !isName(call["function"]?["name"]?.string) { problems.append("a name") }
                if !isName(call["id"]?.string) { problems.append("an id") }
                if !isObject(call["function"]?["arguments"]?.string) {
                    problems.append("arguments")
                }
                waiting.append(call["id"]?.string ?? "")
            }
        }
        return problems + (waiting.isEmpty ? [] : ["calls without results at the end"])
    }

    private static func responses(_ items: [JSONValue]) -> [String] {
        var problems: [String] = []
        var waiting: Set<String> = []
        for item in items {
            let id = item["call_id"]?.string ?? ""
            switch item["type"]?.string {
            case "function_call":
                if !isName(item["name"]?.string) || !isName(id) { problems.append("a name") }
                if !isObject(item["arguments"]?.string) { problems.append("arguments") }
                if !waiting.insert(id).inserted { problems.append("a call twice") }
            case "function_call_output":
                if waiting.remove(id) == nil { problems.append("a result without a call") }
            case "reasoning":
                if item["id"]?.string == nil || item["encrypted_content"]?.string == nil {
                    problems.append("a thought that is not sealed")
                }
            case "message": break
            default: problems.append("a type")
            }
        }
        return problems + (waiting.isEmpty ? [] : ["calls without results"])
    }

    private static func anthropic(_ messages: [JSONValue]) -> [String] {
        var problems: [String] = []
        var role: String?
        var waiting: [String] = []
        var seen: Set<String> = []
        for message in messages {
            let content = message["content"]?.array ?? []
            if message["role"]?.string == role { problems.append("a role twice") }
            if role == nil, message["role"] != "user" { problems.append("no user begins") }
            role = message["role"]?.string
            if content.isEmpty { problems.append("an empty message") }
            let results = content.filter { $0["type"] == "tool_result" }
            if Array(content.prefix(results.count)) != results {
                problems.append("results behind other blocks")
            }
            if results.map({ $0["tool_use_id"]?.string ?? "" }) != waiting {
                problems.append("results that are not those of the calls before")
            }
            waiting = []
            for block in content where block["type"] == "tool_use" {
                let id = block["id"]?.string ?? ""
                if !isName(id) || !seen.insert(id).inserted { problems.append("an id") }
                if block["input"]?.object == nil { problems.append("an input") }
                waiting.append(id)
            }
            for block in content where block["type"] == "text" {
                if block["text"]?.string?.allSatisfy(\.isWhitespace) ?? true {
                    problems.append("a blank text")
                }
            }
            if content.last?["type"] == "thinking" { problems.append("a thought at the end") }
        }
        return problems + (waiting.isEmpty ? [] : ["calls without results"])
    }

    private static func gemini(_ contents: [JSONValue]) -> [String] {
        var problems: [String] = []
        var role: String?
        var waiting: [JSONValue] = []
        for content in contents {
            let parts = content["parts"]?.array ?? []
            if content["role"]?.string == role { problems.append("a role twice") }
            if role == nil, content["role"] != "user" { problems.append("no user begins") }
            role = content["role"]?.string
            if parts.isEmpty { problems.append("an empty content") }
            let answers = parts.compactMap { $0["functionResponse"]?["id"] }
            if answers != waiting { problems.append("results that are not those of the calls") }
            waiting = parts.compactMap { $0["functionCall"]?["id"] }
        }
        return problems + (waiting.isEmpty ? [] : ["calls without results"])
    }
}
