internal import SessionJournal
internal import TransparencyLog

/// What an event says of the piece that it holds, beside its JSON: how it stood in its file.
///
/// A stretch of a document is stored as one JSON value without white space. Where the stretch is
/// not a value by itself (`{"id":"x","messages":[`), the value is the stretch with what is missing
/// to make it one, and `cut` tells how many tokens of it are not the file's, in front and behind.
struct PieceNote: Sendable, Equatable {
    /// What a piece is to its file.
    enum Place: Sendable, Equatable {
        /// A line of its own.
        case line
        /// An entry of a document: a message, as a rule.
        case entry
        /// What stands around a session's entries.
        case frame
    }

    var place = Place.line

    /// How many tokens of the value are not the file's, in front and behind.
    var cut = (0, 0)

    /// The white space of the file; nil for none.
    var layout: DocumentLayout?

    /// The number of the piece that this one follows, where that is not the one with the number
    /// before; 0 for none. Only in sessions whose pieces are told apart by what precedes them.
    var after: Int?

    /// The id of what a document of its own belongs to, where its path says it and not itself.
    var owner: String?

    /// What the piece repeats of others, and does not hold itself; nil for nothing.
    var history: PieceHistory?

    /// The hashes of the media that were taken out of the piece, as its event says; see
    /// ``InlineMedia``.
    var media: [Digest] = []

    static let line = PieceNote()

    static func == (left: PieceNote, right: PieceNote) -> Bool {
        left.place == right.place && left.cut == right.cut && left.layout == right.layout
            && left.after == right.after
            && left.owner == right.owner && left.history == right.history
            && left.media == right.media
    }

    /// Whether the bytes of the piece are those of the value, as it stands.
    var isVerbatim: Bool { cut == (0, 0) && layout == nil }

    /// The piece's bytes, from the value.
    func bytes(of value: Span<UInt8>) -> [UInt8] {
        if isVerbatim { return [UInt8](copying: value) }
        let tokens = JSONTokens(value).ranges
        guard cut.0 >= 0, cut.1 >= 0, cut.0 <= tokens.count, cut.1 <= tokens.count - cut.0 else {
            return []
        }
        let open = cut.0 == 0 ? 0 : tokens[cut.0 - 1].upperBound
        let depth = Self.depth(of: value.extracting(0..<open))
        return (layout ?? .compact).render(
            tokens[cut.0..<tokens.count - cut.1], of: value, depth: depth)
    }

    /// How many containers are open behind some text.
    static func depth(of text: Span<UInt8>) -> Int {
        JSONTokens(text).ranges.reduce(0) { depth, token in
            switch text[token.lowerBound] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth + 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth - 1
            default: depth
            }
        }
    }

    /// Writes what is not the usual as members of an event.
    func write(to data: inout DataWriter) {
        switch place {
        case .line: break
        case .entry: data.member("of", "entry")
        case .frame: data.member("of", "frame")
        }
        if cut != (0, 0) {
            data.array("cut") { array in
                array.element(cut.0)
                array.element(cut.1)
            }
        }
        layout?.write(to: &data)
        if let after { data.member("after", after) }
        data.member("owner", ifPresent: owner)
        history?.write(to: &data)
    }
}

extension JSONDocument {
    /// The note of an event's piece.
    func pieceNote(of root: Node, in bytes: Span<UInt8>) -> PieceNote {
        var note = PieceNote()
        switch string("of", of: root, in: bytes) {
        case "entry": note.place = .entry
        case "frame": note.place = .frame
        default: break
        }
        if let cut = member("cut", of: root, in: bytes) {
            let numbers = elements(of: cut).map { Int(clamping: integer($0, in: bytes) ?? 0) }
            if numbers.count == 2 { note.cut = (numbers[0], numbers[1]) }
        }
        if let layout = member("layout", of: root, in: bytes) {
            note.layout = DocumentLayout(value(of: layout, in: bytes))
        }
        note.after = member("after", of: root, in: bytes).flatMap { integer($0, in: bytes) }
            .flatMap { Int(exactly: $0) }
        note.owner = string("owner", of: root, in: bytes)
        if let history = member("history", of: root, in: bytes) {
            note.history = PieceHistory(value(of: history, in: bytes))
        }
        if let media = member("media", of: root, in: bytes), media.kind == .array {
            note.media = elements(of: media).compactMap { BlobName.digest(string($0, in: bytes)) }
        }
        return note
    }
}
