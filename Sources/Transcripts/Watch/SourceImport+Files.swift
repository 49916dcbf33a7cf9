internal import Foundation
internal import SessionJournal
internal import TransparencyLog

// How what was read of files gets into the journal.
extension SourceImport {
    /// A file under the name by which the journal knows it.
    func walkFile(_ file: SourceFile, size: UInt64, modified: Int64) -> FileWalk.File {
        let named = FileWalk.File(
            root: file.root, path: file.path, size: size, modified: modified,
            isGiven: file.isGiven, openPlace: file.open?.place ?? file.fullPath)
        guard let scanner = options.scanner, options.secrets == .redact else { return named }
        return named.named(by: scanner)
    }

    private func walkFile(_ file: SourceFile, _ status: FileStatus?, size: UInt64) -> FileWalk.File
    {
        walkFile(file, size: size, modified: (status?.modified ?? 0) / 1_000)
    }

    private func status(of file: SourceFile) -> FileStatus? {
        file.open?.status ?? FileStatus(at: file.fullPath, followingLinks: file.isGiven)
    }

    // MARK: From the start

    /// Reads a file from its start, and takes what the journal has not.
    mutating func readFromStart(_ file: SourceFile) async throws {
        guard let status = status(of: file), status.kind == .file else {
            reply(file.id, .ignored)
            return
        }
        guard status.size > 0 else {
            states[file.id] = SourceState(file)
            reply(file.id, .lines, offset: 0)
            return
        }
        try await open()
        let named = walkFile(file, status, size: status.size)
        let content = try FileContent(named, memoryLimit: options.memoryLimit)
        let prior = source(of: file)
        if let entry = run?.known?.entry(content.digest, size: content.size) {
            try await takeKnown(file, named, content, entry, prior)
            reply(file.id, .known, offset: content.size)
            return
        }
        let reading = try SourceReading(content.window(), priorSize: prior?.size)
        if let prior, !prior.isRedacted, options.secrets != .redact, !isDocument(prior),
            reading.prior != prior.digest
        {
            try await tell(
                .sourceRewritten, prior, how: content.size < prior.size ? .truncated : .rewritten)
        }
        let before = run?.report.files.count ?? 0
        guard let survey = try run?.survey(content) else { return }
        if survey.isDocument {
            try await run?.take(named, content)
            finishWhole(file, before)
            reply(file.id, .whole, offset: content.size)
            return
        }
        guard try begin(file, named, survey) else { return }
        let end = reading.lineEnd
        try await takeLines(PieceScanner(window: content.window(upTo: end)), file.id)
        states[file.id]?.hash = reading.lines
        states[file.id]?.size = end
        if end < content.size {
            let window = try content.window()
            states[file.id]?.buffer = try window.read(at: end, count: Int(content.size - end))
        }
        try await finish(file.id)
        reply(file.id, .lines, offset: content.size, tail: reading.tail)
    }

    /// A file that the journal has, byte for byte: under this name, under one that it had, or as
    /// another file.
    private mutating func takeKnown(
        _ file: SourceFile, _ named: FileWalk.File, _ content: FileContent,
        _ entry: KnownFiles.Entry, _ prior: KnownFiles.Source?
    ) async throws {
        if let prior, prior.digest == content.digest, prior.size == content.size { return }
        let old = run?.known?.sources.values.filter { source in
            source.digest == content.digest && source.size == content.size
                && FileStatus(at: source.fullPath) == nil
        }
        if prior == nil, let old = old?.min(by: { $0.fullPath < $1.fullPath }) {
            try await tellRenamed(old, to: file)
            return
        }
        try await run?.take(named, content, knownAs: entry)
        run?.known?.add(
            .init(
                root: named.root, path: named.path, format: entry.format, size: content.size,
                digest: content.digest))
    }

    // MARK: As a whole

    /// Takes a file that is rewritten rather than appended to.
    mutating func takeWhole(_ file: SourceFile, _ bytes: [UInt8]?) async throws {
        let status = status(of: file)
        let size = bytes.map { UInt64($0.count) } ?? status?.size ?? 0
        guard size > 0 else { return }
        try await open()
        let named = walkFile(file, status, size: size)
        let content =
            try bytes.map { FileContent(bytes: $0) }
            ?? FileContent(named, memoryLimit: options.memoryLimit)
        if let entry = run?.known?.entry(content.digest, size: content.size) {
            try await takeKnown(file, named, content, entry, source(of: file))
            return
        }
        let before = run?.report.files.count ?? 0
        try await run?.take(named, content)
        finishWhole(file, before)
    }

    /// Remembers a file that was imported as a whole.
    private mutating func finishWhole(_ file: SourceFile, _ before: Int) {
        guard let run, run.report.files.count > before, let taken = run.report.files.last else {
            return
        }
        if let digest = run.lastDigest {
            self.run?.known?.add(
                .init(
                    root: taken.root, path: taken.path, format: taken.format, size: taken.size,
                    digest: digest))
        }
        tellTaken(
            file, taken.format, taken.sessions,
            lines: taken.counts.lines - taken.duplicates, events: taken.events)
    }

    // MARK: Line by line

    /// Begins to take a file line by line; false where it is nothing that is read.
    private mutating func begin(
        _ file: SourceFile, _ named: FileWalk.File, _ survey: FileSurvey
    ) throws -> Bool {
        guard let format = survey.readAs,
            file.isGiven || named.isKeptUnrecognised || format.name != TranscriptFormat.lines.name
        else {
            skip(file.fullPath, "in no format that this version reads")
            reply(file.id, .ignored)
            return false
        }
        var state = SourceState(file)
        state.watch = options.scanner.map { PieceWatch($0, options.secrets, path: named.path) }
        var survey = survey
        if let watch = state.watch, watch.handling == .redact {
            survey.session = survey.session.map { watch.scanner.redacted($0).text }
        }
        state.pass = FilePass(
            file: named, content: FileContent(bytes: []), survey: survey, format: format)
        run?.output.addToJournal(.importBegan, named.began(format.name))
        state.buffer = states[file.id]?.buffer ?? []
        states[file.id] = state
        return true
    }

    /// Takes what is held back of a file as far as it is whole lines.
    ///
    /// - Parameters:
    ///   - isForced: Whether to decide now what the file is: nothing more comes for a moment.
    ///   - isEnding: Whether to take a line without its end, too: nothing more comes at all.
    mutating func advance(_ id: Int, isForced: Bool, isEnding: Bool) async throws {
        guard let state = states[id], state.mode == .lines, !state.buffer.isEmpty else { return }
        if state.pass == nil {
            guard try await recognise(state, isForced: isForced, isEnding: isEnding) else { return }
        }
        guard var state = states[id] else { return }
        let end = isEnding ? state.buffer.count : state.lineEnd
        guard end > 0 else { return }
        try await open()
        if end > state.lineEnd { noteTornLine() }
        let bytes = Array(state.buffer[..<end])
        state.buffer.removeFirst(end)
        state.hash.update(bytes.span)
        state.size += UInt64(end)
        states[id] = state
        try await takeLines(PieceScanner(window: FileWindow(bytes: bytes)), id)
    }

    /// Finds out what a file is; false where that cannot be said yet, or where it has been taken as a
    /// whole.
    private mutating func recognise(
        _ state: SourceState, isForced: Bool, isEnding: Bool
    ) async throws -> Bool {
        let file = state.file
        let isForced = isForced || state.buffer.count > SourceState.patience
        if isForced,
            let survey = FileSurvey(documents: state.buffer.span, given: options.format),
            survey.isDocument
        {
            try await takeWhole(file, state.buffer)
            reply(file.id, .whole)
            return false
        }
        let end = isEnding || state.lineEnd == 0 ? state.buffer.count : state.lineEnd
        guard isEnding || state.lineEnd > 0 else { return false }
        let survey = try FileSurvey(
            PieceScanner(window: FileWindow(bytes: Array(state.buffer[..<end]))),
            given: options.format)
        guard isForced || (survey.format != nil && survey.session != nil && !survey.isDocument)
        else { return false }
        try await open()
        return try begin(
            file, walkFile(file, status(of: file), size: UInt64(state.buffer.count)), survey)
    }

    /// Takes lines, or what stands in their place.
    private mutating func takeLines(
        _ pieces: consuming PieceScanner, _ id: Int
    ) async throws {
        // The state must not be held twice, or every line would copy all that it knows.
        guard var state = states.removeValue(forKey: id), var pass = state.pass, var run else {
            return
        }
        (state.pass, self.run) = (nil, nil)
        pass.creation = SessionCreation(
            writer: run.writer, format: pass.format.name,
            fileTime: Timestamp(microseconds: pass.file.modified),
            zone: options.zone ?? (pass.format.hasNaiveTimes ? .utc : nil))
        let before = run.report.events + run.output.items.count
        let known = pass.duplicates
        var scanner = pieces
        var failure: (any Error)?
        do {
            while let item = try scanner.next() {
                switch item {
                case .gap(let range):
                    let gap = scanner.window.bytes.span.extracting(range)
                    state.watch?.pass(gap)
                    pass.manifest.add(gap: gap)
                case .piece(let piece):
                    if let clean = try state.watch?.look(at: piece, scanner) {
                        try await run.take(clean, &pass)
                    } else {
                        try await run.take(piece, &scanner, &pass)
                    }
                }
                if run.output.size >= options.batchSize { try await run.flush() }
            }
        } catch {
            failure = error
        }
        let events = run.report.events + run.output.items.count - before
        let lines = scanner.counts.lines - (pass.duplicates - known)
        state.counts.add(scanner.counts)
        state.events += events
        state.isUnfinished = true
        self.run = run
        let (format, sessions) = (pass.format.name, pass.manifest.sessions)
        state.pass = pass
        states[id] = state
        if let failure { throw failure }
        tellTaken(state.file, format, sessions, lines: lines, events: events)
    }

    /// Says in an event what a file is made of, as far as it has been imported.
    mutating func finish(_ id: Int) async throws {
        guard var state = states[id], state.isUnfinished, var pass = state.pass else { return }
        try await open()
        state.isUnfinished = false
        pass.manifest.finish()
        let named = walkFile(state.file, size: state.size, modified: pass.file.modified)
        var summary = ImportReport.File(
            root: named.root, path: named.path, format: pass.format.name,
            rival: pass.survey.rival, size: state.size, counts: state.counts,
            duplicates: pass.duplicates, events: state.events, sameAs: nil,
            sessions: pass.manifest.sessions + pass.documentSessions)
        if pass.format.hasNaiveTimes { summary.zone = (options.zone ?? .utc).name }
        let hash = state.hash
        pass.digest = hash.finish()
        var isRedacted = false
        if var watch = state.watch, watch.hasRedacted, let digest = watch.digest() {
            isRedacted = true
            summary.size = watch.size
            pass.digest = digest
            pass.redacted = Array(watch.countsJSON.description.utf8)
        }
        let source = KnownFiles.Source(
            root: named.root, path: named.path, format: summary.format, size: summary.size,
            digest: pass.digest, isRedacted: isRedacted)
        if run?.known?.entry(pass.digest, size: summary.size) == nil
            || run?.known?.sources[source.fullPath] != source
        {
            try await run?.finish(summary, pass)
            run?.known?.add(source)
        }
        states[id] = state
    }
}
