internal import SessionJournal

/// A session as Pi keeps one, version 3: a header, and entries that name the one they follow.
///
/// All branches stand in it; the entry at its end makes the current branch the one that is gone on
/// with.
struct PiSession {
    private let session: ExportedSession
    private var lines: [JSONValue] = []
    private var taken: Set<String> = []
    /// For each message the id of its last entry.
    private var entries: [String: String] = [:]
    private var setAside: [String: Int] = [:]

    /// The kind of an entry that holds instructions, which Pi keeps elsewhere.
    static let instructions = "sjournal.system"
    /// The kind of one that holds what a client said by itself.
    private static let aside = "sjournal.meta"

    private init(_ session: ExportedSession) { self.session = session }

    static func write(_ session: ExportedSession) -> ExportedContent {
        var pi = Self(session)
        pi.write()
        return ExportedContent(lines: pi.lines, setAside: pi.setAside)
    }

    private mutating func write() {
        let start = session.state.createdAt ?? .earliest
        lines.append([
            "type": "session", "version": 3, "id": .string(AgentNames.session(session)),
            "timestamp": .string(AgentNames.milliseconds(start)),
            "cwd": .string(session.text("cwd") ?? ""),
        ])
        let kept = session.spoken
        let parents = session.parents(among: kept)
        for node in kept {
            let message = node.message
            var parent = parents[message.id].flatMap { entries[$0.id] }
            for (number, body) in bodies(of: message).enumerated() {
                let isCustom = body["customType"] != nil
                parent = add(
                    isCustom ? "custom_message" : "message",
                    isCustom ? body : ["message": .object(body)], "\(message.id) \(number)",
                    below: parent, at: message.moment)
            }
            entries[message.id] = parent
        }
        let names = Set(kept.map(\.message.id))
        let head = session.messages.last { names.contains($0.id) }
        // The entry at the end says where the session goes on.
        let name = session.text("name")
        guard name != nil || lines.count > 1 else { return }
        _ = add(
            name == nil ? "custom" : "session_info",
            name.map { ["name": .string($0)] } ?? ["customType": "sjournal.end"], "end",
            below: head.flatMap { entries[$0.id] }, at: session.state.lastActive ?? start)
    }

    private mutating func add(
        _ type: String, _ members: JSONObject, _ name: String, below parent: String?,
        at time: Timestamp
    ) -> String {
        var id = ""
        var number = 0
        repeat {
            let text = "\(session.session.hexadecimal) \(name) \(number)"
            id = String(Digest(hashing: text.utf8.span).hexadecimal.prefix(8))
            number += 1
        } while !taken.insert(id).inserted
        var entry: JSONObject = [
            "type": .string(type), "id": .string(id), "parentId": JSONValue(parent),
            "timestamp": .string(AgentNames.milliseconds(time)),
        ]
        for member in members { entry.append(member.name, member.value) }
        lines.append(.object(entry))
        return id
    }

    // MARK: Messages

    /// A message as those that Pi knows: one for what is said, and one for each result of a tool.
    private mutating func bodies(of message: Message) -> [JSONObject] {
        let parts = session.parts(of: message)
        let time = JSONValue(message.moment.microseconds / 1_000)
        if message.role == .assistant {
            return [answer(parts, message, time)]
        }
        var bodies: [JSONObject] = []
        var said: [JSONValue] = []
        for part in parts {
            if case .toolResult(let result) = part {
                bodies.append(self.result(result, time))
            } else {
                said.append(content(part))
            }
        }
        guard !said.isEmpty else { return bodies }
        if message.role == .system || message.synthetic == "meta" {
            let kind = message.role == .system ? Self.instructions : Self.aside
            bodies.append([
                "customType": .string(kind), "content": .array(said), "display": false,
            ])
        } else if message.synthetic == "summary" {
            let text = parts.compactMap(\.plainText).joined(separator: "\n\n")
            bodies.append([
                "role": "compactionSummary", "summary": .string(text), "tokensBefore": 0,
                "timestamp": time,
            ])
        } else {
            bodies.append(["role": "user", "content": .array(said), "timestamp": time])
        }
        return bodies
    }

    private mutating func answer(
        _ parts: [Part], _ message: Message, _ time: JSONValue
    ) -> JSONObject {
        var content: [JSONValue] = []
        for part in parts {
            switch part {
            case .thinking(let text, let signature):
                var thought: JSONObject = ["type": "thinking", "thinking": .string(text)]
                thought["thinkingSignature"] = signature.map { .string($0) }
                content.append(.object(thought))
            case .toolUse(let use):
                if !ToolNames.isObject(use.input) {
                    setAside[ExportLosses.inputs, default: 0] += 1
                }
                content.append([
                    "type": "toolCall", "id": .string(use.call), "name": .string(use.name),
                    "arguments": .object(ToolNames.object(use.input)),
                ])
            default: content.append(self.content(part))
            }
        }
        let calls = content.contains { $0["type"] == "toolCall" }
        let usage = TokenUsage(message.usage()) ?? TokenUsage()
        let (api, provider) = Self.provider(of: message.model ?? "")
        return [
            "role": "assistant", "content": .array(content), "api": .string(api),
            "provider": .string(provider), "model": .string(message.model ?? "unknown"),
            "usage": [
                "input": JSONValue(usage.input), "output": JSONValue(usage.output),
                "cacheRead": JSONValue(usage.cacheRead),
                "cacheWrite": JSONValue(usage.inputAnew &- usage.input),
                "totalTokens": JSONValue(usage.total),
                "cost": message.usage()?["cost"].flatMap { $0.object == nil ? nil : $0 }
                    ?? ["input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "total": 0],
            ],
            "stopReason": calls ? "toolUse" : "stop", "timestamp": time,
        ]
    }

    /// The interface and the provider that a model's name tells of.
    private static func provider(of model: String) -> (String, String) {
        if model.contains("claude") { return ("anthropic-messages", "anthropic") }
        if model.contains("gemini") { return ("google-generative-ai", "google") }
        return ("openai-responses", "openai")
    }

    private mutating func result(
        _ result: Part.ToolResult, _ time: JSONValue
    ) -> JSONObject {
        var parts: [JSONValue] = []
        for part in ToolOutput(result.content).parts { parts.append(content(part)) }
        return [
            "role": "toolResult", "toolCallId": .string(result.call),
            "toolName": .string(session.calls[result.call]?.name ?? "unknown"),
            "content": .array(parts), "isError": .bool(result.isError ?? false),
            "timestamp": time,
        ]
    }

    private mutating func content(_ part: Part) -> JSONValue {
        if case .image(let picture) = part,
            let data = ProviderMedia(blobs: session.blobs).data(picture)
        {
            return [
                "type": "image", "data": .string(data.base64), "mimeType": .string(data.type),
            ]
        }
        if part.media != nil { setAside[ExportLosses.attachments, default: 0] += 1 }
        if case .unknown(let value) = part {
            setAside[ExportLosses.unknownParts, default: 0] += 1
            return ["type": "text", "text": .string(value.description)]
        }
        return ["type": "text", "text": .string(part.plainText ?? ProviderMedia.words(part))]
    }
}
