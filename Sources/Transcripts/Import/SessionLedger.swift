internal import SessionJournal

/// What the importer knows of one session: which pieces it has, and how far its reader is.
struct SessionLedger: Sendable {
    let id: SessionID

    /// The caller's key: the session's name in its source.
    let key: String
    let format: TranscriptFormat

    /// Whether the session's first event is there, or on its way.
    private(set) var isCreated: Bool

    /// The number of each distinct piece, from 1.
    private var ordinals = KeyTable()

    /// The highest number given.
    private(set) var last = 0

    /// Of the pieces that are told apart by what precedes them: the key of each, by its number.
    private var chain = KeyedList<PieceKey>()

    /// The number of the last such piece; 0 before the first.
    private(set) var chainEnd = 0

    /// What lines may repeat, where they do in this format.
    private(set) var history: HistoryIndex?

    private(set) var reader: TranscriptReader

    /// The zone of times that name none, as the session's first import took them; nil for UTC.
    var zone: SourceZone? {
        didSet { reader.setZone(zone) }
    }
    private(set) var clock: Timestamp?

    /// When it was last used; see ``ImportRun/evict()``.
    var round = 0

    /// Which chunks of blobs are stored.
    var blobs = BlobIndex()

    init(id: SessionID, key: String, format: TranscriptFormat, isCreated: Bool) {
        self.id = id
        self.key = key
        self.format = format
        self.isCreated = isCreated
        reader = format.reader()
        history = format.repeatsHistory ? HistoryIndex() : nil
    }

    /// Roughly how much memory this takes, in bytes.
    var weight: Int {
        Self.leastWeight + ordinals.weight + chain.weight + (history?.weight ?? 0) + reader.weight
    }

    /// What a session of one piece takes: its place among the sessions, and the room that its tables
    /// begin with.
    private static let leastWeight = 8192

    /// Whether something that was known could not be read again, so that nothing that was made since
    /// can be trusted.
    var hasLost: Bool {
        ordinals.hasLost || chain.hasLost || history?.hasLost == true || reader.hasLost
    }

    /// The number of a piece that is known.
    func ordinal(of piece: PieceKey) -> Int? { ordinals[piece] }

    /// The key of a piece with some bytes that follows another; 0 for none.
    func key(_ bytes: Span<UInt8>, after last: Int) -> PieceKey {
        PieceKey(after: chain[last], PieceKey(bytes))
    }

    /// Whether the session has something that the source calls so.
    func knows(_ id: String) -> Bool {
        if case .conversation(let reader) = reader { reader.talk.names[id] != nil } else { false }
    }

    /// Gives a new piece its number.
    private mutating func number(_ piece: PieceKey, _ given: Int?) -> Int {
        let ordinal = given ?? last + 1
        ordinals[piece] = ordinal
        last = max(last, ordinal)
        return ordinal
    }

    /// Takes in a new piece that is an object.
    ///
    /// - Parameters:
    ///   - given: The number that it has in the journal; nil for a new one.
    ///   - note: How it stood in its file.
    ///   - media: What was taken out of it.
    ///   - start: The time of the file's first line that has one, for lines before it.
    ///   - creation: Makes the event that creates the session.
    mutating func take(
        object document: JSONDocument, _ bytes: Span<UInt8>, as piece: PieceKey,
        given: Int? = nil, note: PieceNote = .line, media: InlineMedia? = nil,
        start: Timestamp?, creation: SessionCreation?, into output: inout LineOutput
    ) {
        let ordinal = number(piece, given)
        history?.add(document, bytes, line: ordinal)
        if format.isChained(document, bytes, note.place) {
            chain[ordinal] = piece
            chainEnd = ordinal
        }
        let isCreated = isCreated
        output.media = media?.names ?? []
        reader.read(
            document, bytes, ordinal: ordinal, note: note, clock: &clock, start: start, session: id,
            into: &output
        ) { fields, client, occurred, output in
            guard !isCreated, let creation else { return }
            output.add(creation.draft(key: key, fields, client: client, occurred: occurred))
        }
        self.isCreated = true
        output.media = []
        if let media { store(media, into: &output) }
    }

    /// Stores blobs behind the piece that names them, where the session has them not: what a piece
    /// yields is appended together.
    private mutating func store(_ media: InlineMedia, into output: inout LineOutput) {
        for blob in media.blobs {
            let count = BlobName.chunkCount(UInt64(blob.size))
            for index in 0..<count where !blobs.has(index, of: blob.digest, count: count) {
                let text = media.base64(index, of: blob)
                output.add(
                    .blobStored,
                    BlobChunk.data(index, of: blob.digest, size: blob.size, base64: text.span))
                blobs.add(index, of: blob.digest, count: count)
            }
        }
    }

    /// Takes in a new piece that is no object.
    mutating func take(
        _ content: PieceContent, as piece: PieceKey, given: Int? = nil, start: Timestamp?,
        creation: SessionCreation?, into output: inout LineOutput
    ) {
        let ordinal = number(piece, given)
        create(start: start, creation, into: &output)
        output.emitMain(.importLine, branch: "main", onBehalf: "client:\(format.name)") { data in
            data.member("line", ordinal)
            data.member("why", content.why)
            content.write(to: &data)
        }
    }

    /// Begins a line without content of its own, and with it the session where it is new.
    mutating func create(
        start: Timestamp?, _ creation: SessionCreation?, into output: inout LineOutput
    ) {
        output.begin(id, occurred: clock ?? start)
        guard !isCreated, let creation else { return }
        output.add(creation.draft(key: key, [:], client: nil, occurred: clock ?? start))
        isCreated = true
    }
}

/// Makes the events that create sessions.
struct SessionCreation: Sendable {
    let writer: JournalWriter
    let format: String

    /// When the file was changed: for sessions of which no line has a time.
    let fileTime: Timestamp

    /// The zone that times without one are taken for; nil where the format has none of these.
    var zone: SourceZone?

    func draft(
        key: String, _ fields: JSONObject, client: String?, occurred: Timestamp?
    ) -> EventDraft {
        // A time of the journal's clock here would differ from one import to the next.
        var metadata = fields
        if metadata[MetadataField.lastModified] == nil {
            metadata.append(
                MetadataField.lastModified, .string((occurred ?? fileTime).description))
        }
        var source: JSONObject = ["format": .string(format)]
        if let zone { source.append("zone", .string(zone.name)) }
        if let client { source.append("client", .string(client)) }
        return writer.sessionCreation(
            key: key, metadata: metadata, occurred: occurred, source: .object(source))
    }
}
