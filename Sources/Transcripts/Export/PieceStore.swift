internal import SessionJournal
internal import TransparencyLog

/// The pieces of sessions, read from the journal when they are asked for, and kept as long as there
/// is room.
struct PieceStore {
    /// How many bytes of pieces are kept.
    private static let limit = 32 << 20

    private let journal: Journal

    /// Where a piece of a session is.
    private enum Place {
        /// In ``bytes``.
        case memory(Range<Int>)
        /// In ``bytes`` its value, without what it repeats of others and without its media.
        case parted(Range<Int>, PieceNote)
        /// In blob chunks of the session.
        case blob(Digest)
    }

    private struct Name: Hashable {
        let session: SessionID
        let ordinal: Int
    }

    private var places: [Name: Place] = [:]
    private var bytes: [UInt8] = []

    /// For each session the sequence number of the event of each piece, by number.
    private var sequences: [SessionID: [Int: UInt64]] = [:]

    /// For each session where its blobs are.
    private var blobs: [SessionID: BlobIndex] = [:]

    /// Events whose lines messages were redacted in place of: these are not handed out.
    private let redacted: Set<UInt64>

    init(journal: Journal, redacted: Set<UInt64>) {
        self.journal = journal
        self.redacted = redacted
    }

    /// Writes a piece; false where it is not at hand.
    func write(
        _ session: SessionID, _ ordinal: Int, to output: inout AsideFile
    ) async throws -> Bool {
        switch places[Name(session: session, ordinal: ordinal)] {
        case .memory(let range):
            try output.write(bytes.span.extracting(range))
            return true
        case .blob(let blob):
            return try await write(blob, session, to: &output)
        case .parted(let range, let note):
            guard let whole = try await whole(Array(bytes[range]), note, session) else {
                return false
            }
            try output.write(whole.span)
            return true
        case nil: return false
        }
    }

    /// A piece with all that its value lacks; nil where that is not at hand.
    private func whole(
        _ value: [UInt8], _ note: PieceNote, _ session: SessionID
    ) async throws -> [UInt8]? {
        var piece = value
        if let history = note.history {
            piece = try await history.bytes(of: value.span) { number in
                try await self.value(session, number)
            }
        } else if !note.isVerbatim {
            piece = note.bytes(of: value.span)
        }
        guard !note.media.isEmpty else { return piece }
        guard let index = blobs[session] else { return nil }
        var texts: [Digest: String] = [:]
        for blob in note.media {
            texts[blob] = try await journal.bytes(of: blob, index).map { Base64.string($0.span) }
        }
        return InlineMedia.whole(piece.span, note.media, texts)
    }

    /// What is stored of a piece; nil where that is no JSON, or is not at hand.
    private func value(_ session: SessionID, _ ordinal: Int) async throws -> [UInt8]? {
        switch places[Name(session: session, ordinal: ordinal)] {
        case .memory(let range), .parted(let range, _): return Array(bytes[range])
        case .blob: return nil
        case nil: break
        }
        guard let sequence = sequences[session]?[ordinal], !redacted.contains(sequence),
            let event = try await journal.event(at: sequence), !event.isWithheld
        else { return nil }
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        let data = event.rawData
        guard (try? document.parse(data.span)) != nil, let root = document.root,
            let node = document.member("original", of: root, in: data.span)
        else { return nil }
        return Array(copying: data.span.extracting(document.range(of: node)))
    }

    /// Writes a blob chunk by chunk; false where it is not at hand.
    private func write(
        _ blob: Digest, _ session: SessionID, to output: inout AsideFile
    ) async throws -> Bool {
        guard let sequences = blobs[session]?.sequences(of: blob) else { return false }
        for sequence in sequences {
            guard let event = try await journal.event(at: sequence), let chunk = BlobChunk(event)
            else { return false }
            try output.write(chunk.bytes.span)
        }
        return true
    }

    /// Brings pieces of a session into memory, the first of a range at least: from where it stands
    /// as far as there is room.
    mutating func load(_ session: SessionID, _ ordinals: ClosedRange<Int>) async throws {
        if sequences[session] == nil {
            try await index(session)
            if places[Name(session: session, ordinal: ordinals.lowerBound)] != nil { return }
        }
        guard let first = sequences[session]?[ordinals.lowerBound] else { return }
        places.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        for try await event in journal.events(from: first, session: session) {
            let ordinal = take(event, &document)
            if let ordinal, ordinal >= ordinals.upperBound { break }
            if bytes.count > Self.limit { break }
        }
    }

    /// Notes where a session's pieces are, and keeps them while there is room.
    private mutating func index(_ session: SessionID) async throws {
        var found: [Int: UInt64] = [:]
        var stored = BlobIndex()
        if sequences.count > 64 {
            sequences.removeAll()
            blobs.removeAll()
        }
        if bytes.count > Self.limit / 2 {
            places.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
        }
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        for try await event in journal.events(session: session) {
            if event.kind == .blobStored {
                stored.note(event)
            } else if let ordinal = take(event, &document), found[ordinal] == nil {
                found[ordinal] = event.sequence
            }
        }
        sequences[session] = found
        blobs[session] = stored
    }

    /// Takes in the piece of an event, where there is room; returns its number.
    private mutating func take(_ event: Event, _ document: inout JSONDocument) -> Int? {
        let raw = event.rawData
        let data = raw.span
        guard !event.isWithheld, !event.isCompacted, !redacted.contains(event.sequence),
            (try? document.parse(data)) != nil, let root = document.root,
            let line = document.member("line", of: root, in: data),
            let number = document.integer(line, in: data), number > 0, number < 1 << 40
        else { return nil }
        let name = Name(session: event.session, ordinal: Int(number))
        guard places[name] == nil, bytes.count <= Self.limit else { return name.ordinal }
        if let node = document.member("original", of: root, in: data) {
            let value = data.extracting(document.range(of: node))
            let note = document.pieceNote(of: root, in: data)
            if note.history != nil || !note.media.isEmpty {
                let start = bytes.count
                bytes.append(copying: value)
                places[name] = .parted(start..<bytes.count, note)
            } else if note.isVerbatim {
                keep(value, name)
            } else {
                keep(note.bytes(of: value).span, name)
            }
        } else if let (content, _) = document.pieceContent(of: root, in: data) {
            switch content {
            case .text(let text, _): keep(text.utf8.span, name)
            case .base64(let bytes, _): keep(bytes.span, name)
            case .blob(let blob, _, _): places[name] = .blob(blob)
            }
        }
        return name.ordinal
    }

    private mutating func keep(_ piece: Span<UInt8>, _ name: Name) {
        let start = bytes.count
        bytes.append(copying: piece)
        places[name] = .memory(start..<bytes.count)
    }
}
