@testable import SessionJournal
import Testing

struct TimestampTests {
    /// Microseconds from Python's datetime.
    @Test(arguments: [
        ("1970-01-01T00:00:00.000000Z", 0), ("2026-11-21T01:02:03.123456Z", 1_795_222_923_123_456),
        ("1969-12-31T23:59:59.999999Z", -1), ("2000-02-29T12:00:00.000000Z", 951_825_600_000_000),
        ("0001-01-01T00:00:00.000000Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("1900-03-01T00:00:00.000001Z", -2_203_891_199_999_999),
        ("0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
    ])
    func printsAndParses(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
        #expect(Timestamp(canonicalText: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        ("2026-11-21T01:02:03Z", "2026-11-21T01:02:03.000000Z"),
        ("2026-11-21T01:02:03.1Z", "2026-11-21T01:02:03.100000Z"),
        ("2026-11-21T01:02:03.1234569Z", "2026-11-21T01:02:03.123456Z"),
        ("2026-11-21t01:02:03z", "2026-11-21T01:02:03.000000Z"),
        ("2026-11-21 01:02:03Z", "2026-11-21T01:02:03.000000Z"),
        ("2026-11-21T01:02:03.5+02:00", "2026-11-20T23:02:03.500000Z"),
        ("2026-11-21T23:02:03-05:30", "2026-11-22T04:32:03.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2026-11-21T01:02:03.000000000000000000000000000001Z", "2026-11-21T01:02:03.000000Z"),
    ])
    func parsesEveryFormOfRFC3339(_ text: String, _ canonical: String) {
        #expect(Timestamp(text)?.description == canonical)
        #expect(Timestamp(canonicalText: text) == nil)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-11-21T01:02:03", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T01:60:00Z",
        "2026-11-21T01:02:61Z", "2026-11-21T01:02:03.Z", "2026-11-21T01:02:03+2:00",
        "2026-11-21T01:02:03+24:00", "2026-11-21T01:02:03+02:60", "2026-11-21T01:02:03+0200",
        "2026-11-21T01:02:03ZZ", "2026-11-21T01:02:03.1", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "+026-11-21T01:02:03Z", "2026-11-21X01:02:03Z",
        "２026-11-21T01:02:03Z",
    ])
    func refusesWhatIsNoTime(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func everyDayOfFourCenturiesRoundTrips() {
        var previous: (year: Int, month: Int, day: Int)?
        for day in -719_528..<(-719_528 + 146_097 * 2) {
            let date = Timestamp.date(ofDay: day)
            let time = Timestamp(
                year: date.year, month: date.month, day: date.day, hour: 0, minute: 0, second: 0,
                microsecond: 0)
            #expect(time?.microseconds == Int64(day) * 86_400_000_000)
            if let previous { #expect(previous < date) }
            previous = date
        }
    }

    @Test func clampsToTheYearsItCanWrite() {
        #expect(Timestamp(microseconds: .min) == .earliest)
        #expect(Timestamp(microseconds: .max) == .latest)
        #expect(Timestamp.earliest.description == "0000-01-01T00:00:00.000000Z")
        #expect(Timestamp.latest.description == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp.earliest < .latest)
    }

    @Test func readsADay() {
        #expect(Timestamp(date: "2026-11-21")?.description == "2026-11-21T00:00:00.000000Z")
        #expect(Timestamp(date: "2026-02-30") == nil)
        #expect(Timestamp(date: "2026-1-1") == nil)
    }
}
