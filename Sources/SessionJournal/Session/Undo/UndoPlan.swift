/// What undoes an act of one or several events: the events that are to be appended, or why it is
/// refused.
struct UndoPlan {
    /// An event of the act, with the session before and after it.
    struct Step {
        var event: Event
        var before: SessionState
        var after: SessionState
    }

    /// The events of the act, in order.
    let steps: [Step]
    /// The session now.
    let now: SessionState
    /// Who undoes.
    let actor: String
    /// The names of events now, and before the act; empty where the act is about none.
    let labels: (now: SessionLabels, before: SessionLabels)
    /// What was undone after the act.
    let undone: UndoneSince

    /// The events that undo the act, the last event of it first.
    func drafts() throws(JournalError) -> [EventDraft] {
        guard let first = steps.first, let last = steps.last else { return [] }
        var drafts: [EventDraft] = []
        if first.event.kind == .branchCreated {
            // What came with a branch goes with it.
            drafts = try self.drafts(first)
        } else if UndoRule.rule(of: first.event.kind)?.inverse == .earlierStanding {
            // Steps of one way are gone back as one.
            drafts = try self.drafts(
                Step(event: first.event, before: first.before, after: last.after))
        } else {
            for step in steps.reversed() { drafts += try self.drafts(step) }
        }
        return try drafts.map { draft throws(JournalError) in
            var draft = draft
            guard var data = try draft.data.value().object else { return draft }
            data["undoes"] = JSONValue(first.event.sequence)
            draft.data = EventData(data)
            draft.cause = .sequence(first.event.sequence)
            return draft
        }
    }

    private func drafts(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard let rule = UndoRule.rule(of: step.event.kind) else {
            throw JournalError.notUndoable(step.event)
        }
        guard let reader = try? DataReader(step.event) else {
            throw step.refused("its content is withheld, and nobody knows what it changed")
        }
        let drafts: [EventDraft] =
            switch rule.inverse {
            case .earlierValues: try earlierValues(step)
            case .earlierStanding: try earlierStanding(step)
            case .earlierExtension: try earlierExtension(step)
            case .earlierLimits: try earlierLimits(step)
            case .earlierHead: [try earlierHead(step)]
            case .beforeMerge: try beforeMerge(step, reader)
            case .earlierText: try earlierText(step, reader)
            case .earlierPlace: try earlierPlace(step)
            case .earlierName: try earlierName(step, reader)
            case .branchDeletion: try branchDeletion(step, reader)
            case .branchReturn: try branchReturn(step, reader)
            case .earlierLabel: try earlierLabel(step, reader)
            case .earlierSight: try earlierSight(step)
            }
        guard !drafts.isEmpty else { throw step.refused("it changed nothing") }
        return drafts
    }

    // MARK: The session

    private func earlierStanding(_ step: Step) throws(JournalError) -> [EventDraft] {
        let goal = SessionStanding(step.before)
        let found = SessionStanding(step.after)
        let here = SessionStanding(now)
        let status = MetadataField.status
        let entry = { (state: SessionState) in
            state.table.entry(status, on: EventDraft.mainBranch)?.sequence ?? 0
        }
        guard here.status == found.status, here.phase == found.phase,
            undone.holds(entry(step.after), by: entry(now), after: step.event.sequence),
            undone.holds(
                step.after.life.phaseSequence ?? 0, by: now.life.phaseSequence ?? 0,
                after: step.event.sequence)
        else {
            throw step.refused(
                "the session has another status or phase since event "
                    + "\(max(entry(now), now.life.phaseSequence ?? 0))")
        }
        guard let way = here.way(to: goal) else {
            throw step.refused("no call leads back to where it stood")
        }
        return way.map { rule in
            var data: JSONObject = [:]
            if rule.kind == .sessionExpired {
                data["deadline"] = JSONValue(now.lifecycle.deadline?.description)
            }
            if rule.kind == .sessionTerminated { data["force"] = true }
            return EventDraft(rule.kind, data: EventData(data))
        }
    }

    private func earlierExtension(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard let rule = LifecycleRule.rule(of: .sessionExtended),
            rule.admits(now.table.status, now.life.phase)
        else { throw step.refused("the session does not go on") }
        let before = step.before.life.extendedUntil
        guard now.life.extendedUntil == step.after.life.extendedUntil else {
            throw step.refused("it was extended to another moment since")
        }
        guard now.life.extendedUntil != before else { return [] }
        return [
            EventDraft(.sessionExtended, data: ["until": JSONValue(before?.description)])
        ]
    }

    private func earlierLimits(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard now.life.limits == step.after.life.limits else {
            throw step.refused("the limits changed since")
        }
        guard now.life.limits != step.before.life.limits else { return [] }
        return [SessionLimits.change(to: step.before.life.limits)]
    }

    private func earlierLabel(
        _ step: Step, _ reader: DataReader
    ) throws(JournalError) -> [EventDraft] {
        let name = reader.string("label") ?? ""
        let known = labels.now[name]
        let before = labels.before[name]
        if step.event.kind == .labelAdded {
            let given = reader.integer("seq").flatMap { UInt64(exactly: $0) }
            guard let known, known.sequence == given,
                undone.holds(
                    step.event.sequence, by: known.labelledBy, after: step.event.sequence)
            else {
                throw step.refused(
                    known.map { "“\(name)” was moved since by event \($0.labelledBy)" }
                        ?? "“\(name)” is no label any more")
            }
        } else if let known {
            throw step.refused("“\(name)” was given again by event \(known.labelledBy)")
        }
        if let before {
            var data: JSONObject = ["label": .string(name), "seq": JSONValue(before.sequence)]
            data["was"] = known.map { JSONValue($0.sequence) }
            return [EventDraft(.labelAdded, data: EventData(data))]
        }
        guard let known else { return [] }
        return [
            EventDraft(
                .labelRemoved, data: ["label": .string(name), "seq": JSONValue(known.sequence)])
        ]
    }
}

extension UndoPlan.Step {
    /// The error of an act that something was built upon.
    func refused(_ why: String) -> JournalError {
        JournalError(
            .conflict,
            "event \(event.sequence) (\(event.kind)) cannot be undone: \(why); nothing was appended"
        )
    }
}

extension JournalError {
    static func notUndoable(_ event: Event) -> JournalError {
        JournalError(
            .unsupported,
            "event \(event.sequence) is \(event.kind), which has no inverse; nothing was appended")
    }
}
