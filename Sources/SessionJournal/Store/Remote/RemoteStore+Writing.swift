internal import SegmentLog
internal import Synchronization

extension RemoteStore {
    @discardableResult
    package func append(_ batch: AppendBatch) async throws -> [AppendReceipt] {
        try checkWritable()
        let prepared = try PreparedBatch(batch)
        try prepared.refuseEncryption()
        let salts = Salt.make(batch.items.count + 1, from: random)
        let (staged, ticket) = try await stage { sequencer, answers throws(JournalError) in
            try sequencer.append(prepared, answers: answers, reading: clock(), salts: salts)
        }
        try await ticket?.wait()
        return staged.receipts
    }

    @discardableResult
    package func adopt(
        _ lines: [[UInt8]], durability: Durability
    ) async throws -> AdoptReceipt {
        try checkWritable()
        let batch = try AdoptedLines(lines)
        while true {
            try await ensureTerm()
            // What is under way may be these lines.
            if let earlier = state.withLock({ $0.term?.joinAll() }) { try await earlier.wait() }
            let last = try await position().lastSequence
            let stored = try await storedLines(of: batch, through: last)
            let known = try batch.duplicates { sequence throws(JournalError) in stored[sequence] }
            let fresh = batch.dropFirst(known)
            guard let next = fresh.events.first else {
                return AdoptReceipt(adopted: 0, duplicates: known, lastSequence: last)
            }
            // Somebody may have appended since: what looked new may be there by now.
            let sequenced = state.withLock { $0.term?.sequencer.lastSequence ?? last }
            guard next.sequence > sequenced || sequenced == last else { continue }
            let (staged, ticket) = try await stage { sequencer, answers throws(JournalError) in
                try sequencer.adopt(fresh.events, keys: fresh.keys, answers: answers)
            }
            try await ticket?.wait()
            return AdoptReceipt(
                adopted: fresh.events.count, duplicates: known, lastSequence: staged.lastSequence)
        }
    }

    /// The stored lines at the places of a batch.
    private func storedLines(
        of batch: AdoptedLines, through last: UInt64
    ) async throws -> [UInt64: [UInt8]] {
        let sequences = batch.events.map(\.sequence)
        guard let low = sequences.min(), let high = sequences.max(), low <= last else { return [:] }
        var stored: [UInt64: [UInt8]] = [:]
        var sequence = max(low, 1)
        // Behind a gap nothing can be adopted, whatever is stored there.
        let (end, _) = sequence.addingReportingOverflow(UInt64(sequences.count - 1))
        var query: ReadQuery? = ReadQuery(from: sequence, through: min(high, end, last))
        while let current = query {
            let page = try await ask { () async throws(RemoteFault) in
                try await server.page(current)
            }
            for line in page.lines {
                stored[sequence] = line
                sequence += 1
            }
            query = page.next
        }
        return stored
    }

    // MARK: Staging

    /// Gets a batch its positions and puts it behind what is under way, asking the server for what
    /// the sequencer does not remember. The ticket is nil where all that the receipts speak of is
    /// stored.
    private func stage(
        _ body: (inout Sequencer, HistoryAnswers) throws(JournalError) -> Sequencer.Outcome
    ) async throws -> (staged: StagedBatch, ticket: CommitTicket?) {
        var answers = HistoryAnswers()
        while true {
            try await ensureTerm()
            let ticket = CommitTicket()
            let step: Step = state.withLock { state in
                guard !state.isClosed else { return .refused(.journalClosed(), nil) }
                guard let lease = state.term?.lease else { return .again }
                do throws(JournalError) {
                    guard let outcome = try state.term.sequence(body, answers) else {
                        return .again
                    }
                    return .done(outcome, state.enqueue(outcome, ticket))
                } catch {
                    return .refused(error, lease)
                }
            }
            switch step {
            case .again: continue
            case .refused(let error, let lease):
                if let lease { try await confirm(lease) }
                throw error
            case .done(.needs(let questions), _):
                try await answer(questions, into: &answers)
            case .done(.staged(let staged), let ticket):
                sendStaged()
                return (staged, ticket)
            }
        }
    }

    private enum Step {
        /// The term ended meanwhile.
        case again
        /// The sequencer refuses, by what was known under a lease.
        case refused(JournalError, WriterLease?)
        case done(Sequencer.Outcome, CommitTicket?)
    }

    /// A refusal goes by what this handle knows. Where another writes by now, that is out of date.
    private func confirm(_ lease: WriterLease) async throws {
        let now = try await ask { () async throws(RemoteFault) in try await server.state() }
        guard now.holder != holder else { return }
        // What is under way finds out by itself: it may have been stored before.
        state.withLock { state in
            state.isFenced = true
            if state.term?.lease == lease, state.term?.isQuiet == true { state.term = nil }
        }
        signal.end(.writerFenced())
        throw JournalError.writerFenced()
    }

    private func answer(
        _ questions: [HistoryQuestion], into answers: inout HistoryAnswers
    ) async throws {
        let new = try await ask { () async throws(RemoteFault) in
            try await server.answers(to: questions)
        }
        // What was answered before the sequencer gave more of its memory back is of no use.
        let floor = state.withLock { $0.term?.sequencer.floor ?? 0 }
        if answers.asOf < floor { answers = HistoryAnswers() }
        answers.merge(new)
    }

    // MARK: Sending

    /// Sees to it that somebody sends what is staged. That goes on without whoever asked for it.
    private func sendStaged() {
        let starts = state.withLock { state in
            guard !state.isSending, state.term?.isQuiet == false else { return false }
            state.isSending = true
            return true
        }
        guard starts else { return }
        Task {
            while let commit = nextCommit() { await deliver(commit) }
        }
    }

    private func nextCommit() -> RemoteCommit? {
        state.withLock { state in
            let commit = state.term?.next(leaseDuration: options.leaseDuration)
            if commit == nil { state.isSending = false }
            return commit
        }
    }

    /// Sends a commit until its outcome is known, or until it is given up, which ends the term.
    private func deliver(_ commit: RemoteCommit) async {
        switch await outcome(of: commit) {
        case .stored:
            let tickets = state.withLock { $0.term?.committed() ?? [] }
            signal.advance(to: commit.lastSequence)
            for ticket in tickets { ticket.finish(nil) }
        case .refused(let error): end(commit.lease, sent: error)
        }
    }

    private enum Outcome {
        case stored
        case refused(JournalError)
    }

    private func outcome(of commit: RemoteCommit) async -> Outcome {
        var mayBeStored = false
        for attempt in 1...max(options.attemptLimit, 1) {
            do throws(RemoteFault) {
                try await server.commit(commit)
                return .stored
            } catch {
                switch error {
                case .unreachable: break
                case .noAnswer: mayBeStored = true
                case .fenced, .held, .misplaced:
                    return await decided(commit, error, mayBeStored: mayBeStored)
                }
            }
            if attempt < options.attemptLimit {
                // Nobody cancels the task that sends.
                try? await options.pause(options.pause(after: attempt))
            }
        }
        return .refused(
            mayBeStored
                ? .outcomeUnknown(attempts: options.attemptLimit)
                : .notStored(attempts: options.attemptLimit))
    }

    /// What became of a commit that the server will not take any more: an earlier attempt may have
    /// stored it.
    private func decided(
        _ commit: RemoteCommit, _ fault: RemoteFault, mayBeStored: Bool
    ) async -> Outcome {
        if mayBeStored {
            let last = commit.lastSequence
            let page = try? await ask { () async throws(RemoteFault) in
                try await server.page(ReadQuery(from: last, through: last))
            }
            guard let page else { return .refused(.outcomeUnknown(attempts: options.attemptLimit)) }
            if page.lines.first == commit.lastLine { return .stored }
        }
        guard case .misplaced(let last) = fault else { return .refused(.writerFenced()) }
        return .refused(
            .serverDamaged(
                "it ends with event \(last), and event \(commit.firstSequence - 1) was "
                    + "acknowledged"))
    }

    /// Ends a term: what was sent ends with an error, what was not is not stored.
    private func end(_ lease: WriterLease, sent error: JournalError) {
        let isFenced = error.code == .fenced
        let waiters = state.withLock { state in
            if isFenced { state.isFenced = true }
            guard state.term?.lease == lease else { return RemoteTerm.Waiters() }
            defer { state.term = nil }
            return state.term?.waiters ?? RemoteTerm.Waiters()
        }
        if isFenced { signal.end(error) }
        for ticket in waiters.sent { ticket.finish(error) }
        for ticket in waiters.waiting { ticket.finish(isFenced ? error : .notSent()) }
    }
}

extension Optional<RemoteTerm> {
    /// Runs something on the sequencer in place; nil where there is no term.
    fileprivate mutating func sequence(
        _ body: (inout Sequencer, HistoryAnswers) throws(JournalError) -> Sequencer.Outcome,
        _ answers: HistoryAnswers
    ) throws(JournalError) -> Sequencer.Outcome? {
        guard self != nil else { return nil }
        return try body(&self!.sequencer, answers)
    }
}

extension RemoteStore.State {
    /// Queues what was staged. Returns what to wait for.
    fileprivate mutating func enqueue(
        _ outcome: Sequencer.Outcome, _ ticket: CommitTicket
    ) -> CommitTicket? {
        guard case .staged(let staged) = outcome else { return nil }
        // Known events may be those of an append that is still under way.
        guard !staged.lines.isEmpty else { return term?.join(staged.lastSequence) }
        term?.queue(staged.lines, ticket)
        return ticket
    }
}
