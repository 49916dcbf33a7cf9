internal import SessionJournal

// Files that are JSON documents, or hold one a line.
extension ImportRun {
    /// Takes in the documents of a file.
    mutating func takeDocuments(
        _ bytes: [UInt8], _ shape: DocumentShape, _ watch: inout PieceWatch?,
        _ pass: inout FilePass
    ) async throws -> LineCounts {
        var counts = LineCounts()
        counts.lines = bytes.span.newlineCount + (bytes.last == UInt8(ascii: "\n") ? 0 : 1)
        var document = JSONDocument()
        var offset = 0
        var number = 0
        while offset < bytes.count {
            let start = bytes.span.startOfValue(from: offset)
            gap(bytes.span.extracting(offset..<start), &watch, &pass)
            guard start < bytes.count else { break }
            guard let end = try? document.parsePrefix(bytes.span, from: start) else {
                counts.malformed += bytes.span.extracting(start..<bytes.count).newlineCount
                counts.malformed += bytes.last == UInt8(ascii: "\n") ? 0 : 1
                try await take(Array(bytes[start...]), &pass)
                return counts
            }
            number += 1
            if bytes.span.extracting(start..<end).newlineCount > 0 { counts.documents += 1 }
            if let clean = try clean(bytes, start..<end, &watch) {
                _ = try document.parsePrefix(clean.span, from: 0)
                try await take(document, clean, .alone(number), shape, &pass)
            } else {
                let value = start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
                if start != 0 || end != bytes.count {
                    _ = try document.parsePrefix(value.span, from: 0)
                }
                try await take(document, value, .alone(number), shape, &pass)
            }
            if output.size >= options.batchSize {
                try await flush()
                tell(pass.file, done: UInt64(end))
            }
            offset = end
        }
        return counts
    }

    func gap(
        _ bytes: Span<UInt8>, _ watch: inout PieceWatch?, _ pass: inout FilePass
    ) {
        guard !bytes.isEmpty else { return }
        watch?.pass(bytes)
        pass.manifest.add(gap: bytes)
    }

    /// What is to be imported in a document's place; nil where that is the document itself.
    func clean(
        _ bytes: [UInt8], _ range: Range<Int>, _ watch: inout PieceWatch?
    ) throws(TranscriptError) -> [UInt8]? {
        guard watch != nil else { return nil }
        let scanner = PieceScanner(window: FileWindow(bytes: bytes))
        let piece = Piece(kind: .document(lines: 1), range: range, isWholeLine: false)
        return try watch?.look(at: piece, scanner)
    }

    /// Takes in one document, which is all of `bytes` but for white space.
    ///
    mutating func take(
        _ document: JSONDocument, _ bytes: [UInt8], _ place: DocumentPlace,
        _ shape: DocumentShape, _ pass: inout FilePass
    ) async throws {
        var sessions = shape.sessions(document, bytes.span)
        if sessions.isEmpty, let root = document.root {
            sessions = [.init(nil, root, containers: [])]
        }
        let pieces = DocumentPieces(document, bytes.span, base: 0, sessions: sessions).pieces
        var names: [SessionName] = []
        let owner = shape.belonging?(document, bytes.span, pass.file.path)
        let ownersSession = owner.flatMap { id in
            ledgers.first { $0.key.format == pass.format.name && $0.value.knows(id) }?.key.key
                ?? shape.sessionBeside?(id, pass.file.fullPath)
        }
        for (index, session) in sessions.enumerated() {
            let name = SessionName(
                format: pass.format.name,
                key: session.name == nil
                    ? ownersSession ?? self.name(of: session, index, sessions.count, place, pass)
                    : self.name(of: session, index, sessions.count, place, pass))
            names.append(name)
            pass.ends[name.key] = nil
            try await open(name, pass)
        }
        let order = Self.readingOrder(pieces, bytes.span, shape)
        var places = [(session: SessionID, ordinal: Int)?](repeating: nil, count: pieces.count)
        let start = pass.survey.start
        for index in order {
            guard let session = pieces[index].session else { continue }
            let zone = ledgers[names[session]]?.zone
            pass.survey.start = sessions[session].start(in: zone) ?? start
            let ordinal = try await take(
                pieces[index], bytes, names[session],
                owner: sessions[session].name == nil ? owner : nil, &pass)
            if let id = ledgers[names[session]]?.id { places[index] = (id, ordinal) }
            if output.size >= options.batchSize { try await flush() }
        }
        pass.survey.start = start
        let own = place.extent(of: bytes)
        var offset = own.lowerBound
        for (piece, place) in zip(pieces, places) {
            pass.manifest.add(gap: bytes.span.extracting(offset..<piece.range.lowerBound))
            if let place { pass.manifest.add(place.session, place.ordinal) }
            offset = piece.range.upperBound
        }
        pass.manifest.add(gap: bytes.span.extracting(offset..<own.upperBound))
    }

    /// What a session is called: as it says, else after its file.
    private func name(
        of session: DocumentShape.Session, _ index: Int, _ count: Int, _ place: DocumentPlace,
        _ pass: FilePass
    ) -> String {
        if let name = session.name, EnvelopeName.isValid(name) { return name }
        let name = pass.file.sessionName(companions: pass.format.shape?.companions ?? [:])
        return EnvelopeName.clean(name + place.suffix(index, of: count))
    }

    /// The order in which pieces are read.
    private static func readingOrder(
        _ pieces: [DocumentPiece], _ bytes: Span<UInt8>, _ shape: DocumentShape
    ) -> [Int] {
        var bySession: [Int: (frames: [Int], entries: [Int])] = [:]
        for (index, piece) in pieces.enumerated() {
            guard let session = piece.session else { continue }
            if piece.place == .frame {
                bySession[session, default: ([], [])].frames.append(index)
            } else {
                bySession[session, default: ([], [])].entries.append(index)
            }
        }
        var order: [Int] = []
        for session in bySession.keys.sorted() {
            guard let (frames, entries) = bySession[session] else { continue }
            if shape.readsLastFrameFirst {
                order += frames.suffix(1) + entries + frames.dropLast()
                continue
            }
            if shape.order == nil, !shape.readsFramesLast {
                order += (frames + entries).sorted()
                continue
            }
            var read = entries
            if let sorted = shape.order {
                let values = entries.map { value(pieces[$0], bytes) }
                var frame = JSONObject()
                for index in frames {
                    for member in value(pieces[index], bytes).object ?? [:] {
                        frame[member.name] = member.value
                    }
                }
                read = sorted(values, .object(frame)).map { entries[$0] }
            }
            order += shape.readsFramesLast ? read + frames : frames + read
        }
        return order
    }

    private static func value(_ piece: DocumentPiece, _ bytes: Span<UInt8>) -> JSONValue {
        let text = piece.open + Array(copying: bytes.extracting(piece.range)) + piece.close
        return (try? JSONValue(parsing: text.span)) ?? .null
    }

    /// Takes in one stretch; returns its number in its session.
    private mutating func take(
        _ piece: DocumentPiece, _ bytes: [UInt8], _ name: SessionName, owner: String?,
        _ pass: inout FilePass
    ) async throws -> Int {
        let stretch = bytes.span.extracting(piece.range)
        let (value, note) = Self.note(of: piece, stretch)
        var document = JSONDocument()
        guard stretch.count <= PieceScanner.lineLimit, (try? document.parse(value.span)) != nil,
            note.bytes(of: value.span).span.isEqual(to: stretch)
        else { return try await takeText(stretch, name, &pass) }
        var given = note
        given.owner = owner
        if let media = InlineMedia(cutting: value[...], document),
            (try? document.parse(media.piece.span)) != nil
        {
            let rest = given.bytes(of: media.piece.span)
            return take(
                document, media.piece.span, rest.span, given, name, &pass, media: media)
        }
        return take(document, value.span, stretch, given, name, &pass)
    }

    /// Takes in a stretch as its value; returns its number in its session.
    private mutating func take(
        _ document: JSONDocument, _ value: Span<UInt8>, _ stretch: Span<UInt8>,
        _ given: PieceNote, _ name: SessionName, _ pass: inout FilePass,
        media: InlineMedia? = nil
    ) -> Int {
        var note = given
        let isChained = pass.format.isChained(document, value, note.place)
        let key = place(stretch, isChained, name, pass, &note).without(media?.names ?? [])
        if let ordinal = ledgers[name]?.ordinal(of: key) {
            pass.duplicates += 1
            if isChained { pass.ends[name.key] = ordinal }
            return ordinal
        }
        ledgers[name]?.take(
            object: document, value, as: key, note: note, media: media, start: pass.survey.start,
            creation: pass.creation, into: &output)
        let ordinal = ledgers[name]?.last ?? 0
        if isChained { pass.ends[name.key] = ordinal }
        return ordinal
    }

    /// A stretch as a value without white space, and how it stood in the file.
    private static func note(
        of piece: DocumentPiece, _ stretch: Span<UInt8>
    ) -> (value: [UInt8], PieceNote) {
        let open = JSONTokens(piece.open.span).ranges.count
        let close = JSONTokens(piece.close.span).ranges.count
        var note = PieceNote(place: piece.place, cut: (open, close))
        let tokens = JSONTokens(stretch)
        let layout = DocumentLayout(
            tokens, of: stretch, depth: PieceNote.depth(of: piece.open.span))
        if layout != .compact { note.layout = layout }
        var value = piece.open
        for token in tokens.ranges { value.append(copying: stretch.extracting(token)) }
        return (value + piece.close, note)
    }

    /// Takes in a stretch that cannot be stored as a value.
    mutating func takeText(
        _ stretch: Span<UInt8>, _ name: SessionName, _ pass: inout FilePass
    ) async throws -> Int {
        var scanner = PieceScanner(window: FileWindow(bytes: [UInt8](copying: stretch)))
        let session = pass.survey.session
        defer { pass.survey.session = session }
        pass.survey.session = name.key
        let piece = Piece(kind: .text, range: 0..<stretch.count, isWholeLine: false)
        var aside = pass
        aside.manifest = ManifestBuilder()
        try await take(piece, &scanner, &aside)
        return aside.manifest.last
    }
}

/// Where a document stands in its file.
enum DocumentPlace {
    /// By itself; the how manieth of its file, from 1.
    case alone(Int)
    /// As an element of a list that is read one by one, in brackets of its own; from 0.
    case element(Int)

    /// What of its bytes is the file's.
    func extent(of bytes: [UInt8]) -> Range<Int> {
        switch self {
        case .alone: 0..<bytes.count
        case .element: 1..<bytes.count - 1
        }
    }

    /// What tells a session without a name from the others of its file.
    func suffix(_ index: Int, of count: Int) -> String {
        switch self {
        case .alone(let number):
            (number > 1 ? "#\(number)" : "") + (count > 1 ? "#\(index + 1)" : "")
        case .element(let place): "#\(place + index + 1)"
        }
    }
}

extension Span<UInt8> {
    /// The first byte at or after an index that is neither white space nor a byte order mark.
    fileprivate func startOfValue(from index: Int) -> Int {
        var index = index == 0 ? startOfText : index
        while index < count, self[index].isJSONSpace { index &+= 1 }
        return index
    }
}

extension Span<UInt8> {
    /// Whether the bytes are those of another.
    fileprivate func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
