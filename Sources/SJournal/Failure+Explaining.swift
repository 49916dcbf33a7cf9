import Glibc
import SessionJournal

extension Failure {
    /// Any error as one line and a status.
    init(explaining error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let usage as UsageError:
            let help: Shown =
                usage.command.map { "; sjournal help \($0) explains" } ?? ""
            let isAnswered = usage.message.rendered(isColoured: false).contains("; ")
            self.init(.usage, isAnswered ? usage.message : usage.message + help)
        case OutputFailure.refused(let number):
            self.init(
                number == EACCES || number == EPERM ? .denied : .damaged,
                "the answer could not be written: \(SystemError.text(number)); it is not complete")
        case let input as InputFailure:
            self.init(
                .damaged, "standard input cannot be read: \(SystemError.text(input.number))")
        default:
            self.init(.damaged, "\(String(describing: error))")
        }
    }
}

/// The system's words for its numbers.
enum SystemError {
    static func text(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
