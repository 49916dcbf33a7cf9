internal import SessionJournal

/// A stretch of a transcript file that the journal keeps as one: a JSON object of a line, or text
/// that is none.
struct Piece: Sendable {
    /// What a piece is.
    enum Kind: Sendable {
        /// One JSON object, without the white space around it.
        case object
        /// Bytes of one line that are no JSON object.
        case text
        /// A JSON document over several lines, none of which is an object by itself.
        case document(lines: Int)
        /// A line above the limit, which was read past and not into memory.
        case long(offset: UInt64, size: UInt64, digest: Digest)
    }

    let kind: Kind

    /// Where the bytes stand in the scanner's window; empty for a long piece.
    let range: Range<Int>

    /// Whether the piece is the only one of its line, and a JSON object: such a line counts as a
    /// duplicate when the piece is known.
    let isWholeLine: Bool
}

/// What a file's lines were, in numbers.
public struct LineCounts: Sendable, Hashable {
    /// Lines; the last one counts whether or not it is ended.
    public var lines = 0

    /// Lines that are not one JSON object: text, blank lines, lines that hold several objects, and
    /// the lines of documents.
    public var malformed = 0

    /// Lines that hold several pieces: `{…}{…}`, or a torn line that runs into a good one.
    public var glued = 0

    /// JSON documents written over several lines.
    public var documents = 0

    /// Counts of nothing.
    public init() {}

    mutating func add(_ other: LineCounts) {
        lines += other.lines
        malformed += other.malformed
        glued += other.glued
        documents += other.documents
    }
}

/// What a scanner meets next in a file. Ranges are of its window, valid until the next call.
enum ScannedItem: Sendable {
    /// White space between pieces, line ends included.
    case gap(Range<Int>)
    case piece(Piece)
}
