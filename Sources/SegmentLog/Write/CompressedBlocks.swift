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
        /// Whether runs stand behind the content.
        var isEncrypted: Bool
    }

    private let parts = Mutex<[Part]?>(nil)

    /// The blocks of `lines`, which are always the same ones. Several blocks are compressed side by
    /// side; who comes second waits.
    ///
    /// Each block is decompressed again and compared with what went in, so that a bit that flips in
    /// memory on the way is noticed before anything is acknowledged.
    ///
    /// - Parameters:
    ///   - lines: The same ones at every call.
    ///   - cipher: Encrypts those that are to be encrypted.
    ///   - journalID: The journal that the runs are of.
    /// - Throws: `failed` where that shows a difference, and what the cipher throws.
    func make(
        of lines: StagedLines, _ cipher: (any RunCipher)?, journalID: JournalID
    ) throws(LogError) -> [Part] {
        try parts.withLock { parts throws(LogError) in
            if let parts { return parts }
            let made = try Self.parts(of: lines, cipher, journalID)
            parts = made
            return made
        }
    }

    private static func parts(
        of lines: StagedLines, _ cipher: (any RunCipher)?, _ journalID: JournalID
    ) throws(LogError) -> [Part] {
        let cuts = split(lines)
        return try Parallel.map(cuts.count) { index throws(LogError) in
            let cut = cuts[index]
            var stored: [UInt8]
            let plainLength: Int
            if cut.entries.isEmpty {
                let content = lines.bytes.span.extracting(cut.bytes)
                stored = LZ4Frame.compress(content, .fast)
                try LZ4Frame.confirm(stored, holds: content)
                plainLength = content.count
            } else {
                let split = SplitLines(lines, cut)
                stored = LZ4Frame.compress(split.content.span, .fast)
                try LZ4Frame.confirm(stored, holds: split.content.span)
                plainLength = split.content.count
                try split.appendRuns(to: &stored, cipher, journalID)
            }
            let table = table(of: lines.records[cut.records])
            return Part(
                records: cut.records, plainLength: plainLength, stored: stored,
                checksum: CRC32C.checksum(stored.span), streams: table.streams,
                entries: table.entries, isEncrypted: !cut.entries.isEmpty)
        }
    }

    /// The lines of one block.
    struct Cut {
        var records: Range<Int>
        var bytes: Range<Int>
        /// Of the entry lines.
        var entries: Range<Int>
    }

    private static func split(_ lines: StagedLines) -> [Cut] {
        var cuts: [Cut] = []
        var record = 0
        var byte = 0
        var entry = 0
        while record < lines.records.count {
            let records = record
            let bytes = byte
            let entries = entry
            while record < lines.records.count,
                record - records < SegmentLogFormat.blockEventLimit,
                byte - bytes < SegmentLogFormat.blockSizeTarget
            {
                byte += lines.records[record].lineLength
                entry += lines.records[record].entryLength
                record += 1
            }
            cuts.append(
                Cut(records: records..<record, bytes: bytes..<byte, entries: entries..<entry))
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
            entries.append(BlockEntry(stream: number, lineLength: UInt32(record.storedLength)))
        }
        return (streams, entries)
    }
}
