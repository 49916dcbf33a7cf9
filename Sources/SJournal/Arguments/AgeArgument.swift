/// A span of time on the command line: `90d`, `24h`, `15m`, `30s`, or seconds alone.
enum AgeArgument {
    /// The seconds of an option's value; nil where it is not given.
    static func seconds(
        _ option: String, _ arguments: ParsedArguments
    ) throws(UsageError) -> Int64? {
        guard let text = arguments.value(option) else { return nil }
        let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let number = Int64(digits), number >= 0 else {
            throw UsageError(
                message:
                    "\"\(text)\" is no span of time for \(option); give one such as 90d or 24h",
                command: arguments.command)
        }
        let (seconds, overflows) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflows ? .max : seconds
    }

    /// Seconds as people read them, in the largest unit that leaves no rest.
    static func words(_ seconds: Int64) -> String {
        for (unit, size) in [("d", 86_400), ("h", 3_600), ("min", 60)] as [(String, Int64)]
        where seconds >= size && seconds.isMultiple(of: size) {
            return "\(seconds / size) \(unit)"
        }
        return "\(seconds) s"
    }
}
