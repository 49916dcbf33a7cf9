/// Turns staged lines into the bytes of one commit: blocks and padding.
struct CommitEncoder: Sendable {
    let journalID: JournalID
    let epoch: UInt64
    let semantics: LineSemantics

    /// A commit as it will stand in the file.
    struct Commit {
        /// Blocks and padding; the tail follows.
        var bytes: [UInt8]
        var blocks: [BlockHeader]
        /// Where the tail stands: a multiple of the page size.
        var end: Int
    }

    /// Encodes lines that will stand at `offset`, a multiple of the page size.
    ///
    /// Each block is decompressed again and compared with what went in, so that a bit that flips in
    /// memory on the way is noticed before anything is acknowledged.
    func encode(
        _ lines: StagedLines, at offset: Int, watermark: UInt64, previousChecksum: UInt32,
        frontier: inout FrontierRecord
    ) throws(LogError) -> Commit {
        var commit = Commit(bytes: [], blocks: [], end: offset)
        commit.bytes.reserveCapacity(lines.bytes.count / 2 + 2 * SegmentLogFormat.pageSize)
        var previous = previousChecksum
        var record = 0
        var byte = 0
        while record < lines.records.count {
            let records = record
            let bytes = byte
            while record < lines.records.count,
                record - records < SegmentLogFormat.blockEventLimit,
                byte - bytes < SegmentLogFormat.blockSizeTarget
            {
                byte += lines.records[record].lineLength
                record += 1
            }
            let header = try appendBlock(
                lines, records: records..<record, bytes: bytes..<byte, at: offset,
                watermark: watermark, previousChecksum: previous, frontier: &frontier,
                to: &commit.bytes)
            previous = header.checksum
            commit.blocks.append(header)
        }
        Padding.append(Padding.size(after: offset + commit.bytes.count), to: &commit.bytes)
        commit.end = offset + commit.bytes.count
        return commit
    }

    private func appendBlock(
        _ lines: StagedLines, records: Range<Int>, bytes range: Range<Int>, at commitOffset: Int,
        watermark: UInt64, previousChecksum: UInt32, frontier: inout FrontierRecord,
        to bytes: inout [UInt8]
    ) throws(LogError) -> BlockHeader {
        let content = lines.bytes.span.extracting(range)
        var stored: [UInt8] = []
        LZ4Frame.compress(content, .fast, to: &stored)
        try LZ4Frame.confirm(stored, holds: content)
        let size = SegmentLogFormat.hashSize
        let leaves = (records.lowerBound * size)..<(records.upperBound * size)
        semantics.extend(&frontier, lines.leafHashes.span.extracting(leaves))
        let first = lines.records[records.lowerBound].header
        let last = lines.records[records.upperBound - 1].header
        guard frontier.size == last.sequence else {
            throw LogError(.invalid, "the Merkle tree has another size than the log")
        }
        let table = Self.table(of: lines.records[records])
        var header = BlockHeader(
            journalID: journalID, offset: UInt64(commitOffset + bytes.count),
            firstSequence: first.sequence, commitFirst: lines.records[0].header.sequence,
            commitLast: lines.records[lines.records.count - 1].header.sequence,
            watermark: watermark, epoch: epoch, firstTime: first.time, lastTime: last.time,
            storedLength: stored.count, plainLength: range.count,
            previousChecksum: previousChecksum, contentChecksum: CRC32C.checksum(stored.span),
            frontier: frontier, streams: table.streams, entries: table.entries)
        header.append(to: &bytes)
        bytes.append(contentsOf: stored)
        return header
    }

    private static func table(
        of records: ArraySlice<StagedLines.Record>
    ) -> (streams: [BlockStream], entries: [BlockEntry]) {
        var streams: [BlockStream] = []
        var numbers: [StreamKey: UInt32] = [:]
        var entries: [BlockEntry] = []
        entries.reserveCapacity(records.count)
        for record in records {
            let key = record.header.stream
            var number = UInt32(streams.count)
            if let known = numbers[key] {
                number = known
            } else {
                numbers[key] = number
                streams.append(BlockStream(key: key, firstVersion: record.header.version))
            }
            entries.append(BlockEntry(stream: number, lineLength: UInt32(record.lineLength)))
        }
        return (streams, entries)
    }
}
