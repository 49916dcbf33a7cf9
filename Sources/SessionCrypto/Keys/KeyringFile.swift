#if Crypto
internal import SegmentLog
internal import SessionJournal

/// What stands in `keys/keyring`: the data key of each encrypted session, wrapped by the master key.
///
/// ```
///   0 u32  magic "SJK1"
///   4 u16  format version: 1
///   6 u16  reserved, zero
///   8 u32  required flags: 1, every new session is encrypted
///  12 u32  optional flags
///  16 16 B journal id
///  32 u64  generation: one more for each time that the file was written
///  40 u32  source of the master key: 1, its 32 bytes; 2, scrypt of a passphrase
///  44 u32  block size of scrypt,
///  48 u32  its parallelism,
///  52 u32  bytes of all this, the check at its end included
///  56 u64  its cost, and
///  64 32 B its salt; all zeros where the source is not a passphrase
///  96 40 B the journal id, twice, wrapped by the master key: tells a wrong one
/// 136 u32  sessions
/// 140      by session, each: 16 B session, u8 state (1 key, 2 destroyed), u8 reserved, zero,
///          u16 wrapped length, i64 time of that state, wrapped bytes
///     u32  CRC-32C of all before
/// ```
/// Behind it stand records of the sessions that came since: ``KeyringRecord``.
///
/// What is wrapped (AES-256-KWP) are the 32 bytes of the data key, the length of the caller's own name
/// for the session as u16, that name, and zeros up to a multiple of 64.
struct KeyringFile: Equatable, Sendable {
    static let magic: UInt32 = 0x314B_4A53  // "SJK1"
    static let version: UInt16 = 1
    /// The largest file that is read, in bytes.
    static let sizeLimit = 256 << 20
    static let saltSize = 32
    static let checkSize = 40
    private static let fixedSize = 140
    static let entrySize = 28
    private static let sizeOffset = 52

    /// Where the master key comes from.
    enum Source: Equatable, Sendable {
        case key
        case passphrase(KeyDerivation.ScryptCost, salt: [UInt8])
    }

    struct Entry: Equatable, Sendable {
        var session: SessionID
        /// Microseconds since 1970: when the key was made, or destroyed.
        var time: Int64
        /// Nothing where the key was destroyed.
        var wrapped: [UInt8]

        var isDestroyed: Bool { wrapped.isEmpty }

        func append(to bytes: inout [UInt8]) {
            bytes.append(session.streamKey)
            bytes.append(isDestroyed ? 2 : 1)
            bytes.append(0)
            bytes.append(u16: UInt16(wrapped.count))
            bytes.append(i64: time)
            bytes.append(contentsOf: wrapped)
        }
    }

    var journalID: JournalID
    var generation: UInt64 = 0
    var encryptsAll = false
    var source: Source
    var check: [UInt8]
    /// By session.
    var entries: [Entry] = []

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(u32: Self.magic)
        bytes.append(u16: Self.version)
        bytes.append(u16: 0)
        bytes.append(u32: encryptsAll ? 1 : 0)
        bytes.append(u32: 0)
        bytes.append(journalID)
        bytes.append(u64: generation)
        switch source {
        case .key:
            bytes.append(u32: 1)
            bytes.append(zeros: 8)
            bytes.append(u32: UInt32(size))
            bytes.append(zeros: 8 + Self.saltSize)
        case .passphrase(let cost, let salt):
            bytes.append(u32: 2)
            bytes.append(u32: cost.blockSize)
            bytes.append(u32: cost.parallelism)
            bytes.append(u32: UInt32(size))
            bytes.append(u64: cost.cost)
            bytes.append(contentsOf: salt)
        }
        bytes.append(contentsOf: check)
        bytes.append(u32: UInt32(entries.count))
        for entry in entries { entry.append(to: &bytes) }
        bytes.append(u32: CRC32C.checksum(bytes.span))
        return bytes
    }

    /// How many bytes those are.
    var size: Int {
        entries.reduce(Self.fixedSize + 4) { $0 + Self.entrySize + $1.wrapped.count }
    }

    init(journalID: JournalID, source: Source, check: [UInt8]) {
        self.journalID = journalID
        self.source = source
        self.check = check
    }

    /// Reads the bytes that a file begins with, of which none is believed before all were checked.
    /// What stands behind them is ``KeyringContent``'s.
    init(parsing file: Span<UInt8>) throws(FormatError) {
        guard file.count >= Self.fixedSize + 4, file.count <= Self.sizeLimit else {
            throw .truncated
        }
        var length = ByteCursor(Self.sizeOffset..<file.count)
        let size = Int(length.u32(file))
        guard size >= Self.fixedSize + 4, size <= file.count else { throw .truncated }
        let bytes = file.extracting(..<size)
        let end = size - 4
        var trailer = ByteCursor(end..<bytes.count)
        guard trailer.u32(bytes) == CRC32C.checksum(bytes.extracting(..<end)) else {
            throw .checksum
        }
        var cursor = ByteCursor(0..<end)
        guard cursor.u32(bytes) == Self.magic else { throw .unrecognised }
        let version = cursor.u16(bytes)
        guard version <= Self.version else { throw .newer("format version \(version)") }
        guard version > 0, cursor.u16(bytes) == 0 else { throw .invalid("reserved fields") }
        let required = cursor.u32(bytes)
        guard required <= 1 else {
            throw .newer("required flags \(String(required, radix: 16))")
        }
        cursor.skip(4)
        journalID = cursor.identifier(bytes)
        generation = cursor.u64(bytes)
        encryptsAll = required == 1
        source = try Self.source(&cursor, bytes)
        check = cursor.array(Self.checkSize, bytes)
        let count = Int(cursor.u32(bytes))
        guard count <= cursor.remaining / Self.entrySize else { throw .invalid("entry count") }
        entries.reserveCapacity(count)
        for _ in 0..<count { entries.append(try Self.entry(&cursor, bytes, after: entries.last)) }
        guard cursor.remaining == 0, !cursor.isOverrun else { throw .invalid("length") }
    }

    private static func source(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>
    ) throws(FormatError) -> Source {
        let number = cursor.u32(bytes)
        let blockSize = cursor.u32(bytes)
        let parallelism = cursor.u32(bytes)
        cursor.skip(4)
        let cost = KeyDerivation.ScryptCost(
            cost: cursor.u64(bytes), blockSize: blockSize, parallelism: parallelism)
        let salt = cursor.array(saltSize, bytes)
        switch number {
        case 1:
            guard blockSize == 0, parallelism == 0, cost.cost == 0, salt.allSatisfy({ $0 == 0 })
            else { throw .invalid("source") }
            return .key
        case 2:
            guard cost.isAcceptable else { throw .invalid("cost of scrypt") }
            return .passphrase(cost, salt: salt)
        default: throw .newer("source \(number) of the master key")
        }
    }

    /// Reads the next entry, which must be of a session behind `last`.
    static func entry(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, after last: Entry?
    ) throws(FormatError) -> Entry {
        let session = SessionID(cursor.identifier(bytes))
        let state = cursor.u8(bytes)
        let reserved = cursor.u8(bytes)
        let length = Int(cursor.u16(bytes))
        let time = cursor.i64(bytes)
        let wrapped = cursor.array(length, bytes)
        guard !cursor.isOverrun, reserved == 0, !session.isJournal,
            last.map({ $0.session < session }) ?? true,
            state == 1 ? (length >= 16 && length % 8 == 0) : (state == 2 && length == 0)
        else { throw .invalid("entry") }
        return Entry(session: session, time: time, wrapped: wrapped)
    }

    /// Takes in what a record says.
    mutating func take(_ new: [Entry]) {
        for entry in new { entries.insert(entry, at: place(of: entry.session).index) }
        generation += 1
    }

    /// Where a session stands among the entries, or would.
    func place(of session: SessionID) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].session < session { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].session == session)
    }
}

/// What a session's entry wraps.
struct SessionSecret: Sendable {
    let dataKey: SecretBytes
    /// The caller's own name for the session.
    let key: String?

    private static let step = 64

    init(dataKey: SecretBytes, key: String?) {
        self.dataKey = dataKey
        self.key = key
    }

    /// Wrapped by the master key.
    func wrapped(with master: SecretBytes) throws(CryptoError) -> [UInt8] {
        let name = Array((key ?? "").utf8)
        guard name.count <= Int(UInt16.max) / 2 else { throw .invalidSize("the session's key") }
        let size = AES256GCM.keySize + 2 + name.count
        let padded = (size + Self.step - 1) / Self.step * Self.step
        let plain = SecretBytes(count: padded) { target in
            dataKey.withBytes { target.copyMemory(from: $0) }
            target[AES256GCM.keySize] = UInt8(truncatingIfNeeded: name.count)
            target[AES256GCM.keySize + 1] = UInt8(truncatingIfNeeded: name.count >> 8)
            for (index, byte) in name.enumerated() { target[AES256GCM.keySize + 2 + index] = byte }
        }
        return try KeyWrap.wrap(plain, with: master)
    }

    /// What was wrapped.
    init(unwrapping wrapped: [UInt8], with master: SecretBytes) throws(CryptoError) {
        let plain = try KeyWrap.unwrap(wrapped.span, with: master)
        let keySize = AES256GCM.keySize
        let name: String? = plain.withBytes { bytes in
            guard bytes.count >= keySize + 2 else { return nil }
            let count = Int(bytes[keySize]) | Int(bytes[keySize + 1]) << 8
            guard bytes.count - keySize - 2 >= count else { return nil }
            return String(
                decoding: bytes[(keySize + 2)..<(keySize + 2 + count)], as: UTF8.self)
        }
        guard let name else { throw .unauthentic }
        dataKey = SecretBytes(count: keySize) { target in
            plain.withBytes { target.copyMemory(from: .init(rebasing: $0[..<keySize])) }
        }
        key = name.isEmpty ? nil : name
    }
}
#endif
