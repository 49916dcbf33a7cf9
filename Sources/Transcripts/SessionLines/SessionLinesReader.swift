internal import SessionJournal

/// Folds the lines of a session manager's file into messages and metadata.
///
/// The first line says what is known of the session; one that comes later, when the file was written
/// anew, says what changed. Every other line is a message, below the one before it.
struct SessionLinesReader: Sendable {
    /// The session's metadata as the last line about it says them.
    private var fields: JSONObject = [:]
    private var last: String?
    /// The tool of each call.
    private var tools = KeyedList<TextList.Place>()
    private var spellings = TextList()

    /// Roughly how much memory this takes, in bytes.
    var weight: Int { tools.weight + spellings.weight }

    /// Whether something that was known could not be read again.
    var hasLost: Bool { tools.hasLost || spellings.hasLost }

    private static let client = "client:session-lines"

    /// Takes what a session's first line says about it for granted: its creation tells it.
    mutating func open(_ line: JSONValue) -> JSONObject {
        guard line["_type"] == "metadata" else { return [:] }
        fields = Self.fields(of: line)
        return fields
    }

    /// The metadata that a line about the session gives.
    private static func fields(of line: JSONValue) -> JSONObject {
        var fields = line["metadata"]?.object ?? [:]
        // Whether it is put away is its status here.
        if let archived = fields["archived"]?.bool {
            fields["archived"] = nil
            if fields["status"] == nil { fields["status"] = archived ? "archived" : "active" }
        }
        return fields
    }

    /// Reads the next distinct line of the session.
    mutating func read(
        _ line: JSONValue, ordinal: Int, original: Span<UInt8>, into output: inout LineOutput
    ) {
        guard line["_type"] == nil, let role = line["role"]?.string,
            EnvelopeName.isValid(role)
        else {
            keep(line, ordinal, original, into: &output)
            return
        }
        let id = "line-\(ordinal)"
        let call = line["tool_call_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let calls = (line["tool_calls"]?.array ?? []).map { $0["id"]?.string }
        output.emitMain(
            .messageAppended, branch: EventDraft.mainBranch,
            onBehalf: author(role, call)
        ) { data in
            data.member("message", id)
            data.id("parent", last)
            data.member("role", role)
            data.array("parts") { parts in Self.write(line, call, to: &parts) }
            if let metadata = Self.metadata(line) {
                data.member("metadata", json: Array(metadata.description.utf8).span)
            }
            data.member("line", ordinal)
            data.original(original)
        }
        for (place, call) in calls.enumerated() {
            guard let call, EnvelopeName.isValid(call),
                let name = line["tool_calls"]?[place]?["name"]?.string
            else { continue }
            tools[call] = spellings.add(usual: name)
            output.emit(.toolStarted, branch: EventDraft.mainBranch, onBehalf: "assistant") {
                data in
                data.member("call", call)
                data.member("name", name)
                data.member("message", id)
            }
        }
        if let call, role == "tool", EnvelopeName.isValid(call) {
            output.emit(
                .toolFinished, branch: EventDraft.mainBranch, onBehalf: author(role, call)
            ) { data in
                data.member("call", call)
                data.member("name", ifPresent: tool(of: call))
                data.member("message", id)
                data.member("status", "ok")
            }
        }
        last = id
    }

    private func tool(of call: String) -> String? { tools[call].map { spellings[$0] } }

    private func author(_ role: String, _ call: String?) -> String {
        guard role == "tool" else { return role }
        return call.flatMap { tool(of: $0) }.map { "tool:\($0)" } ?? "tool"
    }

    /// A line about the session, or one that says nothing this version knows.
    private mutating func keep(
        _ line: JSONValue, _ ordinal: Int, _ original: Span<UInt8>, into output: inout LineOutput
    ) {
        output.emitMain(.importLine, branch: EventDraft.mainBranch, onBehalf: Self.client) { data in
            data.member("line", ordinal)
            data.original(original)
        }
        guard line["_type"] == "metadata" else { return }
        let now = Self.fields(of: line)
        var changed = JSONObject()
        for field in now where fields[field.name] != field.value {
            changed[field.name] = field.value
        }
        for name in fields.names where now[name] == nil { changed[name] = .null }
        fields = now
        guard !changed.isEmpty else { return }
        output.emit(
            .sessionMetadataChanged, branch: EventDraft.mainBranch, onBehalf: Self.client,
            reason: "as the file says"
        ) { data in
            data.member("set", json: Array(JSONValue.object(changed).description.utf8).span)
        }
    }

    // MARK: Parts

    private static func write(_ line: JSONValue, _ call: String?, to parts: inout DataWriter) {
        let text = line["content"]?.string
        if call != nil, line["role"] == "tool" {
            parts.element { part in
                part.member("type", "tool_result")
                part.pointer("call", "/tool_call_id")
                if line["content"] != nil { part.pointer("content", "/content") }
            }
        } else if let text, !text.isEmpty {
            parts.element { part in
                part.member("type", "text")
                part.pointer("text", "/content")
            }
        }
        for (place, media) in (line["media"]?.array ?? []).enumerated() {
            write(media, at: "/media/\(place)", to: &parts)
        }
        for (place, call) in (line["tool_calls"]?.array ?? []).enumerated() {
            let pointer = "/tool_calls/\(place)"
            parts.element { part in
                guard call["id"]?.string != nil, call["name"]?.string != nil else {
                    part.member("type", "unknown")
                    part.pointer("value", pointer)
                    return
                }
                part.member("type", "tool_use")
                part.pointer("call", pointer + "/id")
                part.pointer("name", pointer + "/name")
                if call["params"] != nil { part.pointer("input", pointer + "/params") }
            }
        }
    }

    private static let media: Set<String> = ["image", "video", "audio", "document"]

    private static func write(_ value: JSONValue, at pointer: String, to parts: inout DataWriter) {
        parts.element { part in
            guard let type = value["type"]?.string, media.contains(type) else {
                part.member("type", "unknown")
                part.pointer("value", pointer)
                return
            }
            part.member("type", type)
            if value["mimetype"]?.string != nil {
                part.pointer("media_type", pointer + "/mimetype")
            }
            let isHere = value["base64"]?.string.map { !$0.isEmpty } ?? false
            if isHere {
                part.pointer("base64", pointer + "/base64")
            } else if value["url"]?.string != nil {
                part.pointer("url", pointer + "/url")
            }
        }
    }

    /// What is said about a message; a duration becomes seconds.
    private static func metadata(_ line: JSONValue) -> JSONValue? {
        guard var metadata = line["metadata"]?.object, !metadata.isEmpty else { return nil }
        if let nanoseconds = metadata["ttl"]?.integer {
            metadata["ttl"] = .integer(nanoseconds / 1_000_000_000)
        }
        return .object(metadata)
    }
}
