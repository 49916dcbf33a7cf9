internal import Foundation
internal import SessionJournal

/// Imports what a ``SourceCollector`` hands over, and holds the journal open only meanwhile.
struct SourceImport {
    private let openWriter: @Sendable () async throws -> JournalWriter
    let options: TranscriptImporter.Options
    private let inbox: SourceInbox
    private let signals: FolderSignals
    let notify: @Sendable (WatchNotice) -> Void
    /// The folders that are followed.
    private let roots: [WatchedPath]

    /// What is open, as long as the journal is.
    var run: ImportRun?
    var states: [Int: SourceState] = [:]
    private(set) var report = WatchReport()

    /// What is known of the journal while it is closed.
    private var kept: (run: ImportRun, position: UInt64)?
    private var replies: [SourceReply] = []
    private var seenFiles: Set<Int> = []
    /// What was told of paths that are not read.
    private var told: [String: String] = [:]
    private let clock = ContinuousClock()
    private var lastFlush: ContinuousClock.Instant
    /// Whether something was appended that snapshots may be due for.
    private var hasCaughtUp = false

    /// How long what was read may wait for more before it is appended.
    private static let longestWait = Duration.milliseconds(200)
    /// How soon a journal that somebody else writes to is tried again, at first and at most.
    private static let lockPause = (first: Duration.milliseconds(50), last: Duration.seconds(1))

    init(
        _ roots: [WatchedPath], options: TranscriptImporter.Options, inbox: SourceInbox,
        signals: FolderSignals, notify: @escaping @Sendable (WatchNotice) -> Void,
        openWriter: @escaping @Sendable () async throws -> JournalWriter
    ) {
        self.roots = roots
        self.options = options
        self.inbox = inbox
        self.signals = signals
        self.notify = notify
        self.openWriter = openWriter
        lastFlush = clock.now
    }

    /// Imports until nothing more comes.
    mutating func work() async throws -> WatchReport {
        do {
            while let job = try await inbox.next() {
                try await take(job)
                if let run, !run.output.items.isEmpty, clock.now - lastFlush > Self.longestWait {
                    try await flush()
                }
                if inbox.isEmpty { try await close() }
                inbox.reply(replies, releasing: job.size)
                // Whoever waits for memory or for an answer goes on.
                if !replies.isEmpty || job.size > 0 { signals.wake() }
                replies = []
            }
            // What is held back is all that there will be.
            for id in states.keys.sorted() {
                try await advance(id, isForced: true, isEnding: true)
                try await finish(id)
            }
            try await close()
        } catch {
            await abandon()
            throw error
        }
        return report
    }

    // MARK: The journal

    /// The journal open; waits while another process writes to it.
    mutating func open() async throws {
        guard run == nil else { return }
        var pause = Self.lockPause.first
        var isWaiting = false
        while true {
            do {
                let writer = try await openWriter()
                if isWaiting { notify(.resumed) }
                try await resume(writer)
                return
            } catch let error as JournalError where error.code == .locked {
                if !isWaiting { notify(.waiting) }
                isWaiting = true
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.lockPause.last)
        }
    }

    /// Goes on with what was known when the journal was closed, as far as that still holds.
    private mutating func resume(_ writer: JournalWriter) async throws {
        var run = ImportRun(writer: writer, options: options, walk: FileWalk())
        self.run = run
        let position = try await writer.journal.store.position().lastSequence
        if let kept {
            run.known = kept.run.known
            run.ledgers = kept.run.ledgers
            run.versions = kept.run.versions
            if position != kept.position {
                run.versions = [:]
                for (name, ledger) in run.ledgers {
                    let version = try await writer.journal.store.head(of: ledger.id)?.version
                    if version == kept.run.versions[ledger.id], let version {
                        run.versions[ledger.id] = version
                    } else {
                        run.ledgers[name] = nil
                    }
                }
            }
            try await run.known?.read(writer.journal)
        } else {
            run.known = try await KnownFiles(writer.journal)
        }
        self.run = run
        lastFlush = clock.now
    }

    /// Appends what has been gathered.
    private mutating func flush() async throws {
        _ = try await run?.flushAndWait()
        lastFlush = clock.now
    }

    /// Appends what has been gathered, and closes the journal, so that others can write to it.
    private mutating func close() async throws {
        guard run != nil else { return }
        try await flush()
        guard var run else { return }
        report.events += run.report.events
        run.evict()
        if hasCaughtUp, run.report.events > 0 {
            hasCaughtUp = false
            try await run.journal.takeSnapshots()
        }
        let position = try await run.journal.store.position().lastSequence
        run.known?.lastSequence = position
        kept = (run, position)
        self.run = nil
        try await run.journal.close()
    }

    /// Lets go of the journal after an error: what is under way must not outlive this.
    private mutating func abandon() async {
        guard var run else { return }
        self.run = nil
        do { try await run.settle() } catch {}
        do { try await run.journal.close() } catch {}
    }

    // MARK: Jobs

    private mutating func take(_ job: SourceJob) async throws {
        let id = job.file.id
        if id > 0, seenFiles.insert(id).inserted { report.files += 1 }
        if case .renamed = job.work {} else { states[id]?.file = job.file }
        do {
            switch job.work {
            case .read: try await readFromStart(job.file)
            case .bytes(let bytes):
                report.size += UInt64(bytes.count)
                if states[id] == nil { states[id] = SourceState(job.file) }
                guard states[id]?.mode == .lines else { return }
                states[id]?.buffer += bytes
                try await advance(id, isForced: false, isEnding: false)
            case .quiet: try await advance(id, isForced: true, isEnding: false)
            case .settle: try await finish(id)
            case .whole(let bytes): try await takeWhole(job.file, bytes)
            case .ended(let change): try await end(job.file, change)
            case .renamed(let old): try await rename(job.file, from: old)
            case .unreadable(let why): skip(job.file.fullPath, why)
            case .caughtUp:
                try await tellVanished()
                hasCaughtUp = true
                notify(.caughtUp(files: report.files))
            }
        } catch let error as TranscriptError {
            // The lines before stay, and the file is told as skipped.
            skip(job.file.fullPath, error.message)
            reply(id, error.code == .changedWhileRead ? .known : .ignored)
        }
    }

    /// A file ends in the middle of a line.
    mutating func noteTornLine() { report.tornLines += 1 }

    /// Tells that a path is not read; once.
    mutating func skip(_ path: String, _ why: String) {
        guard told[path] == nil else { return }
        told[path] = why
        notify(.skipped(path: path, why: why))
    }

    /// Says how a file is to be followed from here on.
    mutating func reply(_ id: Int, _ mode: SourceMode, offset: UInt64? = nil, tail: [UInt8] = []) {
        if mode == .lines {
            states[id]?.mode = .lines
        } else {
            states[id] = nil
        }
        replies.append(SourceReply(id: id, mode: mode, offset: offset, tail: tail))
    }

    /// Tells what was taken of a file.
    mutating func tellTaken(
        _ file: SourceFile, _ format: String, _ sessions: [SessionID],
        lines: Int, events: Int
    ) {
        told[file.fullPath] = nil
        guard lines > 0 || events > 0 else { return }
        report.lines += lines
        notify(
            .taken(
                .init(
                    path: file.fullPath, format: format, sessions: sessions, lines: lines,
                    events: events)))
    }

    // MARK: Changes

    /// A file is no more what it was: what is held back of it is imported, and then it is told.
    private mutating func end(_ file: SourceFile, _ change: SourceChange) async throws {
        if states[file.id] != nil {
            try await advance(file.id, isForced: true, isEnding: true)
            try await finish(file.id)
        }
        try await open()
        if let source = source(of: file),
            !isDocument(source) || change == .deleted || change == .moved
        {
            try await tell(
                change == .deleted || change == .moved ? .sourceDeleted : .sourceRewritten, source,
                how: change)
        }
        states[file.id] = nil
    }

    private mutating func rename(_ file: SourceFile, from old: String) async throws {
        // What it is made of is said under the name that it had.
        try await finish(file.id)
        states[file.id]?.file = file
        try await open()
        guard let source = run?.known?.sources[old] else { return }
        try await tellRenamed(source, to: file)
    }

    /// The file as the journal heard of it last.
    func source(of file: SourceFile) -> KnownFiles.Source? {
        let named = walkFile(file, size: 0, modified: 0)
        return run?.known?.sources[named.fullPath]
    }

    /// Whether a file is rewritten as a matter of course.
    func isDocument(_ source: KnownFiles.Source) -> Bool {
        let isOfLines = source.path.hasSuffix(".jsonl") || source.path.hasSuffix(".ndjson")
        return !isOfLines && TranscriptFormat.named(source.format)?.shape != nil
    }

    /// Tells that a file which was imported has another name, in its sessions and in the journal's own.
    mutating func tellRenamed(_ source: KnownFiles.Source, to file: SourceFile) async throws {
        let named = walkFile(file, size: 0, modified: 0)
        try await append(.sourceRenamed, source, how: named.fullPath) { data in
            data.member("to_root", named.root)
            data.member("to", named.path)
        }
        run?.known?.remove(source)
        var renamed = source
        (renamed.root, renamed.path) = (named.root, named.path)
        run?.known?.add(renamed)
    }

    /// Tells what became of a file which was imported.
    mutating func tell(
        _ kind: EventKind, _ source: KnownFiles.Source, how: SourceChange
    ) async throws {
        try await append(kind, source, how: how.rawValue) { $0.member("how", how.rawValue) }
        if kind == .sourceDeleted { run?.known?.remove(source) }
    }

    private mutating func append(
        _ kind: EventKind, _ source: KnownFiles.Source, how: String,
        _ body: (inout DataWriter) -> Void
    ) async throws {
        var data = DataWriter()
        data.member("root", source.root)
        data.member("path", source.path)
        data.member("format", source.format)
        data.member("bytes", source.size)
        data.member("sha256", source.digest.hexadecimal)
        body(&data)
        let bytes = data.finish()
        for session in run?.known?.sessions(of: source) ?? [] {
            try await run?.settle()
            if run?.versions[session] == nil {
                let head = try await run?.journal.store.head(of: session)
                guard let version = head?.version else { continue }
                run?.versions[session] = version
            }
            run?.output.begin(session, occurred: nil)
            run?.output.add(kind, bytes)
        }
        run?.output.addToJournal(kind, bytes)
        report.changes += 1
        notify(
            .changed(.init(path: source.fullPath, kind: kind, how: how, size: source.size)))
    }

    /// Files that the journal knows below the folders that are followed, and that went while nobody
    /// followed them.
    private mutating func tellVanished() async throws {
        try await open()
        let known = run?.known?.sources.values.sorted { $0.fullPath < $1.fullPath } ?? []
        for source in known where roots.contains(where: { $0.holds(source.fullPath) }) {
            guard FileStatus(at: source.fullPath) == nil else { continue }
            try await tell(.sourceDeleted, source, how: .deleted)
        }
    }
}

extension WatchedPath {
    /// Whether a path is this one or stands below it.
    fileprivate func holds(_ other: String) -> Bool {
        isFile ? other == path : path == "/" || other.hasPrefix(path + "/")
    }
}
