internal import SessionJournal

/// The files that a journal has already, by what `import.finished` events say.
struct KnownFiles: Sendable {
    /// What an import found in a file.
    struct Entry: Sendable {
        /// The event that holds the manifest.
        var sequence: UInt64
        var size: UInt64
        var format: String
        var counts: LineCounts
        var sessions: [SessionID]
    }

    /// A file as it was last, by its name.
    struct Source: Sendable, Hashable {
        var root: String
        var path: String
        var format: String
        var size: UInt64
        var digest: Digest
        /// Whether size and hash are of what was imported instead of what the file held.
        var isRedacted = false

        var fullPath: String { root == "/" ? "/" + path : root + "/" + path }
    }

    private var entries: [Digest: Entry] = [:]

    /// The files that were there when the journal heard of them last, by absolute path.
    private(set) var sources: [String: Source] = [:]

    /// How far the journal was read, or written by whoever holds this.
    var lastSequence: UInt64 = 0

    /// Which chunks of blobs the journal's own session has.
    var blobs = BlobIndex()

    /// Reads the journal's own session.
    init(_ journal: Journal) async throws {
        try await read(journal)
    }

    /// Reads what the journal's own session has more than before.
    mutating func read(_ journal: Journal) async throws {
        let kinds: Set<EventKind> = [
            .importFinished, .blobStored, .sourceDeleted, .sourceRenamed,
        ]
        for try await event in journal.events(
            from: lastSequence + 1, session: .journal, kinds: kinds, damage: .skip)
        {
            lastSequence = event.sequence
            guard !event.isWithheld, let reader = try? DataReader(event) else { continue }
            switch event.kind {
            case .blobStored: blobs.note(event)
            case .importFinished:
                if let pieces = reader.member("pieces") { add(event, reader, pieces) }
                if let source = Self.source(reader) { sources[source.fullPath] = source }
            default:
                guard let source = Self.source(reader) else { continue }
                sources[source.fullPath] = nil
                guard let root = reader.string("to_root"), let path = reader.string("to") else {
                    continue
                }
                var renamed = source
                (renamed.root, renamed.path) = (root, path)
                sources[renamed.fullPath] = renamed
            }
        }
    }

    private static func source(_ reader: DataReader) -> Source? {
        guard let root = reader.string("root"), let path = reader.string("path"),
            let digest = reader.string("sha256").flatMap({ Digest(hexadecimal: $0) }),
            let size = reader.integer("bytes"), size >= 0
        else { return nil }
        return Source(
            root: root, path: path, format: reader.string("format") ?? "", size: UInt64(size),
            digest: digest, isRedacted: reader.member("redacted") != nil)
    }

    private mutating func add(_ event: Event, _ reader: DataReader, _ pieces: DataReader.Node) {
        guard let digest = reader.string("sha256").flatMap({ Digest(hexadecimal: $0) }),
            let size = reader.integer("bytes"), size >= 0
        else { return }
        func count(_ name: String) -> Int { Int(clamping: reader.integer(name) ?? 0) }
        var counts = LineCounts()
        counts.lines = count("lines")
        counts.malformed = count("malformed")
        counts.glued = count("glued")
        counts.documents = count("documents")
        let names = reader.member("sessions", of: pieces).map { reader.value(of: $0) }
        entries[digest] = Entry(
            sequence: event.sequence, size: UInt64(size),
            format: reader.string("format") ?? "", counts: counts,
            sessions: (names?.array ?? []).compactMap { $0.string.flatMap { SessionID($0) } })
    }

    /// What is known of a file with this content.
    func entry(_ digest: Digest, size: UInt64) -> Entry? {
        entries[digest].flatMap { $0.size == size ? $0 : nil }
    }

    /// The sessions that a file with this content belongs to.
    func sessions(of source: Source) -> [SessionID] {
        entry(source.digest, size: source.size)?.sessions ?? []
    }

    /// The files that a session was imported from, in the order in which they were last.
    func sources(of session: SessionID) -> [(source: Source, entry: Entry)] {
        sources.values.compactMap { source in
            entry(source.digest, size: source.size).map { (source, $0) }
        }
        .filter { $0.1.sessions.contains(session) }
        .sorted { ($0.1.sequence, $0.0.fullPath) < ($1.1.sequence, $1.0.fullPath) }
    }

    mutating func add(_ entry: Entry, for digest: Digest) {
        entries[digest] = entry
    }

    /// A file was imported, or renamed.
    mutating func add(_ source: Source) { sources[source.fullPath] = source }

    /// A file is not there any more.
    mutating func remove(_ source: Source) { sources[source.fullPath] = nil }
}
