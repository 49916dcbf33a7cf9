internal import SegmentLog

extension Journal {
    /// Says at once how a journal is: who may write, whether its structure is whole, how full the disk
    /// is and when it will be, what is not sealed, and how old the last event is. Reads block headers
    /// and footers, no content; ``verify(_:)`` reads everything. Changes nothing.
    ///
    /// Cost: the front of one footer a segment.
    ///
    /// - Throws: ``JournalError/Code/notAJournal``, ``JournalError/Code/newerFormat``, or what the disk
    ///   says. Damage is an answer.
    public static func health(
        at path: String, opening: JournalOptions = JournalOptions()
    ) async throws -> HealthReport {
        try await FileStore.offload { () throws(JournalError) in
            try HealthCheck(path: path, environment: opening).run()
        }
    }
}

/// One look at a journal's health.
struct HealthCheck {
    let path: String
    let environment: JournalOptions

    /// Less room than this on the disk, in bytes, or less than so many percent of it, is little.
    private static let littleSpace: UInt64 = 256 << 20
    private static let littlePercent: UInt64 = 5
    /// A disk that is full within so many days is worth a word.
    private static let fewDays: UInt64 = 14
    /// More segments than that are unsealed only where sealing has failed.
    private static let unsealedLimit = 2

    private static let hour: Int64 = 3_600_000_000
    private static let day: Int64 = 24 * hour
    private static let growthDays: Int64 = 7

    private var fileSystem: any FileSystem { environment.fileSystem }

    func run() throws(JournalError) -> HealthReport {
        var report = HealthReport()
        let file: JournalFile
        do throws(JournalError) {
            file = try JournalFile.read(in: path, fileSystem)
        } catch {
            guard error.code == .damaged else { throw error }
            report.damage.append("\(error)")
            report.access = .damaged
            return report
        }
        let log = try JournalError.wrap { () throws(LogError) in
            try SegmentLog.open(
                directory: path, fileSystem: fileSystem, journalID: file.journalID, mode: .reader,
                semantics: .events)
        }
        let view = log.view()
        let survey = log.survey()
        report.lastSequence = view.lastSequence
        report.segments = survey.segments.count
        report.unsealed = survey.segments.count { !$0.isSealed }
        report.bytesOnDisk = survey.segments.reduce(0) { $0 + $1.size }
        lookAtDamage(log, survey, view, &report)
        lookAtAccess(log, &report)
        lookAtTime(survey, &report)
        lookAtSpace(&report)
        return report
    }

    private func lookAtDamage(
        _ log: SegmentLog, _ survey: LogSurvey, _ view: LogView, _ report: inout HealthReport
    ) {
        let losses = survey.holes.isEmpty ? nil : RecordedLosses(of: view)
        for hole in survey.holes {
            if hole.isLostForGood, let events = hole.events, losses?.cover(events) == true {
                continue
            }
            let place = JournalHole(hole)
            report.damage.append("\(place.file) at byte \(place.offset): \(hole.reason)")
        }
        if report.unsealed > Self.unsealedLimit {
            report.warnings.append(
                "\(report.unsealed) segments are not sealed; sjournal seal says what keeps them")
        }
        if survey.segments.isEmpty {
            report.damage.append("segments/ holds no segment, not even an empty one")
        }
    }

    private func lookAtAccess(_ log: SegmentLog, _ report: inout HealthReport) {
        let lock = path + "/LOCK"
        if (try? fileSystem.isLocked(lock)) ?? false {
            report.access = .locked
            report.writer = fileSystem.lockHolder(lock)
        } else if log.recovery.readOnlyReason != nil {
            report.access = .damaged
        } else if (try? fileSystem.allowsWriting(to: path)) == false
            || (try? fileSystem.allowsWriting(to: path + "/segments")) == false
        {
            report.access = .denied
            report.warnings.append(
                "the journal cannot be written to: its medium or its permissions do not allow it")
        }
    }

    private func lookAtTime(_ survey: LogSurvey, _ report: inout HealthReport) {
        guard let last = survey.segments.compactMap(\.lastTime).max() else { return }
        report.lastTime = Timestamp(microseconds: last)
        let (age, overflow) = environment.clock().microseconds.subtractingReportingOverflow(last)
        report.lastAgeSeconds = overflow ? nil : age / 1_000_000
        // What the segments of the last week hold, over the time that they span.
        var bytes: UInt64 = 0
        var first = last
        for segment in survey.segments.reversed() {
            guard let begin = segment.firstTime, let end = segment.lastTime else { continue }
            let (start, isFar) = last.subtractingReportingOverflow(Self.growthDays * Self.day)
            guard !isFar, end >= start else { break }
            bytes += segment.size
            first = min(first, begin)
        }
        let (span, isFar) = last.subtractingReportingOverflow(first)
        guard !isFar, span >= Self.hour else { return }
        report.bytesPerDay = UInt64(Double(bytes) * Double(Self.day) / Double(span))
    }

    private func lookAtSpace(_ report: inout HealthReport) {
        guard let space = try? fileSystem.space(at: path) else { return }
        report.bytesFree = space.available
        report.bytesTotal = space.total
        if space.available < Self.littleSpace
            || space.available / Self.littlePercent < space.total / 100
        {
            report.warnings.append("the disk is nearly full: \(space.available) bytes are free")
        }
        guard let rate = report.bytesPerDay, rate > 0 else { return }
        let days = space.available / rate
        report.daysUntilFull = days
        if days < Self.fewDays {
            report.warnings.append("the disk is full in \(days) days at the rate of the last week")
        }
    }
}
