internal import SessionJournal

/// What an import does about secrets that it finds.
public enum SecretHandling: Sendable, Hashable {
    /// It tells where they are.
    case report
    /// It imports `[redacted: RULE]` in their place; their own bytes are never written.
    case redact
    /// It does not import the file.
    case refuse
}

/// Something that was found in a file that is imported.
public struct ImportFinding: Sendable, Hashable {
    /// The file's path below its folder.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// The name of the rule that found it.
    public let rule: String
    /// A JSON pointer to the text that it is in; empty where the line is no JSON.
    public let place: String
    /// What was found, masked: `TextScanner.excerpt(of:)`.
    public let excerpt: String
}

/// Looks through the pieces of one file on their way into the journal.
struct PieceWatch {
    /// How many findings of a file are told one by one.
    static let findingLimit = 1_000

    let scanner: TextScanner
    let handling: SecretHandling
    private let path: String

    /// What was found, the first of it.
    private(set) var findings: [ImportFinding] = []

    /// How much each rule found.
    private(set) var counts: [String: Int] = [:]

    /// Pieces that were not looked into.
    private(set) var unseen = 0

    /// The hash and the size of what is imported, where that may be other than the file.
    private var hash: DigestStream?
    private(set) var size: UInt64 = 0

    private var line = 1
    private var scratch: [UInt8] = []
    private var document = JSONDocument()

    init(_ scanner: TextScanner, _ handling: SecretHandling, path: String) {
        self.scanner = scanner
        self.handling = handling
        self.path = path
        if handling == .redact { hash = DigestStream() }
    }

    /// Whether something else is imported than what the file holds.
    var hasRedacted: Bool { handling == .redact && !counts.isEmpty }

    /// The hash of what is imported.
    mutating func digest() -> Digest? { hash?.finish() }

    /// Passes white space between pieces.
    mutating func pass(_ gap: Span<UInt8>) {
        line += gap.newlineCount
        hash?.update(gap)
        size += UInt64(gap.count)
    }

    /// Looks through a piece.
    ///
    /// - Returns: What is to be imported in its place; nil where that is the piece itself.
    mutating func look(
        at piece: Piece, _ pieces: PieceScanner
    ) throws(TranscriptError) -> [UInt8]? {
        if case .long = piece.kind {
            guard handling == .report else {
                throw TranscriptError(
                    .unseen,
                    "\(path), line \(line): a line above \(PieceScanner.lineLimit >> 20) MiB is not "
                        + "looked into; import the file without --redact-secrets and "
                        + "--refuse-secrets, or leave it out", path: path)
            }
            unseen += 1
            return nil
        }
        let bytes = pieces.window.bytes.span.extracting(piece.range)
        defer {
            // An object stands on one line.
            if case .object = piece.kind {} else { line += bytes.newlineCount }
        }
        let clean: [UInt8]?
        switch piece.kind {
        case .object: clean = look(at: pieces.document, bytes)
        case .document where (try? document.parse(bytes)) != nil: clean = look(at: document, bytes)
        default: clean = look(atText: bytes)
        }
        guard hash != nil else { return nil }
        if let clean {
            hash?.update(clean.span)
            size += UInt64(clean.count)
        } else {
            hash?.update(bytes)
            size += UInt64(bytes.count)
        }
        return clean
    }

    private mutating func look(at document: JSONDocument, _ bytes: Span<UInt8>) -> [UInt8]? {
        let found = scanner.findings(in: document, bytes, scratch: &scratch)
        guard !found.isEmpty else { return nil }
        for one in found {
            counts[one.finding.rule, default: 0] += 1
            guard findings.count < Self.findingLimit else { continue }
            findings.append(
                ImportFinding(
                    path: path, line: line, rule: one.finding.rule,
                    place: scanner.place(of: one, in: document, bytes), excerpt: one.excerpt))
        }
        return scanner.replacing(found, in: document, bytes)
    }

    private mutating func look(atText bytes: Span<UInt8>) -> [UInt8]? {
        let found = scanner.findings(in: bytes)
        guard !found.isEmpty else { return nil }
        for finding in found {
            counts[finding.rule, default: 0] += 1
            guard findings.count < Self.findingLimit else { continue }
            let line = line + bytes.extracting(0..<finding.range.lowerBound).newlineCount
            findings.append(
                ImportFinding(
                    path: path, line: line, rule: finding.rule, place: "",
                    excerpt: TextScanner.excerpt(of: bytes.extracting(finding.range))))
        }
        return TextScanner.replacing(found, in: bytes)
    }

    /// What was found by rule, as an event says it.
    var countsJSON: JSONValue {
        .object(
            JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }))
    }
}

extension FileWalk.File {
    /// The same file under names in which a scanner finds nothing.
    func named(by scanner: TextScanner) -> FileWalk.File {
        var file = FileWalk.File(
            root: scanner.redacted(root).text, path: scanner.redacted(path).text, size: size,
            modified: modified, isGiven: isGiven)
        file.sessionPath = sessionPath.map { scanner.redacted($0).text }
        file.openPlace = place
        return file
    }
}
