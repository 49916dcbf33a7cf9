internal import SessionJournal

/// What tells one piece of a transcript from another within a session: 122 bits of a keyed hash.
///
/// The hash is a polynomial over the prime 2^61 − 1, evaluated at two random points that are drawn
/// once a process and never shown. For any two different pieces of up to 16 MiB, chosen without
/// knowing the points, the chance that their keys agree is below 2^-79, so that nobody can write a
/// transcript whose lines are taken for one another.
struct PieceKey: Hashable, Comparable, Sendable {
    let first: UInt64
    let second: UInt64

    /// The prime 2^61 − 1.
    private static let prime: UInt64 = 1 << 61 &- 1

    /// The two points, the same for the life of the process.
    private static let points = (
        UInt64.random(in: 1 << 32..<prime), UInt64.random(in: 1 << 32..<prime)
    )

    /// Bytes that make one coefficient: seven, so that it lies below the prime.
    private static let limbSize = 7

    /// The key of some bytes. Cost: one pass, about 1 GB/s.
    init(_ bytes: Span<UInt8>) {
        let (left, right) = Self.points
        var first = UInt64(truncatingIfNeeded: bytes.count)
        var second = first
        let whole = bytes.count / Self.limbSize * Self.limbSize
        var offset = 0
        while offset < whole {
            let limb = bytes.extracting(offset..<offset &+ Self.limbSize)
            var value = UInt64(limb[0])
            value |= UInt64(limb[1]) &<< 8
            value |= UInt64(limb[2]) &<< 16
            value |= UInt64(limb[3]) &<< 24
            value |= UInt64(limb[4]) &<< 32
            value |= UInt64(limb[5]) &<< 40
            value |= UInt64(limb[6]) &<< 48
            first = Self.step(first, left, value)
            second = Self.step(second, right, value)
            offset &+= Self.limbSize
        }
        var value: UInt64 = 0
        while offset < bytes.count {
            value = value &<< 8 | UInt64(bytes[offset])
            offset &+= 1
        }
        self.first = Self.step(first, left, value)
        self.second = Self.step(second, right, value)
    }

    /// The key of a piece that is told from others by what precedes it: of the one before, and the
    /// piece's own.
    init(after last: PieceKey?, _ own: PieceKey) {
        var bytes: [UInt8] = []
        for word in [last?.first ?? 0, last?.second ?? 0, own.first, own.second] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        self.init(bytes.span)
    }

    /// The key of a thing that has a number, among such.
    init(number: Int) {
        first = UInt64(number)
        second = 0
    }

    /// The key of a session.
    init(_ session: SessionID) {
        first = session.high
        second = session.low
    }

    static func < (left: PieceKey, right: PieceKey) -> Bool {
        (left.first, left.second) < (right.first, right.second)
    }

    /// `hash` × `point` + `limb`, modulo the prime.
    @inline(__always)
    private static func step(_ hash: UInt64, _ point: UInt64, _ limb: UInt64) -> UInt64 {
        let (high, low) = hash.multipliedFullWidth(by: point)
        // 2^64 is 8 modulo the prime, and 2^61 is 1.
        var sum = (low & prime) &+ (high &<< 3 | low &>> 61) &+ limb
        sum = (sum & prime) &+ (sum &>> 61)
        return sum >= prime ? sum &- prime : sum
    }
}
