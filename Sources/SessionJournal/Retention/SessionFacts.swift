/// What the rules look at in a session.
struct SessionFacts: Sendable, Hashable {
    var session: SessionID
    var type: String?
    var tags: Set<String> = []
    var status = SessionStatus.active.rawValue
    var isOpen = true
    var isPruned = false
    /// Whether anything that somebody said is left in it.
    var hasContent = true
    var lastActive = Timestamp.earliest
    var firstSequence: UInt64 = 0
    var deadline: Timestamp?
    var accesses = SessionAccesses()
    var bytes: UInt64 = 0
    /// Why it stays, whatever the rules say; nil where nothing protects it.
    var safeguard: Safeguard?

    init(_ session: SessionID) { self.session = session }

    /// The facts of a state; nil of one without events.
    init?(_ state: SessionState, bytes: UInt64 = 0, hasContent: Bool = true) {
        guard let session = state.session else { return nil }
        self.session = session
        let metadata = state.metadata(on: EventDraft.mainBranch)
        let life = state.lifecycle
        type = metadata["type"]?.string ?? metadata["category"]?.string
        tags = Set(metadata["tags"]?.array?.compactMap(\.string) ?? [])
        status = metadata[MetadataField.status]?.string ?? status
        isOpen = life.phase == .open && life.status != .deleted
        isPruned = state.prunedSequence != nil
        self.hasContent = hasContent
        lastActive = state.lastActive ?? state.createdAt ?? .earliest
        firstSequence = state.firstSequence
        deadline = life.deadline
        accesses = state.accesses
        self.bytes = bytes
        safeguard = Safeguard(markedBy: metadata)
    }

    /// What protects it from an act: from what takes messages only a hold does, for they have marks of
    /// their own.
    func safeguard(against action: RetentionAction) -> Safeguard? {
        if case .held = safeguard { return safeguard }
        return action == .pruneMessages ? nil : safeguard
    }

    /// Whether an act would change anything of it.
    func admits(_ action: RetentionAction) -> Bool {
        switch action {
        case .keep: false
        case .expire: isOpen
        case .archive: status == SessionStatus.active.rawValue
        case .prune: !isPruned
        case .pruneMessages, .erase: hasContent
        }
    }
}

extension [SessionFacts] {
    /// The same, found by their sessions.
    var bySession: [SessionID: SessionFacts] {
        Dictionary(map { ($0.session, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Why something stays although a rule would have it go.
public enum Safeguard: Sendable, Hashable {
    /// A hold covers it.
    case held(matter: String)
    /// It is pinned.
    case pinned
    /// It is starred.
    case starred
    /// It is important.
    case important
    /// Something else refers to it: a message, a merge, a summary, a label, the end or the beginning of
    /// a branch.
    case referenced
    /// It belongs to the call of a tool, or its result, which stays.
    case toolPair
    /// More of it may come.
    case unfinished
    /// It is among the instructions at the beginning.
    case instructions

    /// In a word, as `--json` has it.
    public var name: String {
        switch self {
        case .held: "held"
        case .pinned: "pinned"
        case .starred: "starred"
        case .important: "important"
        case .referenced: "referenced"
        case .toolPair: "tool_pair"
        case .unfinished: "unfinished"
        case .instructions: "instructions"
        }
    }

    /// In words.
    public var words: String {
        switch self {
        case .held(let matter): "held for \"\(matter)\""
        case .toolPair: "belongs to a call of a tool that stays"
        case .referenced: "something refers to it"
        case .unfinished: "more of it may come"
        case .instructions: "instructions at the beginning"
        case .pinned, .starred, .important: name
        }
    }

    /// The mark that metadata of a session or a message carries.
    init?(markedBy metadata: JSONObject) {
        func isSet(_ names: String...) -> Bool {
            names.contains { metadata[$0]?.bool == true }
        }
        if isSet("pinned") {
            self = .pinned
        } else if isSet("important") {
            self = .important
        } else if isSet("is_starred", "starred") {
            self = .starred
        } else {
            return nil
        }
    }
}

/// Folds a journal into what the rules look at.
struct RetentionSurvey: Projection {
    struct Session: Sendable {
        var state = SessionState()
        var fill = SessionFill()
        /// How many of its events still say something that was said in it.
        var contentCount = 0
    }

    static let name = "retention"
    static let version = 1

    private let projection: SessionProjection

    init() {
        var projection = SessionProjection(keepsContent: false)
        projection.keepsHistory = false
        self.projection = projection
    }

    func initialState() -> [SessionID: Session] { [:] }

    func apply(_ event: Event, to state: inout [SessionID: Session]) {
        guard !event.session.isJournal else { return }
        projection.apply(event, to: &state[event.session, default: Session()].state)
        state[event.session]?.fill.count(event)
        let isContent =
            !event.isWithheld && event.kind != .erasureOutlined
            && !EventKind.upkeep.contains(event.kind)
        if isContent { state[event.session]?.contentCount += 1 }
    }
}

extension [SessionID: RetentionSurvey.Session] {
    /// The sessions that messages of other sessions refer to, or answer.
    private var referenced: Set<SessionID> {
        var found: Set<SessionID> = []
        for (session, one) in self {
            for message in one.state.tree.messages {
                for reference in message.references + [message.parent].compactMap({ $0 }) {
                    let other = reference.session.flatMap { SessionID($0) }
                    if let other, other != session { found.insert(other) }
                }
            }
        }
        return found
    }

    /// The facts, in order of the sessions' first events.
    func facts() -> [SessionFacts] {
        let referenced = referenced
        return values.compactMap { one in
            var facts = SessionFacts(
                one.state, bytes: one.fill.bytes, hasContent: one.contentCount > 0)
            if let session = facts?.session, facts?.safeguard == nil, referenced.contains(session) {
                facts?.safeguard = .referenced
            }
            return facts
        }.sorted { $0.firstSequence < $1.firstSequence }
    }
}
