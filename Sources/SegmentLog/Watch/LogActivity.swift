/// Something that a log has done: what whoever watches it is told.
package struct LogActivity: Sendable {
    package enum Kind: Sendable {
        /// One commit: compressed, checked, written and synced.
        case commit
        /// One sync of a file or a directory.
        case sync
        /// A full segment was completed and the next one begun.
        case rotate
        /// A complete segment was written anew in the sealed layout.
        case seal
        /// A sealed segment was compressed anew.
        case recompress
        /// What a crash left was put right.
        case recover
        /// A reader took in what a writer has done.
        case refresh
        /// The cache gave up what was read longest ago.
        case evict
    }

    package var kind: Kind
    /// In nanoseconds.
    package var duration: UInt64
    /// Plain bytes; for a sync, those that were written since the one before.
    package var bytes: Int
    package var events: Int
    package var error: LogError?
    /// The file's or directory's name, where there is one.
    package var file: String?
}

/// Where a log says what it does.
///
/// It is told from any thread and under locks of the log, so that it must be short and must neither
/// wait nor call back.
package struct LogWatch: Sendable {
    private let report: (@Sendable (LogActivity) -> Void)?

    package init(_ report: @escaping @Sendable (LogActivity) -> Void) { self.report = report }

    private init() { report = nil }

    /// Nobody watches; nothing is measured.
    package static let none = LogWatch()

    /// Reports what took no time to speak of.
    func note(_ kind: LogActivity.Kind, bytes: Int = 0, events: Int = 0) {
        report?(LogActivity(kind: kind, duration: 0, bytes: bytes, events: events))
    }

    /// Does something, and reports how long that took and how it ended.
    func measure<Value>(
        _ kind: LogActivity.Kind, bytes: Int = 0, events: Int = 0, file: String? = nil,
        _ body: () throws(LogError) -> Value
    ) throws(LogError) -> Value {
        guard let report else { return try body() }
        let start = MonotonicTime.now()
        var activity = LogActivity(
            kind: kind, duration: 0, bytes: bytes, events: events, file: file)
        do throws(LogError) {
            let value = try body()
            activity.duration = MonotonicTime.now() - start
            report(activity)
            return value
        } catch {
            activity.duration = MonotonicTime.now() - start
            activity.error = error
            report(activity)
            throw error
        }
    }

    /// The same for what answers with an error instead of throwing it.
    func outcome(
        _ kind: LogActivity.Kind, bytes: Int, events: Int, _ body: () -> LogError?
    ) -> LogError? {
        do throws(LogError) {
            try measure(kind, bytes: bytes, events: events) { () throws(LogError) in
                if let error = body() { throw error }
            }
            return nil
        } catch {
            return error
        }
    }

    /// The same for a system call.
    func measureCall(
        _ kind: LogActivity.Kind, bytes: Int, path: String, name: String,
        _ body: () throws(Errno) -> Void
    ) throws(Errno) {
        guard let report else { return try body() }
        let start = MonotonicTime.now()
        var activity = LogActivity(
            kind: kind, duration: 0, bytes: bytes, events: 0, file: name)
        do throws(Errno) {
            try body()
            activity.duration = MonotonicTime.now() - start
            report(activity)
        } catch {
            activity.duration = MonotonicTime.now() - start
            activity.error = LogError(errno: error, action: "sync", path: path)
            report(activity)
            throw error
        }
    }
}
