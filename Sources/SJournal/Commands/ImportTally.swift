import SessionJournal

/// What an import did, for scripts and for people.
struct ImportTally {
    var files = 0
    var lines = 0
    var events = 0
    var duplicates = 0
    var malformed = 0
    var glued = 0
    var documents = 0
    var sessions = 0
    var bytes: UInt64 = 0
    /// What was not read, and why.
    var skipped: [(path: String, why: String)] = []

    var json: JSONValue {
        [
            "files": JSONValue(files),
            "lines": JSONValue(lines),
            "events": JSONValue(events),
            "duplicates": JSONValue(duplicates),
            "malformed": JSONValue(malformed),
            "sessions": JSONValue(sessions),
            "glued": JSONValue(glued),
            "documents": JSONValue(documents),
            "bytes": JSONValue(bytes),
            "skipped": .array(
                skipped.map { ["path": .string($0.path), "why": .string($0.why)] }),
        ]
    }

    /// The counts, without the names of what was not read.
    var logEntry: JournalLogEntry {
        var fields = json.object ?? [:]
        fields["skipped"] = JSONValue(skipped.count)
        return JournalLogEntry(.info, .provider, "transcripts imported", fields: fields)
    }

    /// The tally in words.
    func lines(columns: Int) -> [Shown] {
        var result: [Shown] = [
            """
            read \(Numbers.counted(lines, "line")) (\(Numbers.bytes(bytes))) of \
            \(Numbers.counted(files, "file")): \(Numbers.counted(sessions, "session"))
            """,
            """
            added \(Numbers.counted(events, "event")); \
            \(Numbers.counted(duplicates, "line was", "lines were")) there already
            """,
        ]
        if malformed > 0 {
            if documents > 0 {
                result.append("\(Numbers.counted(documents, "document")) over several lines:")
            }
            result.append(
                """
                \(Numbers.counted(malformed, "line is", "lines are")) not one JSON object each, \
                and kept as they are
                """)
        }
        let shownSkips = 10
        for (path, why) in skipped.prefix(shownSkips) {
            result.append("not read: \(path): \(why)")
        }
        if skipped.count > shownSkips {
            result.append("and \(skipped.count - shownSkips) more not read; --json names all")
        }
        return result.map { $0.elided(to: max(columns, Console.usualColumns)) }
    }
}
