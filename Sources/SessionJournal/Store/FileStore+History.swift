internal import SegmentLog
internal import Synchronization

extension FileStore {
    /// Looks up what the sequencer asks for, in what is committed.
    func answer(
        _ questions: [HistoryQuestion], into answers: inout HistoryAnswers
    ) throws(JournalError) {
        let view = log.view()
        for question in questions {
            switch question {
            case .head(let session):
                answers.sessions[session] = try head(of: session, in: view)
            case .history(let session):
                answers.sessions[session] = try history(of: session, in: view)
            case .key(let key):
                answers.keys.updateValue(try index.session(forKey: key, in: view), forKey: key)
            }
        }
    }

    private func head(
        of session: SessionID, in view: LogView
    ) throws(JournalError) -> SessionHistory {
        let extent = try JournalError.wrap { () throws(LogError) in
            try view.newestExtent(of: session.streamKey)
        }
        guard let extent else { return .empty }
        var history = SessionHistory()
        history.version = extent.lastVersion
        history.lastSequence = extent.lastSequence
        return history
    }

    /// A session's branch heads and ids. What damage has taken cannot be remembered.
    private func history(
        of session: SessionID, in view: LogView
    ) throws(JournalError) -> SessionHistory {
        let head = try head(of: session, in: view)
        guard head.version > 0 else { return .empty }
        var history = SessionHistory()
        for event in try allEvents(of: session, in: view) {
            history.note(
                sequence: event.sequence, version: event.version, time: event.time,
                branch: event.branch, id: event.id.map(IDFingerprint.init))
        }
        history.version = head.version
        history.lastSequence = head.lastSequence
        history.isComplete = true
        return history
    }

    /// The events of a session that can be read.
    func allEvents(of session: SessionID, in view: LogView? = nil) throws(JournalError) -> [Event] {
        var events: [Event] = []
        let view = view ?? log.view()
        try JournalError.wrap { () throws(LogError) in
            try view.scan(stream: session.streamKey, from: 1, onHole: { _ in }) { _, line in
                if let event = try? Event(line: Array(copying: line)) { events.append(event) }
                return true
            }
        }
        return events
    }
}
