internal import SessionJournal
internal import TransparencyLog

/// Brings back what is known of a session from its events, by reading their source lines again
/// without making events of them.
struct LedgerReplay {
    private(set) var ledger: SessionLedger

    /// The version of the session's last event.
    private(set) var version: UInt64 = 0

    /// The highest number of a piece.
    private(set) var lastPiece = 0

    /// Whether pieces are missing because the session was compacted: then nobody can say from its
    /// events which of a file's are new.
    private(set) var isCompacted = false

    /// Up to which number pieces are known without their events.
    private let known: Int

    private var document = JSONDocument()
    private var data = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
    private var output = LineOutput(isEmitting: false)

    init(id: SessionID, key: String, format: TranscriptFormat) {
        ledger = SessionLedger(id: id, key: key, format: format, isCreated: true)
        known = 0
    }

    /// Goes on where what is known ends.
    init(continuing ledger: SessionLedger) {
        self.ledger = ledger
        self.ledger.blobs = BlobIndex()
        known = ledger.last
    }

    /// Reads the session. False where it was not made by an import of this format.
    mutating func run(_ journal: Journal) async throws -> Bool {
        var isOurs = false
        for try await event in journal.events(session: ledger.id) {
            version = event.version
            if event.version == 1 { isOurs = isImported(event) }
            guard isOurs else { return false }
            if !event.isWithheld { read(event) }
        }
        return isOurs
    }

    private mutating func isImported(_ event: Event) -> Bool {
        guard event.kind == .sessionCreated, !event.isWithheld,
            let reader = try? DataReader(event), let source = reader.member("source")
        else { return false }
        if let zone = reader.string("zone", of: source).flatMap({ SourceZone.named($0) }) {
            ledger.zone = zone
        }
        return reader.string("format", of: source) == ledger.format.name
    }

    private mutating func read(_ event: Event) {
        let raw = event.rawData
        let bytes = raw.span
        guard (try? data.parse(bytes)) != nil, let root = data.root else { return }
        if event.kind == .blobStored {
            ledger.blobs.note(event)
            return
        }
        guard let line = data.member("line", of: root, in: bytes),
            let ordinal = data.integer(line, in: bytes), ordinal > 0, ordinal < 1 << 40
        else { return }
        lastPiece = max(lastPiece, Int(ordinal))
        guard ordinal > known else { return }
        if event.isCompacted { isCompacted = true }
        if !isCompacted { take(Int(ordinal), root, raw) }
    }

    private mutating func take(_ ordinal: Int, _ root: JSONDocument.Node, _ raw: ArraySlice<UInt8>)
    {
        let bytes = raw.span
        if let node = data.member("original", of: root, in: bytes) {
            let original = bytes.extracting(data.range(of: node))
            guard (try? document.parse(original)) != nil else { return }
            let note = data.pieceNote(of: root, in: bytes)
            // Older events hold their media. What a piece repeats was taken out of it behind them.
            if note.media.isEmpty, note.history == nil,
                let media = InlineMedia(cutting: raw.part(data.range(of: node)), document),
                (try? document.parse(media.piece.span)) != nil
            {
                var whole = note
                whole.media = media.names
                take(ordinal, media.piece.span, whole)
            } else {
                take(ordinal, original, note)
            }
            return
        }
        guard let (content, key) = data.pieceContent(of: root, in: bytes) else { return }
        ledger.take(
            content, as: key, given: ordinal, start: nil, creation: nil, into: &output)
    }

    /// Takes in the object that ``document`` is.
    private mutating func take(_ ordinal: Int, _ value: Span<UInt8>, _ note: PieceNote) {
        let key: PieceKey
        if let history = note.history {
            key = history.key(of: value)
        } else if note.isVerbatim {
            key = self.key(value, value, note)
        } else {
            let stretch = note.bytes(of: value)
            key = self.key(stretch.span, value, note)
        }
        ledger.take(
            object: document, value, as: key.without(note.media), given: ordinal, note: note,
            start: nil, creation: nil, into: &output)
    }

    /// The key of a piece, from its bytes in the file and its value.
    private func key(
        _ bytes: Span<UInt8>, _ value: Span<UInt8>, _ note: PieceNote
    ) -> PieceKey {
        guard ledger.format.isChained(document, value, note.place) else { return PieceKey(bytes) }
        return ledger.key(bytes, after: note.after ?? ledger.chainEnd)
    }
}

extension JSONDocument {
    /// The piece that an `import.line` event keeps as text, base64 or a blob.
    func pieceContent(of root: Node, in bytes: Span<UInt8>) -> (PieceContent, PieceKey)? {
        func text(_ name: String) -> String? {
            member(name, of: root, in: bytes).flatMap { string($0, in: bytes) }
        }
        if let text = text("text") {
            return (.text(text, why: ""), PieceKey(text.utf8.span))
        }
        if let base64 = text("base64"), let decoded = Base64.decode(base64.utf8.span) {
            return (.base64(decoded, why: ""), PieceKey(decoded.span))
        }
        if let blob = BlobName.digest(text("blob")) {
            let size = member("size", of: root, in: bytes).flatMap { integer($0, in: bytes) }
            return (
                .blob(blob, size: UInt64(clamping: size ?? 0), why: ""), PieceKey(blob: blob)
            )
        }
        return nil
    }
}
