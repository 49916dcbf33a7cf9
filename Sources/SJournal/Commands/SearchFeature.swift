#if Search
import SessionJournal
import SessionSearch

/// What `search` and `sql` do where the build has an index.
enum SearchFeature {
    /// What maintenance does for the search index.
    static let upkeep: MaintenanceTask? = .searchIndex()

    static func search(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let limit = try arguments.number("--limit").map { Int(clamping: $0) } ?? 20
        let reading = try await JournalReading.open(context)
        var sessions: [SessionID]?
        for name in arguments.all("--session") {
            sessions = (sessions ?? []) + [try await reading.session(name)]
        }
        let query = arguments.positionals.joined(separator: " ")
        let progress = ProgressLine("indexing", on: context.console)
        defer { progress.finish() }
        let page = try await reading.tolerant { damage in
            let index = try SearchIndex(reading.journal, damage: damage)
            defer { index.close() }
            if arguments.has("--rebuild") {
                try await index.rebuild { progress.update(events: $0) }
            }
            return try await index.search(
                query, limit: limit, after: arguments.value("--after"), in: sessions
            ) { progress.update(events: $0) }
        }
        progress.finish()
        let console = context.console
        if arguments.has("--json") {
            for hit in page.hits { try console.json(row: hit.json) }
        } else if page.hits.isEmpty {
            try console.line("nothing is found")
        } else {
            for hit in page.hits {
                for line in hit.lines(columns: console.columns) { try console.line(line) }
            }
            if let next = page.next {
                try console.line("\("there is more: --after", .quiet) \(next)")
            }
        }
        return page.hits.isEmpty ? .negative : .done
    }

    static func sql(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has("--json"), arguments.has("--csv") {
            throw UsageError(message: "--json and --csv exclude each other", command: "sql")
        }
        let output = SQLOutput(
            console: context.console, isJSON: arguments.has("--json"),
            isCSV: arguments.has("--csv"))
        if arguments.has("--tables") {
            try output.printTables()
            return .done
        }
        let statement = try arguments.positionals.first ?? text(of: context.input)
        let reading = try await JournalReading.open(context)
        let progress = ProgressLine("indexing", on: context.console)
        defer { progress.finish() }
        let rows = try await reading.tolerant { damage in
            try await SearchIndex(reading.journal, damage: damage).sql(statement) {
                progress.update(events: $0)
            }
        }
        progress.finish()
        try await output.print(rows)
        return .done
    }

    private static func text(of input: ByteInput) throws(InputFailure) -> String {
        var lines: [String] = []
        while let line = try input.line() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines.joined(separator: "\n")
    }
}

extension ProgressLine {
    /// Draws how many events the index has taken in.
    fileprivate func update(events progress: OperationProgress) {
        update(.init(events: progress.bytesDone, totalEvents: progress.bytesTotal))
    }
}

extension SearchHit {
    /// What `search --json` prints of a hit, on one line.
    fileprivate var json: JSONValue {
        [
            "session": .string(session.hexadecimal), "key": JSONValue(sessionKey),
            "name": JSONValue(sessionName), "message": .string(message),
            "branch": .string(branch), "role": JSONValue(role?.rawValue),
            "actor": JSONValue(actor), "time": .string(time.description),
            "seq": JSONValue(sequence), "score": JSONValue(score),
            "snippet": .array(
                snippet.pieces.map { ["text": .string($0.text), "match": .bool($0.isMatch)] }),
            "after": .string(token),
        ]
    }

    /// Where it is, and below that what was found there.
    fileprivate func lines(columns: Int) -> [Shown] {
        let name = [sessionName, sessionKey].compactMap { $0 }.first { !$0.isEmpty }
        var head = Shown(Wrapping.flattened(name ?? session.hexadecimal, limit: 60), .name)
        head += "  \(TimeText.seconds(time), .quiet)"
        head += "  \(role?.rawValue ?? "?", role.style)"
        if branch != EventDraft.mainBranch { head += "  \("on", .quiet) \(branch)" }
        head += "  \("event", .quiet) \(String(sequence))"
        return [head.elided(to: columns)] + snippet.lines(columns: columns)
    }
}

extension Role? {
    fileprivate var style: Style {
        switch self {
        case .user?: .user
        case .assistant?: .assistant
        case .tool?: .tool
        default: .plain
        }
    }
}

extension SearchSnippet {
    private static let indent = 4

    /// Its words on lines, those that were looked for in bold.
    fileprivate func lines(columns: Int) -> [Shown] {
        var lines: [Shown] = []
        var line = Shown()
        for word in words {
            if !line.isEmpty, Self.indent + line.width + 1 + word.width > columns {
                lines.append(line)
                line = Shown()
            }
            line += line.isEmpty ? word : " " + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { (.spaces(Self.indent) + $0).elided(to: columns) }
    }

    /// A word may be looked for in part: a match ends where a comma begins.
    private var words: [Shown] {
        var words: [Shown] = []
        var isOpen = false
        for piece in pieces {
            let style: Style = piece.isMatch ? .title : .plain
            let parts = piece.text.split(omittingEmptySubsequences: false) { $0.isWhitespace }
            for (index, part) in parts.enumerated() {
                if index > 0 { isOpen = false }
                guard !part.isEmpty else { continue }
                if isOpen {
                    words[words.count - 1] += Shown(part, style)
                } else {
                    words.append(Shown(part, style))
                }
                isOpen = true
            }
        }
        return words
    }
}
#endif
