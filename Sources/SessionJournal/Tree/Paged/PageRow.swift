internal import SegmentLog

/// What a snapshot keeps of one element of a ``PagedTable``: no text, only where the journal says it.
///
/// A page is its rows, one after the other, every number a LEB128 varint:
///
/// ```
/// first sequence, as the difference to the row before × 4 + 2 (another branch) + 1 (more follows)
/// another branch:  place of the branch + 1
/// more follows:    count of later sequences × 8 + 4 (a rest) + 2 (an edit is shown) + 1 (hashes)
///                  the later sequences, as differences · what else there is: count of hashes ·
///                  the edit · the length of the rest, and the rest as JSON
/// hashes of the names, 4 bytes each: one, unless their count is given
/// ```
struct PageRow: Equatable, Sendable {
    /// The sequence numbers of the events that made it what it is, in order.
    var sequences: [UInt64]

    /// The hashes of its names.
    var hashes: [UInt32] = []

    /// The place of its branch; nil where it has none.
    var branchPlace: Int?

    /// Which edit of a message is shown.
    var shown: Int?

    /// What the events do not say.
    var rest: JSONValue?

    init(sequences: [UInt64]) { self.sequences = sequences }
}

extension PageRow {
    /// Rows as bytes. Their sequence numbers ascend; rows of a forged snapshot that go back become
    /// bytes that nobody takes for rows.
    static func encode(_ rows: [PageRow]) -> [UInt8] {
        var bytes: [UInt8] = []
        var last: UInt64 = 0
        var branch: Int?
        for row in rows {
            let first = row.sequences[0]
            let hasMore =
                row.hashes.count != 1 || row.sequences.count > 1 || row.shown != nil
                || row.rest != nil
            let isOther = row.branchPlace != branch
            bytes.append(varint: (first &- last) << 2 | (isOther ? 2 : 0) | (hasMore ? 1 : 0))
            if isOther { bytes.append(varint: UInt64(row.branchPlace.map { $0 + 1 } ?? 0)) }
            if hasMore { row.appendMore(to: &bytes) }
            for hash in row.hashes { bytes.append(u32: hash) }
            last = first
            branch = row.branchPlace
        }
        return bytes
    }

    private func appendMore(to bytes: inout [UInt8]) {
        let flags: UInt64 =
            (rest == nil ? 0 : 4) | (shown == nil ? 0 : 2) | (hashes.count == 1 ? 0 : 1)
        bytes.append(varint: UInt64(sequences.count - 1) << 3 | flags)
        for (before, sequence) in zip(sequences, sequences.dropFirst()) {
            bytes.append(varint: sequence &- before)
        }
        if hashes.count != 1 { bytes.append(varint: UInt64(hashes.count)) }
        if let shown { bytes.append(varint: UInt64(shown)) }
        if let rest {
            let text = Array(rest.description.utf8)
            bytes.append(varint: UInt64(text.count))
            bytes += text
        }
    }

    /// The rows that bytes say, so many; nil where they do not.
    static func decode(_ bytes: Span<UInt8>, count: Int) -> [PageRow]? {
        var rows: [PageRow] = []
        rows.reserveCapacity(min(count, bytes.count))
        var reader = PageRowReader(bytes)
        for _ in 0..<count {
            guard let row = reader.next(bytes) else { return nil }
            rows.append(row)
        }
        return reader.isAtEnd ? rows : nil
    }
}

/// Reads rows from bytes that nobody vouches for.
struct PageRowReader {
    private var cursor: ByteCursor
    private var sequence: UInt64 = 0
    /// The branch of the last row that was read.
    private(set) var branchPlace: Int?

    init(_ bytes: Span<UInt8>) { cursor = ByteCursor(0..<bytes.count) }

    /// Whether all was read, and no more.
    var isAtEnd: Bool { !cursor.isOverrun && cursor.remaining == 0 }

    /// The next row; nil where the bytes make no sense.
    mutating func next(_ bytes: Span<UInt8>) -> PageRow? {
        guard let hasMore = begin(bytes) else { return nil }
        var row = PageRow(sequences: [sequence])
        row.branchPlace = branchPlace
        var hashCount: UInt64 = 1
        if hasMore {
            guard let count = more(bytes, &row) else { return nil }
            hashCount = count
        }
        guard hashCount <= UInt64(cursor.remaining / 4) else { return nil }
        for _ in 0..<hashCount { row.hashes.append(cursor.u32(bytes)) }
        return cursor.isOverrun ? nil : row
    }

    /// Passes over the next row, and hands over its hashes; false where the bytes make no sense.
    mutating func skip(_ bytes: Span<UInt8>, _ take: (UInt32) -> Void) -> Bool {
        guard let hasMore = begin(bytes) else { return false }
        var hashCount: UInt64 = 1
        if hasMore {
            var row = PageRow(sequences: [sequence])
            guard let count = more(bytes, &row) else { return false }
            hashCount = count
        }
        guard hashCount <= UInt64(cursor.remaining / 4) else { return false }
        for _ in 0..<hashCount { take(cursor.u32(bytes)) }
        return !cursor.isOverrun
    }

    /// Reads what every row has, and whether there is more; nil where it makes no sense.
    private mutating func begin(_ bytes: Span<UInt8>) -> Bool? {
        let head = cursor.varint(bytes)
        let (first, overflows) = sequence.addingReportingOverflow(head >> 2)
        guard !overflows, first > 0 else { return nil }
        sequence = first
        if head & 2 != 0 {
            let place = cursor.varint(bytes)
            guard place <= UInt64(UInt32.max) else { return nil }
            branchPlace = place == 0 ? nil : Int(place) - 1
        }
        return head & 1 != 0
    }

    /// Reads what some rows have, and returns how many hashes follow; nil where it makes no sense.
    private mutating func more(_ bytes: Span<UInt8>, _ row: inout PageRow) -> UInt64? {
        let head = cursor.varint(bytes)
        let count = head >> 3
        guard count <= UInt64(cursor.remaining) else { return nil }
        var last = sequence
        for _ in 0..<count {
            let (next, overflows) = last.addingReportingOverflow(cursor.varint(bytes))
            guard !overflows else { return nil }
            row.sequences.append(next)
            last = next
        }
        let hashCount = head & 1 != 0 ? cursor.varint(bytes) : 1
        if head & 2 != 0 {
            let shown = cursor.varint(bytes)
            guard shown < count else { return nil }
            row.shown = Int(shown)
        }
        if head & 4 != 0 {
            let size = cursor.varint(bytes)
            guard size <= UInt64(cursor.remaining) else { return nil }
            let text = cursor.array(Int(size), bytes)
            guard let value = try? JSONValue(parsingSnapshot: text.span) else { return nil }
            row.rest = value
        }
        return cursor.isOverrun ? nil : hashCount
    }
}
