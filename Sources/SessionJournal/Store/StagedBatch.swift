package import SegmentLog

/// A batch with its positions, encoded and hashed, on its way to be stored.
package struct StagedBatch: Sendable {
    /// One receipt for each item of the batch.
    package var receipts: [AppendReceipt]

    /// The new lines; none when every item was a duplicate.
    package var lines: StagedLines

    /// The last sequence number that the receipts speak of: the answer to a durable append waits
    /// until this one is durable, be it that of an earlier append still under way.
    package var lastSequence: UInt64
}

extension StagedLines {
    var isEmpty: Bool { records.isEmpty }

    static var empty: StagedLines { StagedLines(records: [], bytes: [], leafHashes: []) }

    /// Ends a line whose text stands at the end of `bytes`.
    mutating func endLine(from start: Int, _ header: RecordHeader) {
        bytes.append(UInt8(ascii: "\n"))
        records.append(Record(header: header, lineLength: bytes.count - start))
    }

    /// Hashes the lines, once all have ended: many of them side by side. `heads` are the lengths of
    /// their heads, where those are known.
    mutating func hash(heads: [Int]? = nil) throws(JournalError) {
        var start = 0
        let ranges = records.map { record in
            defer { start += record.lineLength }
            return start..<(start + record.lineLength - 1)
        }
        let pieces = (records.count + Self.hashedTogether - 1) / Self.hashedTogether
        let content = bytes
        let parts = try Parallel.map(pieces) { piece throws(JournalError) in
            let first = piece * Self.hashedTogether
            let part = first..<min(first + Self.hashedTogether, ranges.count)
            let lines = Array(ranges[part])
            guard let heads else { return try EventLine.leafHashes(of: content.span, lines) }
            return EventLine.leafHashes(of: content.span, lines, heads: Array(heads[part]))
        }
        leafHashes = Array(parts.joined())
    }

    /// As many lines are worth another core's while.
    private static let hashedTogether = 128

    /// The 32 bytes of the leaf hash of the line at `index`.
    func leafHash(at index: Int) -> ArraySlice<UInt8> {
        leafHashes[(index * Digest.size)..<((index + 1) * Digest.size)]
    }
}

extension SessionID {
    /// The session's name in the log.
    var streamKey: StreamKey { StreamKey(high: high, low: low) }

    init(_ stream: StreamKey) { self.init(high: stream.high, low: stream.low) }
}
