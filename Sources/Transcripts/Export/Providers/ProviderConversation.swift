internal import SessionJournal

/// A conversation as the steps that providers of models know, whichever of them it began with.
///
/// What a tool gave back stands behind the step that called it, wherever the journal has it; every call
/// has exactly one result, and every result its call. Ids of calls and names of tools are such as every
/// provider takes. What no provider takes back is counted in ``setAside``.
struct ProviderConversation: Sendable {
    /// A step of the conversation.
    enum Step: Sendable {
        /// Instructions.
        case system(String)
        /// What a person said: texts and attachments.
        case user([Part])
        /// What a model said, thought and called.
        case assistant([Spoken])
        /// What the calls of the step before gave back, one result for each, in their order.
        case results([Result])
    }

    /// A part of what a model said.
    enum Spoken: Sendable {
        case text(String)
        case thought(Thought)
        /// A part that some provider knows, and who wrote it.
        case foreign(JSONValue, by: String?)
        case call(Call)
    }

    /// What a model thought.
    struct Thought: Sendable {
        /// What it thought; empty where the provider keeps that to itself.
        let text: String
        /// The provider's signature over it, or the thought itself as only the provider reads it.
        let signature: String?
        /// The model that thought it, else the client or provider that the message came from.
        let maker: String?
        /// The provider's id of it; nil where nobody knows.
        let id: String?

        /// Whether there is something that a provider would have to sign.
        var isSigned: Bool { signature.map { !$0.isEmpty } ?? false }

        /// Whether who made it has a name in which one of these stands.
        func isMade(by names: [String]) -> Bool {
            maker.map { maker in names.contains { maker.contains($0) } } ?? false
        }
    }

    /// A call of a tool.
    struct Call: Sendable {
        let id: String
        let name: String
        let input: JSONObject
    }

    /// What a call gave back.
    struct Result: Sendable {
        let call: Call
        let output: ToolOutput
        let isError: Bool
    }

    private(set) var steps: [Step] = []

    /// For each step the message that it began with; nil for a summary.
    private(set) var sources: [Message?] = []

    /// What had no place, by what it is.
    private(set) var setAside: [String: Int] = [:]

    /// The names of the tools that were called, each once, in order.
    private(set) var tools: [String] = []

    private let session: ExportedSession

    /// Whether what a model said in several messages, with nothing in between, is one step.
    private let joinsAnswers: Bool

    /// Whether every call has its result, and every result its call. Of a message alone they stand
    /// elsewhere.
    private let answersCalls: Bool

    /// A call in the order in which they were made, and its result once it came.
    private struct Open {
        let call: Call
        let source: String
        var result: Result?
    }

    private var calls: [Open] = []
    /// The last call of each id, and how many have it.
    private var places: [String: Int] = [:]
    private var uses: [String: Int] = [:]
    private var ids: Set<String> = []
    /// For each step of an assistant, by its place, its calls.
    private var callsOfStep: [Int: [Int]] = [:]

    init(
        _ session: ExportedSession, _ elements: [ContextView.Element], joinsAnswers: Bool = true,
        answersCalls: Bool = true
    ) {
        self.session = session
        self.joinsAnswers = joinsAnswers
        self.answersCalls = answersCalls
        for element in elements {
            switch element {
            case .summary(let summary):
                append(
                    .user([.text("Summary of the conversation so far:\n\n" + summary.text)]), nil)
            case .message(let message): add(message)
            }
        }
        join()
    }

    /// The same of messages, without summaries.
    init(
        _ session: ExportedSession, messages: [Message], joinsAnswers: Bool = true,
        answersCalls: Bool = true
    ) {
        self.init(
            session, messages.map { .message($0) }, joinsAnswers: joinsAnswers,
            answersCalls: answersCalls)
    }

    /// What is said where thoughts have no place.
    static let thoughtsLeftOut = "thoughts are left out"
    /// What is said of parts that only their source knows.
    static let foreignLeftOut = "parts of a kind that no provider takes are left out"
    /// What is said of attachments that a shape does not take.
    static let attachmentsNamed = ExportLosses.attachments

    private mutating func append(_ step: Step, _ source: Message?) {
        steps.append(step)
        sources.append(source)
    }

    /// Counts something that has no place.
    mutating func setAside(_ what: String) { setAside[what, default: 0] += 1 }

    // MARK: Reading

    private mutating func add(_ message: Message) {
        if message.isRemoved { return }
        if message.isWithheld { return setAside(ExportLosses.withheld) }
        if message.isCompacted { return setAside("messages that were compacted are left out") }
        if message.synthetic == "error" {
            return setAside("messages of a client about an error are left out")
        }
        let parts = session.parts(of: message)
        switch message.role?.rawValue {
        case "assistant": addAssistant(parts, message)
        case "system", "developer":
            let text = parts.compactMap(\.plainText).joined(separator: "\n\n")
            if !text.isEmpty { append(.system(text), message) }
        default: addUser(parts, message)
        }
    }

    private mutating func addUser(_ parts: [Part], _ message: Message) {
        var said: [Part] = []
        for part in parts {
            switch part {
            case .toolResult(let result): take(result)
            case .text, .derived: if part.plainText != nil { said.append(part) }
            case .image, .audio, .video, .document: said.append(part)
            default: setAside(Self.foreignLeftOut)
            }
        }
        if !said.isEmpty { append(.user(said), message) }
    }

    private mutating func addAssistant(_ parts: [Part], _ message: Message) {
        let maker = message.model ?? message.events.first?.origin
        var ids = message.reasoningIDs
        var spoken: [Spoken] = []
        var called: [Int] = []
        for part in parts {
            switch part {
            case .text, .derived:
                if let text = part.plainText { spoken.append(.text(text)) }
            case .thinking(let text, let signature):
                let isSigned = signature.map { !$0.isEmpty } ?? false
                let id = isSigned && !ids.isEmpty ? ids.removeFirst() : nil
                spoken.append(
                    .thought(Thought(text: text, signature: signature, maker: maker, id: id)))
            case .toolUse(let use):
                let call = Call(
                    id: freeID(use.call), name: ToolNames.safe(use.name),
                    input: ToolNames.object(use.input))
                if call.id != use.call { setAside("ids of calls are made anew") }
                if call.name != use.name { setAside("names of tools are made such as are taken") }
                if !ToolNames.isObject(use.input) {
                    setAside(ExportLosses.inputs)
                }
                if !tools.contains(call.name) { tools.append(call.name) }
                places[use.call] = calls.count
                uses[use.call, default: 0] += 1
                called.append(calls.count)
                calls.append(Open(call: call, source: use.call))
                spoken.append(.call(call))
            case .toolResult(let result): take(result)
            case .unknown(let value): spoken.append(.foreign(value, by: maker))
            default:
                setAside(Self.attachmentsNamed)
                spoken.append(.text(ProviderMedia.words(part)))
            }
        }
        guard !spoken.isEmpty else { return }
        if joinsAnswers, called.isEmpty, case .assistant(let before)? = steps.last,
            callsOfStep[steps.count - 1] == nil
        {
            steps[steps.count - 1] = .assistant(before + spoken)
            return
        }
        if !called.isEmpty { callsOfStep[steps.count] = called }
        append(.assistant(spoken), message)
    }

    private mutating func take(_ result: Part.ToolResult) {
        guard answersCalls else { return append(.results([alone(result)]), nil) }
        guard let place = places[result.call], calls[place].result == nil else {
            return setAside("results of tools whose call is not there are left out")
        }
        calls[place].result = Result(
            call: calls[place].call, output: ToolOutput(result.content),
            isError: result.isError ?? false)
    }

    /// A result whose call is not looked for.
    private func alone(_ result: Part.ToolResult) -> Result {
        let name = session.calls[result.call]?.name ?? ""
        return Result(
            call: Call(
                id: ToolNames.safeID(result.call), name: ToolNames.safe(name), input: [:]),
            output: ToolOutput(result.content), isError: result.isError ?? false)
    }

    private mutating func freeID(_ id: String) -> String {
        var free = ToolNames.safeID(id)
        var number = 1
        while !ids.insert(free).inserted {
            number += 1
            free = ToolNames.safeID("\(id) \(number)")
        }
        return free
    }

    // MARK: Joining

    /// Puts the results behind the steps that called.
    private mutating func join() {
        let (given, messages) = (steps, sources)
        steps = []
        sources = []
        for (place, step) in given.enumerated() {
            append(step, messages[place])
            guard answersCalls, let called = callsOfStep[place] else { continue }
            append(.results(called.map { result(of: $0) }), messages[place])
        }
    }

    /// The result of a call: of tools that were used at once, it may not stand on the branch.
    private mutating func result(of place: Int) -> Result {
        let open = calls[place]
        if let result = open.result { return result }
        if uses[open.source] == 1, let known = session.calls[open.source]?.result {
            return Result(
                call: open.call, output: ToolOutput(known.content),
                isError: known.isError ?? false)
        }
        setAside("calls of tools have no result; one that says so stands in")
        return Result(
            call: open.call, output: ToolOutput(.string("No result of this call is on record.")),
            isError: true)
    }
}

/// Names and values of calls that every provider takes.
enum ToolNames {
    private static let nameLimit = 64
    private static let idLimit = 40

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A tool's name of letters, digits, `_` and `-`, which begins with a letter or `_`.
    static func safe(_ name: String) -> String {
        var safe = name.utf8.prefix(nameLimit).map { isSafe($0) ? $0 : UInt8(ascii: "_") }
        let first = safe.first ?? UInt8(ascii: "0")
        if first == UInt8(ascii: "-") || first < UInt8(ascii: "A") {
            safe = Array("_".utf8) + safe.prefix(nameLimit - 1)
        }
        return String(decoding: safe, as: UTF8.self)
    }

    /// A call's id as it stands, where every provider takes it; else one that is made from it.
    static func safeID(_ id: String) -> String {
        if (1...idLimit).contains(id.utf8.count), id.utf8.allSatisfy(isSafe) { return id }
        return "call_" + Digest(hashing: id.utf8.span).hexadecimal.prefix(24)
    }

    /// Whether what a tool is called with is an object, or JSON of one.
    static func isObject(_ input: JSONValue) -> Bool {
        input.object != nil || input.isNull
            || input.string.flatMap { try? JSONValue(parsing: $0).object } != nil
    }

    /// What a tool is called with as an object: some sources have it as text.
    static func object(_ input: JSONValue) -> JSONObject {
        if let object = input.object { return object }
        if let text = input.string, let object = try? JSONValue(parsing: text).object {
            return object
        }
        return input.isNull ? [:] : ["input": input]
    }
}

extension Message {
    /// The ids that OpenAI gave what was thought, in order: they stand among those of the message.
    fileprivate var reasoningIDs: [String] {
        ([id] + aliases).filter { $0.hasPrefix("rs_") }
    }
}
