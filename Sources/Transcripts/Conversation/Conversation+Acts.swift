internal import SessionJournal

// What a piece can say.
extension Conversation {
    /// What a message follows.
    enum Above: Sendable {
        /// The message before it.
        case last
        /// The message that the source names; nil for none at all.
        case named(String?)
    }

    /// A message, as a format's reader makes it.
    struct Draft: Sendable {
        var id: String?
        var role: String
        var parts: [PartDraft]
        var above = Above.last
        /// On whose behalf, where the role does not say it.
        var author: String?
        var model: Sourced?
        /// The name of the model where no single value of the source says it.
        var modelName: String?
        var usage: Field?
        var synthetic: String?
        /// A provider's id of the answer, and why it ended.
        var request: String?
        var stop: Sourced?
        /// Whether the person goes where it is. Not where a source says itself where they are.
        var isMoving = true
        /// The branch of a sub-agent that it is on; nil for the conversation's own.
        var sidechain: Int?

        init(_ role: String, _ parts: [PartDraft], id: String? = nil) {
            self.role = role
            self.parts = parts
            self.id = id
        }
    }

    /// Adds a message. One whose id is known already is the same one, with more in it or other
    /// words.
    ///
    /// - Returns: Its index.
    @discardableResult
    mutating func say(_ draft: Draft) -> Int {
        if let id = draft.id, let known = names[id], known >= 0, self.id(of: known) == id {
            renew(known, draft)
            position = known
            return known
        }
        let place = place(draft)
        enter(place, isMoving: draft.isMoving && draft.sidechain == nil)
        let id = id(draft.id)
        let message = add(id, at: place, draft)
        names[draft.id ?? id] = message
        branches[place.branch].head = message
        if draft.sidechain == nil { position = message }
        var fields: [(String, Field)] = [
            ("message", .text(id)),
            ("parent", place.parent < 0 ? .null : .text(self.id(of: place.parent))),
            ("role", .text(draft.role)), ("parts", .array(draft.parts.map(\.field))),
        ]
        if let model = draft.model, model.name != nil {
            fields.append(("model", .at(model)))
        } else if let model = draft.modelName {
            fields.append(("model", .text(model)))
        }
        if let usage = draft.usage { fields.append(("usage", usage)) }
        if let synthetic = draft.synthetic { fields.append(("synthetic", .text(synthetic))) }
        if let missing = place.missing { fields.append(("missing_parent", .text(missing))) }
        acts.append(
            Act(
                kind: .messageAppended, branch: branches[place.branch].name,
                onBehalf: author(of: draft), isHolder: true, fields: fields))
        recordActivity(draft, draft.parts, of: message)
        return message
    }

    /// Adds parts, another id or the usage to a message.
    mutating func extend(
        _ message: Int, _ parts: [PartDraft], usage: Field? = nil, alias: String? = nil,
        by author: String? = nil
    ) {
        var fields: [(String, Field)] = [("message", .text(id(of: message)))]
        if let alias, names[alias] == nil {
            names[alias] = message
            fields.append(("alias", .text(alias)))
        }
        fields.append(("parts", .array(parts.map(\.field))))
        if let usage { fields.append(("usage", usage)) }
        var known = messages[message].parts
        for part in parts { known.add(part) }
        replaceParts(of: message, by: known)
        acts.append(
            Act(
                kind: .messageExtended, branch: branches[messages[message].branch].name,
                onBehalf: author ?? clientActor, isHolder: true, fields: fields))
        var draft = Draft(role(of: message), parts)
        draft.author = author
        recordActivity(draft, parts, of: message)
    }

    /// Another version of a message: more parts of it, or other ones.
    private mutating func renew(_ message: Int, _ draft: Draft) {
        let old = messages[message].parts
        if old == PartsDigest(draft.parts.prefix(Int(old.count))) {
            let more = Array(draft.parts.dropFirst(Int(old.count)))
            guard !more.isEmpty || draft.usage != nil else { return }
            extend(message, more, usage: draft.usage, by: author(of: draft))
            return
        }
        replaceParts(of: message, by: PartsDigest(draft.parts))
        acts.append(
            Act(
                kind: .messageEdited, branch: branches[messages[message].branch].name,
                onBehalf: author(of: draft),
                fields: [
                    ("message", .text(id(of: message))),
                    ("parts", .array(draft.parts.map(\.field))),
                ]))
        recordActivity(
            draft,
            draft.parts.filter { part in
                part.call.map { calls[$0.id] == nil } ?? part.isResult
            }, of: message)
    }

    private func author(of draft: Draft) -> String {
        if let author = draft.author { return author }
        switch draft.role {
        case "assistant":
            let model = draft.model?.name ?? draft.modelName
            return model.map { "model:\($0)" } ?? clientActor
        case "tool":
            let call = draft.parts.lazy.compactMap(\.result).first?.call
            return call.flatMap { tool(of: $0) }.map { "tool:\($0)" } ?? "tool"
        case "user" where draft.synthetic == nil: return "user"
        default: return clientActor
        }
    }

    /// Records the calls and results that parts are, and the model that answered.
    private mutating func recordActivity(_ draft: Draft, _ parts: [PartDraft], of message: Int) {
        let branch = messages[message].branch
        if draft.role == "assistant" {
            let model = draft.model?.name ?? draft.modelName
            if let model, let request = draft.request {
                var fields: [(String, Field)] = [
                    ("request", .text(request)), ("message", .text(id(of: message))),
                    ("model", .text(model)),
                ]
                if let stop = draft.stop?.name { fields.append(("stop", .text(stop))) }
                acts.append(
                    Act(
                        kind: .modelResponded, branch: branches[branch].name,
                        onBehalf: "model:\(model)", fields: fields))
            }
            if draft.sidechain == nil { setModel(model, branch: branch) }
        }
        for part in parts {
            if let call = part.call {
                let isStarted = calls[call.id]?.isStarted == true
                open(call, by: message)
                guard !isStarted else { continue }
                acts.append(
                    Act(
                        kind: .toolStarted, branch: branches[branch].name,
                        onBehalf: author(of: draft),
                        fields: [
                            ("call", .text(call.id)), ("name", .text(call.name)),
                            ("message", .text(id(of: message))),
                        ]))
            }
            if let result = part.result {
                finish(
                    result.call, isError: result.isError == true, duration: result.duration,
                    message: message, branch: branch)
            }
        }
    }

    /// Adds a message on a branch of its own, and stays where the conversation is.
    mutating func sayAside(_ draft: Draft) {
        let was = (current, position)
        say(draft)
        position = was.1
        guard current != was.0 else { return }
        current = was.0
        acts.removeAll { $0.kind == .branchSwitched }
    }

    /// Records usage of a model that no message tells.
    mutating func respond(model: String?, usage: Field) {
        var fields: [(String, Field)] = []
        if let model { fields.append(("model", .text(model))) }
        fields.append(("usage", usage))
        acts.append(
            Act(
                kind: .modelResponded, branch: branches[current].name,
                onBehalf: model.map { "model:\($0)" } ?? clientActor, fields: fields))
    }

    /// Records that a call began of which no message tells, or not yet.
    mutating func startCall(_ call: String, _ name: String) {
        open(PartDraft.Call(id: call, name: name), by: position, isStarted: position >= 0)
        guard position >= 0 else { return }
        acts.append(
            Act(
                kind: .toolStarted, branch: branches[current].name, onBehalf: clientActor,
                fields: [
                    ("call", .text(call)), ("name", .text(name)),
                    ("message", .text(id(of: position))),
                ]))
    }

    /// Records that a call ended.
    mutating func finish(
        _ call: String, isError: Bool, duration: Int64? = nil, message: Int? = nil, branch: Int
    ) {
        let known = calls[call]
        let tool = self.tool(of: call)
        close(call)
        var fields: [(String, Field)] = [("call", .text(call))]
        if let tool { fields.append(("name", .text(tool))) }
        if let message { fields.append(("message", .text(id(of: message)))) }
        fields.append(("status", .text(isError ? "error" : "ok")))
        if let duration = duration ?? elapsed(since: known?.time) {
            fields.append(("duration_ms", .number(duration)))
        }
        acts.append(
            Act(
                kind: .toolFinished, branch: branches[branch].name,
                onBehalf: tool.map { "tool:\($0)" } ?? "tool", fields: fields))
    }

    private func elapsed(since start: Timestamp?) -> Int64? {
        guard let start, let time, time >= start else { return nil }
        return (time.microseconds - start.microseconds) / 1000
    }

    // MARK: Around messages

    /// Records a summary that takes the place of what came before.
    ///
    /// - Parameters:
    ///   - first: The id of the first message that it stands for.
    ///   - kept: The id of the first message that stays; it stands for those before.
    mutating func summarise(
        _ text: Field, trigger: Field? = nil, tokensBefore: Sourced? = nil,
        tokensAfter: Sourced? = nil, keptFrom kept: String? = nil
    ) {
        let head = position
        var fields: [(String, Field)] = [("text", text)]
        if head >= 0 {
            fields.append(("leaf", .text(id(of: head))))
            var last = head
            if let kept, let first = names[kept], first >= 0 { last = messages[first].parent }
            if last >= 0 { fields.append(("replaces_to", .text(id(of: last)))) }
        }
        if let trigger { fields.append(("trigger", trigger)) }
        if let tokensBefore { fields.append(("tokens_before", .at(tokensBefore))) }
        if let tokensAfter { fields.append(("tokens_after", .at(tokensAfter))) }
        acts.append(
            Act(
                kind: .summaryRecorded, branch: branches[current].name, onBehalf: clientActor,
                isHolder: true, fields: fields))
    }

    /// Records that something failed.
    mutating func fail(_ error: Field, message: Int? = nil) {
        var fields: [(String, Field)] = [("error", error)]
        if let message { fields.append(("message", .text(id(of: message)))) }
        acts.append(
            Act(
                kind: .errorRecorded, branch: branches[current].name, onBehalf: clientActor,
                isHolder: true, fields: fields))
    }

    /// Records a note about a message, or the session.
    mutating func note(_ name: String, _ value: Field, about message: Int? = nil) {
        var fields: [(String, Field)] = []
        if let message, message >= 0 {
            fields.append(("target", .object([("message", .text(id(of: message)))])))
        }
        fields += [("name", .text(name)), ("value", value)]
        acts.append(
            Act(
                kind: .annotationAdded, branch: branches[current].name, onBehalf: clientActor,
                isHolder: true, fields: fields))
    }

    /// Records that a call reported progress.
    mutating func progress(_ what: String, of call: String?) {
        var fields: [(String, Field)] = []
        if let call { fields.append(("call", .text(call))) }
        fields.append(("progress", .text(what)))
        acts.append(
            Act(
                kind: .toolProgressed, branch: branches[current].name,
                onBehalf: call.flatMap { tool(of: $0) }.map { "tool:\($0)" } ?? clientActor,
                isHolder: true, fields: fields))
    }

    /// Records that a person allowed or denied a call.
    mutating func decide(_ call: String, isAllowed: Bool) {
        acts.append(
            Act(
                kind: .approvalDecided, branch: branches[current].name, onBehalf: "user",
                fields: [
                    ("approval", .text(call)), ("call", .text(call)),
                    ("decision", .text(isAllowed ? "allowed" : "denied")),
                ]))
    }
}
