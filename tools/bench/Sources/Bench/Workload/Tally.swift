/// What was read: a count and sums over every byte that a system handed over. A system that skips
/// an event, an envelope's field or a byte of content ends with other sums than the workload's.
struct Tally: Equatable {
    private(set) var count: UInt64 = 0
    private(set) var contentSize: UInt64 = 0
    private var sequences: UInt64 = 0
    private var content: UInt64 = 0
    private var badTimes = 0

    /// Takes one event, in any order.
    ///
    /// - Parameters:
    ///   - high: The first eight bytes of the session's name, big-endian.
    ///   - low: The last eight.
    ///   - time: Microseconds since 1970.
    @inline(__always)
    mutating func take(
        sequence: UInt64, high: UInt64, low: UInt64, version: UInt64, time: Int64,
        kind: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer
    ) {
        count += 1
        contentSize += UInt64(data.count)
        sequences &+= sequence &* sequence
        if time < 1_600_000_000_000_000 { badTimes += 1 }
        var sum = high ^ low &* 31
        sum = sum &+ version &* 0x9E37_79B9_7F4A_7C15
        sum &+= Tally.sum(of: kind) &* 7
        sum &+= Tally.sum(of: data)
        content &+= sum ^ sum >> 29
    }

    /// Fletcher's sum in words of 64 bits: sees every bit and its place, at the speed of memory.
    private static func sum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        var first: UInt64 = UInt64(bytes.count)
        var second: UInt64 = 0
        let words = bytes.count / 8
        for index in 0..<words {
            first &+= bytes.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)
            second &+= first
        }
        for index in (words &* 8)..<bytes.count {
            first &+= UInt64(bytes[index])
            second &+= first
        }
        return first ^ second &* 0xD6E8_FEB8_6659_FD93
    }

    /// What reading these messages must give, the first of them having sequence number `first`.
    static func expected(_ messages: some Sequence<Message>, from first: UInt64 = 1) -> Tally {
        var tally = Tally()
        for (index, message) in messages.enumerated() {
            tally.take(message, sequence: first + UInt64(index))
        }
        return tally
    }

    mutating func take(_ message: Message, sequence: UInt64) {
        message.data.withUnsafeBytes { data in
            take(
                sequence: sequence, high: message.session.high, low: message.session.low,
                version: message.version, time: .max, kind: message.kind.bytes, data: data)
        }
    }

    /// Throws where a system has read something else than it should.
    func check(equals expected: Tally, _ system: String, _ what: String) throws {
        guard self == expected else {
            throw BenchError(
                "\(system) is wrong: \(what) gave \(count) events and \(contentSize) bytes that "
                    + "are not the \(expected.count) events and \(expected.contentSize) bytes "
                    + "which were written")
        }
    }
}
