/// What went wrong with a journal, for programs (``code``) and for people (``message``).
///
/// Two errors are equal when their codes are. The fields sit in an object, so that an error is one
/// word wide and a function that may throw it costs no more than one that does not.
public struct JournalError: Error, Sendable {
    private let storage: Storage

    private final class Storage: Sendable {
        let code: Code
        let message: String
        let place: String?
        let cause: (any Error)?

        init(code: Code, message: String, place: String?, cause: (any Error)?) {
            self.code = code
            self.message = message
            self.place = place
            self.cause = cause
        }
    }

    /// Creates an error. `message` says what happened and what to do; `place` names a file and an
    /// offset, a line, or an argument.
    public init(
        _ code: Code, _ message: String, place: String? = nil, cause: (any Error)? = nil
    ) {
        storage = Storage(code: code, message: message, place: place, cause: cause)
    }

    /// Which error this is.
    public var code: Code { storage.code }

    /// What happened and what to do about it: one line, without the place.
    public var message: String { storage.message }

    /// Where it happened: a file and an offset in bytes, a line, an argument; nil where that says
    /// nothing.
    public var place: String? { storage.place }

    /// The error underneath.
    public var cause: (any Error)? { storage.cause }

    /// The same error with a place, unless it names one.
    package func at(_ place: String) -> JournalError {
        JournalError(code, message, place: self.place ?? place, cause: cause)
    }
}

extension JournalError {
    /// Which error it is. More will come: a `switch` over codes needs a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name, the same in every version.
        public let name: String

        /// Creates a code of that name; for stores and projections of your own.
        public init(_ name: String) { self.name = name }

        /// The code's name.
        public var description: String { name }
    }
}

extension JournalError.Code {
    /// The directory holds no journal.
    public static let notAJournal = Self("notAJournal")
    /// A journal is in the way of a new one.
    public static let alreadyExists = Self("alreadyExists")
    /// The journal is of a format that this version does not read.
    public static let newerFormat = Self("newerFormat")
    /// The system, or the journal's rules of access, denied it.
    public static let accessDenied = Self("accessDenied")
    /// Two people have to agree to it; one has asked.
    public static let approvalNeeded = Self("approvalNeeded")
    /// The disk is full, or a quota is used up.
    public static let noSpace = Self("noSpace")
    /// The disk failed.
    public static let inputOutput = Self("inputOutput")
    /// The bytes are not what was written.
    public static let damaged = Self("damaged")
    /// Another writer has the journal open.
    public static let locked = Self("locked")
    /// The journal was closed.
    public static let closed = Self("closed")
    /// The writer is dead after an error of the disk; reopen the journal.
    public static let failed = Self("failed")
    /// The journal is open for reading only.
    public static let readOnly = Self("readOnly")
    /// The session is encrypted, and its key is not at hand.
    public static let sessionLocked = Self("sessionLocked")
    /// The key, passphrase or keyring is not the one that the journal's sessions were encrypted with.
    public static let wrongKey = Self("wrongKey")
    /// No session has that id, prefix or key.
    public static let sessionNotFound = Self("sessionNotFound")
    /// More than one session begins with that prefix.
    public static let sessionAmbiguous = Self("sessionAmbiguous")
    /// A session of that key exists.
    public static let sessionExists = Self("sessionExists")
    /// The session has no such branch.
    public static let branchNotFound = Self("branchNotFound")
    /// The session has a branch of that name.
    public static let branchExists = Self("branchExists")
    /// The session has no such message, or the branch does not.
    public static let messageNotFound = Self("messageNotFound")
    /// Both sides of a merge changed the same thing, and nobody has decided; nothing was merged.
    public static let mergeConflict = Self("mergeConflict")
    /// There is no template of that name, or none of that version.
    public static let templateNotFound = Self("templateNotFound")
    /// The session has no such label.
    public static let labelNotFound = Self("labelNotFound")
    /// A hold covers what was to be destroyed; nothing more of it was.
    public static let held = Self("held")
    /// There is no event at that position.
    public static let eventNotFound = Self("eventNotFound")
    /// The condition of an append does not hold; nothing was appended.
    public static let conflict = Self("conflict")
    /// The session holds an event of that `id` that says something else.
    public static let duplicateID = Self("duplicateID")
    /// The bytes are not an event, or the event breaks a rule of the format.
    public static let invalidEvent = Self("invalidEvent")
    /// The kind is none of the catalogue, and none of the user's own (`x.…`).
    public static let unknownKind = Self("unknownKind")
    /// Something is larger than a named limit.
    public static let tooLarge = Self("tooLarge")
    /// An event's sequence number is not the next.
    public static let notContiguous = Self("notContiguous")
    /// The files that a view stands on were replaced; read again.
    public static let viewExpired = Self("viewExpired")
    /// The leaves that a proof takes were forgotten after their retention period.
    public static let leavesForgotten = Self("leavesForgotten")
    /// Metadata that the schema does not take; the message names every field.
    public static let invalidMetadata = Self("invalidMetadata")
    /// The session holds as much as it may.
    public static let limitReached = Self("limitReached")
    /// An argument makes no sense.
    public static let invalidArgument = Self("invalidArgument")
    /// This version, or this store, cannot do that.
    public static let unsupported = Self("unsupported")
    /// Whether the append happened is not known; append again with the same `id`.
    public static let ambiguous = Self("ambiguous")
    /// Another writer has taken over; this one writes no more. Open the journal again.
    public static let fenced = Self("fenced")
    /// The journal's server cannot be reached; nothing was appended.
    public static let unavailable = Self("unavailable")
    /// A promise inside the library was broken; report it.
    public static let internalError = Self("internalError")
}

extension JournalError: Equatable {
    /// Equal by code.
    public static func == (left: JournalError, right: JournalError) -> Bool {
        left.code == right.code
    }
}

extension JournalError: CustomStringConvertible {
    /// One line: the place, what happened and what to do, and the errors underneath.
    public var description: String {
        var text = place.map { "\($0): \(message)" } ?? message
        if let cause { text += " (\(cause))" }
        return text
    }
}
