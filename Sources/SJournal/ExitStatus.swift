/// What the process says to the shell.
enum ExitStatus: Int32, Sendable {
    /// Yes, or done.
    case done = 0
    /// A negative answer: not found, ambiguous, refused, a conflict.
    case negative = 1
    /// The command line was wrong.
    case usage = 2
    /// The journal or a file is damaged or cannot be read.
    case damaged = 3
    /// No permission.
    case denied = 4
}

/// Why a command stopped: one line for standard error, and what to say to the shell.
struct Failure: Error, Equatable {
    let status: ExitStatus
    /// What went wrong; what to do.
    let message: Shown

    init(_ status: ExitStatus, _ message: Shown) {
        self.status = status
        self.message = message
    }
}
