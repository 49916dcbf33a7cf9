internal import SegmentLog

/// Where a snapshot stands, and of what moment it is.
struct SnapshotMark: Hashable, Sendable {
    /// The last event that it holds.
    var sequence: UInt64
    /// The version of that event.
    var version: UInt64
    /// When the journal took that event.
    var time: Timestamp
    /// The latest moment that any of its events names.
    var moment: Timestamp
    var reference: StoredReference

    /// Whether a point in time holds all events of the snapshot, in a session whose last version
    /// is known.
    func isWithin(_ point: PointInTime, lastVersion: UInt64) -> Bool {
        switch point {
        case .now: true
        case .sequence(let last): sequence <= last
        case .time(let last): moment <= last
        case .recorded(let last): time <= last
        case .back(let count): count < lastVersion && version <= lastVersion - count
        case .label: false
        }
    }
}

extension SnapshotMark: SnapshotListItem {
    func append(to bytes: inout [UInt8]) {
        bytes.append(varint: sequence)
        bytes.append(varint: version)
        bytes.append(i64: time.microseconds)
        bytes.append(i64: moment.microseconds)
        reference.append(to: &bytes)
    }

    init?(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>, file: UInt64) {
        sequence = cursor.varint(bytes)
        version = cursor.varint(bytes)
        time = Timestamp(microseconds: cursor.i64(bytes))
        moment = Timestamp(microseconds: cursor.i64(bytes))
        guard let reference = StoredReference(&cursor, bytes, file: file) else { return nil }
        self.reference = reference
    }
}

/// The content of a snapshot: the state behind an event, its long tables by reference.
struct Snapshot: Sendable {
    /// A table: its full pages by reference, and the rows behind them.
    struct Table: Sendable {
        var pages = SnapshotList<StoredReference>()
        var tail: [UInt8] = []
        var tailCount = 0
    }

    /// Where it stands. The reference is empty while it is being written.
    var mark: SnapshotMark
    /// Of the event behind which it was taken, whose random salt tells histories apart.
    var digest: Digest
    /// The snapshots before this one, the first first.
    var earlier = SnapshotList<SnapshotMark>()
    var messages = Table()
    var merges = Table()
    var toolRuns = Table()
    /// The rest of the state as JSON, in pieces.
    var state = SnapshotList<StoredReference>()

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        mark.append(to: &bytes)
        digest.appendBytes(to: &bytes)
        earlier.append(to: &bytes)
        for table in [messages, merges, toolRuns] {
            table.pages.append(to: &bytes)
            bytes.append(varint: UInt64(table.tailCount))
            bytes.append(varint: UInt64(table.tail.count))
            bytes += table.tail
        }
        state.append(to: &bytes)
        return bytes
    }

    init(_ mark: SnapshotMark, digest: Digest) {
        self.mark = mark
        self.digest = digest
    }

    /// The snapshot of a record; nil where it makes no sense.
    init?(
        _ bytes: [UInt8], at reference: StoredReference, read: (StoredReference) -> [UInt8]?
    ) {
        let span = bytes.span
        var cursor = ByteCursor(0..<bytes.count)
        guard var mark = SnapshotMark(&cursor, span, file: reference.file),
            let digest = Digest(bytes: cursor.array(Digest.size, span).span),
            let earlier = SnapshotList<SnapshotMark>(
                &cursor, span, file: reference.file, read: read)
        else { return nil }
        mark.reference = reference
        var tables: [Table] = []
        for _ in 0..<3 {
            guard
                let pages = SnapshotList<StoredReference>(
                    &cursor, span, file: reference.file, read: read)
            else { return nil }
            let count = cursor.varint(span)
            let size = cursor.varint(span)
            guard count < UInt64(PagedTable<Message>.pageSize), size <= UInt64(cursor.remaining)
            else { return nil }
            let tail = cursor.array(Int(size), span)
            tables.append(Table(pages: pages, tail: tail, tailCount: Int(count)))
        }
        guard
            let state = SnapshotList<StoredReference>(
                &cursor, span, file: reference.file, read: read),
            !cursor.isOverrun, cursor.remaining == 0
        else { return nil }
        self.init(mark, digest: digest)
        self.state = state
        self.earlier = earlier
        (messages, merges, toolRuns) = (tables[0], tables[1], tables[2])
    }
}
