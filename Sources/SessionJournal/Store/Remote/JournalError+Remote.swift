/// The errors of remote stores, worded once.
extension JournalError {
    static func leaseHeld(by name: String?, for remainder: Duration?) -> JournalError {
        let who = name.map { "another writer (\($0))" } ?? "another writer"
        let wait = remainder.map { ", for another \(max(1, $0.components.seconds)) s" } ?? ""
        return JournalError(
            .locked, "\(who) has this journal's lease\(wait); wait for it, or read only")
    }

    static func writerFenced() -> JournalError {
        JournalError(
            .fenced,
            "another writer has taken over this journal; nothing was appended: open it again")
    }

    static func serverUnavailable(attempts: Int) -> JournalError {
        JournalError(
            .unavailable,
            "the journal's server did not answer \(attempts) times; see to the connection and try "
                + "again")
    }

    static func notStored(attempts: Int) -> JournalError {
        JournalError(
            .unavailable,
            "the journal's server could not be reached \(attempts) times; nothing was appended: see "
                + "to the connection and try again")
    }

    static func notSent() -> JournalError {
        JournalError(
            .unavailable,
            "the journal's server did not answer to an earlier append; nothing was appended: try "
                + "again")
    }

    static func outcomeUnknown(attempts: Int) -> JournalError {
        JournalError(
            .ambiguous,
            "the journal's server did not answer \(attempts) times, so that nobody knows yet whether "
                + "the events are stored; append them again with the same ids")
    }

    static func serverDamaged(_ what: String) -> JournalError {
        JournalError(
            .damaged,
            "the journal's server is not as it was left: \(what); compare it with a copy")
    }
}
