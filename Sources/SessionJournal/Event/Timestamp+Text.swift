extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with six digits of the second: "2026-11-21T01:02:03.123456Z". Always 27
    /// characters.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textSize)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes of a moment's text.
    static let textSize = 27

    /// Appends the text of ``description``.
    func appendText(to bytes: inout [UInt8]) {
        let (days, time) = microseconds.flooringDivision(by: 86_400_000_000)
        let (year, month, day) = Self.date(ofDay: days)
        bytes.appendDigits(year, count: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(month, count: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(day, count: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDigits(time / 3_600_000_000, count: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(time / 60_000_000 % 60, count: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(time / 1_000_000 % 60, count: 2)
        bytes.append(UInt8(ascii: "."))
        bytes.appendDigits(time % 1_000_000, count: 6)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The moment that a text of RFC 3339 names: any offset from UTC, any number of digits after
    /// the second (those past the sixth are dropped), "T" and "Z" in either case or a space for
    /// the "T". Nil where the text is none, and outside the years 0 to 9999 in UTC.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(text: text.utf8.span)
    }

    /// The same for UTF-8.
    package init?(text: Span<UInt8>) {
        guard text.count >= 20, let (year, month, day) = Self.date(text),
            text[10] | 0x20 == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            let hour = text.digits(11, 2), text[13] == UInt8(ascii: ":"),
            let minute = text.digits(14, 2), text[16] == UInt8(ascii: ":"),
            let second = text.digits(17, 2)
        else { return nil }
        var offset = 19
        var microsecond = 0
        if text[offset] == UInt8(ascii: ".") {
            offset += 1
            let start = offset
            var unit = 100_000
            while offset < text.count, text[offset] &- 0x30 < 10 {
                microsecond += Int(text[offset] &- 0x30) * unit
                unit /= 10
                offset += 1
            }
            guard offset > start else { return nil }
        }
        guard let offsetMinutes = Self.offsetMinutes(text, at: offset) else { return nil }
        self.init(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second,
            microsecond: microsecond, offsetMinutes: offsetMinutes)
    }

    /// The moment that a line of a journal writes: exactly the text of ``description``; nil for
    /// any other, so that a moment has one text.
    init?(canonical text: Span<UInt8>) {
        guard text.count == Self.textSize, let (year, month, day) = Self.date(text),
            text[10] == UInt8(ascii: "T"), let hour = text.digits(11, 2),
            text[13] == UInt8(ascii: ":"), let minute = text.digits(14, 2),
            text[16] == UInt8(ascii: ":"), let second = text.digits(17, 2), second < 60,
            text[19] == UInt8(ascii: "."), let microsecond = text.digits(20, 6),
            text[26] == UInt8(ascii: "Z")
        else { return nil }
        self.init(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second,
            microsecond: microsecond)
    }

    /// The start of a day written "2026-11-21", in UTC; nil for any other text.
    package init?(date text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count == 10, let (year, month, day) = Self.date(text.utf8.span) else {
            return nil
        }
        self.init(
            year: year, month: month, day: day, hour: 0, minute: 0, second: 0, microsecond: 0)
    }

    /// The first ten bytes as year, month and day, not yet checked against the calendar.
    private static func date(_ text: Span<UInt8>) -> (year: Int, month: Int, day: Int)? {
        guard let year = text.digits(0, 4), text[4] == UInt8(ascii: "-"),
            let month = text.digits(5, 2), text[7] == UInt8(ascii: "-"),
            let day = text.digits(8, 2)
        else { return nil }
        return (year, month, day)
    }

    /// What a text's end says of the offset from UTC, in minutes: "Z" or "+02:00".
    private static func offsetMinutes(_ text: Span<UInt8>, at offset: Int) -> Int? {
        guard offset < text.count else { return nil }
        if text[offset] | 0x20 == UInt8(ascii: "z") { return offset + 1 == text.count ? 0 : nil }
        let isNegative = text[offset] == UInt8(ascii: "-")
        guard isNegative || text[offset] == UInt8(ascii: "+"), text.count == offset + 6,
            let hours = text.digits(offset + 1, 2), hours < 24,
            text[offset + 3] == UInt8(ascii: ":"),
            let minutes = text.digits(offset + 4, 2), minutes < 60
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 60 + minutes)
    }
}

extension Int64 {
    /// Quotient and remainder of a division that rounds down, so that the remainder is never
    /// negative.
    fileprivate func flooringDivision(by divisor: Int64) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0
            ? (Int(quotient) - 1, Int(remainder + divisor)) : (Int(quotient), Int(remainder))
    }
}

extension [UInt8] {
    /// Appends a number that is not negative with leading zeros.
    fileprivate mutating func appendDigits(_ number: Int, count: Int) {
        var unit = 1
        for _ in 1..<count { unit &*= 10 }
        while unit > 0 {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / unit % 10))
            unit /= 10
        }
    }
}

extension Span<UInt8> {
    /// The number that `count` decimal digits from `offset` on write; nil where they do not.
    @inline(__always)
    fileprivate func digits(_ offset: Int, _ count: Int) -> Int? {
        guard offset &+ count <= self.count else { return nil }
        var number = 0
        for index in offset..<offset &+ count {
            let digit = self[index] &- 0x30
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return number
    }
}
