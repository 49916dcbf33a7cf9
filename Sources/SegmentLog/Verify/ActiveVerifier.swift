/// Checks a segment of active layout, byte by byte.
///
/// Where a writer is at work on it, what lies behind the view's last event is let be: it changes while
/// it is read. No page before that is ever written again, so that damage there is damage.
struct ActiveVerifier {
    let segment: ActiveSegment
    let isLast: Bool
    /// Whether a writer may be at work.
    let isLive: Bool
    let opening: LogOpening
    let semantics: LineSemantics

    init(
        segment: ActiveSegment, isLast: Bool, isLive: Bool, opening: LogOpening,
        semantics: LineSemantics
    ) {
        self.segment = segment
        self.isLast = isLast
        self.isLive = isLive
        self.opening = opening
        self.semantics = semantics
    }

    mutating func run(through last: UInt64, into report: inout StructureReport) throws(LogError) {
        let scan = try scan()
        report.bytesChecked += scan.position
        var holes = scan.holes
        for known in segment.holes where !holes.contains(known) { holes.append(known) }
        for block in scan.blocks where block.firstSequence <= last {
            if let reason = try check(block, &report.runs) {
                holes.append(
                    Hole(
                        file: segment.name, offset: Int(block.offset),
                        events: block.firstSequence...block.lastSequence, reason: reason))
            } else if block.lastSequence <= last {
                report.frontiers.append(
                    .init(
                        frontier: block.frontier,
                        place: "in the block of events \(block.firstSequence) to "
                            + "\(block.lastSequence)",
                        file: segment.name, offset: Int(block.offset)))
            }
        }
        if isLive, isLast {
            let end = segment.block(endingAtOrBefore: last).map { Int($0.offset) + $0.blockSize }
            holes.removeAll { $0.offset >= end ?? 0 && $0.events?.lowerBound ?? .max > last }
        }
        report.holes.append(contentsOf: holes)
        if case .torn(let offset, let reason) = scan.ending, isLast, !isLive, holes.isEmpty {
            let first = (scan.lastSequence ?? segment.firstSequence - 1) + 1
            report.tornTail = RecoveryReport.TornTail(
                file: segment.name, offset: offset, size: scan.fileSize - offset,
                firstSequence: first, reason: reason, quarantine: nil)
        }
    }

    private func scan() throws(LogError) -> ActiveScan {
        try LogError.wrap("read", segment.path) { () throws(Errno) in
            try ActiveScanner.scan(
                segment.file, name: segment.name, journalID: opening.journalID,
                firstSequence: segment.firstSequence, floor: segment.firstSequence - 1,
                passingOverUnreadable: true)
        }
    }

    /// What is wrong with a block's content; nil where nothing is.
    private func check(
        _ block: BlockHeader, _ runs: inout [StructureReport.RunExtent]
    ) throws(LogError) -> String? {
        let stored: StoredContent
        do throws(LogError) {
            stored = try segment.stored(block)
        } catch {
            guard error.code == .damaged else { throw error }
            return error.message
        }
        let plain = stored.plain
        var versions = block.streams.map(\.firstVersion)
        var known: [StreamKey: Set<UInt64>] = [:]
        var start = 0
        for (index, entry) in block.entries.enumerated() {
            let end = start + Int(entry.lineLength)
            let stream = Int(entry.stream)
            guard plain[end - 1] == 0x0A,
                let record = semantics.describe(plain.span.extracting(start..<(end - 1))),
                record.sequence == block.firstSequence + UInt64(index),
                record.stream == block.streams[stream].key, record.version == versions[stream],
                record.time >= block.firstTime, record.time <= block.lastTime
            else { return "a line is not what the block's table says of it" }
            versions[stream] += 1
            if !stored.runs.isEmpty { known[record.stream, default: []].insert(record.version) }
            start = end
        }
        guard let extents = stored.runExtents(known) else { return StructureReport.strayRun }
        runs += extents
        return nil
    }
}
