internal import SessionJournal

extension TranscriptFormat {
    /// The files of older session managers: a line of metadata, then a message a line; the session has
    /// the name of its file.
    static let sessionLines = TranscriptFormat(
        name: "session-lines",
        confidence: { document, bytes in
            guard let root = document.root, document.rootText("_type", in: bytes) == "metadata",
                document.member("created_at", of: root, in: bytes)?.kind == .string
            else { return 0 }
            return 0.95
        },
        session: { _, _ in nil },
        time: { document, bytes in
            let moment =
                document.rootText("timestamp", in: bytes)
                ?? document.rootText("created_at", in: bytes)
            return moment.flatMap { Timestamp($0) }
        },
        reader: { .sessionLines(SessionLinesReader()) }, title: "Lines of session managers",
        place: "KEY.jsonl")
}
