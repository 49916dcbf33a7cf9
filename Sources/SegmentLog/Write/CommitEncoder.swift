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

    /// Encodes lines that will stand at `offset`, a multiple of the page size. `compressed` is what
    /// ``CompressedBlocks`` made of them.
    func encode(
        _ lines: StagedLines, _ compressed: [CompressedBlocks.Part], at offset: Int,
        watermark: UInt64, previousChecksum: UInt32, frontier: inout FrontierRecord
    ) throws(LogError) -> Commit {
        var commit = Commit(bytes: [], blocks: [], end: offset)
        // With the padding and the tail page, so that a large commit is never moved to a larger place.
        let size = compressed.reduce(2 * SegmentLogFormat.pageSize) {
            $0 + $1.stored.count + 24 * $1.streams.count + 10 * $1.entries.count
                + SegmentLogFormat.pageSize
        }
        commit.bytes.reserveCapacity(size)
        var previous = previousChecksum
        for part in compressed {
            var header = try header(
                of: part, lines, at: offset + commit.bytes.count, watermark: watermark,
                previousChecksum: previous, frontier: &frontier)
            header.append(to: &commit.bytes)
            commit.bytes.append(contentsOf: part.stored)
            previous = header.checksum
            commit.blocks.append(header)
        }
        Padding.append(Padding.size(after: offset + commit.bytes.count), to: &commit.bytes)
        commit.end = offset + commit.bytes.count
        return commit
    }

    private func header(
        of part: CompressedBlocks.Part, _ lines: StagedLines, at offset: Int,
        watermark: UInt64, previousChecksum: UInt32, frontier: inout FrontierRecord
    ) throws(LogError) -> BlockHeader {
        let records = part.records
        let size = SegmentLogFormat.hashSize
        let leaves = (records.lowerBound * size)..<(records.upperBound * size)
        semantics.extend(&frontier, lines.leafHashes.span.extracting(leaves))
        let first = lines.records[records.lowerBound].header
        let last = lines.records[records.upperBound - 1].header
        guard frontier.size == last.sequence else {
            throw LogError(.invalid, "the Merkle tree has another size than the log")
        }
        var header = BlockHeader(
            journalID: journalID, offset: UInt64(offset), firstSequence: first.sequence,
            commitFirst: lines.records[0].header.sequence,
            commitLast: lines.records[lines.records.count - 1].header.sequence,
            watermark: watermark, epoch: epoch, firstTime: first.time, lastTime: last.time,
            storedLength: part.stored.count, plainLength: part.plainLength,
            previousChecksum: previousChecksum, contentChecksum: part.checksum,
            frontier: frontier, streams: part.streams, entries: part.entries)
        if part.isEncrypted { header.requiredFlags |= RequiredFlags.encrypted }
        return header
    }
}
