internal import SegmentLog

/// Gives events their positions. A value without I/O, shared by the stores: it decides, they store.
///
/// Invariants, kept by every `mutating` function that returns:
///
/// 1. `lastTime` is the time of the event at `lastSequence`; no event after it has an earlier one.
/// 2. A session in `sessions` is exactly where its last event, stored or staged, has put it.
///
/// A function that throws or asks questions has changed nothing but what it learnt from answers.
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
    private var sessions: [SessionID: SessionHistory] = [:]
    private var keys: [String: SessionID] = [:]

    /// Continues a journal.
    ///
    /// - Parameters:
    ///   - lastSequence: The sequence number of its last event; 0 in an empty journal.
    ///   - lastTime: The time of that event; nil in an empty journal.
    package init(lastSequence: UInt64, lastTime: Timestamp?) {
        self.lastSequence = lastSequence
        self.lastTime = lastTime ?? .earliest
        lastReading = lastTime ?? .earliest
    }

    /// The session that was created with a key, where the sequencer has seen that.
    package func session(claiming key: String) -> SessionID? { keys[key] }

    // MARK: Append

    /// Gives a batch its positions, encodes and hashes its lines.
    ///
    /// - Parameters:
    ///   - reading: What the wall clock says.
    ///   - salts: one for each item of the batch and one more for an event of our own.
    package mutating func append(
        _ batch: PreparedBatch, answers: HistoryAnswers, reading: Timestamp, salts: [Salt]
    ) throws(JournalError) -> Outcome {
        learn(answers)
        let jumped = reading.microseconds < lastReading.microseconds - JournalLimits.clockTolerance
        let questions = questions(about: batch, answers: answers, jumped: jumped)
        guard questions.isEmpty else { return .needs(questions) }
        let known = duplicates(in: batch)
        if !batch.items.isEmpty, known.allSatisfy({ $0 != .fresh }) {
            return .staged(receipts(of: batch, known: known, lines: .empty, fresh: []))
        }
        try check(batch, known: known)
        return .staged(
            try stage(batch, known: known, reading: reading, jumped: jumped, salts: salts))
    }

    private mutating func stage(
        _ batch: PreparedBatch, known: [ItemState], reading: Timestamp, jumped: Bool,
        salts: [Salt]
    ) throws(JournalError) -> StagedBatch {
        var lines = StagedLines.empty
        var fresh: [AppendReceipt] = []
        let time = max(reading, lastTime)
        if jumped {
            let item = PreparedBatch.Item(
                session: .journal, draft: .clockJumped(from: lastReading, to: reading))
            _ = try encode(
                item, actor: "journal", cause: nil, time: time, salt: salts[batch.items.count],
                into: &lines)
        }
        lastReading = reading
        fresh.reserveCapacity(batch.items.count)
        var sequences: [UInt64] = []
        for (index, item) in batch.items.enumerated() {
            switch known[index] {
            case .fresh:
                let cause: UInt64? =
                    switch item.draft.cause {
                    case .sequence(let sequence)?: sequence
                    case .inBatch(let earlier)?: sequences[earlier]
                    case nil: nil
                    }
                let receipt = try encode(
                    item, actor: batch.actor, cause: cause, time: time, salt: salts[index],
                    into: &lines)
                fresh.append(receipt)
                sequences.append(receipt.sequence)
            case .stored(let position):
                sequences.append(position.sequence)
            case .repeated(let earlier):
                sequences.append(sequences[earlier])
            }
        }
        return receipts(of: batch, known: known, lines: lines, fresh: fresh)
    }

    private mutating func encode(
        _ item: PreparedBatch.Item, actor: String, cause: UInt64?, time: Timestamp,
        salt: Salt, into lines: inout StagedLines
    ) throws(JournalError) -> AppendReceipt {
        let sequence = lastSequence + 1
        let version = sessions[item.session, default: .empty].version + 1
        var draft = item.draft
        draft.cause = cause.map { .sequence($0) }
        let start = lines.bytes.count
        EventLine.encode(
            draft, sequence: sequence, time: time, session: item.session, version: version,
            actor: actor, salt: salt, firstOfBatch: 0, into: &lines.bytes)
        let leaf = try EventLine.leafHash(of: lines.bytes.span.extracting(start...))
        lines.endLine(
            from: start, leaf: leaf,
            RecordHeader(
                sequence: sequence, stream: item.session.streamKey, version: version,
                time: time.microseconds))
        note(
            sequence: sequence, session: item.session, version: version, time: time,
            branch: draft.branch, id: item.id, key: item.key)
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
        sessions[session, default: .empty].note(
            sequence: sequence, version: version, time: time, branch: branch, id: id)
        if let key { keys[key] = session }
    }

    // MARK: Adopt

    /// Takes lines of another journal as they are.
    package mutating func adopt(
        _ events: [Event], keys claimed: [String?], answers: HistoryAnswers
    ) throws(JournalError) -> Outcome {
        learn(answers)
        var asked: Set<HistoryQuestion> = []
        for event in events where sessions[event.session] == nil {
            asked.insert(.head(event.session))
        }
        for case let key? in claimed where keys[key] == nil && answers.keys[key] == nil {
            asked.insert(.key(key))
        }
        guard asked.isEmpty else { return .needs(Array(asked)) }
        try check(events, keys: claimed)

        var lines = StagedLines.empty
        let leaves = try events.map { event throws(JournalError) in
            try EventLine.leafHash(of: event.line.span)
        }
        for (index, event) in events.enumerated() {
            let start = lines.bytes.count
            lines.bytes.append(contentsOf: event.line)
            lines.endLine(
                from: start, leaf: leaves[index],
                RecordHeader(
                    sequence: event.sequence, stream: event.session.streamKey,
                    version: event.version, time: event.time.microseconds))
            note(
                sequence: event.sequence, session: event.session, version: event.version,
                time: event.time, branch: event.branch, id: event.id.map(IDFingerprint.init),
                key: claimed[index])
        }
        lastReading = max(lastReading, lastTime)
        return .staged(StagedBatch(receipts: [], lines: lines, lastSequence: lastSequence))
    }

    private func check(_ events: [Event], keys claimed: [String?]) throws(JournalError) {
        var sequence = lastSequence
        var time = lastTime
        var versions: [SessionID: UInt64] = [:]
        var newKeys: Set<String> = []
        for (event, key) in zip(events, claimed) {
            guard event.sequence == sequence + 1 else {
                throw JournalError.notContiguous(found: event.sequence, next: sequence + 1)
            }
            let version = versions[event.session] ?? sessions[event.session]?.version ?? 0
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
            if let key, let owner = keys[key] ?? (newKeys.contains(key) ? event.session : nil) {
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
        case stored(RememberedIDs.Position)
        /// Its `id` is that of an earlier item of the batch.
        case repeated(Int)
    }

    private mutating func learn(_ answers: HistoryAnswers) {
        for (session, history) in answers.sessions {
            if sessions[session] == nil {
                sessions[session] = history
            } else {
                sessions[session]?.complete(from: history)
            }
        }
        for case let (key, session?) in answers.keys { keys[key] = session }
    }

    private func questions(
        about batch: PreparedBatch, answers: HistoryAnswers, jumped: Bool
    ) -> [HistoryQuestion] {
        var asked: Set<HistoryQuestion> = []
        func ask(_ session: SessionID, forHistory: Bool) {
            switch sessions[session] {
            case nil: asked.insert(forHistory ? .history(session) : .head(session))
            case let known? where forHistory && !known.isComplete: asked.insert(.history(session))
            default: break
            }
        }
        for item in batch.items {
            ask(item.session, forHistory: item.id != nil)
            if let key = item.key, keys[key] == nil, answers.keys[key] == nil {
                asked.insert(.key(key))
            }
        }
        for (session, condition) in batch.conditions {
            if case .head = condition {
                ask(session, forHistory: true)
            } else {
                ask(session, forHistory: false)
            }
        }
        if jumped { ask(.journal, forHistory: false) }
        return asked.filter { question in
            guard case .head(let session) = question else { return true }
            return !asked.contains(.history(session))
        }
    }

    private func duplicates(in batch: PreparedBatch) -> [ItemState] {
        struct Name: Hashable {
            var session: SessionID
            var id: IDFingerprint
        }
        var firsts: [Name: Int] = [:]
        return batch.items.enumerated().map { index, item in
            guard let id = item.id else { return .fresh }
            if let position = sessions[item.session]?.ids[id] { return .stored(position) }
            let name = Name(session: item.session, id: id)
            if let first = firsts[name] { return .repeated(first) }
            firsts[name] = index
            return .fresh
        }
    }

    private func check(_ batch: PreparedBatch, known: [ItemState]) throws(JournalError) {
        for (session, condition) in batch.conditions.sorted(by: { $0.key < $1.key }) {
            let history = sessions[session] ?? .empty
            switch condition {
            case .any: break
            case .version(let expected) where history.version != expected:
                throw JournalError.versionConflict(
                    session, expected: expected, actual: history.version)
            case .head(let branch, let expected)
            where history.branches[branch, default: 0] != expected:
                throw JournalError.headConflict(
                    session, branch: branch, expected: expected,
                    actual: history.branches[branch, default: 0])
            case .version, .head: break
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
            guard item.session != .journal else { continue }
            let exists =
                created.contains(item.session)
                || sessions[item.session, default: .empty].version > 0
            if item.draft.kind == .sessionCreated {
                guard !exists else { throw JournalError.sessionExists(item.session) }
                created.insert(item.session)
            } else if !exists {
                throw JournalError.sessionNotFound("\(item.session)")
            }
            if let key = item.key {
                if let owner = keys[key] { throw JournalError.keyTaken(key, by: owner) }
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
