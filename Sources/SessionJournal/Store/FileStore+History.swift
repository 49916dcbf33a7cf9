internal import SegmentLog
internal import Synchronization

extension FileStore {
    /// Looks up what the sequencer asks for, in what is committed.
    ///
    /// Cost: a few pages of the tables for each question; the part of a session that lies in one
    /// segment where an `id` is really there.
    func answer(
        _ questions: [HistoryQuestion], into answers: inout HistoryAnswers
    ) throws(JournalError) {
        // What was answered before the sequencer gave more of its memory back is of no use.
        if answers.asOf < state.withLock({ $0.sequencer.floor }) { answers = HistoryAnswers() }
        answers = try reading { view throws(JournalError) in
            try self.answers(to: questions, behind: answers, in: view)
        }
    }

    private func answers(
        to questions: [HistoryQuestion], behind known: HistoryAnswers, in view: LogView
    ) throws(JournalError) -> HistoryAnswers {
        var answers = known
        answers.asOf = min(answers.asOf, view.lastSequence)
        for question in questions {
            switch question {
            case .head(let session):
                answers.heads[session] = try head(of: session, in: view)
            case .branch(let session, let branch):
                answers.branches[session, default: [:]][branch] =
                    try lastEvent(on: branch, of: session, in: view)?.sequence ?? 0
            case .id(let session, let id):
                answers.ids[session, default: [:]].updateValue(
                    try position(of: id, in: session, view), forKey: IDFingerprint(id))
            case .key(let key):
                var owner = try encryptedSession(forKey: key, in: view)
                if owner == nil { owner = try index.session(forKey: key, in: view) }
                answers.keys.updateValue(owner, forKey: key)
            }
        }
        return answers
    }

    private func head(
        of session: SessionID, in view: LogView
    ) throws(JournalError) -> HistoryAnswers.Head {
        let extent = try JournalError.wrap { () throws(LogError) in
            try view.newestExtent(of: session.streamKey)
        }
        guard let extent else { return .none }
        return .init(version: extent.lastVersion, lastSequence: extent.lastSequence)
    }

    private func lastEvent(
        on branch: String, of session: SessionID, in view: LogView
    ) throws(JournalError) -> EventHead? {
        let line = try JournalError.wrap { () throws(LogError) in
            try view.newestLine(
                of: session.streamKey, withTerm: LineSemantics.term(branch: branch, in: session),
                isFiltered: keys?.protection(session) ?? .plain == .plain
            ) { line in
                guard let field = (try? EventEnvelope(line))?.branch.range else { return false }
                return JSONText.text(of: line.extracting(field)) == branch
            }
        }
        return try line.map { line throws(JournalError) in try EventHead(line.span) }
    }

    /// The event of a session that has an `id`, of those not too far back to be remembered. What
    /// damage has taken cannot be remembered.
    private func position(
        of id: String, in session: SessionID, _ view: LogView
    ) throws(JournalError) -> EventPosition? {
        let last = try head(of: session, in: view).version
        let reach = UInt64(JournalLimits.rememberedIDs)
        let line = try JournalError.wrap { () throws(LogError) in
            try view.newestLine(
                of: session.streamKey, withTerm: LineSemantics.term(id: id, in: session),
                isFiltered: keys?.protection(session) ?? .plain == .plain,
                notBelow: last > reach ? last - reach + 1 : 1
            ) { line in
                guard let field = (try? EventEnvelope(line))?.id.range else { return false }
                return JSONText.text(of: line.extracting(field)) == id
            }
        }
        guard let line else { return nil }
        let head = try EventHead(line.span)
        return EventPosition(sequence: head.sequence, version: head.version, time: head.time)
    }

    /// The events of a session that can be read.
    func allEvents(of session: SessionID, in view: LogView? = nil) throws(JournalError) -> [Event] {
        var events: [Event] = []
        let view = view ?? log.view()
        try JournalError.wrap { () throws(LogError) in
            try view.scan(stream: session.streamKey, in: 1...(.max), onHole: { _ in }) { _, line in
                if let event = try? Event(line: Array(copying: line)) { events.append(event) }
                return true
            }
        }
        return events
    }
}
