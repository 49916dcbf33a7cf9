internal import Foundation
internal import SessionJournal

/// One import under way.
struct ImportRun {
    let writer: JournalWriter
    let options: TranscriptImporter.Options
    private let walk: FileWalk

    var report = ImportReport()
    var known: KnownFiles?

    /// What is known of the sessions at hand, by format and name.
    var ledgers: [SessionName: SessionLedger] = [:]

    /// How often ``evict()`` was called, and how many sessions there may be before it is again.
    private var round = 0
    private var crowd = Self.crowdSize
    private static let crowdSize = 1024

    /// The last version of each session that has been written to, once what is under way is done.
    var versions: [SessionID: UInt64] = [:]
    var output = LineOutput()

    /// The batch that is being appended while the next one is gathered.
    private var inFlight: Task<[AppendReceipt], any Error>?
    private var receipts: [AppendReceipt] = []

    /// From what size on a batch has the memory to itself, in bytes.
    private static let largeBatch = 4 << 20

    private var doneSize: UInt64 = 0

    /// The file behind the one at hand, on its way into memory.
    private var ahead: (place: String, content: Task<FileContent, any Error>)?

    /// The keys of sessions that documents would have made by now, were anything written.
    private var keysOfDryRun: Set<String> = []

    /// The hash of what was imported last.
    private(set) var lastDigest: Digest?

    /// A session by its name in its source.
    struct SessionName: Hashable {
        let format: String
        let key: String
    }

    /// The largest file that is read ahead, in bytes.
    private static let aheadLimit: UInt64 = 8 << 20

    /// The largest manifest that stands in its event, in bytes.
    private static let manifestLimit = 256 << 10

    /// How many sessions the event of a file names whose manifest does not stand in it: with more it
    /// would be too large, and they stand in the manifest alone.
    private static let listedSessions = 200_000

    init(writer: JournalWriter, options: TranscriptImporter.Options, walk: FileWalk) {
        self.writer = writer
        self.options = options
        self.walk = walk
        report.skipped = walk.skipped
    }

    var journal: Journal { writer.journal }

    mutating func run() async throws -> ImportReport {
        do {
            known = try await KnownFiles(journal)
            for (index, file) in walk.files.enumerated() {
                tell(file, done: 0)
                // What was read ahead is this one; from here on it is the next.
                let content = ahead?.place == file.place ? ahead?.content : nil
                readAhead(index + 1)
                do {
                    try await open(file, content)
                } catch let error as TranscriptError where !file.isGiven {
                    // The lines before stay, and the file is told as skipped.
                    report.skipped.append((file.path, error.message))
                }
                doneSize += file.size
                tell(file, done: 0)
                report.fileCount += 1
                evict()
            }
            try await flush()
            try await settle()
        } catch {
            // What is under way belongs to this import: it must not outlive it.
            _ = await inFlight?.result
            _ = await ahead?.content.result
            throw error
        }
        return report
    }

    /// Begins to read the file at a place of the walk, where that is small.
    private mutating func readAhead(_ index: Int) {
        ahead = nil
        guard index < walk.files.count, walk.files[index].size <= Self.aheadLimit else { return }
        let file = walk.files[index]
        let limit = options.memoryLimit
        ahead = (file.place, Task { try FileContent(file, memoryLimit: limit) })
    }

    func tell(_ file: FileWalk.File, done: UInt64) {
        options.progress?(
            ImportProgress(
                size: min(doneSize + done, walk.totalSize), totalSize: walk.totalSize,
                files: report.fileCount,
                totalFiles: walk.files.count, path: file.path))
    }

    // MARK: Files

    /// Takes in a file that holds what is given.
    mutating func take(_ file: FileWalk.File, _ content: FileContent) async throws {
        try refuse(file, content)
        var watch = options.scanner.map { PieceWatch($0, options.secrets, path: file.path) }
        var file = file
        if let watch, watch.handling == .redact {
            // Nothing of a name gets into the journal, either.
            file = file.named(by: watch.scanner)
        }
        if let entry = known?.entry(content.digest, size: content.size) {
            try await take(file, content, knownAs: entry)
            return
        }
        var survey = try survey(content)
        if let watch, watch.handling == .redact {
            survey.session = survey.session.map { watch.scanner.redacted($0).text }
        }
        if survey.format == nil, survey.holdsJSON, let session = file.sessionOfSubAgent {
            survey.format = .claudeCode
            survey.session = session
        }
        guard let format = survey.readAs else {
            throw TranscriptError(
                .notATranscript,
                "\(file.path) is not a transcript that this version reads: no line of it is JSON.",
                path: file.path)
        }
        let isTooLarge =
            survey.format == nil && survey.beginsLikeJSON && !survey.beginsWithLine
            && content.size > DocumentShape.sizeLimit
        let limit = "a JSON document above \(DocumentShape.sizeLimit >> 20) MiB"
        if isTooLarge, file.isKeptUnrecognised {
            report.skipped.append(
                (file.path, "\(limit): all of it is kept, and none of it is read"))
        }
        guard file.isKeptUnrecognised || format.name != TranscriptFormat.lines.name else {
            throw TranscriptError(
                .notATranscript,
                (isTooLarge
                    ? "\(limit), which is not read" : "in no format that this version reads")
                    + "; name the file itself to keep it as it is",
                path: file.path)
        }
        output.addToJournal(.importBegan, file.began(format.name))
        var pass = FilePass(file: file, content: content, survey: survey, format: format)
        pass.creation = SessionCreation(
            writer: writer, format: format.name,
            fileTime: Timestamp(microseconds: file.modified),
            zone: options.zone ?? (format.hasNaiveTimes ? .utc : nil))
        let before = report.events + output.items.count
        let counts: LineCounts
        if survey.isList, let shape = format.shape {
            counts = try await takeList(content, shape, &watch, &pass)
        } else if survey.isDocument, let shape = format.shape, let bytes = try content.whole() {
            counts = try await takeDocuments(bytes, shape, &watch, &pass)
        } else {
            counts = try await takeLines(try content.window(), &watch, &pass)
        }
        pass.manifest.finish()
        try content.checkUnchanged()
        let events = report.events + output.items.count - before
        var summary = ImportReport.File(
            root: file.root, path: file.path, format: format.name, rival: survey.rival,
            size: content.size, counts: counts, duplicates: pass.duplicates, events: events,
            sameAs: nil,
            sessions: pass.manifest.sessions + pass.documentSessions)
        if format.hasNaiveTimes { summary.zone = (options.zone ?? .utc).name }
        if var watch {
            summary.findings = watch.counts
            summary.unseen = watch.unseen
            report.findings += watch.findings
            if watch.hasRedacted, let digest = watch.digest() {
                summary.size = watch.size
                pass.digest = digest
                pass.redacted = Array(watch.countsJSON.description.utf8)
            }
        }
        try await finish(summary, pass)
    }

    /// Finds out what a file is.
    func survey(_ content: FileContent) throws(TranscriptError) -> FileSurvey {
        if !content.isInMemory,
            let survey = try FileSurvey(
                list: ElementScanner(window: content.window()), given: options.format)
        {
            return survey
        }
        if let bytes = try content.whole(),
            let survey = FileSurvey(documents: bytes.span, given: options.format)
        {
            return survey
        }
        return try FileSurvey(PieceScanner(window: content.window()), given: options.format)
    }

    /// Takes a file in line by line, from where a window stands.
    mutating func takeLines(
        _ window: FileWindow, _ watch: inout PieceWatch?, _ pass: inout FilePass
    ) async throws -> LineCounts {
        var scanner = PieceScanner(window: window)
        while let item = try scanner.next() {
            switch item {
            case .gap(let range):
                let gap = scanner.window.bytes.span.extracting(range)
                watch?.pass(gap)
                pass.manifest.add(gap: gap)
            case .piece(let piece):
                if let clean = try watch?.look(at: piece, scanner) {
                    try await take(clean, &pass)
                } else {
                    try await take(piece, &scanner, &pass)
                }
            }
            if output.size >= options.batchSize || isCrowded {
                try await flush()
                evict()
                tell(pass.file, done: scanner.offset)
            }
        }
        return scanner.counts
    }

    /// Throws where a file holds what it must not hold to be imported.
    private mutating func refuse(
        _ file: FileWalk.File, _ content: FileContent
    ) throws(TranscriptError) {
        guard options.secrets == .refuse, let scanner = options.scanner else { return }
        var watch = PieceWatch(scanner, .refuse, path: file.path)
        var pieces = PieceScanner(window: try content.window())
        while let item = try pieces.next() {
            switch item {
            case .gap(let range): watch.pass(pieces.window.bytes.span.extracting(range))
            case .piece(let piece): _ = try watch.look(at: piece, pieces)
            }
        }
        guard let first = watch.findings.first else { return }
        report.findings += watch.findings
        report.refused.append(file.path)
        let count = watch.counts.values.reduce(0, +)
        throw TranscriptError(
            .secretsFound,
            "\(file.path) is not imported: line \(first.line) holds what “\(first.rule)” finds"
                + (count > 1 ? ", and there is more (\(count) in all)" : "")
                + "; take it out, or import with --redact-secrets", path: file.path)
    }

    /// Takes in what stands in a piece's place.
    mutating func take(_ clean: [UInt8], _ pass: inout FilePass) async throws {
        var scanner = PieceScanner(window: FileWindow(bytes: clean))
        while let item = try scanner.next() {
            switch item {
            case .gap(let range):
                pass.manifest.add(gap: scanner.window.bytes.span.extracting(range))
            case .piece(let piece): try await take(piece, &scanner, &pass)
            }
        }
    }

    /// Records a file that has the same bytes as one that is known.
    mutating func take(
        _ file: FileWalk.File, _ content: FileContent, knownAs entry: KnownFiles.Entry
    ) async throws {
        let summary = ImportReport.File(
            root: file.root, path: file.path, format: entry.format, size: content.size,
            counts: entry.counts, duplicates: entry.counts.lines - entry.counts.malformed,
            events: 0, sameAs: entry.sequence, sessions: entry.sessions)
        output.addToJournal(
            .importFinished,
            summary.finished(content.digest) { $0.member("same_as", entry.sequence) })
        report.add(summary)
        try await flush()
    }

    /// Records what a file held, in one batch with its last lines.
    mutating func finish(_ summary: ImportReport.File, _ pass: FilePass) async throws {
        let manifest = try pass.manifest.encoded()
        if pass.manifest.hasLost { throw Self.lost }
        if manifest.size <= Self.manifestLimit, let manifest = try manifest.whole() {
            output.addToJournal(
                .importFinished,
                summary.finished(pass.digest) { data in
                    if let redacted = pass.redacted { data.member("redacted", json: redacted.span) }
                    data.member("pieces", json: manifest.span)
                })
        } else {
            try await finish(summary, pass, manifest)
        }
        report.add(summary)
        lastDigest = pass.digest
        let receipts = try await flushAndWait()
        if let sequence = options.isDryRun ? 0 : receipts.last?.sequence {
            known?.add(
                .init(
                    sequence: sequence, size: summary.size, format: summary.format,
                    counts: summary.counts, sessions: summary.sessions),
                for: pass.digest)
        }
    }

    /// The same with a manifest that is stored as a blob of the journal's own.
    private mutating func finish(
        _ summary: ImportReport.File, _ pass: FilePass, _ manifest: FileContent
    ) async throws {
        let (blob, size) = (manifest.digest, Int(manifest.size))
        let count = BlobName.chunkCount(manifest.size)
        let window = try manifest.window()
        for index in 0..<count {
            if known?.blobs.has(index, of: blob, count: count) == true { continue }
            let start = index * BlobName.chunkSize
            let chunk = try window.read(
                at: UInt64(start), count: min(BlobName.chunkSize, size - start))
            output.addToJournal(
                .blobStored, BlobChunk.data(index, of: blob, size: size, bytes: chunk.span))
            known?.blobs.add(index, of: blob, count: count)
            if output.size >= options.batchSize { try await flush() }
        }
        output.addToJournal(
            .importFinished,
            summary.finished(pass.digest) { data in
                if let redacted = pass.redacted { data.member("redacted", json: redacted.span) }
                data.object("pieces") { pieces in
                    pieces.member("blob", BlobName.text(blob))
                    pieces.member("size", size)
                    let sessions = pass.manifest.sessions
                    guard sessions.count <= Self.listedSessions else { return }
                    pieces.array("sessions") { array in
                        for session in sessions { array.element(session.hexadecimal) }
                    }
                }
            })
    }

    // MARK: Pieces

    mutating func take(
        _ piece: Piece, _ scanner: inout PieceScanner, _ pass: inout FilePass
    ) async throws {
        let name = SessionName(
            format: pass.format.name, key: pass.session(of: piece, scanner))
        try await open(name, pass)
        if case .document = piece.kind { try await takeSessions(of: piece, &scanner, &pass) }
        if let blob = try scanner.blob(of: piece) {
            try await take(blob, piece, name, scanner, &pass)
            return
        }
        let bytes = scanner.window.bytes.span.extracting(piece.range)
        guard case .object = piece.kind else {
            let key = PieceKey(bytes)
            if let ordinal = ledgers[name]?.ordinal(of: key) {
                if piece.isWholeLine { pass.duplicates += 1 }
                pass.add(ledgers[name]?.id, ordinal)
                return
            }
            ledgers[name]?.take(
                PieceContent(bytes, piece.kind), as: key, start: pass.survey.start,
                creation: pass.creation, into: &output)
            pass.add(ledgers[name]?.id, ledgers[name]?.last ?? 0)
            return
        }
        var document = scanner.document
        if let media = InlineMedia(cutting: scanner.window.bytes[piece.range], document),
            (try? document.parse(media.piece.span)) != nil
        {
            take(
                document, media.piece.span, isWholeLine: piece.isWholeLine, name, &pass,
                media: media)
        } else {
            take(document, bytes, isWholeLine: piece.isWholeLine, name, &pass)
        }
    }

    /// Takes an object without what it repeats of others.
    private mutating func take(
        _ document: JSONDocument, _ bytes: Span<UInt8>, isWholeLine: Bool, _ name: SessionName,
        _ pass: inout FilePass, media: InlineMedia? = nil
    ) {
        var rest = document
        if let (value, history) = ledgers[name]?.history?.reduce(
            document, bytes, upTo: pass.reached[name.key] ?? 0),
            (try? rest.parse(value.span)) != nil
        {
            take(
                rest, value.span, PieceNote(history: history), isWholeLine: isWholeLine, name,
                &pass,
                media)
        } else {
            take(document, bytes, .line, isWholeLine: isWholeLine, name, &pass, media)
        }
    }

    /// Takes an object.
    private mutating func take(
        _ document: JSONDocument, _ bytes: Span<UInt8>, _ given: PieceNote, isWholeLine: Bool,
        _ name: SessionName, _ pass: inout FilePass, _ media: InlineMedia?
    ) {
        var note = given
        let isChained = pass.format.isChained(document, bytes, .line)
        let own = note.history?.key(of: bytes) ?? place(bytes, isChained, name, pass, &note)
        let key = own.without(media?.names ?? [])
        var ordinal = ledgers[name]?.ordinal(of: key)
        if ordinal != nil {
            if isWholeLine { pass.duplicates += 1 }
        } else {
            ledgers[name]?.take(
                object: document, bytes, as: key, note: note, media: media,
                start: pass.survey.start, creation: pass.creation, into: &output)
            ordinal = ledgers[name]?.last
        }
        pass.add(ledgers[name]?.id, ordinal ?? 0)
        if pass.format.repeatsHistory, HistoryShape.isSource(document, bytes) {
            pass.reached[name.key] = max(pass.reached[name.key] ?? 0, ordinal ?? 0)
        }
        if isChained { pass.ends[name.key] = ordinal }
    }

    /// The key of a piece; where it is told from others by what precedes it, its note names that.
    func place(
        _ bytes: Span<UInt8>, _ isChained: Bool, _ name: SessionName, _ pass: FilePass,
        _ note: inout PieceNote
    ) -> PieceKey {
        guard isChained, let ledger = ledgers[name] else { return PieceKey(bytes) }
        let last = pass.ends[name.key] ?? 0
        if last != ledger.chainEnd { note.after = last }
        return ledger.key(bytes, after: last)
    }

    /// Takes a piece that is too large for an event: in chunks, and a line that names them.
    private mutating func take(
        _ blob: LargePiece, _ piece: Piece, _ name: SessionName, _ scanner: PieceScanner,
        _ pass: inout FilePass
    ) async throws {
        let key = PieceKey(blob: blob.digest)
        if let ordinal = ledgers[name]?.ordinal(of: key) {
            pass.add(ledgers[name]?.id, ordinal)
            return
        }
        ledgers[name]?.create(start: pass.survey.start, pass.creation, into: &output)
        let count = BlobName.chunkCount(blob.size)
        for index in 0..<count {
            if ledgers[name]?.blobs.has(index, of: blob.digest, count: count) == true { continue }
            let chunk = try scanner.chunk(index, of: blob, piece)
            output.add(
                .blobStored,
                BlobChunk.data(index, of: blob.digest, size: Int(blob.size), bytes: chunk.span))
            ledgers[name]?.blobs.add(index, of: blob.digest, count: count)
            if output.size >= options.batchSize {
                try await flush()
                ledgers[name]?.create(start: pass.survey.start, nil, into: &output)
            }
        }
        ledgers[name]?.take(
            .blob(blob.digest, size: blob.size, why: blob.why), as: key,
            start: pass.survey.start, creation: nil, into: &output)
        pass.add(ledgers[name]?.id, ledgers[name]?.last ?? 0)
    }

    /// Makes the sessions that a document holds. Each is one batch, so that it is there whole or
    /// not at all, and one that is there already is left as it is: an import that was interrupted
    /// is finished by importing again.
    private mutating func takeSessions(
        of piece: Piece, _ scanner: inout PieceScanner, _ pass: inout FilePass
    ) async throws {
        guard let format = pass.format.document, (try? scanner.parse(piece.range)) != nil else {
            return
        }
        let document = scanner.document
        let bytes = Array(scanner.window.bytes[piece.range])
        guard format.isOurs(document, bytes.span) else { return }
        // What is on its way may hold sessions of these names.
        try await flush()
        try await settle()
        var taken: Set<String> = []
        for (name, node) in format.sessions(document, bytes.span) where taken.insert(name).inserted
        {
            guard let key = try await freeKey(name, pass.format.name) else { continue }
            let id = SessionID.random(at: journal.options.clock())
            versions[id] = 0
            output.begin(id, occurred: pass.survey.start)
            if let creation = pass.creation {
                output.add(
                    creation.draft(key: key, [:], client: nil, occurred: pass.survey.start))
            }
            format.read(document.value(of: node, in: bytes.span), &output)
            pass.documentSessions.append(id)
            if output.size >= options.batchSize { try await flush() }
        }
    }

    /// The key of a new session; nil where an import of the format has made it already.
    private mutating func freeKey(_ name: String, _ format: String) async throws -> String? {
        for key in [name, "\(format):\(name)".cut(toBytes: EnvelopeName.limit)] {
            guard let id = try await journal.session(forKey: key) else {
                return !options.isDryRun || keysOfDryRun.insert(key).inserted ? key : nil
            }
            for try await event in journal.events(session: id) {
                let source = (try? event.data())?["source"]?["format"]?.string
                if source == format { return nil }
                break
            }
        }
        throw TranscriptError(
            .mismatch, "the key \(name) belongs to a session that was not imported.")
    }

    // MARK: Sessions

    /// What is known of a session: from its events, or nothing where it is new.
    mutating func ledger(
        _ name: SessionName, _ pass: FilePass
    ) async throws -> SessionLedger {
        let format = pass.format
        // Events that are on their way would be missed.
        try await settle()
        for key in [name.key, "\(format.name):\(name.key)".cut(toBytes: EnvelopeName.limit)] {
            guard let id = try await journal.session(forKey: key) else {
                let id = SessionID.random(at: journal.options.clock())
                versions[id] = 0
                var ledger = SessionLedger(id: id, key: key, format: format, isCreated: false)
                ledger.zone = options.zone
                return ledger
            }
            var replay = LedgerReplay(id: id, key: key, format: format)
            if try await replay.run(journal) {
                versions[id] = replay.version
                guard replay.isCompacted else { return replay.ledger }
                if let ledger = try await ledger(rereading: replay, name, pass) { return ledger }
                throw TranscriptError(
                    .compacted,
                    "session \(key) was compacted, and the files that it was imported from are not as "
                        + "they were, so that it cannot be said which of these lines it has; name the "
                        + "archive of the compaction with --attach, or import into another journal",
                    path: pass.file.path)
            }
        }
        throw TranscriptError(
            .mismatch, "the key \(name.key) belongs to a session that was not imported.")
    }

    /// Sees to it that it is known what there is of a session.
    mutating func open(_ name: SessionName, _ pass: FilePass) async throws {
        if ledgers[name] == nil { ledgers[name] = try await ledger(name, pass) }
        ledgers[name]?.round = round
    }

    /// Whether there are many more sessions than when it was last seen to that they do not take too
    /// much room.
    var isCrowded: Bool { !options.isDryRun && ledgers.count >= crowd }

    /// Forgets sessions that were not used since this was last called, when all take much room. They
    /// come back from their events.
    mutating func evict() {
        guard output.items.isEmpty, !options.isDryRun else { return }
        defer {
            round += 1
            crowd = ledgers.count + Self.crowdSize
        }
        guard ledgers.values.reduce(0, { $0 + $1.weight }) > TableRoom.sessions else { return }
        ledgers = ledgers.filter { $0.value.round == round }
        let kept = Set(ledgers.values.map(\.id))
        versions = versions.filter { kept.contains($0.key) }
    }

    // MARK: Appending

    /// Hands what has been gathered to the journal, and waits only for what was handed over before:
    /// but for a large batch, beside which the next one would take as much memory again.
    mutating func flush() async throws {
        let isLarge = output.size > Self.largeBatch
        guard let batch = try gather(), !options.isDryRun else { return }
        try await settle()
        let writer = writer
        inFlight = Task {
            try await writer.append(batch.items, if: batch.conditions, durability: .durable)
        }
        if isLarge { try await settle() }
    }

    /// The same, and waits for the answer.
    mutating func flushAndWait() async throws -> [AppendReceipt] {
        try await flush()
        return try await settle()
    }

    /// Waits for what was handed over; returns what the journal said of the last of it.
    @discardableResult
    mutating func settle() async throws -> [AppendReceipt] {
        defer { inFlight = nil }
        if let inFlight { receipts = try await inFlight.value }
        return receipts
    }

    /// What is thrown where the import does not know any more what it knew.
    private static var lost: TranscriptError {
        TranscriptError(
            .inaccessible,
            "a temporary file cannot be read again, so that it is not known what the journal has; "
                + "import again, and let TMPDIR name a place on another disk.",
            path: FileManager.default.temporaryDirectory.path)
    }

    private mutating func gather() throws -> (
        items: [AppendBatch.Item], conditions: [SessionID: AppendCondition]
    )? {
        if let failure = output.failure { throw failure }
        if ledgers.values.contains(where: \.hasLost) { throw Self.lost }
        let items = output.take()
        guard !items.isEmpty else { return nil }
        var counts: [SessionID: UInt64] = [:]
        for item in items { counts[item.session, default: 0] += 1 }
        counts[.journal] = nil
        var conditions: [SessionID: AppendCondition] = [:]
        for (session, count) in counts {
            let version = versions[session] ?? 0
            conditions[session] = .version(version)
            versions[session] = version + count
        }
        report.events += items.count
        return (items, conditions)
    }
}
