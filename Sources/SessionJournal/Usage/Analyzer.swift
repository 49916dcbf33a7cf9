/// Judges messages: sentiment, topic, quality, whatever a caller's own code or model finds.
///
/// What it finds is recorded as annotations, with name, value, confidence and source, and never
/// changes a message. Unlike a ``Projection`` it may ask a model, a clock or a network.
public protocol Analyzer: Sendable {
    /// Its name, which its annotations carry as their source.
    var name: String { get }

    /// The version of its rules: with another one every message is judged anew.
    var version: Int { get }

    /// What it finds in a message of a session. Nothing is a good answer.
    func findings(in message: Message, of state: SessionState) async throws -> [Finding]
}

/// One thing that an ``Analyzer`` found in a message.
public struct Finding: Hashable, Sendable {
    /// What was judged, such as `sentiment`.
    public var name: String

    /// What was found.
    public var value: JSONValue

    /// How sure that is, from 0 to 1; nil where it does not say.
    public var confidence: Double?

    /// A finding.
    public init(_ name: String, _ value: JSONValue, confidence: Double? = nil) {
        self.name = name
        self.value = value
        self.confidence = confidence
    }
}

extension JournalWriter {
    /// Lets an analyzer judge the messages of a session, and records what it finds.
    ///
    /// A message that this version of the analyzer has judged is not recorded again, whatever it
    /// finds now: each annotation has an `id` of its own. Where the analyzer throws, what was recorded
    /// before stays, and the next call goes on.
    ///
    /// Cost: reads the session; an append for each message in which something was found.
    ///
    /// - Parameters:
    ///   - analyzer: Judges.
    ///   - session: A session that exists.
    ///   - durability: What the answer promises.
    /// - Returns: The number of annotations that were new.
    /// - Throws: What the analyzer throws; ``JournalError/Code/invalidArgument`` for a confidence
    ///   outside 0 to 1.
    @discardableResult
    public func analyze(
        _ session: SessionID, with analyzer: some Analyzer, durability: Durability = .durable
    ) async throws -> Int {
        let state = try await journal.readState(of: session)
        let source = "\(analyzer.name)@\(analyzer.version)"
        var count = 0
        for message in state.tree.messages where !message.isWithheld {
            let findings = try await analyzer.findings(in: message, of: state)
            let drafts = try findings.enumerated().map { number, finding in
                try draft(finding, number, source, message)
            }
            guard !drafts.isEmpty else { continue }
            let receipts = try await append(drafts, to: session, durability: durability)
            count += receipts.count { !$0.isDuplicate }
        }
        return count
    }

    private func draft(
        _ finding: Finding, _ number: Int, _ source: String, _ message: Message
    ) throws -> EventDraft {
        var data: JSONObject = [
            "target": ["message": .string(message.id)], "name": .string(finding.name),
            "value": finding.value,
        ]
        if let confidence = finding.confidence {
            guard (0...1).contains(confidence) else {
                throw JournalError(
                    .invalidArgument,
                    "\(source) is sure of \(finding.name) by \(confidence); give 0 to 1")
            }
            data.append("confidence", JSONValue(confidence))
        }
        data.append("source", .string(source))
        var draft = EventDraft(.annotationAdded, data: EventData(data))
        draft.branch = message.branch
        draft.id = "\(source)/\(message.id)/\(number)"
        return draft
    }
}
