public import SessionJournal

/// Writes the files again that transcripts were imported from, byte for byte.
///
/// Of a path that was imported several times the last import is written. Every file is written
/// aside, held against its recorded hash, and only then renamed; nothing is written outside the
/// target, and a file that stands there with other content stays.
public struct OriginalExporter: Sendable {
    private let journal: Journal

    /// An exporter of a journal.
    public init(_ journal: Journal) {
        self.journal = journal
    }

    /// Exports all files below a folder, which is made where it is not there.
    ///
    /// Cost: reads the sessions that the files are made of, as a rule once a file; memory for one
    /// session, at most 32 MiB, or for one page of events where the session is larger.
    ///
    /// - Throws: ``TranscriptError/Code/nothingToExport`` where the journal holds no import,
    ///   ``TranscriptError/Code/inaccessible`` where the folder cannot be written. What is wrong
    ///   with a single file stands in the report.
    public func export(to directory: String) async throws -> ExportReport {
        let list = try await ExportList(journal)
        guard !list.files.isEmpty else {
            throw TranscriptError(
                .nothingToExport, "the journal holds no imported file. Import one first.")
        }
        let target = try TargetFolder(directory)
        var writer = try await OriginalWriter(journal: journal, target: target)
        var report = ExportReport()
        report.moved = list.moved
        for file in list.files {
            do {
                try await writer.write(file)
                report.add(file)
            } catch let error as TranscriptError where error.code != .inaccessible {
                report.mismatches.append((file.target, error.message))
            }
        }
        return report
    }
}

/// What an export did.
public struct ExportReport: Sendable {
    /// The files that were written, or stood there already as they should.
    public var files = 0

    /// Their size in bytes.
    public var size: UInt64 = 0

    /// What their lines were: pretty-printed documents, glued and unparsable lines included.
    public var counts = LineCounts()

    /// The files that could not be written as they were, and why.
    public var mismatches: [(path: String, why: String)] = []

    /// The files that are written to another path, since another folder's file has theirs.
    public var moved: [(path: String, target: String)] = []

    /// A report of nothing.
    public init() {}

    mutating func add(_ file: ExportFile) {
        files += 1
        size += file.size
        counts.add(file.counts)
    }
}
