import SessionJournal
import Transcripts

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
    /// How many files were read in each format.
    var formats: [String: Int] = [:]
    /// Files that another format would fit as well.
    var guesses: [(path: String, format: String, rival: String)] = []
    /// The zones that times without one were taken for.
    var zones: Set<String> = []
    /// What was not read, and why.
    var skipped: [(path: String, why: String)] = []
    /// How much each rule found; nil where nothing was looked for.
    var found: [String: Int]?
    /// What was found, the first of it.
    var findings: [ImportFinding] = []
    /// Whether it was redacted.
    var isRedacted = false
    /// Lines that were too long to be looked into.
    var unseen = 0
    /// Files that were not imported for what they hold.
    var refused: [String] = []
    /// Whether nothing was written, and the counts are of what would be.
    var isDryRun = false
    /// Sessions of which no snapshots were taken, because they are long.
    var tooLong: [SessionID] = []

    var json: JSONValue {
        var object: JSONObject = [
            "files": JSONValue(files),
            "lines": JSONValue(lines),
            "events": JSONValue(events),
            "duplicates": JSONValue(duplicates),
            "malformed": JSONValue(malformed),
            "sessions": JSONValue(sessions),
            "glued": JSONValue(glued),
            "documents": JSONValue(documents),
            "bytes": JSONValue(bytes),
            "formats": .object(
                JSONObject(formats.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) })
            ),
            "guesses": .array(
                guesses.map {
                    [
                        "path": .string($0.path), "format": .string($0.format),
                        "rival": .string($0.rival),
                    ]
                }),
            "zones": .array(zones.sorted().map { .string($0) }),
            "skipped": .array(
                skipped.map { ["path": .string($0.path), "why": .string($0.why)] }),
        ]
        if isDryRun { object.append("dry_run", true) }
        if !tooLong.isEmpty {
            object.append(
                "without_snapshots", .array(tooLong.map { .string($0.description) }))
        }
        if let found {
            object.append("found", RuleOptions.json(found))
            object.append("redacted", .bool(isRedacted))
            object.append("unseen", JSONValue(unseen))
            object.append("refused", .array(refused.map { .string($0) }))
            object.append("findings", .array(findings.map(\.json)))
        }
        return .object(object)
    }

    /// The counts, without the names of what was not read, and without what was found where.
    var logEntry: JournalLogEntry {
        var fields = json.object ?? [:]
        fields["skipped"] = JSONValue(skipped.count)
        fields["refused"] = found == nil ? nil : JSONValue(refused.count)
        fields["findings"] = nil
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
            \(isDryRun ? "would add" : "added") \(Numbers.counted(events, "event")); \
            \(Numbers.counted(duplicates, "line was", "lines were")) there already
            """,
        ]
        if !formats.isEmpty {
            let counts = formats.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            result.append("read as: \(counts.joined(separator: ", "))")
        }
        if !zones.isEmpty {
            result.append(
                """
                times without a zone: taken for \(zones.sorted().joined(separator: ", ")); --zone \
                names another
                """)
        }
        for (path, format, rival) in guesses {
            result.append(
                "\(path) was read as \(format), and could be \(rival); --format names one")
        }
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
        var end = found.map { $0.isEmpty ? [] : lines($0) } ?? []
        if !tooLong.isEmpty {
            end.append("long sessions are read fast once they have snapshots:")
            end += tooLong.map { "  sjournal snapshot \($0.description)" }
        }
        if unseen > 0 {
            end.append("\(Numbers.counted(unseen, "line")) too long to be looked into for secrets")
        }
        let width = max(columns, Console.usualColumns)
        return result.map { $0.elided(to: width) } + skips + end.map { $0.elided(to: width) }
    }

    /// What was not read, and why: in full, for it says what to do. What many files have in common
    /// is said once and last, so that the one that failed is not lost among them.
    private var skips: [Shown] {
        let shown = 10
        var paths: [String: [String]] = [:]
        var reasons: [String] = []
        for (path, why) in skipped {
            if paths[why] == nil { reasons.append(why) }
            paths[why, default: []].append(path)
        }
        let isOfOne = { (why: String) in paths[why]?.count == 1 }
        let ordered = reasons.filter(isOfOne) + reasons.filter { !isOfOne($0) }
        var lines: [Shown] = ordered.prefix(shown).map { why in
            let paths = paths[why] ?? []
            let others = paths.count - 1
            return others == 0
                ? "not read: \(paths[0]): \(why)"
                : "not read: \(paths[0]) and \(Numbers.counted(others, "other")): \(why)"
        }
        if ordered.count > shown {
            lines.append(
                "and \(Numbers.counted(ordered.count - shown, "other reason")); --json names all")
        }
        return lines
    }

    /// What was found, and where, in words.
    private func lines(_ found: [String: Int]) -> [Shown] {
        let count = Numbers.counted(found.values.reduce(0, +), "finding")
        var lines: [Shown] = []
        if !refused.isEmpty {
            lines.append(
                """
                \(isDryRun ? "would be refused" : "refused", .bad): \(Numbers.counted(refused.count, "file")) with \(count) \
                (\(RuleOptions.counts(found)))
                """)
        } else if isRedacted {
            lines.append(
                "\(isDryRun ? "would redact" : "redacted") \(count): \(RuleOptions.counts(found))")
        } else if isDryRun {
            lines.append(
                """
                \("found", .bad) \(count) (--redact-secrets imports the rest): \
                \(RuleOptions.counts(found))
                """)
        } else {
            lines.append(
                """
                \("found", .bad) \(count), imported as they are (sjournal redact): \
                \(RuleOptions.counts(found))
                """)
        }
        let shownFindings = 10
        for one in findings.prefix(shownFindings) {
            lines.append(
                """
                  \(Shown(one.path)):\(String(one.line)) \(Shown(one.rule)) \
                \(Wrapping.flattened(one.excerpt), .quiet) \(Wrapping.flattened(one.place))
                """)
        }
        if findings.count > shownFindings {
            lines.append("  and \(findings.count - shownFindings) more; --json names them")
        }
        return lines
    }
}

extension ImportFinding {
    /// What `import --json` prints of it.
    var json: JSONValue {
        [
            "path": .string(path), "line": JSONValue(line), "rule": .string(rule),
            "place": .string(place), "excerpt": .string(excerpt),
        ]
    }
}
