internal import SegmentLog

/// Holds a plan of a compaction against what its sessions have got since they were looked at: a message
/// may have been marked to stay, a session taken back from the archive.
struct CompactionRecheck {
    /// A session that grew, and what of it is to go.
    private struct Grown {
        var compaction: SessionCompaction
        var planned: Set<UInt64> = []
        /// The last event that was looked at.
        var last: UInt64 = 0
    }

    private let rule: CompactionRule
    private let events: [ClosedRange<UInt64>]
    private var grown: [SessionID: Grown] = [:]

    /// Up to which version each session was looked at.
    private var versions: [SessionID: UInt64]

    /// How often sessions are looked at again that go on growing meanwhile.
    static let attempts = 64

    init(_ plan: CompactionPlan, _ rule: CompactionRule) {
        self.rule = rule
        events = plan.events
        versions = Dictionary(
            plan.parts.map { ($0.session, $0.version) }, uniquingKeysWith: { first, _ in first })
    }

    /// That nothing came behind what was looked at.
    var conditions: [SessionID: AppendCondition] { versions.mapValues { .version($0) } }

    /// Looks at what has come. False where something is to stay now that the plan replaces.
    ///
    /// Cost: the heads of all sessions; a session that grew is read whole the first time, and later what
    /// came.
    mutating func holds(in journal: Journal) async throws -> Bool {
        for (session, version) in versions {
            guard let head = try await journal.store.head(of: session), head.version > version
            else {
                continue
            }
            var state = grown.removeValue(forKey: session) ?? Grown(compaction: .init(by: rule))
            for try await event in journal.events(from: state.last + 1, session: session) {
                state.compaction.look(at: event)
                if events.holdInOrder(event.sequence) { state.planned.insert(event.sequence) }
                (state.last, versions[session]) = (event.sequence, event.version)
            }
            guard state.planned.isSubset(of: state.compaction.sequences()) else { return false }
            grown[session] = state
        }
        return true
    }
}
