public import SessionJournal

/// Brings transcripts that people have on disk into a journal.
///
/// Every distinct line is stored once in its session, word for word, in the event that it yields,
/// so that ``OriginalExporter`` can write the files again, byte for byte. Importing the same file
/// again, or a longer copy, adds only what is new; an import that was interrupted is finished by
/// importing again.
///
/// ```swift
/// let importer = TranscriptImporter(writer: journal.as("user:ada"))
/// let report = try await importer.importPaths(["/home/ada/.claude/projects"])
/// ```
///
/// One importer at a time may write to a session; another one's events in between are a conflict.
public struct TranscriptImporter: Sendable {
    /// Choices for an import.
    public struct Options: Sendable {
        /// The size of events that are appended together, in bytes. Each such batch is durable
        /// before the one after the next is begun.
        public var batchSize = 1 << 20

        /// The largest file that is read into memory, in bytes; of a larger one lines, or the
        /// documents of a list, are one by one.
        var memoryLimit = FileContent.memoryLimit

        /// The format that all files are read in; nil to recognise each by what it holds.
        var format: TranscriptFormat?

        /// The name of the format that all files are read in; nil to recognise each by what it
        /// holds. Setting one that there is not changes nothing: ask ``formatNames`` first.
        public var formatName: String? {
            get { format?.name }
            set { format = newValue.flatMap { TranscriptFormat.named($0) } }
        }

        /// The zone of times that name none; nil for UTC.
        var zone: SourceZone?

        /// The zone of times that name none, as `Europe/Berlin`, `+05:30` or `UTC`; nil for UTC. A
        /// session keeps the one of its first import. Setting one that there is not changes nothing:
        /// ask ``TranscriptImporter/isZone(_:)`` first.
        public var zoneName: String? {
            get { zone?.name }
            set {
                guard let newValue else {
                    zone = nil
                    return
                }
                zone = SourceZone.named(newValue) ?? zone
            }
        }

        /// What to look for in the files on their way; nil for nothing.
        public var scanner: TextScanner?

        /// What to do about what is found.
        public var secrets = SecretHandling.report

        /// Whether nothing is written, and the report says what would be. What is known of all
        /// sessions is in memory until the end then. A reader's journal will do.
        public var isDryRun = false

        /// Called now and then, at least once a file.
        public var progress: (@Sendable (ImportProgress) -> Void)?

        /// The usual choices.
        public init() {}
    }

    /// The names of the formats that are read.
    public static var formatNames: [String] { TranscriptFormat.all.map(\.name) }

    /// Whether there is a zone of a name: of a place, as `Europe/Berlin`, an offset, or `UTC`.
    public static func isZone(_ name: String) -> Bool { SourceZone.named(name) != nil }

    /// The handle whose name stands in the events.
    public let writer: JournalWriter

    /// The choices.
    public var options: Options

    /// An importer that writes through a handle.
    public init(writer: JournalWriter, options: Options = Options()) {
        self.writer = writer
        self.options = options
    }

    /// Imports files, and the files named `*.jsonl`, `*.ndjson`, `*.json` and `*.traj` below folders,
    /// also where they are packed with gzip or in a zip file. Each is recognised by what it holds, where ``Options/formatName`` does not say what it is.
    ///
    /// A file is known by its path below the folder given; a file given itself, by its own name.
    /// Folders are walked in order of name; symbolic links in them are not followed.
    ///
    /// Cost: each file is read once for its hash and once for its lines; memory for what is known of
    /// the sessions at hand, the longest line, a file of up to 48 MiB, and of up to 8 MiB the next one.
    ///
    /// - Throws: ``TranscriptError/Code/secretsFound`` for a path given by name that is refused;
    ///   ``TranscriptError/Code/notFound`` and ``TranscriptError/Code/notATranscript`` for
    ///   a path given by name, before anything is imported in the first case;
    ///   ``TranscriptError/Code/archive`` and ``TranscriptError/Code/unsupported`` for an archive
    ///   given by name; a `JournalError` where the journal cannot take the events. What was imported before stays.
    public func importPaths(_ paths: [String]) async throws -> ImportReport {
        let walk = try FileWalk(paths)
        var run = ImportRun(writer: writer, options: options, walk: walk)
        return try await run.run()
    }
}
