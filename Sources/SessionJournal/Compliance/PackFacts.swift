/// How often something stood in the journal, and in which events first and last.
struct PackTally: Sendable, Hashable {
    var count: UInt64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
    var firstTime: Timestamp?
    var lastTime: Timestamp?

    mutating func add(_ event: Event) {
        if count == 0 {
            first = event.sequence
            firstTime = event.time
        }
        count += 1
        last = event.sequence
        lastTime = event.time
    }
}

/// What a fact says, and the events that say so.
struct PackStatement: Sendable, Hashable {
    var fact: ComplianceFact
    /// Sentences.
    var says: [String] = []
    /// The events that these follow from, as far as they are few.
    var sequences: [UInt64] = []
    /// The file that holds all of them.
    var file: String?

    /// So many events are named.
    static let sequenceLimit = 200

    var json: JSONValue {
        [
            "fact": .string(fact.rawValue), "says": .array(says.map { .string($0) }),
            "sequences": .array(sequences.prefix(Self.sequenceLimit).map { JSONValue($0) }),
            "file": JSONValue(file),
        ]
    }
}

/// Names with tallies, of which so many are kept apart.
struct PackNames: Sendable {
    private(set) var rows: [String: PackTally] = [:]
    private(set) var others = PackTally()

    /// So many names are kept; what comes after goes together.
    static let limit = 10_000

    mutating func add(_ name: String, _ event: Event) {
        if rows[name] == nil, rows.count >= Self.limit { return others.add(event) }
        rows[name, default: PackTally()].add(event)
    }

    /// The most frequent first.
    var sorted: [(name: String, tally: PackTally)] {
        var sorted = rows.map { (name: $0.key, tally: $0.value) }
        sorted.sort { ($1.tally.count, $0.name) < ($0.tally.count, $1.name) }
        if others.count > 0 { sorted.append(("(others)", others)) }
        return sorted
    }
}

/// What is folded on the way for facts: of the events that are reported on who, when and with which
/// model; of all events up to the end what holds then.
struct PackFacts: Sendable {
    /// One session's period of use.
    struct Period: Sendable {
        var tally = PackTally()
        var messages: UInt64 = 0
        /// By the source's own clock where that is known, else by the journal's.
        var from: Timestamp?
        var to: Timestamp?
        var end: (sequence: UInt64, kind: EventKind)?
    }

    private(set) var actors = PackNames()
    private(set) var models = PackNames()
    private(set) var periods: [SessionID: Period] = [:]
    private(set) var span = PackTally()

    private(set) var lost: [ClosedRange<UInt64>] = []
    private(set) var backwards: [UInt64] = []
    private(set) var clockJumps: UInt64 = 0
    private var lastTime: Timestamp?

    private(set) var rules = AccessRules()
    private(set) var policySequence: UInt64?
    private(set) var holds: [String: (sequence: UInt64, matter: String)] = [:]
    private(set) var unfinishedErasures: [String: UInt64] = [:]
    private(set) var finishedErasures: [UInt64] = []
    private(set) var erasedCount: UInt64 = 0
    private(set) var verifications = PackVerifications()

    /// So many sequence numbers are named of what should not be.
    private static let nameLimit = 100

    /// Notes that events are lost.
    mutating func lose(_ range: ClosedRange<UInt64>) { lost.append(range) }

    /// Takes the next event of the journal. `isReported`: whether it is among those that are asked
    /// about.
    mutating func apply(_ event: Event, isReported: Bool) {
        if let lastTime, event.time < lastTime, backwards.count < Self.nameLimit {
            backwards.append(event.sequence)
        }
        lastTime = event.time
        if event.session.isJournal { applyOwn(event) }
        guard isReported else { return }
        span.add(event)
        actors.add(event.actor ?? "(withheld)", event)
        guard !event.session.isJournal else { return }
        var period = periods[event.session] ?? Period()
        period.tally.add(event)
        period.from = min(period.from ?? event.moment, event.moment)
        period.to = max(period.to ?? event.moment, event.moment)
        switch event.kind {
        case .messageAppended:
            period.messages += 1
            noteModel(event)
        case .modelRequested, .modelResponded: noteModel(event)
        case .sessionTerminated, .sessionExpired: period.end = (event.sequence, event.kind)
        case .sessionResumed: period.end = nil
        default: break
        }
        periods[event.session] = period
    }

    private mutating func noteModel(_ event: Event) {
        guard let model = (try? DataReader(event))?.string("model") else { return }
        models.add(model, event)
    }

    /// The journal's own events.
    private mutating func applyOwn(_ event: Event) {
        if AccessRules.kinds.contains(event.kind) {
            rules.apply(event)
            if event.kind == .accessPolicyChanged { policySequence = event.sequence }
        }
        switch event.kind {
        case .clockJumped: clockJumps += 1
        case .verificationFinished:
            if let verification = RecordedVerification(event) { verifications.add(verification) }
        case .holdPlaced, .holdLifted, .erasureRequested, .erasureFinished:
            guard let reader = try? DataReader(event) else { return }
            applyDestruction(event, reader)
        default: break
        }
    }

    private mutating func applyDestruction(_ event: Event, _ reader: DataReader) {
        switch event.kind {
        case .holdPlaced:
            if let id = reader.string("hold") {
                holds[id] = (event.sequence, reader.string("matter") ?? "")
            }
        case .holdLifted: if let id = reader.string("hold") { holds[id] = nil }
        case .erasureRequested:
            if let id = reader.string("erasure") { unfinishedErasures[id] = event.sequence }
        default:
            guard let id = reader.string("erasure") else { return }
            unfinishedErasures[id] = nil
            finishedErasures.append(event.sequence)
            erasedCount += UInt64(max(0, reader.integer("count") ?? 0))
        }
    }
}

/// When what was last verified, and how long nothing was.
struct PackVerifications: Sendable {
    private(set) var last: RecordedVerification?
    private(set) var lastPassed: RecordedVerification?
    private(set) var count: UInt64 = 0
    private(set) var failed: [UInt64] = []
    private(set) var failedCount: UInt64 = 0
    /// The longest time between two: in microseconds, and the events.
    private(set) var gap: (microseconds: Int64, before: UInt64, after: UInt64)?
    /// The events that were read, and when last; apart and in order.
    private(set) var covered: [(range: ClosedRange<UInt64>, time: Timestamp)] = []

    private static let nameLimit = 100

    mutating func add(_ verification: RecordedVerification) {
        count += 1
        if let last {
            let pause = verification.time.microseconds - last.time.microseconds
            if pause > gap?.microseconds ?? -1 {
                gap = (pause, last.sequence, verification.sequence)
            }
        }
        last = verification
        guard verification.isPassed else {
            failedCount += 1
            if failed.count < Self.nameLimit { failed.append(verification.sequence) }
            return
        }
        lastPassed = verification
        if let range = verification.events { cover(range, verification.time) }
    }

    /// What was read again was read last now.
    private mutating func cover(_ range: ClosedRange<UInt64>, _ time: Timestamp) {
        var kept: [(range: ClosedRange<UInt64>, time: Timestamp)] = []
        for part in covered {
            if part.range.lowerBound < range.lowerBound {
                kept.append(
                    (
                        part.range.lowerBound...min(part.range.upperBound, range.lowerBound - 1),
                        part.time
                    ))
            }
            if part.range.upperBound > range.upperBound {
                kept.append(
                    (
                        max(part.range.lowerBound, range.upperBound + 1)...part.range.upperBound,
                        part.time
                    ))
            }
        }
        kept.append((range, time))
        covered = kept.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The first event that no verification has read; nil where all up to `size` were.
    func firstUncovered(through size: UInt64) -> UInt64? {
        var next: UInt64 = 1
        for part in covered where part.range.lowerBound <= next {
            next = max(next, part.range.upperBound + 1)
        }
        return next <= size ? next : nil
    }
}
