internal import Synchronization

/// A segment of sealed layout as readers see it. It is opened when it is first needed, and may be
/// closed again when many others were needed since (`OpenSegments`).
package final class SealedSegment: Sendable {
    package let name: String
    package let path: String
    package let firstSequence: UInt64
    /// The last sequence number it stands for, as its successor's name says.
    package let lastSequence: UInt64
    let environment: LogEnvironment

    /// The open file and what it says of itself.
    struct Contents: Sendable {
        let file: any File
        let size: Int
        /// Names the file's blocks in the cache.
        let identity: SegmentIdentity
        let tables: any SealedTables
        /// Tells the file from one that takes its name.
        let fileIdentity: UInt64?
    }

    private struct State {
        var contents: Contents?
        /// Of the footer that was seen first: what a view has begun to read does not change.
        var knownFront: FooterSummary?
        /// The file that was opened last, as long as somebody has it open.
        weak var file: (any File)?
        /// Names its blocks in the cache.
        var identity: SegmentIdentity?
        /// Lines in it were replaced.
        var isExpired = false
        /// Lines in it were replaced, and whoever reads it goes on with the file as it was.
        var isPinned = false
    }

    private let state = Mutex(State())

    init(
        name: String, path: String, firstSequence: UInt64, lastSequence: UInt64,
        environment: LogEnvironment
    ) {
        self.name = name
        self.path = path
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.environment = environment
    }

    // MARK: Opening

    /// The file and its tables: those of the footer or, where that is lost, what the frames give.
    ///
    /// - Throws: `viewExpired` where the file was replaced by one with other events.
    func load() throws(LogError) -> Contents {
        if let known = try known() { return known }
        let file = try open()
        let size = try LogError.wrap("read", path) { () throws(Errno) in try file.size() }
        let loaded = try contents(of: file, size: size)
        let kept = try state.withLock { state throws(LogError) in
            guard !state.isExpired else { throw .expired(path) }
            if let first = state.contents { return first }
            if let front = loaded.tables.summary {
                if let known = state.knownFront, !front.holdsTheSameEvents(as: known) {
                    throw .expired(path)
                }
                state.knownFront = front
            }
            state.contents = loaded
            state.file = file
            state.identity = loaded.identity
            return loaded
        }
        environment.open.add(self)
        return kept
    }

    /// What is open of it already. Where other processes replace files, one that no longer stands
    /// under its name is given up.
    private func known() throws(LogError) -> Contents? {
        let (known, isExpired) = state.withLock { ($0.contents, $0.isExpired) }
        guard !isExpired else { throw .expired(path) }
        guard let known, environment.isReplacedByOthers, let identity = known.fileIdentity else {
            return known
        }
        let status = (try? environment.fileSystem.status(of: path)) ?? nil
        // What cannot be asked for is no proof that it was replaced.
        guard let status, status.identity != identity else { return known }
        unload()
        return nil
    }

    /// Lets go of the file for good: whoever asks for its content is told that it was replaced.
    /// Returns the file, as long as somebody has it open, and what names its blocks in the cache.
    func expire() -> (file: (any File)?, identity: SegmentIdentity?) {
        state.withLock { state in
            state.isExpired = true
            state.contents = nil
            return (state.file, state.identity)
        }
    }

    private func checkCurrent() throws(LogError) {
        guard !state.withLock({ $0.isExpired }) else { throw .expired(path) }
    }

    /// The file, or what stands for it where something else is in its place.
    private func open() throws(LogError) -> any File {
        try LogError.wrap("open", path) { () throws(Errno) in
            do throws(Errno) {
                return try environment.fileSystem.open(path, .read)
            } catch {
                guard error.refusal != nil else { throw error }
                return RefusedFile(error)
            }
        }
    }

    /// Closes the file until it is needed again. What is reading it now keeps it.
    func unload() { state.withLock { if !$0.isPinned { $0.contents = nil } } }

    /// Keeps the file open from here on, for those that hold this segment while another file takes its
    /// name. What cannot be opened now is not kept: who asks for it is told that it was replaced.
    func pin() {
        guard (try? load()) != nil else { return }
        state.withLock { $0.isPinned = $0.contents != nil }
    }

    /// Whether its file is open.
    var isLoaded: Bool { state.withLock { $0.contents != nil } }

    /// Whether what is known of the file is what a reader would find now: nothing, or the file that
    /// stands there.
    var isCurrent: Bool {
        let (contents, isKnown) = state.withLock { ($0.contents, $0.knownFront != nil) }
        guard let contents else { return !isKnown }
        guard let identity = try? contents.file.identity() else { return false }
        return (try? environment.fileSystem.status(of: path))??.identity == identity
    }

    private func contents(of file: any File, size: Int) throws(LogError) -> Contents {
        let identity = SegmentIdentity()
        do throws(FormatError) {
            let tables = try FooterTables(
                file, size: size, through: lastSequence, cache: environment.cache,
                identity: identity)
            try check(tables.front)
            return Contents(
                file: file, size: size, identity: identity, tables: tables,
                fileIdentity: try? file.identity())
        } catch {
            if case .newer(let what) = error {
                throw LogError(
                    .newerFormat, "a newer sjournal wrote this segment (\(what)); use that one",
                    path: path)
            }
            return try salvage(file, size: size, identity, error)
        }
    }

    private func check(_ front: FooterSummary) throws(FormatError) {
        guard front.journalID == environment.journalID else {
            throw .invalid("it is of another journal")
        }
        guard front.firstSequence == firstSequence, front.lastSequence <= lastSequence else {
            throw .invalid(
                "it covers \(front.firstSequence) to \(front.lastSequence), not "
                    + "\(firstSequence) to \(lastSequence)")
        }
    }

    private func salvage(
        _ file: any File, size: Int, _ identity: SegmentIdentity, _ error: FormatError
    ) throws(LogError) -> Contents {
        Contents(
            file: file, size: size, identity: identity,
            tables: try salvaged(file, size: size, error), fileIdentity: try? file.identity())
    }

    private func salvaged(
        _ file: any File, size: Int, _ error: FormatError
    ) throws(LogError) -> SealedIndex {
        if let refused = file as? RefusedFile { return index(without: refused.errno) }
        return try LogError.wrap("read", path) { () throws(Errno) in
            try SealedSalvage(file: file, size: size, segment: self).index(
                reason: "the footer is damaged: \(error)")
        }
    }

    /// The index of a file that cannot be opened: all is lost.
    private func index(without errno: Errno) -> SealedIndex {
        // The successor's name may say any number.
        let most = firstSequence + SegmentLogFormat.segmentEventLimit - 1
        return SealedIndex(
            events: firstSequence...min(lastSequence, most), frames: [], streams: [],
            terms: SegmentTerms(),
            holes: [
                Hole(
                    file: name, offset: 0, events: firstSequence...lastSequence,
                    reason: errno.refusal ?? "it cannot be opened: \(errno)")
            ])
    }

    // MARK: Asking

    /// Asks the tables. Where a page of the footer turns out to be damaged, the frames are asked
    /// instead, now and from now on.
    func ask<Answer>(
        _ body: (Contents) throws(FormatError) -> Answer
    ) throws(LogError) -> Answer {
        let contents = try load()
        do throws(FormatError) {
            return try body(contents)
        } catch {
            let salvaged = try salvage(contents.file, size: contents.size, SegmentIdentity(), error)
            state.withLock { $0.contents = salvaged }
            environment.open.add(self)
            do throws(FormatError) {
                return try body(salvaged)
            } catch {
                throw LogError(.damaged, "the segment's tables are damaged: \(error)", path: path)
            }
        }
    }

    /// All tables in memory, for a scan of the segment. The last few are kept.
    func wholeIndex() throws(LogError) -> (contents: Contents, index: SealedIndex) {
        try ask { contents throws(FormatError) in
            if let index = contents.tables as? SealedIndex { return (contents, index) }
            if let known = environment.cache.index(of: contents.identity) {
                return (contents, known)
            }
            let footer = try Self.footer(of: contents)
            let index = SealedIndex(footer: footer, holes: contents.tables.holes)
            environment.cache.keep(index, of: contents.identity)
            return (contents, index)
        }
    }

    /// The roots that are kept of forgotten leaves, in order. Cost: nothing where none are forgotten.
    ///
    /// - Throws: `damaged` where they do not stand for the events that the footer calls gone.
    func retained() throws(LogError) -> [RetainedSubtree] {
        guard try !load().tables.gaps.isEmpty else { return [] }
        let (contents, index) = try wholeIndex()
        guard let front = index.summary else { return index.salvagedSubtrees }
        let start = index.frames.last.map { $0.offset + $0.headerSize + $0.storedLength } ?? 0
        do throws(FormatError) {
            let bytes = try contents.file.part(max(0, Int(front.offset) - start), at: start)
            let retained = try RetainedLeaves(bytes, from: start, of: environment.journalID)
            guard retained.gaps == index.gaps else { throw .invalid("gaps") }
            return retained.subtrees
        } catch {
            throw LogError(.damaged, RetainedLeaves.damagedReason, path: path, offset: start)
        }
    }

    /// The whole footer, decoded and checked.
    private static func footer(of contents: Contents) throws(FormatError) -> Footer {
        guard let front = contents.tables.summary else { throw .unrecognised }
        let bytes = try contents.file.part(front.footerSize, at: Int(front.offset))
        return try Footer.decode(bytes.span)
    }

    /// All tables as they stand in the file's bytes, trusting nothing that was read before.
    func index(
        inBytes bytes: [UInt8], of contents: Contents
    ) throws(LogError) -> SealedIndex {
        do throws(FormatError) {
            let size = try Footer.size(fromTrailer: bytes.span)
            guard size <= bytes.count else { throw .truncated }
            let start = bytes.count - size
            let footer = try Footer.decode(bytes.span.extracting(start...))
            guard footer.summary.offset == UInt64(start) else {
                throw .invalid("it belongs elsewhere")
            }
            try check(footer.summary)
            let reached = footer.summary.lastSequence
            let body = start + footer.summary.size
            let lost = try FooterTables.lost(in: footer.summary, footer.gaps) { range in
                Array(bytes[(body + range.lowerBound)..<(body + range.upperBound)])
            }
            return SealedIndex(
                footer: footer,
                holes: lost + FooterTables.missing(behind: reached, through: lastSequence))
        } catch {
            return try salvaged(contents.file, size: contents.size, error)
        }
    }

    /// The content of a frame, checked, decompressed and opened, from the cache or the disk. `isKept`
    /// says whether what comes from the disk goes into the cache.
    func content(
        of frame: Footer.Frame, _ number: Int, in contents: Contents, isKept: Bool = true
    ) throws(LogError) -> BlockContent {
        try checkCurrent()
        let key = BlockCache.Key(segment: contents.identity, kind: .content, index: number)
        if let known = environment.cache.block(key) { return known }
        let plain = try storedFrame(frame, in: contents).opened(with: environment)
        if isKept { environment.cache.keep(plain, key) }
        return plain
    }

    /// The content of a frame as it is stored, checked and decompressed, from the disk.
    func storedContent(
        of frame: Footer.Frame, in contents: Contents
    ) throws(LogError) -> [UInt8] {
        try storedFrame(frame, in: contents).plain
    }

    /// The content of a frame and its runs, checked, from the disk; nothing is opened.
    func storedFrame(
        _ frame: Footer.Frame, in contents: Contents
    ) throws(LogError) -> StoredContent {
        try checkCurrent()
        let offset = frame.offset + frame.headerSize
        let stored = try LogError.wrapContent(path, frame.offset) { () throws(Errno) in
            try contents.file.read(frame.storedLength, at: offset)
        }
        guard stored.count == frame.storedLength,
            CRC32C.checksum(stored.span) == frame.contentChecksum
        else {
            throw LogError(
                .damaged, "the frame's content does not fit its checksum", path: path,
                offset: frame.offset)
        }
        do throws(FormatError) {
            // Without a footer nobody says whether there are runs.
            return try StoredContent(
                stored.span, plainLength: frame.plainLength,
                isEncrypted: contents.tables.summary?.isEncrypted ?? true,
                journalID: environment.journalID)
        } catch {
            throw LogError(
                .damaged, "the frame cannot be decompressed", path: path, offset: frame.offset)
        }
    }
}

extension FooterSummary {
    /// Whether two files of one name hold the same events, however they are compressed.
    func holdsTheSameEvents(as other: FooterSummary) -> Bool {
        lastSequence == other.lastSequence && eventCount == other.eventCount
            && frontierAfter == other.frontierAfter && plainSize == other.plainSize
    }
}
