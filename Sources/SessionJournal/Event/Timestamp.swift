/// A moment in microseconds since 1970-01-01T00:00:00Z, from year 0 to year 9999 (proleptic
/// Gregorian calendar, no leap seconds).
public struct Timestamp: Hashable, BitwiseCopyable, Sendable {
    /// Microseconds since 1970; negative before.
    public let microseconds: Int64

    /// The earliest moment: 0000-01-01T00:00:00Z.
    public static let earliest = Timestamp(unchecked: -62_167_219_200_000_000)

    /// The latest moment: 9999-12-31T23:59:59.999999Z.
    public static let latest = Timestamp(unchecked: 253_402_300_799_999_999)

    /// A moment by its microseconds since 1970; what lies outside the years 0 to 9999 becomes the
    /// nearest moment inside.
    public init(microseconds: Int64) {
        self.microseconds = min(
            max(microseconds, Self.earliest.microseconds), Self.latest.microseconds)
    }

    private init(unchecked microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment of a date and time of day in UTC; nil where the calendar has no such day or the
    /// day no such time. Second 60, a leap second, is the start of the next minute.
    init?(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, microsecond: Int,
        offsetMinutes: Int = 0
    ) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(inMonth: month, year: year), (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second),
            (0...999_999).contains(microsecond)
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + (hour * 60 + minute - offsetMinutes) * 60 + second
        let microseconds = Int64(seconds) * 1_000_000 + Int64(microsecond)
        guard microseconds >= Self.earliest.microseconds,
            microseconds <= Self.latest.microseconds
        else { return nil }
        self.microseconds = microseconds
    }

    /// Days since 1970-01-01 of a day of the calendar. March is the first month of the year that
    /// is counted, so that the leap day is its last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2:
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
                ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the calendar that a number of days since 1970-01-01 names.
    static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}

extension Timestamp: Comparable {
    /// By time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}
