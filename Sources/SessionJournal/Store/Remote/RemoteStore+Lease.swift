internal import Synchronization

extension RemoteStore {
    /// Makes sure that there is a term, or throws why there cannot be one.
    func ensureTerm() async throws {
        while true {
            try checkWritable()
            let task = state.withLock { state -> Task<Void, any Error>? in
                guard state.term == nil else { return nil }
                if let beginning = state.beginning { return beginning }
                let beginning = Task { try await self.beginTerm() }
                state.beginning = beginning
                return beginning
            }
            guard let task else { return }
            try await task.value
        }
    }

    private func beginTerm() async throws {
        defer { state.withLock { $0.beginning = nil } }
        let known = state.withLock { $0.epoch }
        let (lease, from) = try await leaseAfter(known)
        let term = try RemoteTerm(lease: lease, state: from)
        state.withLock { state in
            state.epoch = lease.epoch
            state.term = term
        }
        signal.advance(to: from.lastSequence)
    }

    /// A lease newer than all this handle had, with the state from which it goes on.
    private func leaseAfter(_ known: UInt64) async throws -> (WriterLease, RemoteState) {
        guard let holder else { throw JournalError.journalReadOnly("it was opened for reading") }
        for attempt in 1...max(options.attemptLimit, 1) {
            let now = try await ask { () async throws(RemoteFault) in try await server.state() }
            if now.holder == holder, now.epoch > known {
                // It was given, and the answer got lost. Nobody has used it.
                return (WriterLease(epoch: now.epoch, holder: holder), now)
            }
            if known > 0, now.epoch != known {
                state.withLock { $0.isFenced = true }
                signal.end(.writerFenced())
                throw JournalError.writerFenced()
            }
            if let other = now.holder, other != holder, now.leaseRemainder > .zero {
                throw JournalError.leaseHeld(by: other.name, for: now.leaseRemainder)
            }
            let next = WriterLease(epoch: now.epoch + 1, holder: holder)
            do throws(RemoteFault) {
                let from = try await server.takeLease(next, for: options.leaseDuration)
                return (next, from)
            } catch {
                // Whether it was given, or to whom, the state tells.
            }
            if attempt < options.attemptLimit {
                try await options.pause(options.pause(after: attempt))
            }
        }
        throw JournalError.serverUnavailable(attempts: options.attemptLimit)
    }
}
