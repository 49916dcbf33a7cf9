internal import SegmentLog

extension FileStore {
    package func compact(
        _ events: [ClosedRange<UInt64>], archive: String?,
        step: @Sendable (_ replace: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        try checkWritable()
        try await settle()
        try StoreRules.checkWithholding(events, lastSequence: try openView().lastSequence)
        guard let last = events.last?.upperBound else { return }
        if log.sealedThrough < last { try await seal() }
        let segmentSize = try await meanSegmentSize()
        for part in log.parts(of: events) {
            // Read and written.
            try await Journal.pace?.spend(2 * segmentSize)
            try await step { [self] in
                try await blocking { [log] () throws(JournalError) in
                    try JournalError.wrap { () throws(LogError) in
                        if let archive { try log.archive(segmentsOf: part, to: archive) }
                        try log.compactLines(of: part) { CompactedLine.line(of: $0) }
                    }
                }
            }
        }
    }
}

extension FileStore {
    /// What a segment takes on the disk, more or less.
    func meanSegmentSize() async throws -> UInt64 {
        let figures = try await storage()
        return figures.sizeOnDisk / UInt64(max(1, figures.segmentCount))
    }
}

/// The archives that a journal was opened with: segments as they were before compactions.
final class AttachedArchives: Sendable {
    private let archives: [(compaction: String, segments: ArchivedSegments)]

    /// The compactions whose archives these are.
    let compactions: Set<String>

    /// Attaches folders, each as ``CompactionOptions/archive`` named it.
    ///
    /// - Throws: ``JournalError/Code/notFound`` where there is no archive in one; `damaged` where a file
    ///   in it is no segment of this journal.
    init(
        _ folders: [String], _ fileSystem: any FileSystem, _ journalID: JournalID,
        _ cache: BlockCache, _ cipher: (any RunCipher)?
    ) throws(JournalError) {
        var archives: [(compaction: String, segments: ArchivedSegments)] = []
        for folder in folders {
            let names = try JournalError.wrap("look into", folder) { () throws(Errno) in
                try fileSystem.names(in: folder).sorted()
            }
            let compactions = names.filter { SessionID($0) != nil }
            guard !compactions.isEmpty else {
                throw JournalError(
                    .invalidArgument,
                    "no archive of a compaction stands there; name the folder that compact "
                        + "--archive was given", place: folder)
            }
            for name in compactions {
                let segments = try JournalError.wrap { () throws(LogError) in
                    try ArchivedSegments(
                        in: folder + "/" + name, fileSystem: fileSystem, journalID: journalID,
                        semantics: .events, cache: cache, cipher: cipher)
                }
                archives.append((name, segments))
            }
        }
        self.archives = archives
        compactions = Set(archives.map(\.compaction))
    }

    /// The event that a compacted line was made of: the one with its digest. The line itself where no
    /// archive has that.
    func restored(_ event: Event) -> Event {
        guard event.isCompacted else { return event }
        for archive in archives {
            guard let line = archive.segments.line(at: event.sequence),
                let original = try? Event(line: line), !original.isCompacted,
                !original.isWithheld, original.leaf == event.leaf
            else { continue }
            return original
        }
        return event
    }
}

extension FileStore {
    /// The compactions of which an archive is attached.
    var attachedCompactions: Set<String> { archives?.compactions ?? [] }

    /// Replaces lines in an archive by their entry lines. Returns how many files were replaced.
    func withhold(
        _ events: [ClosedRange<UInt64>], inArchive folder: String
    ) async throws -> Int {
        try await blocking { [log, fileSystem, keys] () throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                try ArchivedSegments(
                    in: folder, fileSystem: fileSystem, journalID: log.journalID,
                    semantics: .events, cipher: keys?.cipher
                ).withholdLines(of: events) { try? EventLine.entryLine(of: $0) }
            }
        }
    }

    /// An event as it stands in the segments, whatever archives say.
    func storedEvent(at sequence: UInt64) throws(JournalError) -> Event? {
        let line = try reading { view throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in try view.line(at: sequence) }
        }
        guard let line else { return nil }
        return try Event(line: line)
    }

    /// Events as the attached archives have them.
    func restored(_ events: [Event]) -> [Event] {
        guard let archives else { return events }
        return events.map { archives.restored($0) }
    }
}
