internal import SessionJournal

/// The lines of a source that events of a session hold, by the events' sequence numbers.
enum OriginalLines {
    /// The lines, where the session was imported from a format; empty where it was not. Lines that were
    /// redacted, compacted or erased are not among them.
    static func read(
        _ journal: Journal, _ session: SessionID, of format: String, through last: UInt64
    ) async throws -> [UInt64: String] {
        var lines: [UInt64: String] = [:]
        var isFirst = true
        let redacted = try await journal.redactedEvents()
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
                    return [:]
                }
            }
            guard !event.isCompacted, !redacted.contains(event.sequence),
                let original = document.member("original", of: root, in: data),
                original.kind == .object
            else { continue }
            let bytes = [UInt8](copying: data.extracting(document.range(of: original)))
            lines[event.sequence] = String(decoding: bytes, as: UTF8.self)
        }
        return lines
    }
}
