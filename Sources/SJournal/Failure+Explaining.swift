import FoundationEssentials
import Glibc
import SessionJournal
import Transcripts

extension Failure {
    /// Any error as one line and a status.
    init(explaining error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let usage as UsageError: self.init(usage: usage)
        case let error as JournalError:
            self.init(Self.status(of: error.code), Self.words(error))
        case let error as TranscriptError:
            self.init(Self.status(of: error), "\(error.message)")
        case OutputFailure.refused(let number):
            self.init(
                SystemError.isDenial(number) ? .denied : .damaged,
                "the answer could not be written: \(SystemError.text(number)); it is not complete")
        case let input as InputFailure:
            self.init(
                .damaged, "the input cannot be read: \(SystemError.text(input.number))")
        default:
            self.init(.damaged, "\(String(describing: error))")
        }
    }

    private init(usage: UsageError) {
        let hasAdvice = usage.message.rendered(isColoured: false).contains("; ")
        guard !hasAdvice, let command = usage.command else {
            self.init(.usage, usage.message)
            return
        }
        self.init(.usage, usage.message + "; sjournal help \(command) explains")
    }

    /// The place, what happened, the cause if the message does not name it, and what to do.
    private static func words(_ error: JournalError) -> Shown {
        var text = error.place.map { "\($0): \(error.message)" } ?? error.message
        if let cause = error.cause.map({ String(describing: $0) }), !text.contains(cause) {
            text += " (\(cause))"
        }
        guard !text.contains("; "), let advice = advice(for: error.code) else { return "\(text)" }
        return "\(text); \(advice)"
    }

    private static func advice(for code: JournalError.Code) -> String? {
        switch code {
        case .accessDenied: "see to its permissions, or name another journal with -j DIR"
        case .noSpace: "make room and try again: nothing that was acknowledged is lost"
        case .inputOutput: "see to the disk; sjournal verify says what can still be read"
        case .damaged: "sjournal verify names all damage"
        case .locked: "wait until the other process is done"
        default: nil
        }
    }

    /// Negative answers are about what was asked for, damage about what is stored or the disk.
    private static func status(of code: JournalError.Code) -> ExitStatus {
        let negative: Set<JournalError.Code> = [
            .alreadyExists, .locked, .sessionNotFound, .sessionAmbiguous, .sessionExists,
            .branchNotFound, .labelNotFound, .templateNotFound, .branchExists, .messageNotFound,
            .mergeConflict,
            .eventNotFound,
            .conflict, .duplicateID, .invalidEvent, .unknownKind,
            .tooLarge, .notContiguous, .unsupported, .ambiguous, .invalidMetadata,
            .limitReached, .leavesForgotten,
        ]
        if code == .sessionLocked || code == .wrongKey { return .denied }
        if negative.contains(code) { return .negative }
        if code == .invalidArgument { return .usage }
        return [.accessDenied, .approvalNeeded, .readOnly, .held].contains(code)
            ? .denied : .damaged
    }

    private static func status(of error: TranscriptError) -> ExitStatus {
        switch error.code {
        case .inaccessible: SystemError.isDenial(inside: error.cause) ? .denied : .damaged
        case .notFound, .nothingToExport, .targetExists, .unsafePath, .changedWhileRead,
            .secretsFound, .unseen, .compacted, .unsupported:
            .negative
        // What is no transcript is a file that cannot be read.
        default: .damaged
        }
    }
}

/// The system's words for its numbers.
enum SystemError {
    static func text(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }

    static func isDenial(_ number: Int32) -> Bool {
        [EACCES, EPERM, EROFS].contains(number)
    }

    /// Whether an error of Foundation comes from a lack of permission.
    static func isDenial(inside error: (any Error)?) -> Bool {
        if let error = error as? POSIXError { return isDenial(error.code.rawValue) }
        guard let error = error as? CocoaError else { return false }
        return [.fileReadNoPermission, .fileWriteNoPermission, .fileWriteVolumeReadOnly]
            .contains(error.code) || isDenial(inside: error.underlying)
    }
}
