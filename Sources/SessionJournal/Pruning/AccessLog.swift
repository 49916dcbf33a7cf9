internal import Synchronization

/// How often sessions were read since that was last written down.
final class AccessLog: Sendable {
    struct Tally: Sendable {
        var count: UInt64
        var first: Timestamp
        var last: Timestamp
    }

    private struct Pending {
        var tallies: [SessionID: Tally] = [:]
        var count = 0
        /// Whether somebody is writing it down.
        var isTaken = false
        /// Whether it could not be written down the last time.
        var hasFailed = false
    }

    /// The largest number of sessions, and of readings, that wait.
    static let sessionLimit = 256
    static let readLimit = 4_096

    private let pending = Mutex(Pending())

    /// Counts a reading. Returns whether it is time to write down what was counted.
    func note(_ session: SessionID, at time: Timestamp) -> Bool {
        pending.withLock { pending in
            var tally = pending.tallies[session] ?? Tally(count: 0, first: time, last: time)
            tally.count += 1
            tally.last = max(tally.last, time)
            pending.tallies[session] = tally
            pending.count += 1
            guard !pending.isTaken else { return false }
            // Where it failed it is not tried at every reading.
            return pending.count >= Self.readLimit
                || !pending.hasFailed && pending.tallies.count >= Self.sessionLimit
        }
    }

    /// Takes what was counted, in order of the sessions.
    func take() -> [(session: SessionID, tally: Tally)] {
        pending.withLock { pending in
            let tallies = pending.tallies
            pending = Pending(isTaken: true)
            return tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    /// Notes that what was taken is written down; what is not is counted again.
    func finish(puttingBack tallies: [(session: SessionID, tally: Tally)] = []) {
        pending.withLock { pending in
            pending.isTaken = false
            pending.hasFailed = !tallies.isEmpty
            for (session, tally) in tallies {
                var sum = pending.tallies[session] ?? tally
                if pending.tallies[session] != nil {
                    sum.count += tally.count
                    sum.first = min(sum.first, tally.first)
                }
                pending.tallies[session] = sum
            }
        }
    }
}

extension Journal {
    /// Writes down how often sessions were read since that was last done: a `session.accessed` event for
    /// each of them, all in one commit. Nothing where nobody counts (``JournalOptions/accessActor``).
    ///
    /// It is done by itself when there are 256 sessions or 4,096 readings, and by
    /// ``close()``.
    ///
    /// - Returns: The number of events.
    @discardableResult
    public func recordAccesses() async throws -> Int {
        guard let accesses, let actor = options.accessActor else { return 0 }
        let tallies = accesses.take()
        guard !tallies.isEmpty else {
            accesses.finish()
            return 0
        }
        let items = tallies.map { session, tally in
            AppendBatch.Item(
                session: session,
                draft: EventDraft(
                    .sessionAccessed,
                    data: [
                        "count": JSONValue(tally.count),
                        "first": .string(tally.first.description),
                        "last": .string(tally.last.description),
                    ]))
        }
        do {
            let count = try await record(items, by: actor)
            accesses.finish()
            return count
        } catch {
            accesses.finish(puttingBack: tallies)
            throw error
        }
    }

    /// Writes down readings: all in one commit, or one by one where a session among them takes no events
    /// any more. Of such a one nothing is counted.
    private func record(_ items: [AppendBatch.Item], by actor: String) async throws -> Int {
        func isOfSession(_ error: JournalError) -> Bool {
            [.sessionLocked, .sessionNotFound].contains(error.code)
        }
        do {
            try await self.as(actor).append(items)
            return items.count
        } catch let error as JournalError where isOfSession(error) {
            var count = 0
            for item in items {
                do {
                    try await self.as(actor).append([item])
                    count += 1
                } catch let error as JournalError where isOfSession(error) {}
            }
            return count
        }
    }

    /// Counts a reading of a session. That it cannot be written down now is no reason to refuse it: it
    /// is tried again, at the latest by ``close()``, which says so.
    func noteAccess(to session: SessionID) async {
        guard let accesses, !session.isJournal else { return }
        guard accesses.note(session, at: options.clock()) else { return }
        do { try await recordAccesses() } catch {}
    }
}
