/// A run: the event lines of one stream in one block, compressed and then encrypted. It stands behind
/// the content, which holds the entry line of each.
///
/// Behind the common prefix (`HeaderPrefix`), whose offset counts from the content's LZ4 frame here,
/// so that a run can be moved together with its content:
/// ```
///  48 u32  scheme: 1 is AES-256-GCM under a key of HKDF-SHA-256
///  52 u32  events
///  56 u32  plain length: bytes of the event lines, newlines included
///  60 u32  CRC-32C of all that follows this header in the frame
///  64 16 B stream
///  80 u64  first and
///  88 u64  last version
///  96 32 B salt of the key epoch
/// 128 u64  counter: the nonce
/// 136 u32  CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
/// What follows is the encrypted LZ4 frame of the lines and the 16 bytes of its tag. What is
/// authenticated with it (`additionalData`) is everything above but the run's place.
package struct CiphertextRun: Equatable, Sendable {
    package static let magic: UInt32 = 0x3152_4A53  // "SJR1"
    package static let encodedSize = SkippableFrame.headerSize + HeaderPrefix.size + 92
    package static let saltSize = 32
    package static let tagSize = 16
    /// The one scheme that there is.
    package static let scheme: UInt32 = 1

    package var journalID: JournalID
    package var stream: StreamKey
    package var firstVersion: UInt64
    package var lastVersion: UInt64
    package var eventCount: Int
    package var plainLength: Int
    /// 32 bytes that make the key of this epoch, together with the stream's data key.
    package var salt: [UInt8]
    package var counter: UInt64
    /// The compressed lines: encrypted, with their tag, once the run is sealed.
    package var payload: [UInt8]

    package init(
        journalID: JournalID, stream: StreamKey, firstVersion: UInt64, lastVersion: UInt64,
        eventCount: Int, plainLength: Int, payload: [UInt8]
    ) {
        self.journalID = journalID
        self.stream = stream
        self.firstVersion = firstVersion
        self.lastVersion = lastVersion
        self.eventCount = eventCount
        self.plainLength = plainLength
        salt = []
        counter = 0
        self.payload = payload
    }

    /// What is authenticated with the ciphertext, besides it: whose it is and what it is of.
    package var additionalData: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(104)
        bytes.append(u32: Self.scheme)
        bytes.append(u32: UInt32(eventCount))
        bytes.append(u32: UInt32(plainLength))
        bytes.append(journalID)
        bytes.append(stream)
        bytes.append(u64: firstVersion)
        bytes.append(u64: lastVersion)
        bytes.append(contentsOf: salt)
        bytes.append(u64: counter)
        return bytes
    }

    /// The nonce: the counter, the lowest byte first, and four zeros.
    package var nonce: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(u64: counter)
        bytes.append(u32: 0)
        return bytes
    }

    /// Appends the run's skippable frame, which begins `offset` bytes behind the start of the content.
    package func append(to bytes: inout [UInt8], at offset: Int) {
        let start = bytes.count
        SkippableFrame.appendHeader(.ciphertextRun, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: RequiredFlags.encrypted, journalID: journalID,
            offset: UInt64(offset)
        ).append(to: &bytes)
        bytes.append(u32: Self.scheme)
        bytes.append(u32: UInt32(eventCount))
        bytes.append(u32: UInt32(plainLength))
        bytes.append(u32: CRC32C.checksum(payload.span))
        bytes.append(stream)
        bytes.append(u64: firstVersion)
        bytes.append(u64: lastVersion)
        bytes.append(contentsOf: salt)
        bytes.append(u64: counter)
        HeaderCoding.finish(
            &bytes, from: start,
            payloadSize: Self.encodedSize - SkippableFrame.headerSize + payload.count)
        bytes.append(contentsOf: payload)
    }

    /// Decodes and checks the run whose frame begins at `start` of `bytes`, where it says that it
    /// begins `offset` bytes behind its content. Returns it and where it ends.
    package static func decode(
        _ bytes: Span<UInt8>, at start: Int, offset: Int
    ) throws(FormatError) -> (run: CiphertextRun, end: Int) {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: start, kind: .ciphertextRun, magic: magic)
        var cursor = fields
        let scheme = cursor.u32(bytes)
        let eventCount = Int(cursor.u32(bytes))
        let plainLength = Int(cursor.u32(bytes))
        let checksum = cursor.u32(bytes)
        let stream = cursor.identifier(bytes)
        let first = cursor.u64(bytes)
        let last = cursor.u64(bytes)
        let salt = cursor.array(saltSize, bytes)
        let counter = cursor.u64(bytes)
        let size = payloadSize - (encodedSize - SkippableFrame.headerSize)
        let payloadStart = start + encodedSize
        guard !cursor.isOverrun, cursor.remaining == 0, size > tagSize,
            prefix.offset == UInt64(offset)
        else { throw .invalid("run") }
        guard scheme == Self.scheme else { throw .newer("scheme \(scheme) of a ciphertext run") }
        guard first > 0, first <= last, last < SegmentLogFormat.numberLimit,
            eventCount > 0, eventCount <= SegmentLogFormat.blockEventLimit,
            UInt64(eventCount) <= last - first + 1,
            plainLength > 1, plainLength <= SegmentLogFormat.blockSizeLimit
        else { throw .invalid("run") }
        guard size <= bytes.count - payloadStart else { throw .truncated }
        let payload = bytes.extracting(payloadStart..<(payloadStart + size))
        guard CRC32C.checksum(payload) == checksum else { throw .checksum }
        var run = CiphertextRun(
            journalID: prefix.journalID, stream: stream, firstVersion: first, lastVersion: last,
            eventCount: eventCount, plainLength: plainLength, payload: [UInt8](copying: payload))
        run.salt = salt
        run.counter = counter
        return (run, payloadStart + size)
    }

    /// The runs behind a content that ends at `end` of `bytes`; `bytes` begin with it.
    package static func all(
        in bytes: Span<UInt8>, behind end: Int
    ) throws(FormatError) -> [CiphertextRun] {
        var runs: [CiphertextRun] = []
        var offset = end
        while offset < bytes.count {
            let (run, next) = try decode(bytes, at: offset, offset: offset)
            runs.append(run)
            offset = next
        }
        return runs
    }
}
