/// Texts that are the same in every event.
enum StaticText {
    private static let branchText: StaticString = "main"
    private static let actorText: StaticString = "agent:bench"

    static var branch: UnsafeRawBufferPointer { bytes(branchText) }
    static var actor: UnsafeRawBufferPointer { bytes(actorText) }

    private static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}

/// How the key-value stores keep an event: the envelope in binary, which is the least that can be
/// stored and parsed, then the content. The sequence number is the key.
///
/// ```
/// high  8 bytes, low 8 bytes, version 8 bytes, time 8 bytes
/// sizes of kind, branch and actor, a byte each; the three
/// data
/// ```
enum EventRecord {
    private static let fixedSize = 35

    static func encode(_ message: Message, into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        let kind = message.kind.bytes
        let texts = [kind, StaticText.branch, StaticText.actor]
        for number in [
            message.session.high, message.session.low, message.version,
            UInt64(bitPattern: timeOfDay()),
        ] { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        for text in texts { bytes.append(UInt8(text.count)) }
        for text in texts { bytes.append(contentsOf: text) }
        bytes.append(contentsOf: message.data)
    }

    @inline(__always)
    static func take(
        _ bytes: UnsafeRawBufferPointer, sequence: UInt64, _ tally: inout Tally
    ) throws {
        guard bytes.count >= fixedSize else { throw BenchError("a record is too short") }
        let kind = Int(bytes[32])
        let data = fixedSize + kind + Int(bytes[33]) + Int(bytes[34])
        guard bytes.count >= data else { throw BenchError("a record is too short") }
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        tally.take(
            sequence: sequence, high: number(0), low: number(8), version: number(16),
            time: Int64(bitPattern: number(24)),
            kind: UnsafeRawBufferPointer(rebasing: bytes[fixedSize..<(fixedSize + kind)]),
            data: UnsafeRawBufferPointer(rebasing: bytes[data...]))
    }
}
