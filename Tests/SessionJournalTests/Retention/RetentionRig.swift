import JournalTestKit

@testable import SessionJournal

/// A journal with a clock that stands where a test puts it.
struct RetentionRig {
    static let day: Int64 = 86_400

    let clock: ManualClock
    let journal: Journal

    init(_ journal: Journal, _ clock: ManualClock) {
        self.journal = journal
        self.clock = clock
    }

    init(accessActor: String? = nil) {
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        options.accessActor = accessActor
        self.init(Journal.inMemory(options: options), clock)
    }

    var ada: JournalWriter { journal.as("user:ada") }

    var now: Timestamp { clock.tick() }

    func wait(_ seconds: Int64) { clock.step(microseconds: seconds * 1_000_000) }

    func session(_ key: String, _ metadata: JSONObject = [:]) async throws -> SessionID {
        try await ada.createSession(key: key, metadata: metadata)
    }

    /// Says so many messages, m1 to mN, a second apart.
    func talk(
        _ session: SessionID, _ count: Int, from first: Int = 1, on branch: String? = nil
    ) async throws {
        for number in first..<(first + count) {
            wait(1)
            try await ada.say(
                number.isMultiple(of: 2) ? "assistant" : "user", "words number \(number)",
                in: session, branch: branch, id: "m\(number)")
        }
    }

    /// A call of a tool and its result, as messages `callN` and `resultN`.
    func call(_ number: Int, in session: SessionID, on branch: String? = nil) async throws {
        try await ada.say(
            "assistant",
            parts: [
                ["type": "tool_use", "call": .string("c\(number)"), "name": "Read", "input": [:]]
            ], in: session, branch: branch, id: "call\(number)")
        try await ada.say(
            "tool",
            parts: [
                ["type": "tool_result", "call": .string("c\(number)"), "content": "forty lines"]
            ], in: session, branch: branch, id: "result\(number)")
    }

    func state(_ session: SessionID) async throws -> SessionState {
        try await journal.readState(of: session)
    }

    /// The messages of a branch that are in sight.
    func shown(_ session: SessionID, on branch: String = "main") async throws -> [String] {
        try await state(session).tree.path(ofBranch: branch)?.messages
            .filter { !$0.isPruned && !$0.isRemoved }.map(\.id) ?? []
    }

    /// The data of the last event of a kind in a session.
    func last(_ kind: EventKind, in session: SessionID) async throws -> JSONValue? {
        var found: JSONValue?
        for try await event in journal.events(session: session, kinds: [kind]) {
            found = try event.data()
        }
        return found
    }

    func count(_ kind: EventKind? = nil) async throws -> Int {
        var count = 0
        for try await event in journal.events() where kind == nil || event.kind == kind {
            count += 1
        }
        return count
    }
}

extension RetentionRig {
    /// Does random things in a session: messages that say the same again, calls of tools, branches,
    /// merges, edits, removals, marks.
    func randomActs(
        _ count: Int, in session: SessionID, _ generator: inout SeededGenerator
    ) async throws {
        let speech = "these are some words that are said again and again with small changes"
        for number in 0..<count {
            wait(Int64.random(in: 1...5_000, using: &generator))
            let tree = try await state(session).tree
            let branch = tree.branches.map(\.name).randomElement(using: &generator) ?? "main"
            let message = tree.path(ofBranch: branch)?.messages.randomElement(using: &generator)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<8:
                var metadata: JSONObject = [:]
                if Bool.random(using: &generator) { metadata["ttl"] = .integer(Int64(number)) }
                let more = Int.random(in: 0..<3, using: &generator)
                let role = ["user", "assistant"].randomElement(using: &generator) ?? "user"
                try await ada.say(
                    role,
                    parts: [["type": "text", "text": .string("\(speech) \(more)")]], in: session,
                    branch: branch, metadata: metadata,
                    references: Int.random(in: 0..<8, using: &generator) == 0
                        ? message.map { [MessageReference($0.id)] } ?? [] : [])
            case 8..<11: try await call(number, in: session, on: branch)
            case 11:
                if let message {
                    try await ada.edit(
                        message.id, text: "edited \(number)", in: session, branch: branch)
                }
            case 12:
                if let message {
                    try await ada.remove(message.id, in: session, branch: branch)
                }
            case 13:
                if let message {
                    try await ada.setMessageMetadata(
                        ["pinned": .bool(Bool.random(using: &generator))], of: message.id,
                        in: session)
                }
            case 14..<17:
                if let message, tree.branches.count < 4 {
                    try await ada.createBranch(
                        "b\(number)", in: session, from: .message(message.id), of: branch)
                }
            default:
                if branch != "main" {
                    _ = try await ada.merge(
                        branch, into: "main", in: session, strategy: .theirs)
                }
            }
        }
    }
}
