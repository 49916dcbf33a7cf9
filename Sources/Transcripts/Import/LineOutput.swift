internal import SessionJournal

/// Collects the events that lines yield, until they are appended together.
struct LineOutput {
    /// What is to be appended, in order.
    private(set) var items: [AppendBatch.Item] = []

    /// The size of the data of the events, in bytes.
    private(set) var size = 0

    /// Whether events are wanted; a reader that only catches up makes none.
    let isEmitting: Bool

    /// The session of the current line.
    var session = SessionID.journal

    /// What all events of the current line share.
    var occurred: Timestamp?
    var origin: String?

    /// What was taken out of the current line; see ``InlineMedia``.
    var media: [Digest] = []

    /// Why an event could not be made. Must be looked at before the others are appended.
    private(set) var failure: JournalError?

    /// Storage for checking the content of events.
    private var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth)

    /// The index of the event that holds the current line.
    private var main: Int?

    init(isEmitting: Bool = true) {
        self.isEmitting = isEmitting
    }

    /// Begins a line: what is emitted from here on belongs to it.
    mutating func begin(_ session: SessionID, occurred: Timestamp?, origin: String? = nil) {
        self.session = session
        self.occurred = occurred
        self.origin = origin
        main = nil
    }

    /// Goes on in the same session with something that the events so far did not cause.
    mutating func next() { main = nil }

    /// Adds the event that holds the line.
    mutating func emitMain(
        _ kind: EventKind, branch: String, onBehalf: String,
        _ data: (inout DataWriter) -> Void
    ) {
        guard isEmitting else { return }
        main = items.count
        let media = media
        emit(kind, branch: branch, onBehalf: onBehalf, cause: nil, reason: nil) { writer in
            data(&writer)
            guard !media.isEmpty else { return }
            writer.array("media") { array in
                for blob in media { array.element(BlobName.text(blob)) }
            }
        }
    }

    /// Adds an event that follows from the line; its cause is the event that holds the line, where
    /// that came before.
    mutating func emit(
        _ kind: EventKind, branch: String, onBehalf: String, reason: String? = nil,
        _ data: (inout DataWriter) -> Void
    ) {
        guard isEmitting else { return }
        emit(
            kind, branch: branch, onBehalf: onBehalf, cause: main.map { .inBatch($0) },
            reason: reason, data)
    }

    private mutating func emit(
        _ kind: EventKind, branch: String, onBehalf: String, cause: Cause?, reason: String?,
        _ data: (inout DataWriter) -> Void
    ) {
        var writer = DataWriter()
        data(&writer)
        guard let data = content(writer.finish()) else { return }
        add(
            EventDraft(
                kind, branch: branch, data: data, onBehalf: EnvelopeName.clean(onBehalf),
                cause: cause, reason: reason))
    }

    /// The content of an event; what is no content is remembered as ``failure``.
    private mutating func content(_ bytes: [UInt8]) -> EventData? {
        do {
            return try EventData(json: bytes, using: &document)
        } catch {
            failure = failure ?? error
            return nil
        }
    }

    /// Adds an event of the current line that is made already.
    mutating func add(_ draft: EventDraft) {
        guard isEmitting else { return }
        var draft = draft
        draft.occurred = occurred
        draft.origin = origin
        size += draft.data.bytes.count
        items.append(AppendBatch.Item(session: session, draft: draft))
    }

    /// Adds an event of the current line's session from its data.
    mutating func add(_ kind: EventKind, _ data: [UInt8]) {
        guard let content = content(data) else { return }
        add(EventDraft(kind, data: content))
    }

    /// Adds an event of the journal's own.
    mutating func addToJournal(_ kind: EventKind, _ data: [UInt8]) {
        guard let content = content(data) else { return }
        let draft = EventDraft(kind, branch: nil, data: content)
        size += data.count
        items.append(AppendBatch.Item(session: .journal, draft: draft))
    }

    /// Hands over the events and begins anew.
    mutating func take() -> [AppendBatch.Item] {
        defer {
            items = []
            size = 0
            main = nil
        }
        return items
    }
}

/// Names that stand in an event's envelope.
enum EnvelopeName {
    /// The longest, in bytes; what makes it up is shorter.
    static let limit = 1_000

    /// A name without control characters, and not too long.
    static func clean(_ name: String) -> String {
        let text =
            isClean(name)
            ? name
            : String(
                String.UnicodeScalarView(
                    name.unicodeScalars.map {
                        $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                    }))
        return text.cut(toBytes: limit - 3)
    }

    /// Whether a name can stand as it is.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= limit && isClean(name)
    }

    private static func isClean(_ name: String) -> Bool {
        var isPlain = true
        for byte in name.utf8 where byte < 0x20 || byte >= 0x7F { isPlain = false }
        return isPlain
            || !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
