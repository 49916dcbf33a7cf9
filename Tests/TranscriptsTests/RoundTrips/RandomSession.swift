import JournalTestKit
import SessionJournal

@testable import Transcripts

/// A session of any content: what people, models, tools and clients say, with thoughts, attachments,
/// counts of tokens, forks and summaries.
struct RandomSession {
    private var random: SeededGenerator
    private let shape: RoundTripShape
    private let journal = Journal.inMemory()
    private var count = 0
    private var forks = 0
    private let start = Timestamp(microseconds: 1_772_442_000_000_000)

    /// The end of each branch.
    private var heads: [String: String?] = ["main": nil]
    private var order = ["main"]
    private var current = "main"
    /// Messages of each branch from which it forks.
    private var quiet: [String: [String]] = [:]

    private init(seed: UInt64, _ shape: RoundTripShape) {
        random = SeededGenerator(seed: seed)
        self.shape = shape
    }

    /// The session of a seed.
    static func make(
        seed: UInt64, _ shape: RoundTripShape
    ) async throws -> (Journal, SessionID) {
        var made = Self(seed: seed, shape)
        return (made.journal, try await made.write())
    }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private mutating func text() -> String {
        let texts = ["Tea \"<&>\u{7}", "é\u{1F375}", "two\n\nlines", "</b> `code`", "{\"a\":1}"]
        return "\(count) " + (texts.randomElement(using: &random) ?? "")
    }

    private mutating func write() async throws -> SessionID {
        let ada = journal.as("user:ada")
        var metadata: JSONObject = [:]
        if chance(70) { metadata["name"] = .string("A name \(text())") }
        if chance(50) { metadata["cwd"] = "/home/ada/tea" }
        if chance(50) { metadata["mood"] = "calm" }
        if chance(30) { metadata["tags"] = ["a", "b"] }
        let session = try await ada.createSession(key: "s-\(random.next())", metadata: metadata)
        if chance(40) { try await say("system", [part(text: text())], in: session) }
        for _ in 0..<Int.random(in: 1..<7, using: &random) {
            if shape.hasBranches, chance(30) { try await fork(in: session) }
            try await turn(in: session)
        }
        if order.count > 1, chance(60), let branch = order.randomElement(using: &random) {
            try await move(to: branch, in: session)
        }
        return session
    }

    // MARK: Turns

    private mutating func turn(in session: SessionID) async throws {
        if shape.hasMarks, chance(10) {
            try await say("user", [part(text: text())], in: session, more: ["synthetic": "meta"])
        }
        var said = [part(text: text())]
        if chance(30) { said.append(attachment()) }
        if chance(20) { said.append(part(text: text())) }
        if chance(5) { said.append(unknown()) }
        try await say("user", said, in: session, isQuiet: true)
        for _ in 0..<Int.random(in: 0..<3, using: &random) { try await work(in: session) }
        try await answer(in: session, calls: [])
        if chance(15), let head = heads[current] ?? nil {
            try await journal.as("user:ada").append(
                EventDraft(
                    .summaryRecorded,
                    data: ["text": "What was said.", "replaces_to": .string(head)]), to: session)
        }
    }

    /// Calls of tools, and what they give back, in one message or several.
    private mutating func work(in session: SessionID) async throws {
        let calls = (0..<Int.random(in: 1..<4, using: &random)).map { "call_\(count)_\($0)" }
        try await answer(in: session, calls: calls)
        var results: [JSONValue] = []
        for call in calls.shuffled(using: &random) { results.append(result(of: call)) }
        if chance(50) {
            try await say("tool", results, in: session)
        } else {
            for result in results { try await say("tool", [result], in: session) }
        }
    }

    private mutating func answer(in session: SessionID, calls: [String]) async throws {
        var parts: [JSONValue] = []
        var more: JSONObject = [:]
        var id: String?
        let isForeign = chance(20)
        more["model"] = .string(isForeign ? shape.foreignModel : shape.model)
        if chance(50) {
            var thought: JSONObject = [
                "type": "thinking", "text": .string(chance(20) ? "" : "Hm. " + text()),
            ]
            if thought["text"] == "" || chance(60) {
                thought["signature"] = .string("c2ln\(count)")
                // Sealed thoughts of OpenAI have an id.
                if !isForeign, shape.format == "openai-responses" { id = "rs_\(count)" }
            }
            parts.append(.object(thought))
        }
        if calls.isEmpty || chance(50) { parts.append(part(text: text())) }
        if chance(15) { parts.append(part(text: text())) }
        if chance(5) { parts.append(unknown()) }
        for call in calls {
            parts.append([
                "type": "tool_use", "call": .string(call),
                "name": .string(chance(50) ? "look" : "find"),
                "input": chance(20) ? [:] : ["at": .integer(Int64(count)), "why": .string(text())],
            ])
        }
        if chance(70) {
            more["usage"] = [
                "input_tokens": .integer(Int64.random(in: 0..<900, using: &random)),
                "output_tokens": .integer(Int64.random(in: 1..<900, using: &random)),
                "cache_read_input_tokens": .integer(chance(50) ? 0 : 77),
                "cache_creation_input_tokens": .integer(chance(70) ? 0 : 55),
            ]
        }
        try await say(
            "assistant", parts, in: session, more: more, id: id, isQuiet: calls.isEmpty)
    }

    // MARK: Parts

    private func part(text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    private func unknown() -> JSONValue {
        ["type": "unknown", "value": ["type": "x_widget", "n": .integer(Int64(count))]]
    }

    private mutating func attachment() -> JSONValue {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: ["type": "image", "media_type": "image/png", "base64": "iVBORw0KGgo="]
        case 1: ["type": "image", "url": "https://example.org/tea.png"]
        case 2: ["type": "document", "media_type": "application/pdf", "base64": "JVBERi0="]
        case 3: ["type": "audio", "media_type": "audio/wav", "base64": "UklGRg=="]
        default: ["type": "image", "media_type": "image/svg+xml", "url": "file:///tea.svg"]
        }
    }

    private mutating func result(of call: String) -> JSONValue {
        var result: JSONObject = ["type": "tool_result", "call": .string(call)]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            result["content"] = [
                ["type": "text", "text": .string(text())], ["type": "text", "text": "and more"],
            ]
        case 1 where shape.hasResultParts:
            result["content"] = [
                ["type": "text", "text": .string(text())],
                [
                    "type": "image",
                    "source": [
                        "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo=",
                    ],
                ],
            ]
        default: result["content"] = .string(text())
        }
        if chance(20) { result["is_error"] = true }
        return .object(result)
    }

    // MARK: Events

    private mutating func say(
        _ role: String, _ parts: [JSONValue], in session: SessionID, more: JSONObject = [:],
        id: String? = nil, isQuiet: Bool = false
    ) async throws {
        count += 1
        let id = id ?? "m\(count)"
        var data: JSONObject = [
            "message": .string(id), "parent": JSONValue(heads[current] ?? nil),
            "role": .string(role), "parts": .array(parts),
        ]
        for member in more { data[member.name] = member.value }
        var draft = EventDraft(.messageAppended, data: EventData(data))
        draft.branch = current
        // A second apart, so that no shape tells two as one.
        draft.occurred = Timestamp(microseconds: start.microseconds + Int64(count) * 1_001_000)
        try await journal.as(role == "assistant" ? "agent:b" : "user:ada").append(
            draft, to: session)
        if isQuiet { quiet[current, default: []].append(id) }
        heads[current] = .some(id)
    }

    /// Goes on from an earlier message, or on another branch.
    private mutating func fork(in session: SessionID) async throws {
        guard chance(70), let branch = order.randomElement(using: &random) else { return }
        // Something that is no tool's stands behind it on its branch.
        guard let from = quiet[branch]?.dropLast().randomElement(using: &random) else {
            return try await move(to: branch, in: session)
        }
        forks += 1
        let name = "fork-\(forks)"
        try await journal.as("user:ada").append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": .string(name), "from": .string(from), "type": "fork",
                    "parent_branch": .string(branch),
                ]), to: session)
        order.append(name)
        heads[name] = .some(from)
        try await move(to: name, in: session)
        // What begins a fork is a person's, or a model's answer.
        try await say("user", [part(text: text())], in: session, isQuiet: true)
        try await answer(in: session, calls: [])
    }

    private mutating func move(to branch: String, in session: SessionID) async throws {
        guard branch != current else { return }
        current = branch
        try await journal.as("user:ada").append(
            EventDraft(.branchSwitched, data: ["branch": .string(branch)]), to: session)
    }
}
