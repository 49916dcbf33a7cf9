internal import SessionJournal
internal import TransparencyLog

/// A piece that is no JSON object, as `import.line` keeps it.
enum PieceContent: Sendable {
    case text(String, why: String)
    case base64([UInt8], why: String)
    case blob(Digest, size: UInt64, why: String)

    /// The longest text that stands in an event, in bytes: each may take six there.
    static let inlineLimit = 2 << 20

    /// The content of a piece in memory that is no longer than ``inlineLimit``.
    init(_ bytes: Span<UInt8>, _ kind: Piece.Kind) {
        var why = "not a JSON object"
        if case .document(let lines) = kind { why = "a JSON document of \(lines) lines" }
        if let text = try? UTF8Span(validating: bytes) {
            self = .text(String(copying: text), why: why)
        } else {
            self = .base64([UInt8](copying: bytes), why: why + ", and not UTF-8")
        }
    }

    var why: String {
        switch self {
        case .text(_, let why), .base64(_, let why), .blob(_, _, let why): why
        }
    }

    func write(to data: inout DataWriter) {
        switch self {
        case .text(let text, _): data.member("text", text)
        case .base64(let bytes, _): data.member("base64", Base64.string(bytes.span))
        case .blob(let digest, let size, _):
            data.member("blob", BlobName.text(digest))
            data.member("size", size)
        }
    }
}

extension PieceKey {
    /// The key of a piece that is stored as a blob.
    init(blob digest: Digest) {
        self.init(BlobName.text(digest).utf8.span)
    }
}

extension PieceKey {
    /// The key of a piece out of which something was taken: a piece that says the same names itself is
    /// another.
    func without(_ media: [Digest]) -> PieceKey {
        guard !media.isEmpty else { return self }
        var bytes: [UInt8] = []
        for blob in media { bytes += blob.bytes }
        return PieceKey(after: self, PieceKey(bytes.span))
    }
}
