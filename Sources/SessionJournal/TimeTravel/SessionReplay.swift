/// One event of a session, as it is played again.
public struct ReplayStep: Sendable {
    /// The step's number, from 1.
    public let number: Int
    /// What happened.
    public let event: Event
    /// How long after the step before it happened, by the events' own times; zero for the first, and
    /// where the times go back.
    public let wait: Duration

    /// What `replay --json` prints of it, on one line: the event with its data resolved, so that a
    /// program needs nothing else to play it.
    public var json: JSONValue {
        let (seconds, attoseconds) = wait.components
        return [
            "step": JSONValue(number), "seq": JSONValue(event.sequence),
            "wait_us": JSONValue(seconds * 1_000_000 + attoseconds / 1_000_000_000_000),
            "time": .string(event.time.description),
            "occurred": JSONValue(event.occurred?.description),
            "kind": .string(event.kind.rawValue), "branch": JSONValue(event.branch),
            "actor": JSONValue(event.actor), "onbehalf": JSONValue(event.onBehalf),
            "reason": JSONValue(event.reason), "withheld": .bool(event.isWithheld),
            "data": (try? event.data()) ?? .null,
        ]
    }
}

/// The record of a session, event by event in the order in which it was made. Nothing is done again:
/// no model is asked, and no tool called.
///
/// Can be iterated more than once.
public struct SessionReplay: AsyncSequence, Sendable {
    /// What is read.
    public typealias Element = ReplayStep
    /// What reading throws: ``JournalError``, or `CancellationError`.
    public typealias Failure = any Error

    /// The session.
    public let session: SessionID
    let events: JournalEvents
    let lineage: BranchLineage?

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(events: events.makeAsyncIterator(), lineage: lineage)
    }

    /// Reads steps one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        var events: JournalEvents.Iterator
        let lineage: BranchLineage?
        private var number = 0
        private var moment: Timestamp?

        init(events: JournalEvents.Iterator, lineage: BranchLineage?) {
            self.events = events
            self.lineage = lineage
        }

        /// The next step; nil at the end.
        public mutating func next() async throws -> ReplayStep? {
            try await next(isolation: #isolation)
        }

        /// The next step; nil at the end. Stays where the caller runs.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws -> ReplayStep? {
            while let event = try await events.next(isolation: actor) {
                if let lineage, !lineage.holds(event) { continue }
                number += 1
                let before = moment ?? event.moment
                moment = Swift.max(before, event.moment)
                let wait = Swift.max(0, event.moment.microseconds - before.microseconds)
                return ReplayStep(number: number, event: event, wait: .microseconds(wait))
            }
            return nil
        }
    }
}

/// What belongs to a branch: its own events, what happened on the branches that it came from until
/// it began, and of their messages those on its path.
struct BranchLineage: Sendable {
    /// The last sequence number that counts, by branch.
    private var ends: [String: UInt64] = [:]
    private let path: Set<String>

    init(of branch: String, in tree: ConversationTree, beginnings: [String: UInt64]) {
        path = Set(tree.path(ofBranch: branch)?.messages.flatMap { [$0.id] + $0.aliases } ?? [])
        var name: String? = branch
        var end = UInt64.max
        while let branch = name, ends[branch] == nil {
            ends[branch] = end
            end = min(end, beginnings[branch] ?? end)
            name =
                branch == EventDraft.mainBranch
                ? nil : tree.branch(branch)?.parent ?? EventDraft.mainBranch
        }
    }

    /// Whether an event belongs to the branch. What is withheld names no branch, and is kept.
    func holds(_ event: Event) -> Bool {
        guard let branch = event.branch else { return true }
        guard event.kind == .messageAppended || event.kind == .messageExtended else {
            return event.sequence <= ends[branch] ?? 0
        }
        let id = (try? DataReader(event))?.string("message")
        return id.map { path.contains($0) } ?? false
    }
}

extension Journal {
    /// The record of a session between two points, event by event, as it happened.
    ///
    /// Cost: reads the session once up to the end of the range, and then the range page by page.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - from: The first event, by the point that it ends; nil for the session's first.
    ///   - through: The last event.
    ///   - branch: Only what belongs to this branch, its beginnings on other branches included; nil
    ///     for everything.
    ///   - damage: What to do where events of the session are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/labelNotFound``, ``JournalError/Code/damaged``.
    public func replay(
        _ session: SessionID, from: PointInTime? = nil, through: PointInTime = .now,
        branch: String? = nil, damage: DamagePolicy = .fail
    ) async throws -> SessionReplay {
        let last = try await sequences(of: session, at: through, damage: damage).last ?? 0
        var first: UInt64 = 1
        if let from {
            first = try await sequences(of: session, at: from, damage: damage).last ?? 1
        }
        var lineage: BranchLineage?
        if let branch {
            let state = try await state(
                of: session, at: .sequence(last), branch: branch, damage: damage)
            lineage = BranchLineage(
                of: branch, in: state.tree,
                beginnings: try await beginnings(of: session, through: last, damage))
        }
        return SessionReplay(
            session: session,
            events: events(from: first, through: last, session: session, damage: damage),
            lineage: lineage)
    }

    /// The event that created each branch.
    private func beginnings(
        of session: SessionID, through last: UInt64, _ damage: DamagePolicy
    ) async throws -> [String: UInt64] {
        var beginnings: [String: UInt64] = [:]
        let events = events(
            through: last, session: session, kinds: [.branchCreated], damage: damage)
        for try await event in events {
            guard let name = (try? DataReader(event))?.string("branch"), beginnings[name] == nil
            else { continue }
            beginnings[name] = event.sequence
        }
        return beginnings
    }
}
