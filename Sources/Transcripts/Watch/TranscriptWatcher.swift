internal import Dispatch
public import SessionJournal
internal import Synchronization

/// Follows the folders where agents write, and takes into a journal what they write, as they do.
///
/// What is deleted, truncated or rewritten in the folders stays in the journal, and that it was is an
/// event of its sessions: `source.deleted`, `source.rewritten`, `source.renamed`. Where it last was
/// follows from the journal itself, so that it may be killed at any moment and started again.
///
/// ```swift
/// let watcher = TranscriptWatcher(paths: ["/home/ada/.claude/projects"]) {
///     try await Journal.open(at: path).as("service:watch")
/// }
/// let task = Task { try await watcher.run() }
/// // …
/// watcher.stop()
/// print(try await task.value.events)
/// ```
///
/// It sleeps while nothing happens: the kernel tells (inotify), and nothing is polled. The journal is
/// open only while something is imported. Cost: one thread that waits; memory for what was read and
/// could not be imported yet, 32 MiB at most, and for what is known of the sessions at hand, 64 MiB;
/// a kernel's watch for each folder and a file descriptor for each of the files that changed last.
public final class TranscriptWatcher: Sendable {
    /// Choices for following.
    public struct Options: Sendable {
        /// How what is found is imported. Its `progress` is not called.
        public var importing = TranscriptImporter.Options()

        /// Whether to take in what is there, and end.
        public var isOnce = false

        /// How many files are held open at most, so that what was written to them can be read although
        /// they are deleted; nil for half of what the process may have open, 512 at most. Beyond that
        /// the file that was used the longest time ago and was read to its end is closed.
        public var openFiles: Int?

        /// Called for everything that is done or seen, in order, by the one task that imports.
        public var notify: (@Sendable (WatchNotice) -> Void)?

        var pace = SourceCollector.Pace()

        /// The usual choices.
        public init() {}
    }

    private let paths: [String]
    private let options: Options
    private let openJournal: @Sendable () async throws -> JournalWriter
    private let inbox = SourceInbox()
    private let signals = Mutex<FolderSignals?>(nil)

    /// A watcher.
    ///
    /// - Parameters:
    ///   - paths: Folders and files; ``AgentFolder/found(in:)`` knows those of agents.
    ///   - options: The choices.
    ///   - openJournal: Opens the journal for writing, and gives the handle whose name stands in the
    ///     events. It is called again and again: the journal is closed when there is nothing to do.
    ///     Where it throws `locked`, that is tried again until it succeeds.
    public init(
        paths: [String], options: Options = Options(),
        openJournal: @escaping @Sendable () async throws -> JournalWriter
    ) {
        self.paths = paths
        self.options = options
        self.openJournal = openJournal
    }

    /// Follows until ``stop()`` is called or the task is cancelled, or with ``Options/isOnce`` until
    /// everything has been taken in. May be called once.
    ///
    /// - Throws: ``TranscriptError/Code/notFound`` where a path is not there;
    ///   ``TranscriptError/Code/watchLimit`` where the system lets no more folders be watched;
    ///   a `JournalError` where the journal cannot take the events. Then start it again: what was not
    ///   imported is.
    public func run() async throws -> WatchReport {
        var roots: [WatchedPath] = []
        for path in paths { roots.append(try WatchedPath(path)) }
        let signals = try FolderSignals()
        self.signals.withLock { $0 = signals }
        let limit = options.openFiles ?? min(512, FolderSignals.openFileLimit / 2)
        let (inbox, pace, once) = (inbox, options.pace, options.isOnce)
        let watched = roots
        DispatchQueue(label: "sjournal.watch").async {
            let collector = SourceCollector(
                watched, signals: signals, inbox: inbox, pace: pace, openLimit: max(1, limit))
            collector.run(once: once)
        }
        var importing = SourceImport(
            roots, options: options.importing, inbox: inbox, signals: signals,
            notify: options.notify ?? { _ in }, openWriter: openJournal)
        do {
            let report = try await withTaskCancellationHandler {
                try await importing.work()
            } onCancel: {
                stop()
            }
            return report
        } catch {
            stop()
            throw error
        }
    }

    /// Has it take in what was written until now to the files that it follows, and end; what was there
    /// at the beginning and it has not come to yet stays for the next time. May be called from anywhere,
    /// any number of times.
    public func stop() {
        inbox.stop()
        signals.withLock { $0 }?.wake()
    }

    /// How often it was woken so far: while nothing happens this does not grow.
    public var wakeCount: Int { inbox.wakeCount }
}
