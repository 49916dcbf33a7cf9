internal import SegmentLog
internal import Synchronization

extension FileStore {
    package func verify(
        _ options: VerificationOptions
    ) async throws -> VerificationReport {
        try? await settle()
        _ = try openView()
        let start = instruments.begin()
        do {
            let report = try await blocking { [self] () throws(JournalError) in
                var run = try VerificationRun(
                    of: log, options, fileSystem: fileSystem, clock: clock)
                return try run.report()
            }
            instruments.verified(start, report)
            return report
        } catch {
            instruments.end(start, .verify, error: error)
            throw error
        }
    }
}

/// One verification of a journal in files, segment by segment.
struct VerificationRun {
    private let log: SegmentLog
    private let plan: VerificationPlan
    private let clock: @Sendable () -> Timestamp
    private let progress: (@Sendable (OperationProgress) -> Void)?
    private let pace: IOPace?
    private let losses: RecordedLosses
    private var ledger: VerificationLedger?

    private var verifier: LineVerifier
    private var structure = StructureReport()
    private var withheld: WithheldAccount
    private var sizeDone: UInt64 = 0
    private var checkedSegments = 0
    private var knownSegments = 0
    private var oldestCheck: Timestamp?

    /// Where to begin and how much to read.
    private let first: UInt64
    private let sizeLimit: UInt64?
    private var sizeRead: UInt64 = 0
    /// The first event that was read, where only a part was asked for.
    private var firstRead: UInt64?
    private var lastRead: UInt64 = 0

    init(
        of log: SegmentLog, _ options: VerificationOptions, fileSystem: any FileSystem,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(JournalError) {
        self.log = log
        self.clock = clock
        verifier = LineVerifier(wanting: options.heads)
        progress = options.progress
        pace = options.pace
        first = options.firstSequence
        sizeLimit = options.sizeLimit
        plan = log.verificationPlan()
        losses = RecordedLosses(of: plan.view)
        withheld = WithheldAccount(RecordedCompactions(of: plan.view))
        if let path = options.ledger {
            ledger = try VerificationLedger(at: path, journalID: log.journalID, fileSystem)
        }
    }

    mutating func report() throws(JournalError) -> VerificationReport {
        structure.add(holes: plan.holes)
        tell()
        // The bytes of the next segment are checked while the lines of one are.
        var ahead: BegunCheck?
        for (place, item) in plan.items.enumerated() {
            let begun = ahead
            ahead = begin(place + 1, behind: item)
            if lastSequence(of: place) >= first || !passOver(item) {
                // The first is read however large it is.
                if let sizeLimit, sizeRead > 0, item.size + sizeRead > sizeLimit { break }
                if !skip(item) {
                    try check(item, begun)
                    sizeRead += item.size
                    pace?.spendBlocking(item.size)
                }
                firstRead = firstRead ?? item.firstSequence
                lastRead = lastSequence(of: place)
            }
            sizeDone += item.size
            tell()
        }
        let quarantine = try JournalError.wrap { () throws(LogError) in
            try log.checkQuarantine()
        }
        structure.add(quarantine)
        return summary()
    }

    private func tell() {
        progress?(OperationProgress(bytesDone: sizeDone, bytesTotal: plan.size))
    }

    // MARK: One segment

    /// Passes over a segment that was found whole earlier and is still the same file, and joins on
    /// to what is before it. Its footer is read, so that what follows is checked as if it had been.
    private mutating func skip(_ item: VerificationPlan.Item) -> Bool {
        guard let ledger, let entry = ledger.entries[item.name],
            let stamp = log.stamp(of: item), stamp == entry.stamp, passOver(item)
        else { return false }
        knownSegments += 1
        oldestCheck = min(oldestCheck ?? entry.time, entry.time)
        return true
    }

    /// Joins on to a segment by its footer, without its lines; false where that cannot be done.
    private mutating func passOver(_ item: VerificationPlan.Item) -> Bool {
        var versions: [(SessionID, UInt64)] = []
        let known = log.known(item, streams: { versions.append((SessionID($0), $1)) })
        guard let known else { return false }
        return verifier.adopt(known, versions, firstSequence: item.firstSequence)
    }

    /// The last event of a segment, by its place in the plan.
    private func lastSequence(of place: Int) -> UInt64 {
        place + 1 < plan.items.count
            ? plan.items[place + 1].firstSequence - 1 : plan.view.lastSequence
    }

    private typealias BegunCheck = BegunWork<StructureReport, LogError>

    /// Has the bytes of a segment checked; of one that an earlier verification knows, or that is not to
    /// be read, nothing is begun.
    private func begin(
        _ place: Int, behind before: VerificationPlan.Item
    ) -> BegunCheck? {
        guard place < plan.items.count, lastSequence(of: place) >= first else { return nil }
        let item = plan.items[place]
        guard ledger?.entries[item.name] == nil else { return nil }
        if let sizeLimit, sizeRead + before.size + item.size > sizeLimit { return nil }
        return Parallel.begin { [log, plan] () throws(LogError) in try log.check(item, in: plan) }
    }

    private mutating func check(
        _ item: VerificationPlan.Item, _ begun: BegunCheck?
    ) throws(JournalError) {
        let time = clock()
        let report = try JournalError.wrap { () throws(LogError) in
            if let begun { return try begun.value() }
            return try log.check(item, in: plan)
        }
        let findingCount = verifier.findings.count
        var found = StructureReport()
        withheld.begin(report.runs)
        try readLines(of: item, report.frontiers, &found)
        withheld.end()
        structure.add(report)
        structure.add(holes: found.holes)
        checkedSegments += 1
        let isWhole =
            report.holes.isEmpty && found.holes.isEmpty
            && verifier.findings.count == findingCount
        if isWhole, let stamp = log.stamp(of: item) {
            try ledger?.note(item.name, stamp, at: time)
        }
        structure.frontiers = []
        structure.runs = []
    }

    /// Checks the lines, and the tree over them against each frontier that the segment recorded.
    private mutating func readLines(
        of item: VerificationPlan.Item, _ recorded: [StructureReport.RecordedFrontier],
        _ found: inout StructureReport
    ) throws(JournalError) {
        var frontiers = recorded.sorted { $0.frontier.size > $1.frontier.size }
        var verifier = self.verifier
        self.verifier = LineVerifier()
        defer { self.verifier = verifier }
        var withheld = self.withheld
        self.withheld = WithheldAccount()
        defer { self.withheld = withheld }
        func compare(through size: UInt64) {
            while let recorded = frontiers.last, recorded.frontier.size <= size {
                frontiers.removeLast()
                verifier.compare(
                    recorded.frontier, place: "\(recorded.place) (segments/\(recorded.file))")
            }
        }
        // What is missing before this segment is missing for the tree too.
        verifier.skip(through: item.firstSequence - 1)
        compare(through: item.firstSequence - 1)
        var holes: [Hole] = []
        // A damaged frame may hold events of before and behind others that are whole: what is lost is
        // passed over where the reading comes to it.
        var lost: UInt64 = 0
        var retained: ArraySlice<RetainedSubtree> = []
        /// Takes in what is kept of forgotten events before one that is there.
        func graft(before sequence: UInt64) {
            while let next = retained.first, next.firstSequence < sequence {
                retained.removeFirst()
                verifier.skip(through: next.firstSequence - 1)
                compare(through: next.firstSequence - 1)
                verifier.graft(next)
                withheld.note(forgotten: next.events)
                compare(through: next.lastSequence)
            }
        }
        try JournalError.wrap { () throws(LogError) in
            // Where they are damaged, the segment's own check says so, and its lines are read.
            retained = ((try? log.retainedLeaves(of: item, in: plan)) ?? [])[...]
            try log.scan(
                item, in: plan,
                onHole: { hole in
                    holes.append(hole)
                    lost = max(lost, hole.events?.upperBound ?? 0)
                }
            ) { sequence, line in
                graft(before: sequence)
                verifier.skip(through: sequence - 1)
                // What is left of the frontiers inside a hole says nothing that can be compared.
                compare(through: sequence - 1)
                if let event = verifier.check(Array(copying: line)) { withheld.note(event) }
                compare(through: sequence)
                return true
            }
        }
        graft(before: .max)
        verifier.skip(through: lost)
        compare(through: .max)
        found.holes = holes
    }

    // MARK: The answer

    private func summary() -> VerificationReport {
        var findings: [String] = []
        var named: Set<JournalHole> = []
        for hole in structure.holes {
            let place = JournalHole(hole)
            guard named.insert(place).inserted else { continue }
            // What a repair could not save is missing, and nothing more is wrong there.
            if hole.isLostForGood, let events = hole.events, losses.cover(events) { continue }
            findings.append("\(place.file) at byte \(place.offset): \(hole.reason)")
        }
        for damaged in structure.damagedQuarantine {
            findings.append("quarantine/\(damaged.name) at byte 0: \(damaged.reason)")
        }
        findings += verifier.findings
        let withheld = self.withheld.summary(
            RecordedErasures(of: plan.view), RecordedErasures(forgottenIn: plan.view))
        let verdict: VerificationReport.Verdict =
            if !findings.isEmpty {
                .damaged
            } else if !withheld.unexplained.isEmpty {
                .contentMissing
            } else if !losses.ranges.isEmpty {
                .lossRecorded
            } else if structure.tornTail != nil {
                .tornTail
            } else if !structure.quarantined.isEmpty {
                .tornTailCut
            } else {
                .ok
            }
        var report = VerificationReport(
            verdict: verdict, events: verifier.events,
            bytesChecked: UInt64(structure.bytesChecked), root: verifier.knownTree?.root,
            holes: named.sorted {
                ($0.firstSequence, $0.file, $0.offset) < ($1.firstSequence, $1.file, $1.offset)
            }, findings: findings)
        report.recordedLosses = losses.ranges
        report.withheld = withheld
        report.heads = verifier.heads
        if let firstRead, firstRead > 1 || lastRead < plan.view.lastSequence {
            report.part = firstRead...max(firstRead, lastRead)
        }
        report.segmentsChecked = checkedSegments
        report.segmentsKnown = knownSegments
        report.oldestCheck = oldestCheck
        return report
    }
}
