internal import SessionJournal

/// A format of transcripts: how it is recognised from what a file holds, and how it is read. A
/// format is one file with a member of ``all``, and a case of ``TranscriptReader``.
struct TranscriptFormat: Sendable {
    /// The name, as `session.created` and `import.finished` record it.
    let name: String

    /// How sure one object of a file makes that the file is of this format: 0 for not at all, 1
    /// for certainly. The surest format wins; a file that none is sure of is kept line by line.
    let confidence: @Sendable (JSONDocument, Span<UInt8>) -> Double

    /// The session that an object names as its own.
    let session: @Sendable (JSONDocument, Span<UInt8>) -> String?

    /// The time that an object gives.
    let time: @Sendable (JSONDocument, Span<UInt8>) -> Timestamp?

    /// A reader at the start of a session.
    let reader: @Sendable () -> TranscriptReader

    /// How a document over several lines is read that holds many sessions; nil where a format has
    /// none.
    var document: DocumentFormat?

    /// How files that are JSON documents are taken apart; nil where a format has none.
    var shape: DocumentShape?

    /// Whether all lines of a file belong to the session that it names first, whatever others they
    /// name.
    var isOneSessionAFile = false

    /// Whether a piece is told from others by what precedes it and not by its content alone. So it
    /// is where messages have no id: there “yes” may be said twice, and is a message each time.
    var isChained: @Sendable (JSONDocument, Span<UInt8>, PieceNote.Place) -> Bool = { _, _, _ in
        false
    }

    /// Whether lines repeat what others hold, so that they are stored without it.
    var repeatsHistory = false

    /// Whether times of it name no zone, so that an import says which one it took them for.
    var hasNaiveTimes = false

    /// What people call the format, and where they find files of it.
    var title = ""
    var place = ""

    /// Less than this is not recognised.
    static let threshold = 0.5

    /// The formats that are read, in the order in which they are asked.
    static let all: [TranscriptFormat] = [
        .claudeCode, .codex, .geminiCLI, .copilotCLI, .qwen, .kimi, .grok, .cursor, .droid, .pi,
        .openClaw, .openCode, .hermes, .antigravity, .chatGPT, .openWebUI, .libreChat, .sillyTavern,
        .tauBench, .sweAgent, .atif, .inspect, .openAIChat, .openAIResponses, .anthropicMessages,
        .geminiContents, .openAIAgents, .adk, .langGraph, .schemaGuided, .openAssistant,
        .sessionLines, .sessionObject,
    ]

    /// Files of JSON that no format recognises: every line is kept, and none is interpreted.
    static let lines = TranscriptFormat(
        name: "json-lines", confidence: { _, _ in 0 }, session: { _, _ in nil },
        time: { _, _ in nil }, reader: { .lines })

    /// The format of a name.
    static func named(_ name: String) -> TranscriptFormat? {
        (all + [lines]).first { $0.name == name }
    }
}

/// What reads the lines of a session, and where it stands.
enum TranscriptReader: Sendable {
    case claudeCode(ClaudeCodeReader)
    case openAssistant(OpenAssistantReader)
    case sessionLines(SessionLinesReader)
    case conversation(ConversationReader)
    case lines

    /// Says in what zone times are that name none.
    mutating func setZone(_ zone: SourceZone?) {
        guard case .conversation(var reader) = self else { return }
        reader.zone = zone
        self = .conversation(reader)
    }

    /// Roughly how much memory it takes, in bytes.
    var weight: Int {
        switch self {
        case .claudeCode(let reader): reader.weight
        case .conversation(let reader): reader.talk.weight
        case .openAssistant(let reader): reader.weight
        case .sessionLines(let reader): reader.weight
        case .lines: 0
        }
    }

    /// Whether something that was known could not be read again.
    var hasLost: Bool {
        switch self {
        case .claudeCode(let reader): reader.hasLost
        case .conversation(let reader): reader.talk.hasLost
        case .sessionLines(let reader): reader.hasLost
        case .openAssistant, .lines: false
        }
    }

    /// Reads the next distinct object of a session.
    ///
    /// - Parameters:
    ///   - ordinal: Its number among the session's distinct pieces, from 1.
    ///   - note: How it stood in its file.
    ///   - clock: The session's time so far; moved on to that of the object.
    ///   - start: The time to take where the session has none yet.
    ///   - opening: Called for the session's first piece with the metadata it begins with, before
    ///     anything else is emitted.
    mutating func read(
        _ document: JSONDocument, _ bytes: Span<UInt8>, ordinal: Int, note: PieceNote,
        clock: inout Timestamp?, start: Timestamp?, session: SessionID,
        into output: inout LineOutput,
        opening: (JSONObject, _ client: String?, _ occurred: Timestamp?, inout LineOutput) -> Void
    ) {
        switch self {
        case .claudeCode(var reader):
            // The reader must not be held twice, or every line would copy all that it knows.
            self = .lines
            let line = ClaudeCodeLine(document, bytes)
            clock = line.time ?? clock
            output.begin(session, occurred: clock ?? start)
            if ordinal == 1 {
                opening(reader.open(line), line.version, clock ?? start, &output)
            }
            reader.read(line, ordinal: ordinal, original: bytes, into: &output)
            self = .claudeCode(reader)
        case .openAssistant(var reader):
            self = .lines
            output.begin(session, occurred: clock ?? start)
            let tree = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            if ordinal == 1 { opening(reader.open(tree), nil, clock ?? start, &output) }
            reader.read(tree, ordinal: ordinal, original: bytes, into: &output)
            self = .openAssistant(reader)
        case .sessionLines(var reader):
            self = .lines
            let line = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            let moment = (line["timestamp"] ?? line["created_at"])?.string
            clock = moment.flatMap { Timestamp($0) } ?? clock
            output.begin(session, occurred: clock ?? start)
            if ordinal == 1 { opening(reader.open(line), nil, clock ?? start, &output) }
            reader.read(line, ordinal: ordinal, original: bytes, into: &output)
            self = .sessionLines(reader)
        case .conversation(var reader):
            self = .lines
            let value = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            let source = SourcePiece(value, note, ordinal: ordinal, zone: reader.zone)
            clock = reader.time(of: source) ?? clock
            output.begin(session, occurred: clock ?? start)
            let opened = reader.read(source, occurred: clock ?? start)
            if ordinal == 1 { opening(opened, reader.talk.clientVersion, clock ?? start, &output) }
            reader.emit(source, bytes, into: &output)
            self = .conversation(reader)
        case .lines:
            output.begin(session, occurred: clock ?? start)
            if ordinal == 1 { opening([:], nil, clock ?? start, &output) }
            output.emitMain(.importLine, branch: "main", onBehalf: "client:unknown") { data in
                data.member("line", ordinal)
                note.write(to: &data)
                data.original(bytes)
            }
        }
    }
}
