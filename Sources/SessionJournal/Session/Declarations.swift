internal import Synchronization

/// What was declared in the journal's own session by events of a kind, read once and kept up to
/// date.
final class Declarations<Content: Sendable>: Sendable {
    struct Declaration: Sendable {
        var content: Content
        var sequence: UInt64
        var moment: Timestamp
        var time: Timestamp

        /// Whether it stands there at a point in time. Points that are about a session mean now.
        func holds(at point: PointInTime) -> Bool {
            switch point {
            case .now, .back, .label: true
            case .sequence(let sequence): self.sequence <= sequence
            case .time(let time): moment <= time
            case .recorded(let time): self.time <= time
            }
        }
    }

    private struct Known {
        /// The last event of the journal's own session that was looked at.
        var lastSequence: UInt64 = 0
        var declarations: [Declaration] = []
    }

    private let kind: EventKind
    private let damage: Journal.DamagePolicy
    private let read: @Sendable (JSONValue) -> Content?
    private let known = Mutex(Known())

    /// - Parameters:
    ///   - kind: The kind of event that declares.
    ///   - damage: Whether a declaration that is lost to damage declares nothing, or is an error.
    ///   - read: What an event's data declares; nil where it makes no sense, and declares nothing.
    init(
        _ kind: EventKind, damage: Journal.DamagePolicy = .skip,
        _ read: @escaping @Sendable (JSONValue) -> Content?
    ) {
        self.kind = kind
        self.damage = damage
        self.read = read
    }

    /// All declarations so far, in order. Cost: a look at where the journal's own session stands;
    /// what is new in it is read.
    func all(in journal: Journal) async throws -> [Declaration] {
        let last = try await journal.store.head(of: .journal)?.lastSequence ?? 0
        let (done, declarations) = known.withLock { ($0.lastSequence, $0.declarations) }
        guard last > done else { return declarations }
        var new: [Declaration] = []
        for try await event in journal.events(
            from: done + 1, through: last, session: .journal, kinds: [kind], damage: damage)
        {
            guard let data = try? event.data(), let content = read(data) else { continue }
            new.append(
                Declaration(
                    content: content, sequence: event.sequence, moment: event.moment,
                    time: event.time))
        }
        return known.withLock { known in
            // Somebody may have read the same meanwhile.
            if known.lastSequence == done {
                known.lastSequence = last
                known.declarations += new
            }
            return declarations + new
        }
    }
}
