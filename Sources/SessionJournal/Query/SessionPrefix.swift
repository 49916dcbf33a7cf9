/// The prefix of one session's events that a point in time selects, decided event by event: once an
/// event is outside, so are all after it.
public struct SessionPrefix: Sendable {
    private let point: PointInTime
    private let lastVersion: UInt64
    private var isOver = false

    /// The prefix that a point selects. `lastVersion` is the version of the session's last event.
    public init(_ point: PointInTime, lastVersion: UInt64) {
        self.point = point
        self.lastVersion = lastVersion
    }

    /// Whether the session's next event is inside. Events are to be asked for in order.
    public mutating func admits(_ event: Event) -> Bool {
        guard !isOver else { return false }
        let isInside =
            switch point {
            case .now: true
            case .sequence(let sequence): event.sequence <= sequence
            // The first event later than the time is where the running maximum passes it.
            case .time(let time): event.moment <= time
            case .recorded(let time): event.time <= time
            case .back(let count): count < lastVersion && event.version <= lastVersion - count
            case .label: false
            }
        isOver = !isInside
        return isInside
    }
}

/// The events of a whole journal that a point in time selects: of every session the prefix that the
/// point selects there. ``PointInTime/back(_:)`` counts events of the journal.
public struct JournalPrefix: Sendable {
    private let point: PointInTime
    private let lastSequence: UInt64
    private var sessions: [SessionID: SessionPrefix] = [:]

    /// The events that a point selects. `lastSequence` is the number of the journal's last event.
    public init(_ point: PointInTime, lastSequence: UInt64) {
        self.point = point
        self.lastSequence = lastSequence
    }

    /// Whether the journal's next event is inside. Events are to be asked for in order.
    public mutating func admits(_ event: Event) -> Bool {
        if case .back(let count) = point {
            return count < lastSequence && event.sequence <= lastSequence - count
        }
        return sessions[event.session, default: SessionPrefix(point, lastVersion: 0)]
            .admits(event)
    }

    /// Whether no event after this one, which is outside, can be inside.
    public func isOver(at event: Event) -> Bool {
        switch point {
        case .now, .time: false
        case .sequence(let sequence): event.sequence > sequence
        case .recorded(let time): event.time > time
        case .back(let count): count >= lastSequence || event.sequence > lastSequence - count
        case .label: true
        }
    }
}

extension PointInTime {
    /// How many of a session's events, given in order, the point selects.
    public func count(in events: some Collection<Event>) -> Int {
        var lastVersion: UInt64 = 0
        for event in events { lastVersion = max(lastVersion, event.version) }
        var prefix = SessionPrefix(self, lastVersion: lastVersion)
        var count = 0
        for event in events {
            guard prefix.admits(event) else { break }
            count += 1
        }
        return count
    }
}
