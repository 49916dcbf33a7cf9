extension Timestamp {
    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// The day it is in, UTC, in days since 1970.
    var day: Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: Self.dayMicroseconds)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// The beginning of a day.
    init(ofDay day: Int64) {
        let (product, overflows) = day.multipliedReportingOverflow(by: Self.dayMicroseconds)
        self.init(microseconds: overflows ? (day < 0 ? .min : .max) : product)
    }

    /// A day as `2026-11-21`.
    static func text(ofDay day: Int64) -> String {
        String(Timestamp(ofDay: day).description.prefix(10))
    }
}
