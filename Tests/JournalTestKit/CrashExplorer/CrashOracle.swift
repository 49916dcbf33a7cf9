internal import SegmentLog
internal import SessionJournal

/// Something that must never be, with how to see it again.
package struct CrashViolation: Error, CustomStringConvertible, Sendable {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// What must hold of a journal that a crash or a failure has left, whatever was lost.
///
/// - Everything acknowledged is there; everything that is there was submitted.
/// - Batches are whole, in order, and none that was not answered stands before one that was, unless
///   it is whole itself. After a crash, what is there is a prefix.
/// - Where the lines are known, they are these lines byte for byte, and the root is theirs.
/// - Opening again finds the same; nothing that is ours and temporary is left.
package struct CrashOracle: Sendable {
    package let workload: CrashWorkload
    let history: CrashHistory
    /// The lines and roots of a run that nothing disturbed; nil where that run is not comparable.
    let truth: CrashTruth?

    package init(workload: CrashWorkload, history: CrashHistory, truth: CrashTruth? = nil) {
        self.workload = workload
        self.history = history
        self.truth = truth
    }

    /// What one opening found.
    struct Recovered: Sendable {
        /// How many batches are there.
        var batches: Int
        /// All events, those of the recovery among them.
        var events: Int
        /// How many changes the disk had seen when the journal was open.
        var openedAt: Int
    }

    /// Opens what is on the disk for writing and checks it.
    ///
    /// - Parameters:
    ///   - required: How many answers had been given.
    ///   - mustExist: Whether the journal's making had been answered.
    ///   - isDeep: Whether the appends are repeated too, and everything verified afterwards.
    func check(
        _ disk: SimulatedDisk, required: Int, mustExist: Bool, opening: Int, isDeep: Bool
    ) async throws -> Recovered {
        let options = workload.options(disk, opening: opening)
        let journal: Journal
        do {
            if workload.hasOperator {
                // What the power left of a repair is met by the next one.
                let repaired = try await Journal.repair(at: CrashWorkload.path, opening: options)
                guard repaired.segments.allSatisfy({ $0.lost.isEmpty && $0.action != .left }) else {
                    throw CrashViolation("a repair after a crash: \(repaired.segments)")
                }
            }
            journal = try await Journal.open(at: CrashWorkload.path, options: options)
        } catch let error as JournalError where error.code == .notAJournal && !mustExist {
            let journal = try await Journal.create(at: CrashWorkload.path, options: options)
            try await journal.close()
            return Recovered(batches: 0, events: 0, openedAt: 0)
        }
        let openedAt = disk.changeCount
        guard journal.isWritable else {
            let report = try await journal.verify()
            throw CrashViolation("opened read-only: \(report.findings)")
        }
        let page = try await events(of: journal)
        let found = try match(page, required: required)
        try await checkTruth(page, journal)
        let leftovers = disk.files.keys.filter {
            // What an interrupted backup left goes with the next one.
            $0.hasSuffix(".new") && !$0.hasPrefix(CrashWorkload.backupPath)
        }
        guard leftovers.isEmpty else { throw CrashViolation("left behind: \(leftovers)") }
        let recovered = Recovered(batches: found, events: page.count, openedAt: openedAt)
        guard isDeep else { return recovered }
        try await repeatAppends(journal, present: page)
        let report = try await journal.verify()
        guard report.verdict == .ok || report.verdict == .tornTailCut else {
            throw CrashViolation("verify says \(report.verdict): \(report.findings)")
        }
        try await journal.close()
        if workload.hasOperator { try await checkBackup(disk, options) }
        return recovered
    }

    /// Every generation that counts is whole, and the newest can be restored.
    private func checkBackup(_ disk: SimulatedDisk, _ options: JournalOptions) async throws {
        let found: BackupVerification
        do {
            found = try await Journal.verifyBackup(
                at: CrashWorkload.backupPath, opening: options)
        } catch let error as JournalError where error.code == .notAJournal { return }
        guard found.isWhole else { throw CrashViolation("the backup: \(found.findings)") }
        let restored = try await Journal.restore(
            from: CrashWorkload.backupPath, to: "/restored", opening: options)
        guard restored.findings.isEmpty else {
            throw CrashViolation("restored: \(restored.findings)")
        }
    }

    /// Checks what a failure has left: everything that was answered must be there, or what had been
    /// answered after so many changes of the disk.
    package func checkFailed(
        _ disk: SimulatedDisk, after changeCount: Int? = nil, isDeep: Bool
    ) async throws {
        _ = try await check(
            disk, required: history.acknowledged(at: changeCount ?? .max - 1),
            mustExist: history.createdAt != nil, opening: 100, isDeep: isDeep)
    }

    private static func isOfRecovery(_ event: Event) -> Bool {
        event.kind == .recoveryCut || event.kind == .recoveryRepaired
    }

    private func events(of journal: Journal) async throws -> [Event] {
        var events: [Event] = []
        var next: ReadQuery? = ReadQuery()
        while let query = next {
            let page = try await journal.store.read(query)
            if let hole = page.holes.first { throw CrashViolation("a hole: \(hole)") }
            events += page.events
            next = page.next
        }
        for (index, event) in events.enumerated() where event.sequence != UInt64(index) + 1 {
            throw CrashViolation("event \(index + 1) has the number \(event.sequence)")
        }
        return events
    }

    /// Finds the batches among the events; returns how many are there.
    private func match(_ all: [Event], required: Int) throws -> Int {
        let events = all.filter { !Self.isOfRecovery($0) }
        var at = 0
        var count = 0
        var acknowledged = 0
        for answer in history.answers {
            let isAcknowledged = answer.sequences != nil && acknowledged < required
            if isAcknowledged { acknowledged += 1 }
            let part = events[at..<min(at + answer.items.count, events.count)]
            let matching = zip(part, answer.items).prefix { event, item in
                event.id == item.id && event.session == Drafts.session(item.session)
            }
            let isThere = Array(matching).count
            if isThere == answer.items.count {
                at += isThere
                count += 1
            } else if isThere > 0 {
                throw CrashViolation(
                    "\(isThere) of the \(answer.items.count) events of a batch are there")
            } else if isAcknowledged {
                throw CrashViolation(
                    "batch \(count + 1) was acknowledged and is not there (\(events.count) are)")
            }
        }
        guard at == events.count else {
            throw CrashViolation(
                "event \(events[at].sequence) (\(events[at].kind)) was not submitted there")
        }
        for event in events where event.kind == "x.note" {
            guard let text = try event.data()["text"]?.string, text == texts[event.id ?? ""] else {
                throw CrashViolation("event \(event.sequence) says something else")
            }
        }
        return count
    }

    private var texts: [String: String] {
        var texts: [String: String] = [:]
        for items in workload.batches { for item in items { texts[item.id] = item.text } }
        return texts
    }

    private func checkTruth(_ events: [Event], _ journal: Journal) async throws {
        guard let truth else { return }
        var size = 0
        for (event, line) in zip(events, truth.lines) {
            guard event.line == line else {
                // Behind what survived, the journal goes on in its own way.
                guard Self.isOfRecovery(event) else {
                    throw CrashViolation("event \(event.sequence) has other bytes")
                }
                break
            }
            size += 1
        }
        let head = try await journal.store.treeHead(at: UInt64(size))
        guard head.root == truth.roots[size] else {
            throw CrashViolation("the root over \(size) events is another one")
        }
    }

    /// Sends every batch again. What is known is answered with its position, the rest is stored.
    private func repeatAppends(_ journal: Journal, present: [Event]) async throws {
        var known: [String: UInt64] = [:]
        for event in present { if let id = event.id { known[id] = event.sequence } }
        for items in workload.batches {
            let receipts = try await journal.store.append(workload.batch(items, .durable))
            for (item, receipt) in zip(items, receipts) {
                guard receipt.isDuplicate == (known[item.id] != nil),
                    known[item.id] == nil || known[item.id] == receipt.sequence
                else { throw CrashViolation("\(item.id) is not known by its id") }
            }
        }
        let events = try await events(of: journal).filter { !Self.isOfRecovery($0) }
        let wanted = workload.batches.reduce(0) { $0 + $1.count }
        guard Set(events.compactMap(\.id)).count == wanted, events.count == wanted else {
            throw CrashViolation("\(events.count) events after all were sent again, not \(wanted)")
        }
    }
}

/// The lines of a run that nothing disturbed, and the root over each prefix of them.
package struct CrashTruth: Sendable {
    var lines: [[UInt8]] = []
    var roots: [Digest] = [LeafTree().root]

    /// Reads it from the journal on a disk.
    static func read(_ disk: SimulatedDisk, _ workload: CrashWorkload) async throws -> CrashTruth {
        var truth = CrashTruth()
        var tree = LeafTree()
        let journal = try await Journal.open(
            readingAt: CrashWorkload.path, options: workload.options(disk, opening: 99))
        for event in try await journal.store.all() {
            truth.lines.append(event.line)
            let line = event.line
            tree.append(try EventLine.leafHash(of: line.span))
            truth.roots.append(tree.root)
        }
        try await journal.close()
        return truth
    }
}
