internal import SessionJournal
internal import TransparencyLog

/// The lines of a source that events of a session hold.
struct OriginalLines: Sendable {
    /// The lines by the events' sequence numbers.
    private(set) var lines: [UInt64: String] = [:]

    /// The zone that times without one were taken for.
    private(set) var zone = SourceZone.utc

    /// Those of a session that was not imported.
    static let none = OriginalLines()

    /// The lines, where the session was imported from a format; none where it was not. Lines that
    /// were redacted, compacted or erased are not among them.
    static func read(
        _ journal: Journal, _ session: SessionID, of format: String, through last: UInt64
    ) async throws -> OriginalLines {
        var result = OriginalLines()
        var isFirst = true
        let redacted = try await journal.redactedEvents()
        var media: [UInt64: [Digest]] = [:]
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)
        for try await event in journal.events(session: session) {
            guard event.sequence <= last else { break }
            let raw = event.rawData
            let data = raw.span
            guard !event.isWithheld, (try? document.parse(data)) != nil, let root = document.root
            else { continue }
            if isFirst {
                isFirst = false
                let source = document.member("source", of: root, in: data)
                guard let source, document.string("format", of: source, in: data) == format else {
                    return .none
                }
                result.zone =
                    document.string("zone", of: source, in: data)
                    .flatMap { SourceZone.named($0) } ?? .utc
            }
            guard !event.isCompacted, !redacted.contains(event.sequence),
                let original = document.member("original", of: root, in: data),
                original.kind == .object
            else { continue }
            let bytes = [UInt8](copying: data.extracting(document.range(of: original)))
            result.lines[event.sequence] = String(decoding: bytes, as: UTF8.self)
            let note = document.pieceNote(of: root, in: data)
            if !note.media.isEmpty { media[event.sequence] = note.media }
        }
        try await result.fill(media, from: journal, session)
        return result
    }

    /// Gives lines their media back; takes out those whose media are not at hand.
    private mutating func fill(
        _ media: [UInt64: [Digest]], from journal: Journal, _ session: SessionID
    ) async throws {
        let names = Set(media.values.joined().map { BlobName.text($0) })
        let texts = try await journal.base64(
            of: names, in: session, limit: ExportedSession.blobLimit)
        for (sequence, blobs) in media {
            var base64: [Digest: String] = [:]
            for blob in blobs { base64[blob] = texts[BlobName.text(blob)] }
            lines[sequence] = lines[sequence].flatMap { line in
                InlineMedia.whole(line.utf8.span, blobs, base64)
                    .map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }
}
