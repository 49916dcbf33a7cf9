internal import SegmentLog

extension Journal {
    /// Repairs a journal that is damaged: saves what can be saved, and records what is lost.
    ///
    /// Of every file that is changed a copy stays in `quarantine/`. Single flipped bits are put right
    /// where checksums prove which they were; footers are rebuilt from frames; what is whole of a
    /// damaged segment goes into a new one, and what is not is named, event by event, in a
    /// `recovery.repaired` event. Nothing is invented. A crash in between leaves damage that the next
    /// repair meets again.
    ///
    /// Cost: two verifications, and what is damaged is written anew.
    ///
    /// - Throws: ``JournalError/Code/locked`` while somebody writes, ``JournalError/Code/notAJournal``,
    ///   ``JournalError/Code/damaged`` where the file `JOURNAL` is, or what the disk says.
    public static func repair(
        at path: String, options: RepairOptions = RepairOptions(),
        opening: JournalOptions = JournalOptions()
    ) async throws -> RepairReport {
        let instruments = Instruments(opening)
        defer { instruments.flush() }
        var report = try await instruments.measure(.repair) {
            try await FileStore.offload { () throws(JournalError) in
                try RepairRun(path: path, options: options, environment: opening).run()
            }
        }
        guard !options.isDryRun else { return report }
        let journal = try await Journal.open(at: path, options: opening)
        report.verification = try await journal.verify()
        try await journal.close()
        return report
    }
}

/// One repair of a journal's segments.
struct RepairRun {
    let path: String
    let options: RepairOptions
    let environment: JournalOptions

    private var fileSystem: any FileSystem { environment.fileSystem }

    func run() throws(JournalError) -> RepairReport {
        let file = try JournalFile.read(in: path, fileSystem)
        guard file.format <= JournalFile.format else {
            throw JournalError(
                .newerFormat, "the journal is of format \(file.format); use a newer sjournal",
                place: path)
        }
        let lock = try takeLock()
        defer { lock?.release() }
        let records = try RepairRecord.all(in: path, fileSystem)
        var repair = LogRepair(
            directory: path, fileSystem: fileSystem, journalID: file.journalID, semantics: .events,
            known: records.flatMap { RepairRecord.lost(in: $0.value) })
        var done: UInt64 = 0
        let total = size()
        let progress = options.progress
        let found = try JournalError.wrap { () throws(LogError) in
            try repair.plan { size in
                done += size
                progress?(OperationProgress(bytesDone: done, bytesTotal: max(done, total)))
            }
        }
        if !options.isDryRun {
            try JournalError.wrap { () throws(LogError) in
                try repair.run(encoding: { $0.bytes })
            }
        }
        return RepairReport(
            isDryRun: options.isDryRun, segments: found.map { RepairReport.Segment($0) })
    }

    /// The writer's lock. A dry run changes nothing, and only sees that nobody writes meanwhile.
    private func takeLock() throws(JournalError) -> (any FileLock)? {
        let lockPath = path + "/LOCK"
        if options.isDryRun {
            let isLocked = try JournalError.wrap("look at", lockPath) { () throws(Errno) in
                try fileSystem.isLocked(lockPath)
            }
            guard !isLocked else { throw Self.busy(lockPath) }
            return nil
        }
        let lock = try JournalError.wrap("lock", lockPath) { () throws(Errno) in
            try fileSystem.lock(lockPath)
        }
        guard let lock else { throw Self.busy(lockPath) }
        return lock
    }

    private static func busy(_ place: String) -> JournalError {
        JournalError(
            .locked, "another process is writing to this journal; a repair wants it for itself",
            place: place)
    }

    private func size() -> UInt64 {
        let segments = path + "/segments"
        let names = (try? fileSystem.names(in: segments)) ?? []
        return names.reduce(0) { sum, name in
            let status = (try? fileSystem.status(of: segments + "/" + name)) ?? nil
            return sum + UInt64(max(0, status?.size ?? 0))
        }
    }
}

extension RepairReport.Segment {
    init(_ record: RepairRecord) {
        let action: Action =
            switch record.action {
            case .mended: .mended
            case .rebuilt: .rebuilt
            case .removed: .removed
            case .begun: .begun
            case .left: .left
            }
        self.init(
            file: "segments/" + record.file, action: action, why: record.reason,
            copy: record.copy.map { "quarantine/" + $0 }, saved: record.saved,
            mended: record.mended, lost: record.lost, reusedFrom: record.reused)
    }
}
