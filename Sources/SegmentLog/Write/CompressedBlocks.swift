internal import Synchronization

/// The blocks of one commit as far as they can be made before it has its place: cut, compressed and
/// read back. Whoever comes first makes them: the committer, or the one who appended the batch, while
/// the commit before it is being synced.
final class CompressedBlocks: Sendable {
    /// A block without its header.
    struct Part: Sendable {
        /// The lines it holds, by their numbers in the commit.
        var records: Range<Int>
        var plainLength: Int
        var stored: [UInt8]
        var checksum: UInt32
        var streams: [BlockStream]
        var entries: [BlockEntry]
    }

    private let parts = Mutex<[Part]?>(nil)

    /// The blocks of `lines`, which are always the same ones. Several blocks are compressed side by
    /// side; who comes second waits.
    ///
    /// Each block is decompressed again and compared with what went in, so that a bit that flips in
    /// memory on the way is noticed before anything is acknowledged.
    ///
    /// - Throws: `failed` where that shows a difference.
    func make(of lines: StagedLines) throws(LogError) -> [Part] {
        try parts.withLock { parts throws(LogError) in
            if let parts { return parts }
            let made = try Self.parts(of: lines)
            parts = made
            return made
        }
    }

    private static func parts(of lines: StagedLines) throws(LogError) -> [Part] {
        let cuts = split(lines)
        return try Parallel.map(cuts.count) { index throws(LogError) in
            let cut = cuts[index]
            let content = lines.bytes.span.extracting(cut.bytes)
            var stored: [UInt8] = []
            LZ4Frame.compress(content, .fast, to: &stored)
            try LZ4Frame.confirm(stored, holds: content)
            let table = table(of: lines.records[cut.records])
            return Part(
                records: cut.records, plainLength: content.count, stored: stored,
                checksum: CRC32C.checksum(stored.span), streams: table.streams,
                entries: table.entries)
        }
    }

    private static func split(
        _ lines: StagedLines
    ) -> [(records: Range<Int>, bytes: Range<Int>)] {
        var cuts: [(records: Range<Int>, bytes: Range<Int>)] = []
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
            cuts.append((records..<record, bytes..<byte))
        }
        return cuts
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
