/// A call of a tool: what was asked, what came back, and how it went.
///
/// Joined from the message that holds the call, the message that holds its result, and the events
/// `tool.started`, `tool.progressed` and `tool.finished` that name it. Any of them may be missing.
public struct ToolCall: Sendable {
    /// How a call stands.
    public enum Status: String, Hashable, Sendable {
        /// It was asked for, and nothing more is on record.
        case asked
        /// It began, and no end is on record.
        case running
        /// It ended well.
        case ok
        /// It failed.
        case error
    }

    /// The call's id, which its result repeats.
    public let call: String

    /// The tool; nil where nobody said.
    public let name: String?

    /// What it was called with; null where no message holds the call.
    public let input: JSONValue

    /// The message that holds the call.
    public let message: String?

    /// The message that holds the result.
    public let resultMessage: String?

    /// What came back; nil where no result is on record.
    public let result: Part.ToolResult?

    /// How it stands: as its end says, or else its result.
    public let status: Status

    /// When it began, by its source's clock where that is known; nil where no event says so.
    public let started: Timestamp?

    /// When it ended, by the same rule.
    public let finished: Timestamp?

    /// How long it took in milliseconds: as its end says, or else from its beginning to its end; nil
    /// where neither is on record.
    public let durationMilliseconds: Int64?

    /// The sequence number of `tool.started`; nil where there was none.
    public let startedSequence: UInt64?

    /// The sequence number of `tool.finished`; nil where there was none.
    public let finishedSequence: UInt64?
}

/// What events say of the run of a tool.
struct ToolRun: Sendable {
    /// The call.
    let call: String
    var name: String?
    var message: String?
    var status: String?
    var duration: Int64?
    var started: Timestamp?
    var finished: Timestamp?
    var startedSequence: UInt64?
    var finishedSequence: UInt64?

    /// What a snapshot says of it, where its events cannot be read.
    private(set) var lost: LostRow?

    init(call: String) { self.call = call }

    /// The sequence numbers of the events that made it what it is.
    private(set) var sequences: [UInt64] = []

    /// Takes in an event about it. The first beginning and the first end count.
    mutating func take(_ event: Event, _ reader: DataReader) {
        let isNamed = name != nil && message != nil
        name = name ?? reader.string("name")
        message = message ?? reader.string("message")
        if sequences.isEmpty || !isNamed || event.kind != .toolProgressed {
            sequences.append(event.sequence)
        }
        switch event.kind {
        case .toolStarted where startedSequence == nil:
            started = event.moment
            startedSequence = event.sequence
        case .toolFinished where finishedSequence == nil:
            finished = event.moment
            finishedSequence = event.sequence
            status = reader.string("status")
            duration = reader.integer("duration_ms")
        default: break
        }
    }

    /// From its beginning to its end, in milliseconds; nil where that is not known, and where the
    /// end stands before the beginning.
    var span: Int64? {
        guard let started, let finished else { return nil }
        let (span, overflows) = finished.microseconds.subtractingReportingOverflow(
            started.microseconds)
        return overflows || span < 0 ? nil : span / 1_000
    }
}

extension ToolRun: PagedElement {
    var names: [String] { [call] }

    func isNamed(_ name: String) -> Bool { call == name }

    var row: PageRow { PageRow(sequences: sequences) }

    init?(_ row: PageRow, from events: [Event], isName: (String) -> Bool) {
        guard let first = events.first, let call = try? DataReader(first).string("call") else {
            return nil
        }
        self.init(call: call)
        for event in events {
            if let reader = try? DataReader(event) { take(event, reader) }
        }
    }

    init(unreadable row: PageRow) {
        self.init(call: "@\(row.sequences[0])")
        lost = LostRow(row)
    }
}

extension ConversationTree {
    mutating func run(_ event: Event) {
        guard let reader = try? DataReader(event), let call = reader.string("call") else { return }
        let place: Int
        if let known = toolRuns.place(of: call) {
            place = known
        } else {
            place = toolRuns.count
            toolRuns.append(ToolRun(call: call))
        }
        toolRuns.update(place) { $0.take(event, reader) }
    }

    /// The calls of tools, in the order in which they were asked for or began: those on a branch's
    /// path, with their results wherever these are, since of tools that were used at once only one
    /// has its result on the path; all of the session where no branch is named.
    ///
    /// A call id that a session uses twice names the first call. Content has to be kept.
    ///
    /// - Complexity: the messages and their parts.
    public func toolCalls(onBranch branch: String? = nil) -> [ToolCall] {
        let asking =
            branch.map { path(ofBranch: $0)?.messages ?? [] } ?? Array(messages)
        var results: [String: (message: String, result: Part.ToolResult)] = [:]
        for message in messages {
            for case .toolResult(let result) in message.parts() {
                results[result.call] = (message.id, result)
            }
        }
        var calls: [ToolCall] = []
        var seen: Set<String> = []
        for message in asking {
            for case .toolUse(let use) in message.parts() where seen.insert(use.call).inserted {
                calls.append(
                    ToolCall(
                        use.call, use, message.id, results[use.call],
                        toolRuns.place(of: use.call).map { toolRuns[$0] }))
            }
        }
        guard branch == nil else { return calls }
        // What ran and no message asks for.
        let rest = toolRuns.filter { !seen.contains($0.call) }.sorted {
            let left = $0.startedSequence ?? $0.finishedSequence ?? .max
            let right = $1.startedSequence ?? $1.finishedSequence ?? .max
            return (left, $0.call) < (right, $1.call)
        }
        return calls + rest.map { ToolCall($0.call, nil, nil, results[$0.call], $0) }
    }
}

extension ToolCall {
    fileprivate init(
        _ call: String, _ use: Part.ToolUse?, _ message: String?,
        _ result: (message: String, result: Part.ToolResult)?, _ run: ToolRun?
    ) {
        self.call = call
        name = use?.name ?? run?.name
        input = use?.input ?? .null
        self.message = message ?? run?.message
        resultMessage = result?.message
        self.result = result?.result
        started = run?.started
        finished = run?.finished
        startedSequence = run?.startedSequence
        finishedSequence = run?.finishedSequence
        if let run, run.finishedSequence != nil {
            status = run.status == "error" ? .error : .ok
        } else if let result {
            status = result.result.isError == true ? .error : .ok
        } else {
            status = run?.startedSequence == nil ? .asked : .running
        }
        durationMilliseconds = run?.duration ?? run?.span
    }

    /// The call as `show --json` prints it.
    var json: JSONValue {
        [
            "call": .string(call), "name": JSONValue(name), "message": JSONValue(message),
            "result_message": JSONValue(resultMessage), "status": .string(status.rawValue),
            "started": JSONValue(started?.description),
            "finished": JSONValue(finished?.description),
            "duration_ms": durationMilliseconds.map { .integer($0) } ?? .null,
        ]
    }
}
