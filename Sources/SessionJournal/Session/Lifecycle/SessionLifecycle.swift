/// Where a session stands in its life: status, phase, and when it is overdue.
///
/// A fold reads no clock. So a session does not expire by itself: it is overdue from its deadline on,
/// which ``isOverdue(at:)`` tells for a moment that the caller names, and it is expired once a
/// `session.expired` event says so, which ``JournalWriter/expireOverdue(at:reason:)`` writes.
public struct SessionLifecycle: Hashable, Sendable {
    /// Whether a session goes on.
    public enum Phase: String, Hashable, Sendable, CaseIterable {
        /// It goes on.
        case open
        /// It was not used for longer than it may be.
        case expired
        /// Somebody ended it.
        case terminated
    }

    /// Whether it is in use, put away or deleted; nil where its metadata holds something else.
    public let status: SessionStatus?

    /// Whether it goes on. An event that is appended to a session that does not is kept like any
    /// other; `resume` opens it again.
    public let phase: Phase

    /// The event that brought the phase; nil for one that was open from the start.
    public let phaseSequence: UInt64?

    /// When it is overdue: its `ttl` after its last activity, or the moment that it was extended to,
    /// whichever is later. Nil for never.
    public let deadline: Timestamp?

    /// The moment that it was last extended to.
    public let extendedUntil: Timestamp?

    /// What it may hold at most; nil for any amount.
    public let limits: SessionLimits?

    /// The limits that it has gone beyond, as their marks say.
    public let reachedLimits: [String]

    /// Whether its deadline has passed at a moment, and nobody has ended or deleted it.
    public func isOverdue(at now: Timestamp) -> Bool {
        guard let deadline, phase == .open, status != .deleted else { return false }
        return now > deadline
    }

    /// What `show --json` prints of it. Keys: `status`, `phase`, and where they say something
    /// `phase_seq`, `deadline`, `extended_until`, `limits`, `reached_limits`.
    public var json: JSONValue {
        var object: JSONObject = [
            "status": JSONValue(status?.rawValue), "phase": .string(phase.rawValue),
        ]
        object["phase_seq"] = phaseSequence.map { JSONValue($0) }
        object["deadline"] = deadline.map { .string($0.description) }
        object["extended_until"] = extendedUntil.map { .string($0.description) }
        object["limits"] = limits.map { .object($0.json) }
        if !reachedLimits.isEmpty {
            object["reached_limits"] = .array(reachedLimits.map { .string($0) })
        }
        return .object(object)
    }
}

/// What the fold keeps of a session's life.
struct LifecycleRecord: Sendable {
    var phase = SessionLifecycle.Phase.open
    var phaseSequence: UInt64?
    var extendedUntil: Timestamp?
    var limits: SessionLimits?
    var reachedLimits: [String] = []

    /// Takes what an event says of the phase, where its rule admits it.
    mutating func apply(_ event: Event, _ rule: LifecycleRule, status: SessionStatus?) {
        guard rule.admits(status, phase) else { return }
        if let next = rule.phase, next != phase {
            phase = next
            phaseSequence = event.sequence
        }
        switch event.kind {
        case .sessionExtended:
            let until = (try? DataReader(event))?.value("until")
            if let until = until?.string.flatMap({ Timestamp($0) }) { extendedUntil = until }
            // An extension that was undone, where there was none before.
            if until?.isNull ?? false { extendedUntil = nil }
        case .sessionCreated: changeLimits(event)
        default: break
        }
    }

    /// Takes the limits that an event declares. They may be reached anew.
    mutating func changeLimits(_ event: Event) {
        guard let declared = SessionLimits.declared(by: event) else { return }
        limits = declared
        reachedLimits = []
    }

    /// Notes that a limit was reached.
    mutating func mark(_ event: Event) {
        guard let limit = (try? DataReader(event))?.string("limit"), !reachedLimits.contains(limit)
        else { return }
        reachedLimits.append(limit)
    }
}

extension SessionState {
    /// Where the session stands in its life.
    public var lifecycle: SessionLifecycle {
        SessionLifecycle(
            status: table.status, phase: life.phase, phaseSequence: life.phaseSequence,
            deadline: deadline, extendedUntil: life.extendedUntil, limits: life.limits,
            reachedLimits: life.reachedLimits)
    }

    private var deadline: Timestamp? {
        var deadline = life.extendedUntil
        let ttl = table.value(MetadataField.timeToLive, on: EventDraft.mainBranch)?.integer
        if let ttl, ttl >= 0, let lastActive {
            let end = lastActive.adding(seconds: ttl)
            deadline = deadline.map { max($0, end) } ?? end
        }
        return deadline
    }
}

extension Timestamp {
    /// The moment so many seconds later, the latest there is where that is beyond it.
    func adding(seconds: Int64) -> Timestamp {
        let (length, isLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isLate) = microseconds.addingReportingOverflow(length)
        guard !isLong, !isLate else { return seconds < 0 ? .earliest : .latest }
        return Timestamp(microseconds: sum)
    }
}
