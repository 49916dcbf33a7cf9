/// What went wrong in the segment log. One word wide; equal by code.
package struct LogError: Error, Sendable {
    package enum Code: Hashable, Sendable {
        /// The directory holds no segment log.
        case notALog
        /// A newer program wrote it.
        case newerFormat
        /// Bytes are not what was written.
        case damaged
        /// Another writer holds the lock.
        case locked
        /// No permission.
        case denied
        /// The disk is full.
        case noSpace
        /// A system call failed.
        case inputOutput
        /// An earlier write or sync failed: this writer appends nothing more.
        case failed
        /// The log was closed.
        case closed
        /// It was opened for reading, or damage made it so.
        case readOnly
        /// A line or a commit is longer than the format allows.
        case tooLarge
        /// The view is older than a file it would need.
        case viewExpired
        /// The leaves that it takes are forgotten.
        case forgotten
        /// The caller broke a rule: an order, a range.
        case invalid
    }

    private final class Storage: Sendable {
        let code: Code
        let message: String
        let path: String?
        let offset: Int?
        let errno: Errno?

        init(_ code: Code, _ message: String, _ path: String?, _ offset: Int?, _ errno: Errno?) {
            self.code = code
            self.message = message
            self.path = path
            self.offset = offset
            self.errno = errno
        }
    }

    private let storage: Storage

    package init(
        _ code: Code, _ message: String, path: String? = nil, offset: Int? = nil,
        errno: Errno? = nil
    ) {
        storage = Storage(code, message, path, offset, errno)
    }

    /// What a failed system call means to the user of a file.
    package init(errno: Errno, action: String, path: String) {
        let code: Code =
            switch errno {
            case .noSpace, .quotaExceeded, .fileTooLarge: .noSpace
            case .accessDenied, .notPermitted, .readOnly: .denied
            case .noSuchFile: .notALog
            default: .inputOutput
            }
        self.init(code, "cannot \(action): \(errno)", path: path, errno: errno)
    }

    package var code: Code { storage.code }
    package var message: String { storage.message }
    package var path: String? { storage.path }
    package var offset: Int? { storage.offset }
    package var errno: Errno? { storage.errno }
}

extension LogError: Equatable {
    package static func == (left: LogError, right: LogError) -> Bool { left.code == right.code }
}

extension LogError: CustomStringConvertible {
    package var description: String {
        let place = path.map { path in offset.map { "\(path) at byte \($0): " } ?? "\(path): " }
        return (place ?? "") + message
    }
}

extension LogError {
    /// A leaf was asked for of which only a root above it is kept.
    static func forgotten(_ events: ClosedRange<UInt64>, path: String? = nil) -> LogError {
        LogError(
            .forgotten,
            "the leaves of events \(events.lowerBound) to \(events.upperBound) were forgotten: of "
                + "the tree there, only the hash over all of them is kept", path: path)
    }

    /// Runs system calls, naming what was being done when one fails.
    static func wrap<Result>(
        _ action: @autoclosure () -> String, _ path: String,
        _ body: () throws(Errno) -> Result
    ) throws(LogError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            throw LogError(errno: error, action: action(), path: path)
        }
    }

    /// Reads a part that a checksum covers. One that the disk cannot read is damaged like one whose
    /// bytes are others: what stands beside it is served.
    static func wrapContent<Result>(
        _ path: String, _ offset: Int, _ body: () throws(Errno) -> Result
    ) throws(LogError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            guard error == .inputOutput else {
                throw LogError(errno: error, action: "read", path: path)
            }
            throw LogError(
                .damaged, "the disk cannot read it: \(error)", path: path, offset: offset,
                errno: error)
        }
    }
}
