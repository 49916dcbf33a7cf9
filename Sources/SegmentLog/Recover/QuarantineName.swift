/// A torn tail's name in `quarantine/` says where it was: the segment's first sequence number, the
/// byte offset, the first sequence number that was lost, and a number where one place tore twice.
package struct QuarantineName: Hashable, Sendable {
    package var segment: UInt64
    package var offset: UInt64
    package var firstSequence: UInt64
    package var attempt: UInt64

    package static let suffix = ".torn"

    package var file: String {
        "\(SegmentName.digits(segment))-\(offset)-\(firstSequence)-\(attempt)\(Self.suffix)"
    }

    package init(segment: UInt64, offset: UInt64, firstSequence: UInt64, attempt: UInt64) {
        self.segment = segment
        self.offset = offset
        self.firstSequence = firstSequence
        self.attempt = attempt
    }

    /// nil for a name that is no torn tail's.
    package init?(_ name: String) {
        guard name.hasSuffix(Self.suffix) else { return nil }
        let parts = name.dropLast(Self.suffix.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, let segment = UInt64(parts[0]), let offset = UInt64(parts[1]),
            let first = UInt64(parts[2]), let attempt = UInt64(parts[3])
        else { return nil }
        self.init(segment: segment, offset: offset, firstSequence: first, attempt: attempt)
    }
}
