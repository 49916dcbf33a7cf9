/// File names in `segments/`: the first sequence number in 20 digits, so that names sort as numbers.
package enum SegmentName {
    package static let suffix = ".lz4"
    /// What is being written and is not yet a segment. Nothing unfinished ends in `.lz4`.
    package static let asideSuffix = ".new"

    private static let digitCount = 20

    /// `first` with leading zeros: room for every 64-bit number.
    package static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: digitCount - digits.count) + digits
    }

    package static func file(first: UInt64) -> String { digits(first) + suffix }

    /// The first sequence number that a name states; nil for a name that is no segment's.
    package static func first(in name: String) -> UInt64? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = name.dropLast(suffix.count)
        guard digits.utf8.count == digitCount, digits.utf8.allSatisfy({ 48...57 ~= $0 }),
            let number = UInt64(digits), number > 0, number < SegmentLogFormat.numberLimit
        else { return nil }
        return number
    }
}
