internal import SegmentLog

extension JournalWriter {
    /// Keeps the journal well: ends sessions that are overdue, applies the policies of retention, prunes
    /// and compacts, seals and compresses what has cooled, takes snapshots, does other tasks, copies the
    /// journal, and verifies a slice of it, as far as the plan says so, in that order
    /// (``MaintenanceStep``).
    ///
    /// Appends and reads go on. A step that fails keeps no other from being done; it is in the report,
    /// and in the log. One at a time maintains a journal; whoever comes meanwhile waits.
    ///
    /// Cost: what the steps cost, at ``MaintenancePlan/bytesPerSecond`` at most: what they read and
    /// write, by the page, the segment, the file. How often each was done, how long it took and whether
    /// it failed is in ``Journal/metrics()``.
    ///
    /// - Parameters:
    ///   - plan: What is done.
    ///   - reason: Why; it stands in the events that are written.
    /// - Throws: ``JournalError/Code/invalidArgument`` for a plan that makes no sense,
    ///   ``JournalError/Code/readOnly``, ``JournalError/Code/accessDenied`` without the permission to
    ///   operate the journal, ``JournalError/Code/closed``; `CancellationError`.
    @discardableResult
    public func maintain(
        _ plan: MaintenancePlan = MaintenancePlan(), reason: String? = nil
    ) async throws -> MaintenanceReport {
        try plan.check()
        guard journal.isWritable else {
            throw JournalError(
                .readOnly, "the journal was opened for reading; open it for writing")
        }
        try await journal.require(.operate, as: actor, for: "maintain")
        let pace = plan.bytesPerSecond.map { IOPace(bytesPerSecond: $0) }
        return try await journal.maintaining.alone {
            try await journal.measure(.maintain, bytes: { _ in pace?.bytesSpent ?? 0 }) {
                try await withTaskCancellationHandler {
                    try await Journal.$pace.withValue(pace) {
                        try await MaintenanceRun(self, plan, pace, reason).run()
                    }
                } onCancel: {
                    pace?.end()
                }
            }
        }
    }
}

/// One run of maintenance.
private struct MaintenanceRun {
    /// The least that is sealed before a segment is full, in bytes: else a journal to which little comes
    /// would end in very many small files.
    private static let sealedSize: UInt64 = 1 << 20
    /// How many of the journal's own events are passed over at most, in search of the last other one.
    private static let ownEventLimit = 1_000

    private let writer: JournalWriter
    private let plan: MaintenancePlan
    private let pace: IOPace?
    private let reason: String?
    private let now: Timestamp

    init(
        _ writer: JournalWriter, _ plan: MaintenancePlan, _ pace: IOPace?, _ reason: String?
    ) {
        self.writer = writer
        self.plan = plan
        self.pace = pace
        self.reason = reason
        now = writer.journal.options.clock()
    }

    /// What a step did.
    private struct Answer {
        var figures: JSONObject = [:]
        var findings: [String] = []
    }

    private var journal: Journal { writer.journal }

    func run() async throws -> MaintenanceReport {
        var report = MaintenanceReport()
        for step in MaintenanceStep.allCases {
            if step == .task {
                for task in plan.tasks {
                    report.entries.append(
                        try await entry(step, task.name) {
                            try await journal.measure(.task) {
                                Answer(figures: try await task.perform(journal))
                            }
                        })
                }
            } else if isPlanned(step) {
                report.entries.append(
                    try await entry(step, step.rawValue) { try await perform(step) })
            }
        }
        return report
    }

    private func isPlanned(_ step: MaintenanceStep) -> Bool {
        switch step {
        // Applying the policies does that, too.
        case .expire: plan.expires && !plan.appliesRetention
        case .retain: plan.appliesRetention
        case .prune: plan.pruning != nil
        case .compact: plan.compaction != nil
        case .seal: plan.sealsAfter != nil || plan.compressesAfter != nil
        case .snapshot: plan.takesSnapshots
        case .task: false
        case .backup: plan.backup != nil
        case .verify: plan.verification != nil
        }
    }

    /// Does a step; nil of it means that it is not due.
    private func entry(
        _ step: MaintenanceStep, _ name: String, _ perform: () async throws -> Answer?
    ) async throws -> MaintenanceReport.Entry {
        try Task.checkCancellation()
        let clock = ContinuousClock()
        let start = clock.now
        let spent = pace?.bytesSpent ?? 0
        func entry(
            _ outcome: MaintenanceReport.Entry.Outcome, _ answer: Answer = Answer()
        ) -> MaintenanceReport.Entry {
            MaintenanceReport.Entry(
                step: step, name: name, outcome: outcome, figures: answer.figures,
                findings: answer.findings, duration: clock.now - start,
                bytes: (pace?.bytesSpent ?? 0) - spent)
        }
        do {
            guard let answer = try await perform() else { return entry(.notDue) }
            return entry(.done, answer)
        } catch {
            guard !journal.isOver(error) else { throw error }
            (journal.store as? FileStore)?.instruments.write(.maintenanceFailed(error, name))
            return entry(
                .failed(
                    error as? JournalError ?? JournalError(.failed, "\(name) failed: \(error)")))
        }
    }

    private func perform(_ step: MaintenanceStep) async throws -> Answer? {
        switch step {
        case .expire:
            let ended = try await writer.expireOverdue(at: now, reason: reason)
            return Answer(figures: ["sessions": JSONValue(ended.count)])
        case .retain: return try await retain()
        case .prune: return try await prune()
        case .compact: return try await compact()
        case .seal: return try await seal()
        case .snapshot:
            let report = try await journal.takeSnapshots()
            return Answer(figures: report.json.object ?? [:])
        case .task: return nil
        case .backup: return try await backUp()
        case .verify: return try await verify()
        }
    }

    // MARK: What goes

    private func retain() async throws -> Answer {
        let report = try await writer.applyRetention(at: now, reason: reason)
        let refused = report.outcomes.filter { $0.refusal != nil }
        return Answer(figures: [
            "done": JSONValue(report.outcomes.count - refused.count),
            "refused": JSONValue(refused.count), "waiting": JSONValue(report.waiting),
            "resumed": JSONValue(report.resumed.count),
        ])
    }

    private func prune() async throws -> Answer? {
        guard let pruning = plan.pruning else { return nil }
        let pruner = Pruner(writer, configuration: pruning.configuration)
        var reports: [PruneReport] = []
        for strategy in pruning.sessions {
            reports.append(try await pruner.pruneSessions(by: strategy, at: now, reason: reason))
        }
        for strategy in pruning.messages {
            reports.append(try await pruner.pruneMessages(by: strategy, at: now, reason: reason))
        }
        let gone = reports.flatMap(\.gone)
        return Answer(figures: [
            "sessions": JSONValue(gone.count { $0.message == nil }),
            "messages": JSONValue(reports.reduce(0) { $0 + $1.messageCount }),
            "tokens": JSONValue(reports.reduce(0) { $0 + $1.tokens }),
        ])
    }

    private func compact() async throws -> Answer? {
        guard let compaction = plan.compaction else { return nil }
        if let last = try await lastCompaction(), !isDue(last, compaction.interval) { return nil }
        var options = compaction.options
        options.reason = reason ?? options.reason
        var rule = compaction.rule
        if let age = compaction.age {
            rule.before = min(rule.before ?? .latest, now.earlier(by: age))
        }
        let report = try await writer.compact(rule, options: options)
        return Answer(figures: [
            "events": JSONValue(report.eventCount), "sessions": JSONValue(report.sessionCount),
            "left_out": JSONValue(report.leftOut.count),
            "size": [JSONValue(report.sizeBefore), JSONValue(report.sizeAfter)],
        ])
    }

    private func lastCompaction() async throws -> Timestamp? {
        for try await event in journal.events(
            session: .journal, kinds: [.compactionBegan], order: .backwards, damage: .skip)
        {
            return event.time
        }
        return nil
    }

    private func isDue(_ last: Timestamp, _ interval: Duration) -> Bool {
        // A clock that went back is no reason to wait for ever.
        now < last || Duration.microseconds(now.microseconds - last.microseconds) >= interval
    }

    // MARK: What stays

    private func seal() async throws -> Answer? {
        guard let store = journal.store as? FileStore else { return nil }
        let before = try await store.storage()
        var figures: JSONObject = [:]
        if let idle = plan.sealsAfter, before.sizeUnsealed >= Self.sealedSize,
            try await isIdle(for: idle)
        {
            try await store.seal()
            try await pace?.spend(2 * before.sizeUnsealed)
            figures["sealed"] = JSONValue(before.unsealedCount)
        }
        if let age = plan.compressesAfter {
            let count = try await store.recompress(endedBefore: now.earlier(by: age), pace)
            figures["compressed"] = JSONValue(count)
        }
        figures["size"] = [
            JSONValue(before.sizeOnDisk), JSONValue(try await store.storage().sizeOnDisk),
        ]
        return Answer(figures: figures)
    }

    /// Whether nothing was appended for so long but what the journal says of itself.
    private func isIdle(for duration: Duration) async throws -> Bool {
        var passed = 0
        for try await event in journal.events(order: .backwards, damage: .skip) {
            guard event.session.isJournal else { return event.time <= now.earlier(by: duration) }
            passed += 1
            if passed >= Self.ownEventLimit { break }
        }
        return true
    }

    private func backUp() async throws -> Answer? {
        guard let backup = plan.backup else { return nil }
        if let last = try await lastBackup(backup.path), !isDue(last, backup.interval) {
            return nil
        }
        var options = BackupOptions()
        options.keep = backup.keep
        options.pace = pace
        let report = try await journal.backup(to: backup.path, options: options)
        return Answer(
            figures: [
                "generation": JSONValue(report.generation),
                "events": JSONValue(report.lastSequence), "copied": JSONValue(report.bytesCopied),
                "known": JSONValue(report.bytesKnown),
            ], findings: report.findings)
    }

    /// When the newest backup in a folder was made; nil where there is none that can be read.
    private func lastBackup(_ path: String) async throws -> Timestamp? {
        let folder = BackupFolder(path: path, fileSystem: journal.options.fileSystem)
        return try await FileStore.offload { () throws(JournalError) -> Timestamp? in
            do throws(JournalError) {
                return try folder.manifest(asked: nil).time
            } catch {
                // What is wrong with it the backup itself says.
                return nil
            }
        }
    }

    private func verify() async throws -> Answer? {
        guard let schedule = plan.verification else { return nil }
        if let last = try await journal.lastVerification(), !isDue(last.time, schedule.interval) {
            return nil
        }
        var options = schedule.options
        options.verification.pace = pace
        let found = try await writer.verifyAndRecord(
            options, sizeLimit: schedule.sizeLimit, reason: reason)
        await schedule.observer?(found)
        var figures: JSONObject = [
            "passed": .bool(found.isPassed), "bytes": JSONValue(found.report.bytesChecked),
            "segments": JSONValue(found.report.segmentsChecked),
        ]
        figures["events"] = found.report.part.map {
            [JSONValue($0.lowerBound), JSONValue($0.upperBound)]
        }
        guard !found.isPassed else { return Answer(figures: figures) }
        let findings =
            (found.evidence?.findings ?? found.report.findings) + found.contradictions
        return Answer(
            figures: figures,
            findings: findings.isEmpty
                ? ["the verdict is \(found.report.verdict.rawValue)"] : findings)
    }
}

extension Timestamp {
    /// So long before this.
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (micros, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let part = attoseconds / 1_000_000_000_000
        guard !overflows, micros < Int64.max - part else { return .earliest }
        let (result, isBeyond) = microseconds.subtractingReportingOverflow(micros + part)
        return isBeyond ? .earliest : Timestamp(microseconds: result)
    }
}
