import SessionJournal

/// A text that is looked for in events: in what the event is, who did it and why, and in its data.
///
/// A text without capital letters is found however it is written, as far as ASCII goes. It is
/// compared with the stored bytes, so that no event is parsed for it; salts and ids of sessions are
/// left out, for nobody means those.
struct EventSearch: Sendable {
    private let needle: [UInt8]
    private let isExact: Bool

    init(_ text: String) {
        isExact = text.utf8.contains { (0x41...0x5A).contains($0) }
        // As it stands in JSON, without the quotes.
        needle = Array(JSONValue.string(text).description.utf8.dropFirst().dropLast())
    }

    func matches(_ event: Event) -> Bool {
        if isIn(event.rawData.span) { return true }
        let envelope = [
            event.kind.rawValue, event.actor, event.onBehalf, event.branch, event.reason, event.id,
        ]
        return envelope.contains { text in text.map { isIn(Array($0.utf8).span) } ?? false }
    }

    private func isIn(_ bytes: Span<UInt8>) -> Bool {
        guard let first = needle.first else { return true }
        guard bytes.count >= needle.count else { return false }
        for start in 0...(bytes.count - needle.count) {
            guard folded(bytes[start]) == first else { continue }
            var length = 1
            while length < needle.count, folded(bytes[start + length]) == needle[length] {
                length += 1
            }
            if length == needle.count { return true }
        }
        return false
    }

    @inline(__always)
    private func folded(_ byte: UInt8) -> UInt8 {
        !isExact && byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

extension SessionReader {
    /// The first event after another for which something holds, or before it; where there is none,
    /// the first from the other end on. Nil where it holds for none.
    ///
    /// Cost: reads what lies between.
    func find(
        from version: UInt64, isForwards: Bool, wraps: Bool, kinds: Set<EventKind>? = nil,
        where holds: (Event) -> Bool
    ) async throws -> (version: UInt64, isWrapped: Bool)? {
        guard version > 0 else { return nil }
        let here = try await sequence(of: version)
        if isForwards {
            if let found = try await first(
                from: here + 1, through: nil, .forwards, kinds, where: holds)
            {
                return (found, false)
            }
            guard wraps else { return nil }
            return try await first(from: 1, through: here, .forwards, kinds, where: holds)
                .map { ($0, true) }
        }
        if here > 1,
            let found = try await first(
                from: 1, through: here - 1, .backwards, kinds, where: holds)
        {
            return (found, false)
        }
        guard wraps else { return nil }
        return try await first(from: here, through: nil, .backwards, kinds, where: holds)
            .map { ($0, true) }
    }

    private func first(
        from: UInt64, through: UInt64?, _ order: ReadQuery.Order, _ kinds: Set<EventKind>?,
        where holds: (Event) -> Bool
    ) async throws -> UInt64? {
        let events = journal.events(
            from: from, through: through, session: session, kinds: kinds, order: order,
            damage: .skip)
        for try await event in events where holds(event) { return event.version }
        return nil
    }

    /// Whether a person's turn begins with an event.
    static func beginsTurn(_ event: Event) -> Bool {
        guard event.kind == .messageAppended, let data = try? event.data() else { return false }
        return data["role"]?.string == Role.user.rawValue
            && (data["synthetic"]?.isNull ?? true)
    }

    /// The version of the last event that a point selects; nil where it selects none.
    ///
    /// Cost: for a sequence number, a label or a number of events back a few reads; for a time the
    /// session up to it.
    func version(at point: PointInTime) async throws -> UInt64? {
        switch try await journal.settled(point, in: session) {
        case .sequence(let sequence): return try await version(upTo: max(sequence, 1))
        case .back(let count):
            let last = try await lastVersion()
            return count < last ? last - count : nil
        case let point:
            let version = try await journal.fold(
                LastVersion(), over: session, at: point, damage: .skip)
            return version == 0 ? nil : version
        }
    }
}

/// The version of the last event.
private struct LastVersion: Projection {
    static let name = "last version"
    static let version = 1
    func initialState() -> UInt64 { 0 }
    func apply(_ event: Event, to state: inout UInt64) { state = event.version }
}
