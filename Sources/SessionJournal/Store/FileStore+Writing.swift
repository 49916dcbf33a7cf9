internal import Dispatch
internal import SegmentLog
internal import Synchronization

extension FileStore {
    /// Above this many bytes that wait for the disk, a buffered append writes before it answers.
    private static let stagedLimit = 8 << 20

    @discardableResult
    package func append(_ batch: AppendBatch) async throws -> [AppendReceipt] {
        let start = instruments.begin()
        do {
            let (staged, ticket) = try stage(try PreparedBatch(batch))
            try await finish(staged, ticket, batch.durability)
            instruments.appended(start, batch, staged)
            return staged.receipts
        } catch {
            instruments.failed(start, batch, error)
            throw error
        }
    }

    @discardableResult
    package func adopt(
        _ lines: [[UInt8]], durability: Durability
    ) async throws -> AdoptReceipt {
        let start = instruments.begin()
        do {
            let (receipt, staged) = try await adopted(lines, durability)
            instruments.adopted(start, receipt, bytes: staged?.lines.bytes.count ?? 0)
            return receipt
        } catch {
            instruments.end(start, .append, error: error)
            throw error
        }
    }

    private func adopted(
        _ lines: [[UInt8]], _ durability: Durability
    ) async throws -> (AdoptReceipt, StagedBatch?) {
        try checkWritable()
        let batch = try AdoptedLines(lines)
        while true {
            try await settle()
            let view = try openView()
            let known = try batch.duplicates { sequence throws(JournalError) in
                try JournalError.wrap { () throws(LogError) in try view.line(at: sequence) }
            }
            let fresh = batch.dropFirst(known)
            guard let next = fresh.events.first else {
                let last = view.lastSequence
                return (AdoptReceipt(adopted: 0, duplicates: known, lastSequence: last), nil)
            }
            // Somebody may have appended since the view: what looked new may be there by now.
            if next.sequence <= state.withLock({ $0.sequencer.lastSequence }) {
                log.commitStaged()
                _ = try await signal.wait(past: next.sequence - 1)
                continue
            }
            let sealed = try encryptedSessions(in: fresh)
            let (staged, ticket) = try stage(encrypting: sealed) {
                sequencer, answers throws(JournalError) in
                try sequencer.adopt(
                    fresh.events, keys: fresh.keys, answers: answers, encrypting: sealed)
            }
            try await finish(staged, ticket, durability)
            let receipt = AdoptReceipt(
                adopted: fresh.events.count, duplicates: known, lastSequence: staged.lastSequence)
            return (receipt, staged)
        }
    }

    private func stage(
        _ batch: PreparedBatch
    ) throws(JournalError) -> (staged: StagedBatch, ticket: CommitTicket?) {
        let salts = Salt.make(batch.items.count + 1, from: random)
        let sealed = try encryptedSessions(in: batch)
        return try stage(encrypting: sealed) { sequencer, answers throws(JournalError) in
            try sequencer.append(
                batch, answers: answers, reading: clock(), salts: salts, encrypting: sealed)
        }
    }

    /// Gets a batch its positions and puts it into the log's queue, reading first what the sequencer
    /// asks for. The ticket is nil where nothing new is to be stored.
    private func stage(
        encrypting sealed: Set<SessionID>,
        _ body: (inout Sequencer, HistoryAnswers) throws(JournalError) -> Sequencer.Outcome
    ) throws(JournalError) -> (staged: StagedBatch, ticket: CommitTicket?) {
        var answers = HistoryAnswers()
        while true {
            let ticket = CommitTicket()
            let outcome = try state.withLock { state throws(JournalError) in
                try check(state)
                if let session = sealed.first(where: state.ending.contains) {
                    throw JournalError.sessionErased(session)
                }
                forgetSealed(&state)
                let outcome = try body(&state.sequencer, answers)
                if case .staged(let staged) = outcome, !staged.lines.isEmpty {
                    try queue(staged.lines, ticket, &state)
                }
                return outcome
            }
            switch outcome {
            case .staged(let staged): return (staged, staged.lines.isEmpty ? nil : ticket)
            case .needs(let questions): try answer(questions, into: &answers)
            }
        }
    }

    /// Gives up what the sequencer remembers of sealed segments, once it is much: their tables answer
    /// for them, at the cost of a look into each.
    private func forgetSealed(_ state: inout State) {
        let sealed = log.sealedThrough
        guard sealed > state.sequencer.floor,
            state.sequencer.lastSequence - state.sequencer.floor > rememberedEvents
        else { return }
        state.sequencer.forget(through: sealed)
    }

    private func queue(
        _ lines: StagedLines, _ ticket: CommitTicket, _ state: inout State
    ) throws(JournalError) {
        let last = lines.records.last?.header.sequence ?? 0
        do throws(LogError) {
            try log.stage(lines, isBatch: lines.records.count > 1) { [signal] error in
                let error = error.map { JournalError($0) }
                if let error { signal.end(error) } else { signal.advance(to: last) }
                ticket.finish(error)
            }
        } catch {
            // The sequencer has counted these lines, so that nothing can follow them.
            let failure = JournalError(error)
            state.failure = failure
            throw failure
        }
    }

    /// Waits for what a batch was promised.
    private func finish(
        _ staged: StagedBatch, _ ticket: CommitTicket?, _ durability: Durability
    ) async throws {
        guard staged.lastSequence > 0 else { return }
        if durability == .buffered, log.stagedSize <= Self.stagedLimit {
            state.withLock { state in
                state.bufferedSequence = max(state.bufferedSequence, staged.lastSequence)
            }
            committer.async { [log] in log.commitStaged() }
            return
        }
        log.commitStaged()
        if let ticket {
            try await ticket.wait()
        } else if signal.position < staged.lastSequence {
            // Known events, of an append that is still under way.
            _ = try await signal.wait(past: staged.lastSequence - 1)
        }
    }

    /// Waits until what buffered appends were answered with can be read.
    func settle() async throws {
        let buffered = state.withLock { $0.bufferedSequence }
        guard signal.position < buffered, log.failure == nil else { return }
        log.commitStaged()
        do {
            _ = try await signal.wait(past: buffered - 1)
        } catch let error as JournalError {
            // What was committed before a failure can still be read.
            if log.failure == nil { throw error }
        }
    }

    func checkWritable() throws(JournalError) {
        try state.withLock { state throws(JournalError) in try check(state) }
    }

    private func check(_ state: borrowing State) throws(JournalError) {
        guard !state.isClosed else { throw JournalError.journalClosed() }
        guard isWritable else {
            throw JournalError.journalReadOnly(
                log.recovery.readOnlyReason ?? "the journal was opened for reading")
        }
        if let failure = state.failure { throw failure }
    }

    // MARK: Recovery

    /// Records each torn tail in `quarantine/` that no event names yet: those that this opening set
    /// aside, and those of one that crashed before it could say so.
    func recordCuts() throws(JournalError) {
        let names = try JournalError.wrap { () throws(LogError) in try log.quarantined() }
        guard !names.isEmpty else { return }
        var recorded: Set<String> = []
        for event in try allEvents(of: .journal) where event.kind == .recoveryCut {
            if let name = try event.data()["quarantine"]?.string { recorded.insert(name) }
        }
        var drafts: [EventDraft] = []
        for name in names where !recorded.contains("quarantine/\(name)") {
            if let draft = try cut(name) { drafts.append(draft) }
        }
        try record(drafts)
    }

    /// Appends events to the journal's own session while nobody else has the store yet.
    func record(_ drafts: [EventDraft]) throws(JournalError) {
        guard !drafts.isEmpty else { return }
        let batch = AppendBatch(
            actor: "journal", items: drafts.map { .init(session: .journal, draft: $0) })
        let (_, ticket) = try stage(try PreparedBatch(batch))
        // Nobody else commits yet, so that the commit is over when this returns.
        log.commitStaged()
        if case .failure(let error)? = ticket?.result { throw error }
    }

    private func cut(_ name: String) throws(JournalError) -> EventDraft? {
        guard let place = QuarantineName(name) else { return nil }
        let path = "\(log.directory)/quarantine/\(name)"
        let status = try JournalError.wrap("look at", path) { () throws(Errno) in
            try fileSystem.status(of: path)
        }
        let segment = SegmentName.file(first: place.segment)
        return EventDraft(
            .recoveryCut,
            data: [
                "file": .string("segments/\(segment)"), "offset": JSONValue(place.offset),
                "bytes": JSONValue(status?.size ?? 0), "quarantine": .string("quarantine/\(name)"),
                "first_seq": JSONValue(place.firstSequence),
            ])
    }
}
