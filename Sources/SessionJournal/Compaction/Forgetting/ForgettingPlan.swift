internal import SegmentLog

/// Leaves that may be forgotten: those of sessions that were erased as a whole, and long enough ago.
struct ForgettingPlan: Sendable {
    var events: [ClosedRange<UInt64>] = []
    var sessions: [SessionID] = []
    var erasures: Set<String> = []
    var held: [SessionID] = []

    var target: DestructionTarget {
        DestructionTarget(sessions: Set(sessions), unread: [])
    }
}

extension Journal {
    /// Works out which leaves may be forgotten.
    ///
    /// A session counts where each of its events was erased by an erasure that was finished before a
    /// moment, or says what was erased: nothing of it answers any more, but for those. So what stands
    /// can always be proved. Leaves of the last tile, which is not full yet, stay.
    ///
    /// Cost: reads what is left of the sessions that these erasures name.
    func planForgetting(erasedBefore before: Timestamp) async throws -> ForgettingPlan {
        var plan = ForgettingPlan()
        let old = try await erasures(damage: .fail).filter { erasure in
            erasure.finishedAt.map { $0 < before } ?? false
        }
        let taken = RecordedErasures(taking: old.flatMap(\.plan.events))
        var ends: [SessionID: UInt64] = [:]
        var candidates: [SessionID: Set<String>] = [:]
        for erasure in old {
            for session in erasure.plan.sessions {
                candidates[session, default: []].insert(erasure.id)
            }
            for key in erasure.plan.keys {
                candidates[key.session, default: []].insert(erasure.id)
                ends[key.session] = max(ends[key.session] ?? 0, key.lastSequence)
            }
        }
        let last = try await store.position().lastSequence
        let whole = last - last % UInt64(1 << RetainedSubtree.heightLimit)
        for session in candidates.keys.sorted() {
            guard
                let sequences = try await forgettable(
                    session, taken, through: ends[session] ?? 0, whole), !sequences.isEmpty
            else { continue }
            guard try await matterHolding(session) == nil else {
                plan.held.append(session)
                continue
            }
            plan.events += ErasurePlan.ranges(of: sequences)
            plan.sessions.append(session)
            plan.erasures.formUnion(candidates[session] ?? [])
        }
        plan.events = ErasurePlan.joined(plan.events)
        return plan
    }

    /// The events of a session of which only entry lines are left; nil where something else is, or not
    /// all of it was erased long enough ago.
    private func forgettable(
        _ session: SessionID, _ taken: RecordedErasures, through end: UInt64, _ whole: UInt64
    ) async throws -> [UInt64]? {
        var sequences: [UInt64] = []
        for try await event in events(session: session) {
            if event.kind == .erasureOutlined, !event.isWithheld { continue }
            guard event.isWithheld, event.sequence <= whole,
                event.sequence <= end || taken.rest(of: event.sequence...event.sequence).isEmpty
            else { return nil }
            sequences.append(event.sequence)
        }
        return sequences
    }

    /// The sizes of trees that somebody may hold a root of, in order: those of all checkpoints, and
    /// those that certificates name. One that is missed could not be proved afterwards.
    ///
    /// - Throws: ``JournalError/Code/damaged`` where some of the journal's own events are lost.
    func sizesOfKnownTrees() async throws -> [UInt64] {
        var sizes: Set<UInt64> = []
        for try await event in events(
            session: .journal,
            kinds: [
                .checkpointSigned, .erasureRequested, .compactionBegan, .forgettingRequested,
                .verificationFinished,
            ])
        {
            guard let data = try? event.data() else { continue }
            for size in [data["size"]?.unsigned, data["tree"]?["size"]?.unsigned] {
                if let size { sizes.insert(size) }
            }
        }
        sizes.formUnion(try checkpointFiles().sizes())
        return sizes.sorted()
    }
}
