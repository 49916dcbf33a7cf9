import SessionJournal

/// Times as people read them: UTC, RFC 3339, to the second.
enum TimeText {
    /// `2026-11-21T01:02:03Z`.
    static func seconds(_ time: Timestamp) -> String {
        let text = time.description
        guard let point = text.firstIndex(of: ".") else { return text }
        return text[..<point] + "Z"
    }
}
