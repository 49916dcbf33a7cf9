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
    mutating func endLine(from start: Int, leaf: Digest, _ header: RecordHeader) {
        bytes.append(UInt8(ascii: "\n"))
        records.append(Record(header: header, lineLength: bytes.count - start))
        leaf.appendBytes(to: &leafHashes)
    }

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
