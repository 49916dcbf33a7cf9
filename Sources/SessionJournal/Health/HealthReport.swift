/// How a journal is, by what can be seen at once: no content is read.
public struct HealthReport: Sendable, Hashable {
    /// What is to be thought of the journal.
    public enum Verdict: String, Sendable, Hashable {
        /// Nothing asks for attention.
        case healthy
        /// Something will, or keeps the journal from being written to: ``warnings`` says what.
        case warning
        /// The structure is damaged: ``damage`` says where.
        case damaged
    }

    /// Who may write.
    public enum Access: String, Sendable, Hashable {
        /// Nobody writes, and who opens the journal for writing can.
        case free
        /// A process writes.
        case locked
        /// The disk or the permissions do not allow it.
        case denied
        /// Damage forbids it until it is repaired.
        case damaged
    }

    /// Who may write.
    public var access = Access.free
    /// The process that writes, where the system says so.
    public var writer: Int32?

    /// The last event.
    public var lastSequence: UInt64 = 0
    /// When it was stored; nil in an empty journal.
    public var lastTime: Timestamp?
    /// Its age in seconds, by the clock of now.
    public var lastAgeSeconds: Int64?

    /// The number of segments, and how many of them are not sealed.
    public var segments = 0
    /// See ``segments``.
    public var unsealed = 0
    /// Bytes of the segments.
    public var bytesOnDisk: UInt64 = 0

    /// Bytes that may still be written to the disk; nil where it does not say.
    public var bytesFree: UInt64?
    /// Bytes of the disk in all.
    public var bytesTotal: UInt64?
    /// Bytes that the journal grows by in a day, over its last week; nil for less than an hour.
    public var bytesPerDay: UInt64?
    /// Days until the disk is full at that rate; nil where either is not known, or it does not grow.
    public var daysUntilFull: UInt64?

    /// One sentence for each thing that asks for attention.
    public var warnings: [String] = []
    /// One sentence for each place of the structure that is damaged.
    public var damage: [String] = []

    /// What is to be thought of it all.
    public var verdict: Verdict {
        if !damage.isEmpty { return .damaged }
        return warnings.isEmpty ? .healthy : .warning
    }

    /// The report as scripts read it: `verdict`, `access`, `writer`, `last_seq`, `last_time`,
    /// `last_age_seconds`, `segments`, `unsealed`, `bytes_on_disk`, `bytes_free`, `bytes_total`,
    /// `bytes_per_day`, `days_until_full` (null where it is not known), `warnings`, `damage`.
    public var json: JSONValue {
        func number(_ value: (some BinaryInteger)?) -> JSONValue {
            value.map { JSONValue($0) } ?? .null
        }
        return [
            "verdict": .string(verdict.rawValue), "access": .string(access.rawValue),
            "writer": number(writer), "last_seq": JSONValue(lastSequence),
            "last_time": JSONValue(lastTime?.description),
            "last_age_seconds": number(lastAgeSeconds), "segments": JSONValue(segments),
            "unsealed": JSONValue(unsealed), "bytes_on_disk": JSONValue(bytesOnDisk),
            "bytes_free": number(bytesFree), "bytes_total": number(bytesTotal),
            "bytes_per_day": number(bytesPerDay), "days_until_full": number(daysUntilFull),
            "warnings": .array(warnings.map { .string($0) }),
            "damage": .array(damage.map { .string($0) }),
        ]
    }
}
