import SessionJournal

/// An event's data in a few words.
enum EventSummary {
    /// Words for an event of any kind: the telling members of what is known, the first members of
    /// what is not.
    static func words(_ kind: EventKind, _ data: JSONValue) -> String {
        let words = plainWords(kind, data)
        guard let undone = data["undoes"]?.integer else { return words }
        return "undoes \(undone)" + (words.isEmpty ? "" : ": " + words)
    }

    private static func plainWords(_ kind: EventKind, _ data: JSONValue) -> String {
        let name = kind.rawValue
        if name == "message.appended" || name == "message.extended" {
            return (data["role"]?.string.map { $0 + ": " } ?? "") + message(data)
        }
        if name == "session.created" {
            let called = data["metadata"]?["name"]?.string ?? ""
            return called.isEmpty ? data["key"]?.string ?? "" : called
        }
        if name == "session.metadata_changed" {
            let elements = [("add", "+"), ("remove", "−")].flatMap { key, sign in
                (data[key]?.object?.members ?? []).flatMap { member in
                    (member.value.array ?? []).compactMap { element in
                        scalar(element).map { "\(member.name) \(sign)\($0)" }
                    }
                }
            }
            let set = data["set"].map { members($0) } ?? ""
            return ((set.isEmpty ? [] : [set]) + elements).joined(separator: ", ")
        }
        if name == "branch.merged", let source = data["source"]?.string {
            return "\(source): \(data["messages"]?.array?.count ?? 0) messages"
        }
        if name == "message.pruned" || name == "message.unpruned" {
            let count = Numbers.counted(data["messages"]?.array?.count ?? 0, "message")
            return (data["strategy"]?.string.map { "\($0): " } ?? "") + count
        }
        if name == "session.pruned" { return data["strategy"]?.string ?? "" }
        let telling = [
            "name", "path", "text", "error", "question", "decision", "branch", "model", "tool",
            "progress", "status", "why", "call",
        ]
        let found = telling.compactMap { key in data[key].flatMap { scalar($0) } }
        return found.isEmpty ? members(data) : found.prefix(3).joined(separator: " ")
    }

    /// What a message says or does, by the first of its parts that tells.
    static func message(_ data: JSONValue) -> String {
        for part in data["parts"]?.array ?? [] {
            switch part["type"]?.string {
            case "text"?:
                if let text = part["text"]?.string, !text.isEmpty { return text }
            case "thinking"?: continue
            case "tool_use"?:
                return "⚙ \(part["name"]?.string ?? "?") "
                    + ToolArgument.words(part["input"] ?? .null)
            case "tool_result"?:
                return part["is_error"]?.bool == true ? "→ error" : "→ ok"
            case let type?: return "[\(type)]"
            case nil: continue
            }
        }
        return data["parts"]?[0]?["type"]?.string.map { "[\($0)]" } ?? ""
    }

    private static func members(_ value: JSONValue) -> String {
        guard let object = value.object else { return scalar(value) ?? "" }
        return object.members.prefix(4).compactMap { member in
            scalar(member.value).map { "\(member.name) \($0)" }
        }.joined(separator: ", ")
    }

    private static func scalar(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

/// What a tool was asked, in a few words.
enum ToolArgument {
    private static let telling = [
        "command", "file_path", "path", "notebook_path", "pattern", "query", "url", "description",
        "prompt", "skill", "subject",
    ]

    /// The member that says most, else the first that is a string, else nothing.
    static func words(_ input: JSONValue) -> String {
        if let text = input.string { return text }
        for name in telling {
            if let text = input[name]?.string, !text.isEmpty { return text }
        }
        for member in input.object?.members ?? [] {
            if let text = member.value.string, !text.isEmpty { return text }
        }
        return ""
    }
}
