/// Numbers as people read them.
enum Numbers {
    /// `1234567` as `1,234,567`.
    static func grouped(_ number: some BinaryInteger) -> String {
        var digits = Array(String(number.magnitude).utf8)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(UInt8(ascii: ","), at: place)
            place -= 3
        }
        return (number < 0 ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// Bytes in decimal units with three significant digits at most: `812 B`, `18.6 MB`.
    static func bytes(_ count: UInt64) -> String {
        let units = ["kB", "MB", "GB", "TB"]
        if count < 1000 { return "\(count) B" }
        var value = Double(count) / 1000
        var unit = 0
        while value >= 999.5, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        return (value < 99.95 ? oneDecimal(value) : String(Int(value.rounded()))) + " "
            + units[unit]
    }

    /// `12.34` as `12.3`.
    static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `part` of `whole` in percent with one decimal; nil where there is no whole.
    static func percent(_ part: UInt64, of whole: UInt64) -> String? {
        whole == 0 ? nil : oneDecimal(Double(part) * 100 / Double(whole)) + " %"
    }

    /// A span of time: `85 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(milliseconds: Int64) -> String {
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return oneDecimal(Double(milliseconds) / 1000) + " s" }
        let seconds = milliseconds / 1000
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }

    /// `1 message`, `2 messages`.
    static func counted(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String
    {
        grouped(count) + " " + (count == 1 ? one : many ?? one + "s")
    }
}
