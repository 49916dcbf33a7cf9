/// The errors of the stores, worded once.
extension JournalError {
    static func versionConflict(
        _ session: SessionID, expected: UInt64, actual: UInt64
    ) -> JournalError {
        JournalError(
            .conflict,
            "session \(session) is at version \(actual), not at \(expected); nothing was appended: "
                + "read what is new and try again")
    }

    static func headConflict(
        _ session: SessionID, branch: String, expected: UInt64, actual: UInt64
    ) -> JournalError {
        let found = actual == 0 ? "has no event" : "ends with event \(actual)"
        return JournalError(
            .conflict,
            "branch “\(branch)” of session \(session) \(found), not with \(expected); nothing was "
                + "appended: read what is new and try again")
    }

    static func contention(_ session: SessionID, attempts: Int) -> JournalError {
        JournalError(
            .conflict,
            "others wrote to session \(session) between each of \(attempts) reads and the append "
                + "that followed; nothing was appended: try again later")
    }

    static func sessionExists(_ session: SessionID) -> JournalError {
        JournalError(
            .sessionExists, "session \(session) exists already; append to it, or create another")
    }

    static func keyTaken(_ key: String, by session: SessionID) -> JournalError {
        JournalError(
            .sessionExists,
            "the key “\(key)” is that of session \(session); use that session, or another key")
    }

    static func sessionNotFound(_ text: String) -> JournalError {
        JournalError(
            .sessionNotFound,
            "there is no session “\(text)”; give its id, at least \(JournalLimits.prefixDigits) "
                + "digits of it, or its key")
    }

    static func sessionAmbiguous(_ text: String, candidates: [SessionID]) -> JournalError {
        let limit = Journal.candidateLimit
        let names = candidates.prefix(limit).map(\.description).joined(separator: ", ")
        return JournalError(
            .sessionAmbiguous,
            "“\(text)” begins more than one session; give more digits: \(names)"
                + (candidates.count > limit ? ", …" : ""))
    }

    static func invalidEvent(_ what: String) -> JournalError {
        JournalError(.invalidEvent, "the event is refused: \(what)")
    }

    static func tooLarge(
        _ what: String, size: Int, limit: Int, advice: String
    ) -> JournalError {
        JournalError(
            .tooLarge, "\(what) may take \(size) bytes, at most \(limit) are allowed. \(advice)")
    }

    static func notContiguous(found: UInt64, next: UInt64) -> JournalError {
        JournalError(
            .notContiguous,
            "event \(found) does not follow: the next sequence number is \(next); nothing was stored"
        )
    }

    static func notTheSame(_ sequence: UInt64) -> JournalError {
        JournalError(
            .notContiguous,
            "event \(sequence) is there already, with other bytes; nothing was stored")
    }

    static func beyondEnd(_ sequence: UInt64, last: UInt64) -> JournalError {
        guard sequence == 0 || sequence > last else { return forgotten(sequence...sequence) }
        return JournalError(
            .eventNotFound, "there is no event \(sequence): the journal ends with event \(last)")
    }

    static func forgotten(_ events: ClosedRange<UInt64>) -> JournalError {
        let which =
            events.count == 1
            ? "the leaf of event \(events.lowerBound) was"
            : "the leaves of events \(events.lowerBound) to \(events.upperBound) were"
        return JournalError(
            .leavesForgotten,
            "\(which) forgotten, so that nothing of them can be proved by themselves; what stands "
                + "before and behind them can")
    }

    static func journalClosed() -> JournalError {
        JournalError(.closed, "the journal was closed; open it again")
    }

    static func journalReadOnly(_ why: String) -> JournalError {
        JournalError(.readOnly, "nothing can be appended: \(why)")
    }

    static func lost(_ hole: JournalHole) -> JournalError {
        JournalError(
            .damaged,
            "events \(hole.firstSequence) to \(hole.lastSequence) are lost to damage; "
                + "verify says what is left",
            place: "\(hole.file) at byte \(hole.offset)")
    }

    /// The same error, naming the item of a batch that it is about.
    func inItem(_ index: Int) -> JournalError { at("item \(index) of the batch") }
}
