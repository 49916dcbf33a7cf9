internal import SessionJournal

/// One file on its way into the journal.
struct FilePass {
    let file: FileWalk.File
    let content: FileContent
    var survey: FileSurvey
    let format: TranscriptFormat
    var creation: SessionCreation?
    var manifest = ManifestBuilder()

    /// The hash of what is imported: the file's, where nothing in it was redacted.
    var digest: Digest

    /// What was redacted, by rule, as JSON; nil where nothing was.
    var redacted: [UInt8]?

    /// Whole lines that the journal had already.
    var duplicates = 0

    /// The sessions that were made of what a document holds.
    var documentSessions: [SessionID] = []

    /// Of each session the number of the last piece that the next one follows.
    var ends: [String: Int] = [:]

    /// Of each session the highest number of a piece that the file has had so far.
    var reached: [String: Int] = [:]

    init(
        file: FileWalk.File, content: FileContent, survey: FileSurvey, format: TranscriptFormat
    ) {
        self.file = file
        self.content = content
        digest = content.digest
        self.survey = survey
        self.format = format
    }

    /// The name of the session that a piece belongs to: its own, else the file's.
    func session(of piece: Piece, _ scanner: PieceScanner) -> String {
        if case .object = piece.kind, !format.isOneSessionAFile,
            let name = format.session(
                scanner.document, scanner.window.bytes.span.extracting(piece.range)),
            EnvelopeName.isValid(name)
        {
            return name
        }
        return survey.session ?? file.sessionName
    }

    /// Adds a piece to the manifest.
    mutating func add(_ session: SessionID?, _ ordinal: Int) {
        if let session { manifest.add(session, ordinal) }
    }
}

extension FileWalk.File {
    /// What a session is called that no line names: the file's path without its extension, so
    /// that files of one name in two folders stay apart.
    var sessionName: String {
        let path = sessionPath ?? path
        let name = path.hasSuffix(".jsonl") ? String(path.dropLast(6)) : path
        return EnvelopeName.clean(name.isEmpty ? path : name)
    }

    /// What the session is called that the file belongs to, where a file beside it holds that.
    func sessionName(companions: [String: String]) -> String {
        let path = sessionPath ?? path
        for (name, sibling) in companions.sorted(by: { $0.key < $1.key }) {
            guard path == name || path.hasSuffix("/" + name) else { continue }
            let folder = path.dropLast(name.count)
            let file = FileWalk.File(
                root: root, path: folder + sibling, size: size, modified: modified,
                isGiven: isGiven)
            return file.sessionName
        }
        return sessionName
    }

    /// The data of `import.began`.
    func began(_ format: String) -> [UInt8] {
        var data = DataWriter()
        data.member("root", root)
        data.member("path", path)
        data.member("format", format)
        return data.finish()
    }
}

extension ImportReport.File {
    /// The data of `import.finished`; `body` adds the pieces.
    func finished(_ digest: Digest, _ body: (inout DataWriter) -> Void) -> [UInt8] {
        var data = DataWriter()
        data.member("root", root)
        data.member("path", path)
        data.member("format", format)
        data.member("bytes", size)
        data.member("sha256", digest.hexadecimal)
        data.member("lines", counts.lines)
        data.member("events", events)
        data.member("duplicates", duplicates)
        data.member("malformed", counts.malformed)
        data.member("documents", counts.documents)
        data.member("glued", counts.glued)
        body(&data)
        return data.finish()
    }
}

/// A piece that no event can hold.
struct LargePiece: Sendable {
    let digest: Digest
    let size: UInt64
    let why: String
}

extension PieceScanner {
    /// What a piece is stored as when it is too large for an event; nil when it is not.
    func blob(of piece: Piece) throws(TranscriptError) -> LargePiece? {
        switch piece.kind {
        case .object: return nil
        case .long(_, let size, let digest):
            return LargePiece(
                digest: digest, size: size,
                why: "a line above \(Self.lineLimit >> 20) MiB, which is not looked into")
        case .text, .document:
            guard piece.range.count > PieceContent.inlineLimit else { return nil }
            return LargePiece(
                digest: Digest(hashing: window.bytes.span.extracting(piece.range)),
                size: UInt64(piece.range.count),
                why: "not a JSON object")
        }
    }

    /// One chunk of a large piece, from memory or from the file.
    func chunk(
        _ index: Int, of blob: LargePiece, _ piece: Piece
    ) throws(TranscriptError) -> [UInt8] {
        let start = index * BlobName.chunkSize
        let count = min(BlobName.chunkSize, Int(blob.size) - start)
        if case .long(let offset, _, _) = piece.kind {
            return try window.read(at: offset + UInt64(start), count: count)
        }
        let range = piece.range.lowerBound + start..<piece.range.lowerBound + start + count
        return [UInt8](copying: window.bytes.span.extracting(range))
    }
}
