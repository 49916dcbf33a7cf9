internal import SessionJournal

/// How the files of a format are JSON documents, and where in them sessions and their messages
/// stand.
///
/// A document is taken apart into *entries* (messages, as a rule) and *frames*, which are what
/// stands around them. Each is stored once, as an event of its session, and the file is written
/// again from them byte for byte; of a document that was written anew with more in it, only what
/// is new is stored.
struct DocumentShape: Sendable {
    /// A session of a document.
    struct Session: Sendable {
        /// Its name in the source; nil where it has none, and is called after the file.
        var name: String?
        /// The value that holds all of it.
        var node: JSONDocument.Node
        /// Arrays and objects in it, none within another, whose elements or members are entries.
        var containers: [JSONDocument.Node]
        /// When it began, where it says so.
        var start: Timestamp?
        /// Whether that names no zone, and is given as if it were in UTC.
        var isStartNaive = false

        /// When it began, with clocks in a zone.
        func start(in zone: SourceZone?) -> Timestamp? {
            guard isStartNaive, let zone else { return start }
            return start.map { zone.moment(naive: $0) }
        }

        init(
            _ name: String?, _ node: JSONDocument.Node, containers: [JSONDocument.Node?],
            start: Timestamp? = nil
        ) {
            self.name = name
            self.node = node
            self.containers = containers.compactMap { $0 }
            self.start = start
        }
    }

    /// How sure a document's outermost value makes that it is of the format, from 0 to 1.
    let confidence: @Sendable (JSONDocument, Span<UInt8>) -> Double

    /// The sessions of a document, in order, none within another.
    let sessions: @Sendable (JSONDocument, Span<UInt8>) -> [Session]

    /// Whether a file may hold one such document a line.
    var isLineable = false

    /// Whether an array of the format holds a session in each of its elements, so that these can be
    /// read one by one.
    var isListOfSessions = false

    /// Whether a session's frames are read behind its entries: for those that say where a
    /// conversation stands.
    var readsFramesLast = false

    /// Whether a session's frames are read around its entries, the last one before them and the
    /// others behind: for those whose end says what the session begins with.
    var readsLastFrameFirst = false

    /// The order in which entries are read, by their places in the file; nil for that of the file.
    /// It gets the entries, and the session without them.
    var order: (@Sendable ([JSONValue], JSONValue) -> [Int])?

    /// The id of something in another file to whose session a document belongs that names none, by
    /// what it says or its path.
    var belonging: (@Sendable (JSONDocument, Span<UInt8>, _ path: String) -> String?)?

    /// The session that something with such an id belongs to, where files beside the document at a
    /// path tell.
    var sessionBeside: (@Sendable (_ id: String, _ path: String) -> String?)?

    /// For a file of this name beside a session's own what that one is called: `summary.json`
    /// belongs to the session of `chat_history.jsonl`.
    var companions: [String: String] = [:]

    /// The largest document that is taken apart, in bytes; a list of sessions may be larger.
    static let sizeLimit: UInt64 = 48 << 20
}
