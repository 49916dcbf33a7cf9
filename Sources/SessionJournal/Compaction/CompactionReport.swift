/// What a compaction came to.
public struct CompactionReport: Sendable {
    /// Why nothing of a session goes, although the rule finds it.
    public enum Reason: String, Sendable, Hashable {
        /// A hold covers it.
        case held
        /// It is encrypted, and its key is not at hand.
        case locked
        /// It would not come to the same without what goes.
        case differs
    }

    /// The certificates, one for each ``JournalLimits/compactedSessions`` sessions; of a dry run the
    /// one that would be made, without id.
    public internal(set) var certificates: [CompactionCertificate] = []

    /// The sessions of which nothing goes, and why.
    public internal(set) var leftOut: [(session: SessionID, reason: Reason)] = []

    /// How many events were replaced.
    public internal(set) var eventCount: UInt64 = 0

    /// Of how many sessions.
    public internal(set) var sessionCount = 0

    /// The size of their lines in bytes.
    public internal(set) var plainSizeBefore: UInt64 = 0
    /// The size of the lines that took their places, in bytes.
    public internal(set) var plainSizeAfter: UInt64 = 0

    /// The size of the segments before, in bytes.
    public internal(set) var sizeBefore: UInt64 = 0
    /// The size of the segments afterwards, in bytes.
    public internal(set) var sizeAfter: UInt64 = 0

    /// How many events of each kind were replaced.
    public internal(set) var kinds: [String: UInt64] = [:]

    mutating func add(_ plan: CompactionPlan) {
        eventCount += plan.eventCount
        sessionCount += plan.parts.count
        plainSizeBefore += plan.plainSizeBefore
        plainSizeAfter += plan.plainSizeAfter
        kinds.merge(plan.kinds, uniquingKeysWith: +)
        leftOut += plan.leftOut.map { ($0.session, $0.reason) }
    }

    /// The report as scripts read it.
    public var json: JSONValue {
        [
            "events": JSONValue(eventCount), "sessions": JSONValue(sessionCount),
            "kinds": CompactionCertificate.json(kinds),
            "plain": [JSONValue(plainSizeBefore), JSONValue(plainSizeAfter)],
            "size": [JSONValue(sizeBefore), JSONValue(sizeAfter)],
            "left_out": .array(
                leftOut.map { [.string($0.session.hexadecimal), .string($0.reason.rawValue)] }),
            "compactions": .array(certificates.map { .string($0.id) }),
        ]
    }
}
