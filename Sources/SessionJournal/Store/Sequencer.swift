internal import SegmentLog

/// Gives events their positions. A value without I/O, shared by the stores: it decides, they store.
///
/// Invariants, kept by every `mutating` function that returns:
///
/// 1. `lastTime` is the time of the event at `lastSequence`; no event after it has an earlier one.
/// 2. `recent` remembers every event after its floor, stored or staged.
///
/// A function that throws or asks questions has changed nothing.
package struct Sequencer: Sendable {
    /// What became of a batch.
    package enum Outcome: Sendable {
        /// The store must look these up and call again with the answers. Nothing was staged.
        case needs([HistoryQuestion])

        /// The batch has its positions. The store must store it, or fail for good.
        case staged(StagedBatch)
    }

    package private(set) var lastSequence: UInt64
    package private(set) var lastTime: Timestamp

    /// What the wall clock said last, as far as we saw.
    private var lastReading: Timestamp
    private var recent: RecentHistory

    /// Continues a journal.
    ///
    /// - Parameters:
    ///   - lastSequence: The sequence number of its last event; 0 in an empty journal.
    ///   - lastTime: The time of that event; nil in an empty journal.
    package init(lastSequence: UInt64, lastTime: Timestamp?) {
        self.lastSequence = lastSequence
        self.lastTime = lastTime ?? .earliest
        lastReading = lastTime ?? .earliest
        recent = RecentHistory(floor: lastSequence)
    }

    /// Gives back the memory of events up to one: questions about them can be answered by now.
    package mutating func forget(through sequence: UInt64) {
        recent.forget(through: min(sequence, lastSequence))
    }

    /// Forgets what events were called that are withheld now: their `id`s and keys are free.
    ///
    /// - Parameter events: In order and apart.
    package mutating func withhold(_ events: [ClosedRange<UInt64>]) { recent.withhold(events) }

    /// Forgets what the events of sessions were called whose keys are destroyed.
    mutating func forget(_ sessions: Set<SessionID>) { recent.forget(sessions) }

    /// All events after this one are remembered.
    package var floor: UInt64 { recent.floor }

    /// The session that was created with a key, where the sequencer has seen that.
    package func session(claiming key: String) -> SessionID? { recent.session(claiming: key) }

    // MARK: Append

    /// Gives a batch its positions, encodes and hashes its lines.
    ///
    /// - Parameters:
    ///   - reading: What the wall clock says.
    ///   - salts: one for each item of the batch and one more for an event of our own.
    ///   - sealed: The sessions that are encrypted.
    package mutating func append(
        _ batch: PreparedBatch, answers: HistoryAnswers, reading: Timestamp, salts: [Salt],
        encrypting sealed: Set<SessionID> = []
    ) throws(JournalError) -> Outcome {
        let jumped = reading.microseconds < lastReading.microseconds - JournalLimits.clockTolerance
        let questions = questions(about: batch, answers: answers, jumped: jumped)
        guard questions.isEmpty else { return .needs(questions) }
        let known = duplicates(in: batch, answers)
        if !batch.items.isEmpty, known.allSatisfy({ $0 != .fresh }) {
            return .staged(receipts(of: batch, known: known, lines: .empty, fresh: []))
        }
        try check(batch, known: known, answers)
        return .staged(
            try stage(
                batch, known: known, answers, reading: reading, jumped: jumped, salts: salts,
                encrypting: sealed))
    }

    private mutating func stage(
        _ batch: PreparedBatch, known: [ItemState], _ answers: HistoryAnswers,
        reading: Timestamp, jumped: Bool, salts: [Salt], encrypting sealed: Set<SessionID>
    ) throws(JournalError) -> StagedBatch {
        var lines = StagedLines.empty
        lines.bytes.reserveCapacity(batch.size)
        lines.records.reserveCapacity(batch.items.count)
        var heads: [Int] = []
        heads.reserveCapacity(batch.items.count)
        var fresh: [AppendReceipt] = []
        let time = max(reading, lastTime)
        if jumped {
            let item = PreparedBatch.Item(
                session: .journal, draft: .clockJumped(from: lastReading, to: reading))
            _ = encode(
                item, actor: "journal", cause: nil, time: time, salt: salts[batch.items.count],
                answers, into: &lines, &heads)
        }
        lastReading = reading
        fresh.reserveCapacity(batch.items.count)
        var sequences: [UInt64] = []
        sequences.reserveCapacity(batch.items.count)
        for index in batch.items.indices {
            switch known[index] {
            case .fresh:
                let cause: UInt64? =
                    switch batch.items[index].draft.cause {
                    case .sequence(let sequence)?: sequence
                    case .inBatch(let earlier)?: sequences[earlier]
                    case nil: nil
                    }
                let receipt = encode(
                    batch.items[index], actor: batch.actor, cause: cause, time: time,
                    salt: salts[index], answers, into: &lines, &heads)
                fresh.append(receipt)
                sequences.append(receipt.sequence)
            case .stored(let position):
                sequences.append(position.sequence)
            case .repeated(let earlier):
                sequences.append(sequences[earlier])
            }
        }
        try lines.hash(heads: heads, encrypting: sealed)
        return receipts(of: batch, known: known, lines: lines, fresh: fresh)
    }

    private mutating func encode(
        _ item: PreparedBatch.Item, actor: String, cause: UInt64?, time: Timestamp,
        salt: Salt, _ answers: HistoryAnswers, into lines: inout StagedLines, _ heads: inout [Int]
    ) -> AppendReceipt {
        let sequence = lastSequence + 1
        let version = self.version(of: item.session, answers) + 1
        let start = lines.bytes.count
        heads.append(
            EventLine.encode(
                item.draft, sequence: sequence, time: time, session: item.session,
                version: version, actor: actor, cause: cause, salt: salt, into: &lines.bytes))
        lines.endLine(
            from: start,
            RecordHeader(
                sequence: sequence, stream: item.session.streamKey, version: version,
                time: time.microseconds))
        note(
            sequence: sequence, session: item.session, version: version, time: time,
            branch: item.draft.branch, id: item.id, key: item.key)
        return AppendReceipt(
            sequence: sequence, version: version, time: time, isDuplicate: false)
    }

    /// Takes an event into what is known.
    private mutating func note(
        sequence: UInt64, session: SessionID, version: UInt64, time: Timestamp, branch: String?,
        id: IDFingerprint?, key: String?
    ) {
        lastSequence = sequence
        lastTime = time
        recent.note(
            session: session, at: .init(sequence: sequence, version: version, time: time),
            branch: branch, id: id, key: key)
    }

    // MARK: Adopt

    /// Takes lines of another journal as they are.
    package mutating func adopt(
        _ events: [Event], keys claimed: [String?], answers: HistoryAnswers,
        encrypting sealed: Set<SessionID> = []
    ) throws(JournalError) -> Outcome {
        var asked: Set<HistoryQuestion> = []
        for event in events { ask(.head(event.session), answers, &asked) }
        for case let key? in claimed { ask(.key(key), answers, &asked) }
        guard asked.isEmpty else { return .needs(Array(asked)) }
        try check(events, keys: claimed, answers)

        var lines = StagedLines.empty
        for event in events {
            let start = lines.bytes.count
            lines.bytes.append(contentsOf: event.line)
            lines.endLine(
                from: start,
                RecordHeader(
                    sequence: event.sequence, stream: event.session.streamKey,
                    version: event.version, time: event.time.microseconds))
        }
        try lines.hash(encrypting: sealed)
        for (event, key) in zip(events, claimed) {
            note(
                sequence: event.sequence, session: event.session, version: event.version,
                time: event.time, branch: event.branch, id: event.id.map(IDFingerprint.init),
                key: key)
        }
        lastReading = max(lastReading, lastTime)
        return .staged(StagedBatch(receipts: [], lines: lines, lastSequence: lastSequence))
    }

    private func check(
        _ events: [Event], keys claimed: [String?], _ answers: HistoryAnswers
    ) throws(JournalError) {
        var sequence = lastSequence
        var time = lastTime
        var versions: [SessionID: UInt64] = [:]
        var newKeys: Set<String> = []
        for (event, key) in zip(events, claimed) {
            guard event.sequence == sequence + 1 else {
                throw JournalError.notContiguous(found: event.sequence, next: sequence + 1)
            }
            let version = versions[event.session] ?? self.version(of: event.session, answers)
            guard version < UInt64.max, event.version == version + 1 else {
                throw JournalError.invalidEvent(
                    "event \(event.sequence) has version \(event.version) in session "
                        + "\(event.session), but version \(version) is its last")
            }
            guard event.time >= time else {
                throw JournalError.invalidEvent(
                    "event \(event.sequence) is of \(event.time), before the event it follows "
                        + "(\(time))")
            }
            if let key,
                let owner = owner(of: key, answers)
                    ?? (newKeys.contains(key) ? event.session : nil)
            {
                throw JournalError.keyTaken(key, by: owner)
            }
            if let key { newKeys.insert(key) }
            versions[event.session] = event.version
            sequence = event.sequence
            time = event.time
        }
    }
}

// MARK: - What is known

extension Sequencer {
    /// What an item of a batch is to the journal.
    private enum ItemState: Equatable {
        case fresh
        /// Its `id` was stored before.
        case stored(EventPosition)
        /// Its `id` is that of an earlier item of the batch.
        case repeated(Int)
    }

    /// Asks a question unless the answer is known.
    private func ask(
        _ question: HistoryQuestion, _ answers: HistoryAnswers, _ asked: inout Set<HistoryQuestion>
    ) {
        // Answers that do not reach up to the floor have a gap that nobody knows.
        let isStale = answers.asOf < recent.floor
        guard recent.floor > 0 else { return }
        let isKnown =
            switch question {
            case .head(let session):
                recent[session] != nil || (!isStale && answers.heads[session] != nil)
            case .branch(let session, let branch):
                recent[session]?.branches[branch] != nil || recent.isWhole(session)
                    || (!isStale && answers.branches[session]?[branch] != nil)
            case .id(let session, let id):
                recent[session]?.ids[IDFingerprint(id)] != nil || recent.isWhole(session)
                    || (!isStale && answers.ids[session]?[IDFingerprint(id)] != nil)
            case .key(let key):
                recent.session(claiming: key) != nil || (!isStale && answers.keys[key] != nil)
            }
        if !isKnown { asked.insert(question) }
    }

    private func questions(
        about batch: PreparedBatch, answers: HistoryAnswers, jumped: Bool
    ) -> [HistoryQuestion] {
        var asked: Set<HistoryQuestion> = []
        for item in batch.items {
            ask(.head(item.session), answers, &asked)
            if let id = item.draft.id { ask(.id(item.session, id), answers, &asked) }
            if let key = item.key { ask(.key(key), answers, &asked) }
        }
        for (session, condition) in batch.conditions {
            ask(.head(session), answers, &asked)
            if case .head(let branch, _) = condition {
                ask(.branch(session, branch), answers, &asked)
            }
        }
        if jumped { ask(.head(.journal), answers, &asked) }
        return Array(asked)
    }

    private func version(of session: SessionID, _ answers: HistoryAnswers) -> UInt64 {
        recent[session]?.version ?? answers.heads[session]?.version ?? 0
    }

    private func lastEvent(
        on branch: String, of session: SessionID, _ answers: HistoryAnswers
    ) -> UInt64 {
        recent[session]?.branches[branch] ?? answers.branches[session]?[branch] ?? 0
    }

    /// The event that has an `id`, unless it lies too far back to be remembered.
    private func position(
        of id: IDFingerprint, in session: SessionID, _ answers: HistoryAnswers
    ) -> EventPosition? {
        let known = recent[session]?.ids[id] ?? answers.ids[session]?[id] ?? nil
        guard let known,
            version(of: session, answers) < known.version + UInt64(JournalLimits.rememberedIDs)
        else { return nil }
        return known
    }

    private func owner(of key: String, _ answers: HistoryAnswers) -> SessionID? {
        recent.session(claiming: key) ?? answers.keys[key] ?? nil
    }

    private func duplicates(
        in batch: PreparedBatch, _ answers: HistoryAnswers
    ) -> [ItemState] {
        struct Name: Hashable {
            var session: SessionID
            var id: IDFingerprint
        }
        var firsts: [Name: Int] = [:]
        return batch.items.enumerated().map { index, item in
            guard let id = item.id else { return .fresh }
            if let known = position(of: id, in: item.session, answers) { return .stored(known) }
            let name = Name(session: item.session, id: id)
            if let first = firsts[name] { return .repeated(first) }
            firsts[name] = index
            return .fresh
        }
    }

    private func check(
        _ batch: PreparedBatch, known: [ItemState], _ answers: HistoryAnswers
    ) throws(JournalError) {
        for (session, condition) in batch.conditions.sorted(by: { $0.key < $1.key }) {
            switch condition {
            case .any: break
            case .version(let expected):
                let actual = version(of: session, answers)
                guard actual == expected else {
                    throw JournalError.versionConflict(session, expected: expected, actual: actual)
                }
            case .head(let branch, let expected):
                let actual = lastEvent(on: branch, of: session, answers)
                guard actual == expected else {
                    throw JournalError.headConflict(
                        session, branch: branch, expected: expected, actual: actual)
                }
            }
        }
        var created: Set<SessionID> = []
        var newKeys: Set<String> = []
        for (index, item) in batch.items.enumerated() where known[index] == .fresh {
            if let cause = item.draft.cause, case .sequence(let sequence) = cause {
                guard sequence > 0, sequence <= lastSequence else {
                    throw JournalError.invalidEvent(
                        "its cause is event \(sequence), but \(lastSequence) is the last event")
                }
            }
            guard item.session != .journal else {
                guard item.draft.kind != .sessionCreated else {
                    throw JournalError.invalidEvent(
                        "@journal is there from the start, and nobody creates it")
                }
                continue
            }
            let exists =
                created.contains(item.session) || version(of: item.session, answers) > 0
            if item.draft.kind == .sessionCreated {
                guard !exists else { throw JournalError.sessionExists(item.session) }
                created.insert(item.session)
            } else if !exists {
                throw JournalError.sessionNotFound("\(item.session)")
            }
            if let key = item.key {
                if let owner = owner(of: key, answers) {
                    throw JournalError.keyTaken(key, by: owner)
                }
                guard newKeys.insert(key).inserted else {
                    throw JournalError.keyTaken(key, by: item.session)
                }
            }
        }
    }

    private func receipts(
        of batch: PreparedBatch, known: [ItemState], lines: StagedLines, fresh: [AppendReceipt]
    ) -> StagedBatch {
        var receipts: [AppendReceipt] = []
        receipts.reserveCapacity(batch.items.count)
        var used = 0
        for state in known {
            switch state {
            case .fresh:
                receipts.append(fresh[used])
                used += 1
            case .stored(let position):
                receipts.append(
                    AppendReceipt(
                        sequence: position.sequence, version: position.version,
                        time: position.time, isDuplicate: true))
            case .repeated(let earlier):
                var receipt = receipts[earlier]
                receipt.isDuplicate = true
                receipts.append(receipt)
            }
        }
        let last = receipts.reduce(lines.records.last?.header.sequence ?? 0) {
            max($0, $1.sequence)
        }
        return StagedBatch(receipts: receipts, lines: lines, lastSequence: last)
    }
}

extension EventDraft {
    /// The event that says that the wall clock went back.
    fileprivate static func clockJumped(from: Timestamp, to: Timestamp) -> EventDraft {
        EventDraft(
            .clockJumped, branch: nil,
            data: ["from": .string(from.description), "to": .string(to.description)])
    }
}
