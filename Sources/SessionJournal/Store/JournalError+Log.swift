internal import SegmentLog

extension JournalError {
    /// What an error of the segment log means to the user of a journal.
    init(_ error: LogError) {
        let code: Code =
            switch error.code {
            case .notALog: .notAJournal
            case .newerFormat: .newerFormat
            case .damaged: .damaged
            case .locked: .locked
            case .denied: .accessDenied
            case .noSpace: .noSpace
            case .inputOutput: .inputOutput
            case .failed: .failed
            case .closed: .closed
            case .readOnly: .readOnly
            case .tooLarge: .tooLarge
            case .viewExpired: .viewExpired
            case .forgotten: .leavesForgotten
            case .invalid: .internalError
            }
        let place = error.path.map { path in
            error.offset.map { "\(path) at byte \($0)" } ?? path
        }
        self.init(code, error.message, place: place, cause: error.errno)
    }

    /// Runs something of the segment log.
    static func wrap<Value>(
        _ body: () throws(LogError) -> Value
    ) throws(JournalError) -> Value {
        do throws(LogError) {
            return try body()
        } catch {
            throw JournalError(error)
        }
    }

    /// Runs a system call, naming what was being done when it fails.
    static func wrap<Value>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(JournalError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw JournalError(LogError(errno: error, action: action, path: path))
        }
    }
}
