/// A torn tail's name in `quarantine/` says where it was, and what it is: the segment's first
/// sequence number, the byte offset, the first sequence number that was lost, and the first 16 hex
/// digits of the bytes' SHA-256, so that a copy that was damaged itself is known by its name.
///
/// A CRC would not do: a frame that ends in its own CRC leaves the same remainder whatever it says,
/// so that one such frame could stand for another.
package struct QuarantineName: Hashable, Sendable {
    package var segment: UInt64
    package var offset: UInt64
    package var firstSequence: UInt64
    package var hash: UInt64

    package static let suffix = ".torn"

    private static let digitCount = 16

    package var file: String {
        let digits = String(hash, radix: 16)
        let padded = String(repeating: "0", count: Self.digitCount - digits.count) + digits
        return "\(SegmentName.digits(segment))-\(offset)-\(firstSequence)-\(padded)\(Self.suffix)"
    }

    package init(segment: UInt64, offset: UInt64, firstSequence: UInt64, hash: UInt64) {
        self.segment = segment
        self.offset = offset
        self.firstSequence = firstSequence
        self.hash = hash
    }

    /// nil for a name that is no torn tail's.
    package init?(_ name: String) {
        guard name.hasSuffix(Self.suffix) else { return nil }
        let parts = name.dropLast(Self.suffix.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, let segment = UInt64(parts[0]), let offset = UInt64(parts[1]),
            let first = UInt64(parts[2]), parts[3].utf8.count == Self.digitCount,
            let hash = UInt64(parts[3], radix: 16)
        else { return nil }
        self.init(segment: segment, offset: offset, firstSequence: first, hash: hash)
        // One spelling only: "+1" and "01" are numbers too.
        guard file == name else { return nil }
    }
}
