/// What summarizing a branch came to.
public struct SummaryOutcome: Sendable {
    /// The text.
    public let text: String
    /// How many messages it stands for, those of earlier summaries included.
    public let messageCount: Int
    /// The tokens of what the view showed of them before, and those of the text, as they were counted.
    public let tokensBefore: Int
    /// The tokens of the text.
    public let tokensAfter: Int
    /// The branch.
    public let branch: String
    /// Where the event stands; nil of a dry run.
    public internal(set) var receipt: AppendReceipt?
}

/// How a conversation is summarized.
public struct SummaryOptions: Sendable {
    /// The branch; nil for the one that was last switched to.
    public var branch: String?
    /// What makes the text.
    public var summariser = Summariser.extractive
    /// What counts the tokens.
    public var counter = TokenCounter.estimate
    /// Whether only to make the text.
    public var isDryRun = false
    /// Why.
    public var reason: String?

    /// On the current branch, without a model.
    public init() {}

    /// How many of the last messages stay, by what the session's `type` says, else its `category`: the
    /// counts that session managers use.
    public var keptByType = SessionSummary.keptMessagesByType

    /// How many stay of a session of another type, and of one without.
    public var keptOtherwise = 50
}

extension JournalWriter {
    /// Puts a summary in the place of a branch's older messages, where the conversation is shown to a
    /// model (``Journal/context(of:branch:at:damage:)``). The messages stay, and so do earlier
    /// summaries, which the new one stands for.
    ///
    /// Others may go on meanwhile: what they say stands behind the summary.
    ///
    /// Cost: as ``Journal/state(of:at:branch:damage:)``, and what the summariser takes.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - count: How many of the last messages stay as they are. A call of a tool stays with its
    ///     results, and instructions at the beginning stay, so that it may be more.
    ///   - options: The branch, what makes the text, whether only to make it.
    /// - Returns: What was done; nil where nothing was left to be summarized.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/invalidArgument`` where the summariser gives no text or one that is too
    ///   long for an event, and what it throws itself; nothing is recorded then.
    @discardableResult
    public func summarize(
        _ session: SessionID, keeping count: Int, options: SummaryOptions = SummaryOptions()
    ) async throws -> SummaryOutcome? {
        var known: (plan: SummaryPlan, outcome: SummaryOutcome)?
        for _ in 0..<Self.attemptLimit {
            let state = try await journal.readState(of: session, branch: options.branch)
            let summaries = try await journal.summaries(
                of: session, at: .sequence(state.lastSequence))
            let view = state.context(of: options.branch, summaries)
            let plan: SummaryPlan
            var outcome: SummaryOutcome
            if let known, known.plan.holds(in: view) {
                (plan, outcome) = known
            } else {
                guard let made = SummaryPlan(view, keeping: count, state.tree) else { return nil }
                plan = made
                outcome = try await Self.outcome(of: plan, view, options)
                known = (plan, outcome)
            }
            guard !options.isDryRun else { return outcome }
            let draft = EventDraft(
                .summaryRecorded, branch: view.branch,
                data: [
                    "text": .string(outcome.text), "leaf": .string(plan.last.id),
                    "replaces_from": .string(plan.first.id),
                    "replaces_to": .string(plan.last.id),
                    "count": JSONValue(UInt64(outcome.messageCount)),
                    "summariser": .string(options.summariser.name),
                    "tokens_before": JSONValue(UInt64(outcome.tokensBefore)),
                    "tokens_after": JSONValue(UInt64(outcome.tokensAfter)),
                ], reason: options.reason)
            do {
                outcome.receipt = try await append(
                    draft, to: session, if: .version(state.version))
                return outcome
            } catch let error as JournalError where error.code == .conflict {
                // Whoever goes on behind these messages changes nothing of what is said of them.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// Puts a summary in the place of a branch's older messages, and keeps as many of the last ones as
    /// sessions of its type keep: see ``SummaryOptions/keptByType``.
    ///
    /// Cost: as ``summarize(_:keeping:options:)``.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - options: The branch, what makes the text, whether only to make it.
    /// - Returns: What was done; nil where nothing was left to be summarized.
    /// - Throws: What ``summarize(_:keeping:options:)`` throws.
    @discardableResult
    public func compactSession(
        _ session: SessionID, options: SummaryOptions = SummaryOptions()
    ) async throws -> SummaryOutcome? {
        let metadata = try await journal.readState(of: session).metadata()
        let type = metadata["type"]?.string ?? metadata["category"]?.string
        return try await summarize(
            session, keeping: type.flatMap { options.keptByType[$0] } ?? options.keptOtherwise,
            options: options)
    }

    /// Has the text made, and counts.
    private static func outcome(
        of plan: SummaryPlan, _ view: ContextView, _ options: SummaryOptions
    ) async throws -> SummaryOutcome {
        let text = try await options.summariser.summarize(plan.request)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw JournalError(
                .invalidArgument, "the summariser \"\(options.summariser.name)\" gave no text")
        }
        guard text.utf8.count <= textLimit else {
            throw JournalError(
                .invalidArgument,
                "the summariser \"\(options.summariser.name)\" gave \(text.utf8.count) bytes; a "
                    + "summary has at most \(textLimit)")
        }
        let counter = options.counter
        let before =
            plan.request.messages.reduce(0) { $0 + counter.count($1) }
            + plan.request.earlier.reduce(0) {
                $0 + counter.count($1.text) + TokenCounter.perMessage
            }
        return SummaryOutcome(
            text: text, messageCount: plan.count, tokensBefore: before,
            tokensAfter: counter.count(text) + TokenCounter.perMessage, branch: view.branch)
    }

    /// The longest summary, in bytes.
    private static var textLimit: Int { 1 << 20 }
}
