/// Folds one session's events into what it took. The first event says which session that is; events
/// of others are passed over.
///
/// Tokens are those that messages state; those of an answer (`model.responded`) count where its
/// message states none. How long an answer took is what `latency_ms` says, else the time from the
/// message it answers, by their own clocks. A tool's call counts once, whichever of `tool.started`,
/// `tool.finished` and the message's part names it first.
public struct UsageProjection: Projection {
    /// The projection's name.
    public static let name = "usage"

    /// The version of its rules.
    public static let version = 1

    /// Creates the fold.
    public init() {}

    /// A session that took nothing.
    public func initialState() -> SessionUsage { SessionUsage() }

    /// Takes one event into the counts. Cost: one pass over the data of the kinds that matter.
    public func apply(_ event: Event, to state: inout SessionUsage) {
        if state.session == nil { state.session = event.session }
        guard event.session == state.session else { return }
        switch event.kind {
        case .sessionCreated, .sessionMetadataChanged, .branchMerged:
            if event.kind == .sessionCreated, let reader = try? DataReader(event) {
                state.key = reader.string("key")
            }
            _ = MetadataChange(event)?.apply(to: &state.table, by: event)
        case .branchCreated:
            if let reader = try? DataReader(event), reader.string("type") == "sidechain",
                let branch = reader.string("branch")
            {
                state.sidechains.insert(branch)
            }
        case .messageAppended: append(event, &state)
        case .messageExtended, .messageFinished: extend(event, &state)
        case .modelResponded: respond(event, &state)
        case .toolStarted, .toolFinished: call(event, &state)
        case .errorRecorded: state[slot(of: event, model: nil)].errors += 1
        default: break
        }
    }

    private func slot(of event: Event, model: String?) -> SessionUsage.Slot {
        SessionUsage.Slot(
            model: model, day: event.moment.day, actor: event.onBehalf ?? event.actor)
    }

    private func append(_ event: Event, _ state: inout SessionUsage) {
        guard let reader = try? DataReader(event), let id = reader.string("message") else {
            // Withheld: that a message was there is all that is known.
            state[slot(of: event, model: nil)].messages += 1
            return
        }
        guard state.said[id] == nil else { return }
        let slot = slot(of: event, model: reader.string("model"))
        var said = SessionUsage.Said(slot: slot, moment: event.moment)
        var counts = state[slot]
        counts.messages += 1
        switch reader.string("role") {
        case Role.user.rawValue:
            let isOfPerson =
                reader.string("synthetic") == nil
                && !state.sidechains.contains(event.branch ?? EventDraft.mainBranch)
            if isOfPerson { counts.turns += 1 }
        case Role.assistant.rawValue where reader.string("synthetic") == nil:
            counts.answers += 1
            if let parent = MessageReference(reader.value("parent"))?.message,
                let before = state.said[parent]?.moment, before <= event.moment
            {
                let taken = (event.moment.microseconds - before.microseconds) / 1_000
                counts.timed += 1
                counts.milliseconds = counts.milliseconds.addingOrMost(taken)
                said.milliseconds = taken
            }
        default: break
        }
        if let tokens = TokenUsage(reader.value("usage")) {
            said.tokens = tokens
            counts.tokens += tokens
        }
        state.slots[slot] = counts
        state.said[id] = said
        countCalls(reader, slot, &state)
    }

    private func extend(_ event: Event, _ state: inout SessionUsage) {
        guard let reader = try? DataReader(event), let id = reader.string("message"),
            let said = state.said[id]
        else { return }
        if let tokens = TokenUsage(reader.value("usage")) {
            state.replaceTokens(of: id, said, with: tokens)
        }
        countCalls(reader, said.slot, &state)
    }

    private func respond(_ event: Event, _ state: inout SessionUsage) {
        guard let reader = try? DataReader(event) else { return }
        let message = reader.string("message")
        let said = message.flatMap { state.said[$0] }
        let slot = said?.slot ?? slot(of: event, model: reader.string("model"))
        if let error = reader.value("error"), !error.isNull { state[slot].errors += 1 }
        if let tokens = TokenUsage(reader.value("usage")) {
            if let message, let said {
                if said.tokens.total == 0 { state.replaceTokens(of: message, said, with: tokens) }
            } else {
                state[slot].tokens += tokens
            }
        }
        guard let latency = reader.integer("latency_ms"), latency >= 0 else { return }
        // What is stated stands in the place of what was worked out.
        if let message, let taken = said?.milliseconds {
            state[slot].milliseconds -= min(state[slot].milliseconds, taken)
            state[slot].timed -= 1
            state.said[message]?.milliseconds = nil
        }
        state[slot].timed += 1
        state[slot].milliseconds = state[slot].milliseconds.addingOrMost(latency)
    }

    private func countCalls(
        _ reader: DataReader, _ slot: SessionUsage.Slot, _ state: inout SessionUsage
    ) {
        guard let parts = reader.member("parts") else { return }
        for part in reader.elements(of: parts) where reader.string("type", of: part) == "tool_use" {
            guard let call = reader.string("call", of: part), state.calls[call] == nil else {
                continue
            }
            state.count(call, reader.string("name", of: part) ?? "", slot)
        }
    }

    private func call(_ event: Event, _ state: inout SessionUsage) {
        guard let reader = try? DataReader(event), let call = reader.string("call") else { return }
        if state.calls[call] == nil {
            let message = reader.string("message").flatMap { state.said[$0] }
            state.count(
                call, reader.string("name") ?? "",
                message?.slot ?? slot(of: event, model: nil))
        }
        guard event.kind == .toolFinished, let (name, slot) = state.calls[call] else { return }
        var counts = state[slot].tools[name] ?? SessionUsage.ToolCounts()
        if reader.string("status") == "error" { counts.errors += 1 }
        if let duration = reader.integer("duration_ms"), duration >= 0 {
            counts.timed += 1
            counts.milliseconds = counts.milliseconds.addingOrMost(duration)
        }
        state[slot].tools[name] = counts
    }
}

extension SessionUsage {
    subscript(slot: Slot) -> Counts {
        get { slots[slot] ?? Counts() }
        set { slots[slot] = newValue }
    }

    fileprivate mutating func count(_ call: String, _ name: String, _ slot: Slot) {
        calls[call] = (name, slot)
        self[slot].tools[name, default: ToolCounts()].calls += 1
    }

    /// Tokens are what was said last of a message.
    fileprivate mutating func replaceTokens(of id: String, _ said: Said, with tokens: TokenUsage) {
        self[said.slot].tokens.replace(said.tokens, by: tokens)
        self.said[id]?.tokens = tokens
    }
}
