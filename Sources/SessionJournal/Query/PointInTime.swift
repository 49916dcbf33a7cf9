/// A moment in the life of a session, which selects a prefix of its events: those from the first
/// up to the moment.
public enum PointInTime: Hashable, Sendable {
    /// All events.
    case now
    /// The events up to that sequence number, inclusive.
    case sequence(UInt64)
    /// The longest prefix of which no event happened later than that, by its source's clock where
    /// the event names it (`occurred`), else by the journal's. An event that happened later hides
    /// all that come after it, also those that happened earlier: what stands in a prefix never
    /// depends on what came after it.
    case time(Timestamp)
    /// The events that the journal took up to that time, by its own clock.
    case recorded(Timestamp)
    /// All but the last so many events.
    case back(UInt64)
    /// The events up to the one that the session has given that name (``Journal/labels(of:at:damage:)``).
    /// Each session has labels of its own, so that a label says nothing of a whole journal; a
    /// ``SessionPrefix`` that is handed one admits nothing, since only a journal can look it up
    /// (``Journal/settled(_:in:)``).
    case label(String)
}

extension PointInTime: CustomStringConvertible {
    /// The point that a command line names:
    ///
    /// - `now`
    /// - `41`: up to event 41
    /// - `2026-11-21T01:02:03Z`: up to that time, in RFC 3339
    /// - `2026-11-21`: up to the end of that day, UTC
    /// - `recorded:` and a time or a day: by the journal's clock
    /// - `~3`: three events before the last
    /// - `label:before-upgrade`: the event that the session calls so
    ///
    /// - Throws: ``JournalError`` `invalidArgument`, which lists these forms.
    public init(parsing text: String) throws(JournalError) {
        let digits = text.hasPrefix("~") ? text.dropFirst() : text[...]
        if text == "now" {
            self = .now
        } else if let number = Self.number(digits) {
            self = text.hasPrefix("~") ? .back(number) : .sequence(number)
        } else if text.hasPrefix(Self.recordedPrefix),
            let time = Self.time(text.dropFirst(Self.recordedPrefix.count))
        {
            self = .recorded(time)
        } else if text.hasPrefix(Self.labelPrefix), text != Self.labelPrefix {
            self = .label(String(text.dropFirst(Self.labelPrefix.count)))
        } else if let time = Self.time(text[...]) {
            self = .time(time)
        } else {
            throw JournalError(
                .invalidArgument,
                "\"\(text)\" is no point in time: give a sequence number (41), a time "
                    + "(2026-11-21T01:02:03Z), a day (2026-11-21, its end in UTC), "
                    + "recorded:TIME for the journal's own clock, ~3 for three events back, "
                    + "or label:NAME")
        }
    }

    /// The form that ``init(parsing:)`` reads.
    public var description: String {
        switch self {
        case .now: "now"
        case .sequence(let sequence): "\(sequence)"
        case .time(let time): "\(time)"
        case .recorded(let time): "\(Self.recordedPrefix)\(time)"
        case .back(let count): "~\(count)"
        case .label(let name): "\(Self.labelPrefix)\(name)"
        }
    }

    private static let recordedPrefix = "recorded:"

    private static let labelPrefix = "label:"

    private static let dayMicroseconds: Int64 = 86_400_000_000

    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return UInt64(text)
    }

    private static func time(_ text: Substring) -> Timestamp? {
        Timestamp(text)
            ?? Timestamp(date: text).map {
                Timestamp(microseconds: $0.microseconds + dayMicroseconds - 1)
            }
    }
}
