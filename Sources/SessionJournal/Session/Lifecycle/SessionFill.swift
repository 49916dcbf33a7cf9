/// How much a session holds, as far as limits count it.
public struct SessionFill: Hashable, Sendable {
    /// Events of any kind.
    public internal(set) var events: UInt64 = 0
    /// Bytes of their lines, newlines included.
    public internal(set) var bytes: UInt64 = 0
    /// Messages that were appended, those that no branch shows any more included.
    public internal(set) var messages: UInt64 = 0

    /// The limits that a mark names.
    var marked: Set<String> = []

    /// Nothing.
    public init() {}

    mutating func count(_ event: Event) {
        events += 1
        bytes += UInt64(event.line.count) + 1
        switch event.kind {
        case .messageAppended: messages += 1
        case .sessionLimitsChanged: marked = []
        case .sessionLimitReached:
            if let limit = (try? DataReader(event))?.string("limit") { marked.insert(limit) }
        default: break
        }
    }
}

/// Folds one session's events into how much it holds.
struct FillProjection: Projection {
    static let name = "fill"
    static let version = 1

    func initialState() -> SessionFill { SessionFill() }

    func apply(_ event: Event, to state: inout SessionFill) { state.count(event) }
}

extension Journal {
    /// How much a session holds, in the units of its limits.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - damage: What to do where events of the session are lost.
    public func fill(
        of session: SessionID, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> SessionFill {
        try await fold(FillProjection(), over: session, at: point, damage: damage)
    }
}

extension JournalWriter {
    /// Gives a session other limits, or none. What it holds already stays, also where that is more;
    /// limits that were reached are marked anew.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - limits: What it may hold at most; nil for any amount.
    ///   - session: A session that exists.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where the session has these limits.
    @discardableResult
    public func changeLimits(
        _ limits: SessionLimits?, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        let limits = limits.flatMap { $0.isNone ? nil : $0 }
        return try await act(in: session, reason: reason, durability: durability) { state in
            guard state.life.limits != limits else { return ([], ()) }
            return ([SessionLimits.change(to: limits)], ())
        }.receipts.first
    }
}

extension SessionLimits {
    /// The event that gives a session limits.
    static func change(to limits: SessionLimits?) -> EventDraft {
        EventDraft(
            .sessionLimitsChanged,
            data: ["limits": limits.map { .object($0.json) } ?? .null])
    }

    /// What a creation or a change of limits says of them: nil inside where there are none, nil
    /// where the event says nothing of limits, or is withheld.
    static func declared(by event: Event) -> SessionLimits?? {
        guard let reader = try? DataReader(event) else { return nil }
        let value = reader.value("limits")
        switch event.kind {
        case .sessionCreated: return .some(value.flatMap { SessionLimits($0) })
        case .sessionLimitsChanged:
            guard let value, value.isNull || value.object != nil else { return nil }
            return .some(SessionLimits(value))
        default: return nil
        }
    }
}
