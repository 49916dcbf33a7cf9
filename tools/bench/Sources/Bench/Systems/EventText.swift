internal import Glibc

/// An event as a line of JSON, as the two plain-text peers keep it: the same envelope as ours, with
/// the time as a number, and without salt.
enum EventText {
    static func append(
        _ message: Message, sequence: UInt64, to bytes: inout [UInt8]
    ) {
        bytes += "{\"seq\":\(sequence),\"time\":\(timeOfDay()),\"session\":\"".utf8
        bytes += message.session.hexadecimal.utf8
        bytes += "\",\"version\":\(message.version),\"kind\":\"".utf8
        bytes.append(contentsOf: message.kind.bytes)
        bytes += "\",\"branch\":\"main\",\"actor\":\"\(Message.actor)\",\"data\":".utf8
        bytes += message.data
        bytes += "}\n".utf8
    }

    /// Parses the envelope of a line without its newline, by the fixed order of its keys.
    @inline(__always)
    static func take(_ line: UnsafeRawBufferPointer, _ tally: inout Tally) throws {
        var offset = 0
        func skip(_ text: StaticString) throws {
            let count = text.utf8CodeUnitCount
            guard offset + count <= line.count,
                UnsafeRawBufferPointer(rebasing: line[offset..<(offset + count)]).elementsEqual(
                    UnsafeBufferPointer(start: text.utf8Start, count: count))
            else { throw BenchError("a line of JSON is not as it was written") }
            offset += count
        }
        func number() -> UInt64 {
            var value: UInt64 = 0
            while offset < line.count, line[offset] &- 0x30 < 10 {
                value = value &* 10 &+ UInt64(line[offset] &- 0x30)
                offset += 1
            }
            return value
        }
        func hexadecimal() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0..<16 where offset < line.count {
                let byte = line[offset]
                value = value << 4 | UInt64(byte < 0x3A ? byte &- 0x30 : byte &- 0x57)
                offset += 1
            }
            return value
        }
        func text() -> UnsafeRawBufferPointer {
            let start = offset
            while offset < line.count, line[offset] != 0x22 { offset += 1 }
            return UnsafeRawBufferPointer(rebasing: line[start..<offset])
        }
        try skip("{\"seq\":")
        let sequence = number()
        try skip(",\"time\":")
        let time = number()
        try skip(",\"session\":\"")
        let (high, low) = (hexadecimal(), hexadecimal())
        try skip("\",\"version\":")
        let version = number()
        try skip(",\"kind\":\"")
        let kind = text()
        try skip("\",\"branch\":\"")
        _ = text()
        try skip("\",\"actor\":\"")
        _ = text()
        try skip("\",\"data\":")
        guard offset < line.count else { throw BenchError("a line of JSON ends too early") }
        tally.take(
            sequence: sequence, high: high, low: low, version: version,
            time: Int64(bitPattern: time), kind: kind,
            data: UnsafeRawBufferPointer(rebasing: line[offset..<(line.count - 1)]))
    }
}

/// Cuts pieces of a file into lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    mutating func split(
        _ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var start = 0
        while let end = LineSplitter.newline(in: piece, from: start) {
            let part = UnsafeRawBufferPointer(rebasing: piece[start..<end])
            if rest.isEmpty {
                try body(part)
            } else {
                rest.append(contentsOf: part)
                try rest.withUnsafeBytes { try body($0) }
                rest.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        rest.append(contentsOf: piece[start...])
    }

    private static func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, 0x0A, bytes.count - start)
        else { return nil }
        return found - UnsafeMutableRawPointer(mutating: base)
    }
}
