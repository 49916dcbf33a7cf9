/// How long something took, how often: counts in fixed buckets, eight to each doubling, so that what
/// is read from it is at most an eighth too large.
///
/// Covers 1 ns to 18 minutes; what takes longer counts in the last bucket. 2.5 KB.
public struct LatencyHistogram: Sendable, Hashable {
    /// How many were recorded.
    public private(set) var count: UInt64 = 0

    private var sumNanoseconds: UInt64 = 0
    private var maximumNanoseconds: UInt64 = 0
    private var buckets = [UInt64](repeating: 0, count: Self.bucketCount)

    /// Buckets to each doubling, as a power of two.
    private static let precisionBits = 3
    private static let largestExponent = 40
    private static let bucketCount = (largestExponent - precisionBits + 1) << precisionBits

    /// Creates an empty one.
    public init() {}

    /// Takes note of a duration. Cost: a few nanoseconds.
    public mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return record(nanoseconds: 0) }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        record(nanoseconds: overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000))
    }

    mutating func record(nanoseconds: UInt64) {
        count += 1
        let (sum, overflow) = sumNanoseconds.addingReportingOverflow(nanoseconds)
        sumNanoseconds = overflow ? .max : sum
        maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
        buckets[Self.index(of: nanoseconds)] += 1
    }

    private static func index(of nanoseconds: UInt64) -> Int {
        let exponent = 63 - max(nanoseconds, 1).leadingZeroBitCount
        guard exponent >= precisionBits else { return Int(nanoseconds) }
        guard exponent < largestExponent else { return bucketCount - 1 }
        let step = Int(nanoseconds >> UInt64(exponent - precisionBits)) & (1 << precisionBits - 1)
        return (exponent - precisionBits + 1) << precisionBits | step
    }

    /// The largest duration that a bucket counts, in nanoseconds.
    private static func upperBound(of index: Int) -> UInt64 {
        guard index >= 1 << precisionBits else { return UInt64(index) }
        let exponent = index >> precisionBits + precisionBits - 1
        let step = UInt64(index & (1 << precisionBits - 1))
        let width = UInt64(1) << UInt64(exponent - precisionBits)
        return (UInt64(1) << UInt64(exponent)) + (step + 1) * width - 1
    }

    /// The longest, exactly; zero where none was recorded.
    public var maximum: Duration { .nanoseconds(Int64(clamping: maximumNanoseconds)) }

    /// All of them together.
    public var sum: Duration { .nanoseconds(Int64(clamping: sumNanoseconds)) }

    /// What a share of them did not exceed, such as 0.99 for the 99th percentile: at most an eighth
    /// too large, and never above the longest. Zero where none was recorded.
    public func quantile(_ share: Double) -> Duration {
        guard count > 0 else { return .zero }
        let rank = UInt64((Double(count) * min(max(share, 0), 1)).rounded(.up))
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            if seen >= max(rank, 1) {
                let bound = index == Self.bucketCount - 1 ? .max : Self.upperBound(of: index)
                return .nanoseconds(Int64(clamping: min(bound, maximumNanoseconds)))
            }
        }
        return maximum
    }

    /// How many took less than 2 to the power of `exponent` nanoseconds.
    func count(belowPowerOfTwo exponent: Int) -> UInt64 {
        let end = (exponent - Self.precisionBits + 1) << Self.precisionBits
        return buckets.prefix(max(0, end)).reduce(0, +)
    }

    /// Adds what another has recorded.
    public mutating func merge(_ other: LatencyHistogram) {
        count += other.count
        let (sum, overflow) = sumNanoseconds.addingReportingOverflow(other.sumNanoseconds)
        sumNanoseconds = overflow ? .max : sum
        maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
        for index in buckets.indices { buckets[index] += other.buckets[index] }
    }
}
