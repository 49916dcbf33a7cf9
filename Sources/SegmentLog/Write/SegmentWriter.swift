/// Writes one segment of active layout. One at a time uses it; it takes no lock of its own.
///
/// Invariants:
/// 1. Bytes below `position` are never written again.
/// 2. While the segment is open, at least two pages are left behind `position`, so that one page
///    that ends a file is a closed tail and nothing else.
/// 3. After each call that returned, stock tools read the file to its end.
struct SegmentWriter: Sendable {
    let segment: ActiveSegment
    private let encoder: CommitEncoder

    /// Where the tail stands and the next commit begins.
    private(set) var position: Int
    private(set) var fileSize: Int
    private(set) var blockCount: Int
    private(set) var plainSize: Int
    private(set) var lastChecksum: UInt32
    private(set) var lastSequence: UInt64
    private(set) var frontier: FrontierRecord

    /// The file grows by its own size, between these two, in bytes.
    private static let smallestExtension = 64 << 10
    private static let largestExtension = 256 << 10
    /// For a commit of this many bytes or more it grows by so much, and is not filled: writing the
    /// space twice would cost more than the file system's note of what is used.
    private static let largeCommit = 128 << 10
    private static let sparseExtension = 8 << 20
    /// What is always left behind a commit: its tail page and one more.
    private static let reserve = 2 * SegmentLogFormat.pageSize

    /// Continues a segment whose next commit belongs at `position`.
    init(
        segment: ActiveSegment, position: Int, fileSize: Int, frontier: FrontierRecord,
        encoder: CommitEncoder
    ) {
        self.segment = segment
        self.encoder = encoder
        self.position = position
        self.fileSize = fileSize
        self.frontier = frontier
        let summary = segment.summary
        lastSequence = summary.lastSequence
        blockCount = summary.blockCount
        plainSize = summary.plainSize
        lastChecksum = summary.lastChecksum
    }

    var epoch: UInt64 { encoder.epoch }

    /// Whether the file ends in a closed tail, and nothing came since.
    var isClosed: Bool { position == fileSize }

    /// The writer of the segment that follows this one, when this one is finished: a file of one
    /// closed tail, and perhaps space behind it.
    func successor(in segment: ActiveSegment, fileSize: Int) -> SegmentWriter {
        SegmentWriter(
            segment: segment, position: SegmentLogFormat.pageSize, fileSize: fileSize,
            frontier: frontier, encoder: encoder)
    }

    private var path: String { segment.path }
    private var file: any File { segment.file }

    /// Whether another segment should take a commit of `plain` bytes.
    func isFull(for plain: Int) -> Bool {
        guard blockCount > 0 else { return false }
        let blocks = plain / SegmentLogFormat.blockSizeTarget + 1
        return plainSize + plain > SegmentLogFormat.segmentPlainSizeLimit
            || position > SegmentLogFormat.segmentStoredSizeLimit
            || blockCount + blocks > SegmentLogFormat.segmentBlockLimit
    }

    /// Whether the next segment will be needed soon.
    var isNearlyFull: Bool {
        plainSize > SegmentLogFormat.segmentPlainSizeLimit / 4 * 3
            || position > SegmentLogFormat.segmentStoredSizeLimit / 4 * 3
    }

    /// Writes and syncs one commit. After an error the writer must not be used again.
    mutating func commit(
        _ lines: StagedLines, _ compressed: [CompressedBlocks.Part], watermark: UInt64
    ) throws(LogError) -> [BlockHeader] {
        var frontier = frontier
        var commit = try encoder.encode(
            lines, compressed, at: position, watermark: watermark, previousChecksum: lastChecksum,
            frontier: &frontier)
        try extend(toHold: commit.end)
        lastChecksum = commit.blocks[commit.blocks.count - 1].checksum
        lastSequence = commit.blocks[commit.blocks.count - 1].lastSequence
        let tail = tailFrame(
            .tail, at: commit.end, size: fileSize - commit.end, watermark: watermark)
        commit.bytes.append(contentsOf: tail.page())
        try write(commit.bytes, at: position)
        try sync()
        position = commit.end
        self.frontier = frontier
        blockCount += commit.blocks.count
        plainSize += lines.bytes.count
        return commit.blocks
    }

    /// Rewrites the tail page, so that readers learn of the watermark. Not synced: recovery does not
    /// need it, it only tells more.
    func announce(watermark: UInt64) throws(LogError) {
        let tail = tailFrame(
            .tail, at: position, size: fileSize - position, watermark: watermark)
        try write(tail.page(), at: position)
    }

    /// Ends the file cleanly: a page of tail that stays, the rest given back. `successor` makes it
    /// the end frame of a complete segment.
    mutating func finish(successor: UInt64? = nil) throws(LogError) {
        let page = SegmentLogFormat.pageSize
        let end = tailFrame(
            successor == nil ? .closed : .end, at: position, size: page, watermark: lastSequence,
            successor: successor ?? 0)
        var bytes = end.page()
        let rest = fileSize - position - page
        if rest > 0 {
            SkippableFrame.appendHeader(
                .tail, size: rest - SkippableFrame.headerSize, to: &bytes)
        }
        try write(bytes, at: position)
        try sync()
        position += page
        fileSize = max(fileSize, position)
        guard rest > 0 else { return }
        try LogError.wrap("give back unused space", path) { () throws(Errno) in
            try file.truncate(to: position)
        }
        try sync()
        fileSize = position
    }

    private func tailFrame(
        _ role: TailFrame.Role, at offset: Int, size: Int, watermark: UInt64, successor: UInt64 = 0
    ) -> TailFrame {
        TailFrame(
            role: role, journalID: encoder.journalID, offset: UInt64(offset),
            watermark: watermark, lastSequence: lastSequence, epoch: encoder.epoch,
            successor: successor, lastBlockChecksum: lastChecksum, frameSize: size)
    }

    /// Makes room for a commit that ends at `end`. The space begins with a frame of its own, so that
    /// the file stays readable to its end until the commit's tail covers it.
    private mutating func extend(toHold end: Int) throws(LogError) {
        let needed = end + Self.reserve
        guard needed > fileSize else { return }
        let isLarge = end - position >= Self.largeCommit
        let growth =
            isLarge
            ? Self.sparseExtension
            : min(max(fileSize, Self.smallestExtension), Self.largestExtension)
        let page = SegmentLogFormat.pageSize
        let size = (max(needed, fileSize + growth) + page - 1) / page * page
        let space = Self.space(
            size - fileSize, at: fileSize, written: isLarge ? page : size - fileSize,
            journalID: encoder.journalID, epoch: encoder.epoch)
        try write(space, at: fileSize)
        if isLarge {
            try LogError.wrap("extend", path) { () throws(Errno) in try file.truncate(to: size) }
        }
        // The space is durable before a commit uses it: else a lost size could leave one page behind
        // a whole commit, which only a closed tail may be (invariant 2). One sync more for each
        // extension.
        try sync()
        fileSize = size
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(LogError) {
        try LogError.wrap("write", path) { () throws(Errno) in
            try file.write(bytes.span, at: offset)
        }
    }

    private func sync() throws(LogError) {
        try LogError.wrap("sync", path) { () throws(Errno) in try file.sync() }
    }

    /// The first `written` bytes of `size` bytes of space at `offset`: a frame, and zeros.
    static func space(
        _ size: Int, at offset: Int, written: Int, journalID: JournalID, epoch: UInt64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(written)
        TailFrame(
            role: .extension, journalID: journalID, offset: UInt64(offset), watermark: 0,
            lastSequence: 0, epoch: epoch, lastBlockChecksum: 0, frameSize: size
        ).append(to: &bytes)
        bytes.append(zeros: written - bytes.count)
        return bytes
    }

    /// The bytes of a segment without events: one page of closed tail.
    static func emptySegment(first: UInt64, journalID: JournalID, epoch: UInt64) -> [UInt8] {
        TailFrame(
            role: .closed, journalID: journalID, offset: 0, watermark: first - 1,
            lastSequence: first - 1, epoch: epoch, lastBlockChecksum: 0,
            frameSize: SegmentLogFormat.pageSize
        ).page()
    }
}
