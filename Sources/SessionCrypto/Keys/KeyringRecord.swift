#if Crypto
internal import SegmentLog
internal import SessionJournal

/// What one step has appended to the keyring: the sessions that it gave keys to.
///
/// ```
///   0 u32  magic "SJKA"
///   4 u32  bytes of the record
///   8 u64  generation: one more than before it
///  16 u32  sessions; none where the writer has closed the journal
///  20      by session, as ``KeyringFile`` has them
///     u32  CRC-32C of the record up to here
/// ```
struct KeyringRecord: Equatable, Sendable {
    static let magic: UInt32 = 0x414B_4A53  // "SJKA"
    private static let fixedSize = 20

    var generation: UInt64
    var entries: [KeyringFile.Entry]

    var bytes: [UInt8] {
        let size = entries.reduce(Self.fixedSize + 4) {
            $0 + KeyringFile.entrySize + $1.wrapped.count
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        bytes.append(u32: Self.magic)
        bytes.append(u32: UInt32(size))
        bytes.append(u64: generation)
        bytes.append(u32: UInt32(entries.count))
        for entry in entries { entry.append(to: &bytes) }
        bytes.append(u32: CRC32C.checksum(bytes.span))
        return bytes
    }

    init(generation: UInt64, entries: [KeyringFile.Entry]) {
        self.generation = generation
        self.entries = entries
    }

    /// The record that begins at an offset, and where it ends; nil where none does.
    static func decode(
        _ bytes: Span<UInt8>, at start: Int
    ) -> (record: KeyringRecord, end: Int)? {
        var cursor = ByteCursor(start..<bytes.count)
        guard cursor.u32(bytes) == magic else { return nil }
        let size = Int(cursor.u32(bytes))
        guard size >= fixedSize + 4, size <= bytes.count - start else { return nil }
        let end = start + size
        var trailer = ByteCursor((end - 4)..<end)
        guard trailer.u32(bytes) == CRC32C.checksum(bytes.extracting(start..<(end - 4))) else {
            return nil
        }
        var content = ByteCursor((start + 8)..<(end - 4))
        let generation = content.u64(bytes)
        let count = Int(content.u32(bytes))
        guard count <= content.remaining / KeyringFile.entrySize else { return nil }
        var entries: [KeyringFile.Entry] = []
        for _ in 0..<count {
            guard let entry = try? KeyringFile.entry(&content, bytes, after: entries.last),
                !entry.isDestroyed
            else { return nil }
            entries.append(entry)
        }
        guard content.remaining == 0, !content.isOverrun else { return nil }
        return (KeyringRecord(generation: generation, entries: entries), end)
    }

    /// Whether a record begins anywhere behind an offset.
    static func isAny(in bytes: Span<UInt8>, behind offset: Int) -> Bool {
        let mark: [UInt8] = [0x53, 0x4A, 0x4B, 0x41]
        var next = offset + 1
        while let start = bytes.firstIndex(of: mark, from: next) {
            if decode(bytes, at: start) != nil { return true }
            next = start + 1
        }
        return false
    }
}

/// The bytes of `keys/keyring`: what was written whole, the records behind it, and what a crash has
/// left of one.
///
/// Records are appended one at a time, each durable before the next. So the first that does not hold
/// is the torn end of a step that nobody was told of, unless a whole one stands behind it: then it is
/// damage. A writer that closes the journal leaves a record without sessions behind the others, so
/// that of a journal that was closed every flipped bit is told.
struct KeyringContent: Equatable, Sendable {
    var file: KeyringFile
    /// How many bytes hold.
    var length: Int
    /// Whether nothing, or a record without sessions, stands behind the last key.
    var isEnded = true
    /// What stands behind what holds.
    var torn: [UInt8] = []

    init(parsing bytes: Span<UInt8>) throws(FormatError) {
        file = try KeyringFile(parsing: bytes)
        length = file.size
        while length < bytes.count {
            guard let (record, end) = KeyringRecord.decode(bytes, at: length) else {
                guard !KeyringRecord.isAny(in: bytes, behind: length) else { throw .checksum }
                torn = (length..<bytes.count).map { bytes[$0] }
                return
            }
            guard record.generation == file.generation + 1,
                record.entries.allSatisfy({ !file.place(of: $0.session).isThere })
            else { throw .invalid("record") }
            file.take(record.entries)
            isEnded = record.entries.isEmpty
            length = end
        }
    }
}
#endif
