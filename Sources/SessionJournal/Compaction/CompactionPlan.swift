internal import SegmentLog

/// A compaction that is worked out and not yet certain.
struct CompactionPlan: Sendable {
    /// A session of which nothing goes, although the rule finds it.
    struct LeftOut: Sendable {
        var session: SessionID
        var reason: CompactionReport.Reason
    }

    var parts: [CompactionCertificate.Part] = []
    /// The events that are replaced.
    var events: [ClosedRange<UInt64>] = []
    var kinds: [String: UInt64] = [:]
    var actors: [String: UInt64] = [:]
    var plainSizeBefore: UInt64 = 0
    var plainSizeAfter: UInt64 = 0
    var leftOut: [LeftOut] = []
    var target = DestructionTarget()

    var eventCount: UInt64 { parts.reduce(0) { $0 + $1.count } }

    /// The plan as its event says it.
    func json(_ rule: CompactionRule, id: String, tree: TreeHead, archive: String?) -> JSONObject {
        var object: JSONObject = [
            "compaction": .string(id), "rule": rule.json,
            "sessions": .array(parts.map(\.json)), "events": JSONValue(eventCount),
            "range": [
                JSONValue(events.first?.lowerBound ?? 0), JSONValue(events.last?.upperBound ?? 0),
            ],
            "kinds": CompactionCertificate.json(kinds),
            "actors": CompactionCertificate.json(actors),
            "plain": [JSONValue(plainSizeBefore), JSONValue(plainSizeAfter)],
            "projections": FoldedSession.projections, "tree": tree.json,
        ]
        if let archive { object.append("archive", .string(archive)) }
        return object
    }

    /// Takes in what goes of a session.
    fileprivate mutating func take(
        _ part: CompactionCertificate.Part, _ measured: MeasuredCompaction,
        _ sequences: Set<UInt64>
    ) {
        parts.append(part)
        events += ErasurePlan.ranges(of: Array(sequences))
        kinds.merge(measured.kinds, uniquingKeysWith: +)
        actors.merge(measured.actors, uniquingKeysWith: +)
        plainSizeBefore += measured.plainSizeBefore
        plainSizeAfter += measured.plainSizeAfter
    }
}

extension Journal {
    /// Works out what a rule replaces. Cost: reads the sessions that it is about twice.
    ///
    /// - Parameter sessions: The sessions that are looked at, at most so many of which something goes.
    func plan(
        _ rule: CompactionRule, of sessions: ArraySlice<SessionID>, limit: Int
    ) async throws -> (plan: CompactionPlan, rest: ArraySlice<SessionID>) {
        var plan = CompactionPlan()
        var rest = sessions
        while plan.parts.count < limit, let session = rest.popFirst() {
            switch try await protection(of: session) {
            case .destroyed: continue
            case .locked:
                plan.leftOut.append(.init(session: session, reason: .locked))
                continue
            case .encrypted, .plain: break
            }
            var compaction = SessionCompaction(by: rule)
            for try await event in events(session: session) {
                compaction.look(at: event)
                await Self.letOthersWork(behind: event)
            }
            let sequences = compaction.sequences()
            guard !sequences.isEmpty else { continue }
            do {
                try await checkHolds(over: compaction.target, includingQuarantine: false)
            } catch let error as JournalError where error.code == .held {
                // Where the caller names the session, it is no surprise that the hold is.
                if rule.sessions != nil { throw error }
                plan.leftOut.append(.init(session: session, reason: .held))
                continue
            }
            var measured = MeasuredCompaction(of: session, sequences)
            for try await event in events(session: session) {
                // What came since may say that something is to stay: it is looked at before all is
                // certain.
                guard event.version <= compaction.version else { break }
                try measured.take(event)
                await Self.letOthersWork(behind: event)
            }
            guard let part = measured.part else {
                plan.leftOut.append(.init(session: session, reason: .differs))
                continue
            }
            plan.take(part, measured, sequences)
            plan.target.sessions.formUnion(compaction.target.sessions)
            plan.target.actors.formUnion(compaction.target.actors)
        }
        plan.events = ErasurePlan.joined(plan.events)
        return (plan, rest)
    }

    /// Reading what is at hand never waits, and would keep one of the few threads of all tasks: who
    /// appends beside a compaction gets it now and then.
    private static func letOthersWork(behind event: Event) async {
        if event.version % 64 == 1 { await Task.yield() }
    }

    /// The sessions that a rule is about, in the order of their ids.
    func sessions(of rule: CompactionRule) async throws -> [SessionID] {
        var sessions = try await sessionHeads().map(\.session).filter { !$0.isJournal }
        if let wanted = rule.sessions {
            let known = Set(sessions)
            if let missing = wanted.first(where: { !known.contains($0) }) {
                throw JournalError.sessionNotFound("\(missing)")
            }
            sessions = wanted
        }
        if let text = rule.query {
            let found = try await self.sessions(matching: try SessionQuery(parsing: text)).sessions
            let matching = Set(found.map(\.session))
            sessions.removeAll { !matching.contains($0) }
        }
        return Set(sessions).sorted()
    }
}

/// One session read with and without what goes: what the certificate says of it.
private struct MeasuredCompaction {
    private let session: SessionID
    private let sequences: Set<UInt64>
    private var whole = FoldedSession()
    private var compacted = FoldedSession()
    private var leaves = LeafTree()
    private var lines = DigestStream()
    private var versions: [ClosedRange<UInt64>] = []
    /// Whether an event of a kind that goes stayed since the last that went.
    private var isParted = false
    private var version: UInt64 = 0
    private(set) var kinds: [String: UInt64] = [:]
    private(set) var actors: [String: UInt64] = [:]
    private(set) var plainSizeBefore: UInt64 = 0
    private(set) var plainSizeAfter: UInt64 = 0

    init(of session: SessionID, _ sequences: Set<UInt64>) {
        self.session = session
        self.sequences = sequences
    }

    mutating func take(_ event: Event) throws(JournalError) {
        version = event.version
        whole.apply(event)
        guard sequences.contains(event.sequence), let line = CompactedLine.line(of: event) else {
            compacted.apply(event)
            if CompactedLine.kinds.contains(event.kind) { isParted = true }
            return
        }
        let kept = try Event(line: line)
        // What is written is what stands for the same leaf, and is read as what it was.
        try kept.check()
        guard kept.leaf == event.leaf else {
            throw JournalError(.internalError, "event \(event.sequence) would get another leaf")
        }
        compacted.apply(kept)
        leaves.append(event.leaf)
        lines.update((line + [0x0A]).span)
        if let last = versions.last, !isParted {
            versions[versions.count - 1] = last.lowerBound...event.version
        } else {
            versions.append(event.version...event.version)
        }
        isParted = false
        kinds[event.kind.rawValue, default: 0] += 1
        actors[event.actor ?? "", default: 0] += 1
        plainSizeBefore += UInt64(event.line.count) + 1
        plainSizeAfter += UInt64(line.count) + 1
    }

    /// What the certificate says; nil where the session does not come to the same without what goes.
    var part: CompactionCertificate.Part? {
        let fold = whole.digest
        guard fold == compacted.digest else { return nil }
        return CompactionCertificate.Part(
            session: session, versions: versions, count: leaves.size, subtree: leaves.root,
            snapshot: lines.finish(), version: version, fold: fold)
    }
}
