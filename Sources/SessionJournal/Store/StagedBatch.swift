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

    /// Hashes the lines, once all have ended: many of them side by side.
    ///
    /// - Parameters:
    ///   - heads: The lengths of their heads, where those are known.
    ///   - sealed: The sessions that are encrypted: their event lines get entry lines to stand for them.
    mutating func hash(
        heads: [Int]? = nil, encrypting sealed: Set<SessionID> = []
    ) throws(JournalError) {
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
            guard let heads else {
                let found = try EventLine.heads(of: content.span, lines)
                return EventLine.leaves(of: content.span, lines, heads: found)
            }
            return EventLine.leaves(of: content.span, lines, heads: Array(heads[part]))
        }
        leafHashes = Array(parts.map(\.hashes).joined())
        if !sealed.isEmpty { addEntries(of: parts, encrypting: sealed) }
    }

    /// Notes the entry lines of those event lines that are to be encrypted.
    private mutating func addEntries(
        of parts: [EventLine.Leaves], encrypting sealed: Set<SessionID>
    ) {
        for (piece, part) in parts.enumerated() {
            for (index, range) in part.ranges.enumerated() {
                let number = piece * Self.hashedTogether + index
                // An entry line stands for itself: there is nothing of it to encrypt.
                guard sealed.contains(SessionID(records[number].header.stream)),
                    range.count != records[number].lineLength
                else { continue }
                entries.append(copying: part.entries.span.extracting(range.dropFirst()))
                entries.append(UInt8(ascii: "\n"))
                records[number].entryLength = range.count
            }
        }
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
    package var streamKey: StreamKey { StreamKey(high: high, low: low) }

    package init(_ stream: StreamKey) { self.init(high: stream.high, low: stream.low) }
}
