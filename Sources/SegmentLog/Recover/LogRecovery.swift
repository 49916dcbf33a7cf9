/// Acts on what `LogOpening` found, so that a writer can go on. Each step is durable before the next
/// begins, and each can be repeated: a crash in the middle is met by the same steps again.
struct LogRecovery {
    let opening: LogOpening
    private(set) var findings: LogOpening.Findings

    /// Where appends continue.
    struct Outcome {
        var findings: LogOpening.Findings
        var writer: SegmentWriter
        var epoch: UInt64
    }

    init(opening: LogOpening, findings: LogOpening.Findings) {
        self.opening = opening
        self.findings = findings
    }

    private var fileSystem: any FileSystem { opening.fileSystem }

    /// Makes the log ready for a writer. Must not be called where it is read-only.
    mutating func run() throws(LogError) -> Outcome {
        for name in findings.leftovers {
            let path = opening.path(name)
            try wrap("remove", path) { () throws(Errno) in
                // A crash of ours leaves files only.
                guard try fileSystem.status(of: path)?.kind != .directory else { return }
                try fileSystem.remove(path)
            }
        }
        if findings.unsealed.isEmpty { try makeFirstSegment() }
        var last = findings.unsealed[findings.unsealed.count - 1]
        // Nothing is believed to be on the disk because it is in the page cache.
        for unsealed in findings.unsealed {
            try wrap("sync", unsealed.segment.path) { () throws(Errno) in
                try unsealed.segment.file.sync()
            }
        }
        try syncDirectory()
        let isClosed = last.scan.ending == .closed
        // What the disk does not hold must not be promised by the closing tail of a cut.
        let torn = try findings.report.tornTail.map { torn throws(LogError) in
            try setAside(torn, of: last)
        }
        findings.report.tornTail = torn
        let renewed = isClosed ? nil : try confirmOnDisk(last)
        if let renewed {
            last = renewed
        } else if let torn {
            try cut(torn, of: &last)
        }
        findings.unsealed[findings.unsealed.count - 1] = last
        let epoch = try nextEpoch()
        let encoder = CommitEncoder(
            journalID: opening.journalID, epoch: epoch, semantics: opening.semantics)
        try finishRotation(encoder)
        let writer = SegmentWriter(
            segment: last.segment, position: last.scan.position, fileSize: last.scan.fileSize,
            frontier: try frontierAtEnd(), encoder: encoder)
        return Outcome(findings: findings, writer: writer, epoch: epoch)
    }

    private func wrap<Result>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Result
    ) throws(LogError) -> Result {
        try LogError.wrap(action, path, body)
    }

    private func syncDirectory() throws(LogError) {
        try wrap("sync", opening.segmentsPath) { () throws(Errno) in
            try fileSystem.syncDirectory(opening.segmentsPath)
        }
    }

    // MARK: Rows "empty" and "rotating"

    private mutating func makeFirstSegment() throws(LogError) {
        let bytes = SegmentWriter.emptySegment(first: 1, journalID: opening.journalID, epoch: 0)
        try opening.place(bytes, as: SegmentName.file(first: 1))
        findings.unsealed = try opening.look(openMode: .update).unsealed
    }

    private mutating func finishRotation(_ encoder: CommitEncoder) throws(LogError) {
        for (unsealed, next) in zip(findings.unsealed, findings.unsealed.dropFirst()) {
            if case .end = unsealed.scan.ending { continue }
            var writer = SegmentWriter(
                segment: unsealed.segment, position: unsealed.scan.position,
                fileSize: unsealed.scan.fileSize,
                frontier: unsealed.scan.blocks.last?.frontier ?? .empty, encoder: encoder)
            try writer.finish(successor: next.segment.firstSequence)
            findings.report.finishedRotation = true
        }
    }

    private func nextEpoch() throws(LogError) -> UInt64 {
        var epoch = findings.unsealed.reduce(0) { max($0, $1.scan.epoch) }
        if let sealed = findings.sealed.last, let front = try sealed.load().tables.summary {
            epoch = max(epoch, front.epoch)
        }
        return epoch + 1
    }

    private func frontierAtEnd() throws(LogError) -> FrontierRecord {
        for unsealed in findings.unsealed.reversed() {
            if let block = unsealed.scan.blocks.last { return block.frontier }
        }
        guard let sealed = findings.sealed.last else { return .empty }
        return try opening.frontier(after: sealed, among: findings.sealed)
    }

    // MARK: Row "torn"

    /// Copies the torn tail, and returns it with the name of the copy.
    private func setAside(
        _ found: RecoveryReport.TornTail, of last: LogOpening.Unsealed
    ) throws(LogError) -> RecoveryReport.TornTail {
        var torn = found
        let tail = try wrap("read", last.segment.path) { () throws(Errno) in
            try TornTailCopy(
                of: last.segment.file, from: torn.offset, fileSize: last.scan.fileSize)
        }
        torn.size = tail.size
        if tail.size > 0 { torn.quarantine = try setAside(tail, torn, last.segment.firstSequence) }
        return torn
    }

    /// Cuts the torn tail off.
    private func cut(
        _ torn: RecoveryReport.TornTail, of last: inout LogOpening.Unsealed
    ) throws(LogError) {
        let file = last.segment.file
        let path = last.segment.path
        guard torn.offset % SegmentLogFormat.pageSize == 0 else {
            throw LogError(
                .damaged, "the torn tail does not begin a page", path: path, offset: torn.offset)
        }
        let closing = closingTail(of: last, at: torn.offset)
        // The file grows by a page too many, and is cut once the tail is durable: else a size that
        // is kept without its bytes would leave one page of zeros, and one page that ends a file is
        // a closed tail.
        let grown = closing + [UInt8](repeating: 0, count: SegmentLogFormat.pageSize)
        try wrap("cut the torn tail", path) { () throws(Errno) in
            try file.truncate(to: torn.offset)
            try file.sync()
            try file.write(grown.span, at: torn.offset)
            try file.sync()
            try file.truncate(to: torn.offset + closing.count)
            try file.sync()
        }
        last.scan.position = torn.offset + closing.count
        last.scan.fileSize = last.scan.position
    }

    /// The page that says: up to here, and no further.
    private func closingTail(of last: LogOpening.Unsealed, at offset: Int) -> [UInt8] {
        let sequence = last.scan.lastSequence ?? last.segment.firstSequence - 1
        return TailFrame(
            role: .closed, journalID: opening.journalID, offset: UInt64(offset),
            watermark: sequence, lastSequence: sequence, epoch: last.scan.epoch,
            lastBlockChecksum: last.scan.blocks.last?.checksum ?? 0,
            frameSize: SegmentLogFormat.pageSize
        ).page()
    }

    /// Copies bytes into `quarantine/`; a copy that a crash left of the same bytes serves again.
    private func setAside(
        _ tail: TornTailCopy, _ torn: RecoveryReport.TornTail, _ segment: UInt64
    ) throws(LogError) -> String {
        let directory = opening.directory + "/quarantine"
        return try wrap("set aside a torn tail", directory) { () throws(Errno) in
            if try fileSystem.status(of: directory) == nil {
                try fileSystem.makeDirectory(directory)
                try fileSystem.syncDirectory(opening.directory)
            }
            let name = QuarantineName(
                segment: segment, offset: UInt64(tail.offset), firstSequence: torn.firstSequence,
                hash: try tail.hash()
            ).file
            let target = directory + "/" + name
            if try fileSystem.status(of: target) != nil {
                let known = try fileSystem.open(target, .read)
                if try tail.isHeld(by: known) {
                    try known.sync()
                    try fileSystem.syncDirectory(directory)
                    return name
                }
            }
            try fileSystem.place(at: target) { copy throws(Errno) in try tail.write(to: copy) }
            try fileSystem.syncDirectory(directory)
            return name
        }
    }

    // MARK: A disk that lied

    /// Compares what the page cache holds above the watermark with what the disk holds. After a
    /// failed sync they can differ for good, for the kernel has marked the pages clean. Where they
    /// do, or where nobody can say, the segment is written anew from the cache, without a torn tail,
    /// and is returned.
    private mutating func confirmOnDisk(
        _ last: LogOpening.Unsealed
    ) throws(LogError) -> LogOpening.Unsealed? {
        guard
            let first = last.scan.blocks.first(where: { $0.lastSequence > last.scan.watermark }),
            let final = last.scan.blocks.last
        else { return nil }
        let start = Int(first.offset)
        let end = Int(final.offset) + final.blockSize
        let count = end - start
        let file = last.segment.file
        let isSame = try wrap("read", last.segment.path) { () throws(Errno) in
            let cached = try file.read(count, at: start)
            return try file.readUncached(count, at: start) == cached
        }
        if isSame { return nil }
        var whole = try wrap("read", last.segment.path) { () throws(Errno) in
            try file.read(end, at: 0)
        }
        Padding.append(Padding.size(after: end), to: &whole)
        whole.append(contentsOf: closingTail(of: last, at: whole.count))
        try opening.place(whole, as: last.segment.name)
        let again = try opening.look(openMode: .update)
        findings.report.rewroteSegment = true
        guard let renewed = again.unsealed.last else {
            throw LogError(.damaged, "the rewritten segment is gone", path: last.segment.path)
        }
        return renewed
    }
}

extension LogOpening {
    /// Makes a file in `segments/` appear whole or not at all, and durably.
    func place(_ bytes: [UInt8], as name: String) throws(LogError) {
        let target = path(name)
        try LogError.wrap("write", target) { () throws(Errno) in
            try fileSystem.place(bytes, at: target)
            try fileSystem.syncDirectory(segmentsPath)
        }
    }

    /// The Merkle frontier behind a sealed segment: as its footer says, or computed from its lines
    /// where the footer is lost and they are not.
    func frontier(
        after segment: SealedSegment, among sealed: [SealedSegment]
    ) throws(LogError) -> FrontierRecord {
        let segments = sealed.filter { $0.firstSequence <= segment.firstSequence }
        let last = segment.lastSequence
        return try view(of: segments.map { .sealed($0) }, through: last).frontier(at: last)
    }

    /// A view of segments before there is a log.
    private func view(of segments: [SegmentHandle], through last: UInt64) -> LogView {
        let indexes = StreamIndexes(directory: directory + "/index", environment: environment)
        return LogView(
            lastSequence: last, watermark: last, missing: [],
            plan: ReadPlan(segments: segments, indexes: indexes), environment: environment)
    }
}
