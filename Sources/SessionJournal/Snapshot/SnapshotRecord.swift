internal import SegmentLog

/// The pieces of a file of snapshots.
///
/// ```
/// header   "SJSNAPS" 1 · format 4 · rules 4 · journal 16 · session 16 · file 8 · CRC-32C 4 · 0 4
/// record   kind 4 · size of what follows 4 · CRC-32C of all but this 4 · content
///          1 page: rows (``PageRow``) · 2 part of a list · 3 snapshot
/// end      where the last snapshot begins 8 · CRC-32C of that 4 · "SEND" 4
/// ```
///
/// Every snapshot is written with the pages that it needs and no earlier one has, and an end, in one
/// write at the end of the file. Numbers are little-endian.
enum SnapshotRecord {
    enum Kind: UInt32 { case page = 1, list, snapshot }

    static let format: UInt32 = 1
    static let headerSize = 60
    static let recordHeaderSize = 12
    static let endSize = 16
    /// A record above this is not read.
    static let sizeLimit = 256 << 20
    private static let magic: [UInt8] = Array("SJSNAPS".utf8) + [1]
    private static let endMagic: UInt32 = 0x444E_4553

    /// What a file begins with.
    static func header(journal: JournalID, session: SessionID, file: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.append(u32: format)
        bytes.append(u32: UInt32(SessionProjection.version))
        bytes.append(journal)
        bytes.append(u64: session.high)
        bytes.append(u64: session.low)
        bytes.append(u64: file)
        bytes.append(u32: CRC32C.checksum(bytes.span))
        return bytes
    }

    /// The number that the file drew; nil where it is another journal's, another session's, of
    /// another version, or damaged.
    static func file(of bytes: [UInt8], journal: JournalID, session: SessionID) -> UInt64? {
        guard bytes.count == headerSize else { return nil }
        var cursor = ByteCursor(48..<56)
        let file = cursor.u64(bytes.span)
        return bytes == header(journal: journal, session: session, file: file) ? file : nil
    }

    /// Adds a record, and says where in `bytes` it begins and how long it is.
    static func append(
        _ kind: Kind, _ content: [UInt8], to bytes: inout [UInt8]
    ) -> (offset: Int, size: Int) {
        let start = bytes.count
        bytes.append(u32: kind.rawValue)
        bytes.append(u32: UInt32(content.count))
        let head = CRC32C.checksum(bytes, start..<bytes.count)
        bytes.append(u32: CRC32C.checksum(content.span, previous: head))
        bytes += content
        return (start, bytes.count - start)
    }

    /// The content of a record; nil where it is none of that kind, or damaged.
    static func content(_ kind: Kind, of bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= recordHeaderSize else { return nil }
        var cursor = ByteCursor(0..<recordHeaderSize)
        let isKind = cursor.u32(bytes.span) == kind.rawValue
        let size = Int(cursor.u32(bytes.span))
        let checksum = cursor.u32(bytes.span)
        guard isKind, size == bytes.count - recordHeaderSize else { return nil }
        let head = CRC32C.checksum(bytes, 0..<8)
        let content = Array(bytes[recordHeaderSize...])
        return CRC32C.checksum(content.span, previous: head) == checksum ? content : nil
    }

    /// What stands behind a snapshot.
    static func end(at offset: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(u64: offset)
        bytes.append(u32: CRC32C.checksum(bytes.span))
        bytes.append(u32: endMagic)
        return bytes
    }

    /// Where the last snapshot begins; nil for bytes that are no end.
    static func lastSnapshot(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == endSize else { return nil }
        var cursor = ByteCursor(0..<8)
        let offset = cursor.u64(bytes.span)
        return bytes == end(at: offset) ? offset : nil
    }
}

/// Something of which snapshots keep long lists.
protocol SnapshotListItem: Equatable, Sendable {
    func append(to bytes: inout [UInt8])
    init?(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>, file: UInt64)
}

extension StoredReference: SnapshotListItem {
    func append(to bytes: inout [UInt8]) {
        bytes.append(varint: offset)
        bytes.append(varint: size)
    }

    init?(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>, file: UInt64) {
        self.init(file: file, offset: cursor.varint(bytes), size: cursor.varint(bytes))
        guard !cursor.isOverrun, size <= SnapshotRecord.sizeLimit else { return nil }
    }
}

/// A list in parts: full ones, which later snapshots share, and what is left.
struct SnapshotList<Item: SnapshotListItem>: Sendable {
    static var partSize: Int { 32 }

    private(set) var parts: [(reference: StoredReference, items: [Item])] = []
    private(set) var rest: [Item] = []

    init() {}

    var items: [Item] { parts.flatMap(\.items) + rest }

    /// Makes it a list of these items; `write` puts a part away that was not there before.
    mutating func become(_ items: [Item], write: ([UInt8]) -> StoredReference) {
        let count = items.count / Self.partSize
        var parts: [(reference: StoredReference, items: [Item])] = []
        for index in 0..<count {
            let part = Array(items[(index * Self.partSize)..<((index + 1) * Self.partSize)])
            if index < self.parts.count, self.parts[index].items == part {
                parts.append(self.parts[index])
            } else {
                var bytes: [UInt8] = []
                for item in part { item.append(to: &bytes) }
                parts.append((write(bytes), part))
            }
        }
        self.parts = parts
        rest = Array(items[(count * Self.partSize)...])
    }

    /// The list as a snapshot names it.
    func append(to bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(parts.count))
        for part in parts { part.reference.append(to: &bytes) }
        bytes.append(varint: UInt64(rest.count))
        for item in rest { item.append(to: &bytes) }
    }

    /// The list that a snapshot names; `read` gets a part. Nil where it makes no sense.
    init?(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, file: UInt64,
        read: (StoredReference) -> [UInt8]?
    ) {
        let partCount = cursor.varint(bytes)
        guard partCount <= UInt64(cursor.remaining) else { return nil }
        var seen: Set<UInt64> = []
        for _ in 0..<partCount {
            guard let reference = StoredReference(&cursor, bytes, file: file),
                seen.insert(reference.offset).inserted, let part = read(reference)
            else { return nil }
            var inner = ByteCursor(0..<part.count)
            var items: [Item] = []
            for _ in 0..<Self.partSize {
                guard let item = Item(&inner, part.span, file: file) else { return nil }
                items.append(item)
            }
            parts.append((reference, items))
        }
        let restCount = cursor.varint(bytes)
        guard restCount < Self.partSize else { return nil }
        for _ in 0..<restCount {
            guard let item = Item(&cursor, bytes, file: file) else { return nil }
            rest.append(item)
        }
    }
}
