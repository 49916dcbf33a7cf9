internal import Synchronization

/// What a list of sessions shows, kept for the next who asks: only sessions that changed since are
/// folded anew.
final class SessionList: Sendable {
    private struct Known {
        /// In order of the sessions' first events.
        var summaries: [SessionSummary]
        var places: [SessionID: Int]
        /// The last event that was looked at, and its digest.
        var lastSequence: UInt64
        var digest: Digest
    }

    /// The largest number of sessions that are kept: about a kilobyte each.
    private static let limit = 262_144

    private let known = Mutex<Known?>(nil)
    /// How often everything was forgotten: what was read before must not be kept.
    private let epoch = Mutex<UInt64>(0)

    /// Forgets everything.
    func forget() {
        epoch.withLock { epoch in
            epoch += 1
            known.withLock { $0 = nil }
        }
    }

    /// What is shown of the sessions now.
    ///
    /// Cost: the first time a reading of the journal; then the events that are new, and a fold of
    /// each session that they are of, by way of its snapshots.
    func summaries(
        of journal: Journal, damage: Journal.DamagePolicy
    ) async throws -> [SessionSummary] {
        let epoch = epoch.withLock { $0 }
        let last = try await journal.lastSequence()
        guard last > 0 else { return [] }
        if let known = known.withLock({ $0 }),
            let now = try await bringUp(known, to: last, of: journal, damage)
        {
            if damage == .fail { keep(now, in: epoch) }
            return now.summaries
        }
        let states = try await journal.fold(
            SessionListProjection(), at: .sequence(last), damage: damage)
        let schema = try await journal.schema(at: .sequence(last))
        let summaries = states.values.compactMap { state in
            var state = state
            state.schema = schema
            return state.summary
        }.sorted { $0.firstSequence < $1.firstSequence }
        // Of events that are lost nobody knows the digest; then nothing is kept.
        if damage == .fail, summaries.count <= Self.limit,
            let event = try? await journal.event(at: last)
        {
            var places: [SessionID: Int] = [:]
            for (place, summary) in summaries.enumerated() { places[summary.session] = place }
            keep(
                Known(
                    summaries: summaries, places: places, lastSequence: last, digest: event.digest),
                in: epoch)
        }
        return summaries
    }

    private func keep(_ now: Known, in epoch: UInt64) {
        self.epoch.withLock { current in
            guard current == epoch else { return }
            known.withLock { known in
                if known?.lastSequence ?? 0 <= now.lastSequence { known = now }
            }
        }
    }

    /// What is known, with what came since; nil where it is of another history, and where folding
    /// everything is less work.
    private func bringUp(
        _ known: Known, to last: UInt64, of journal: Journal, _ damage: Journal.DamagePolicy
    ) async throws -> Known? {
        guard last >= known.lastSequence,
            let event = try? await journal.event(at: known.lastSequence),
            event.digest == known.digest
        else {
            self.known.withLock { $0 = nil }
            return nil
        }
        guard last > known.lastSequence else { return known }
        var now = known
        var changed: Set<SessionID> = []
        for try await event in journal.events(
            from: known.lastSequence + 1, through: last, damage: damage)
        {
            // The journal's own events may declare fields, which all sessions show.
            guard !event.session.isJournal, event.kind != .erasureOutlined else { return nil }
            changed.insert(event.session)
            guard changed.count * 8 <= known.summaries.count + 64 else { return nil }
            if event.sequence == last { now.digest = event.digest }
        }
        let schema = try await journal.schema(at: .sequence(last))
        var new: [SessionSummary] = []
        for session in changed {
            var state = try await journal.foldState(
                of: session, at: .sequence(last), keepsContent: false, damage: damage)
            state.schema = schema
            guard let summary = state.summary else { continue }
            if let place = now.places[session] {
                now.summaries[place] = summary
            } else {
                new.append(summary)
            }
        }
        for summary in new.sorted(by: { $0.firstSequence < $1.firstSequence }) {
            now.places[summary.session] = now.summaries.count
            now.summaries.append(summary)
        }
        now.lastSequence = last
        return now
    }
}
