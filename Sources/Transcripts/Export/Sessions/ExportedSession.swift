internal import SessionJournal
internal import TransparencyLog

/// A session on its way out: its state, and what of it was selected.
struct ExportedSession: Sendable {
    let state: SessionState

    /// The branch that shapes without a tree show.
    let branch: String

    /// The messages of the branch that were selected, the first first.
    let messages: [Message]

    /// The same as a model is shown them: with summaries in place of what they stand for.
    let elements: [ContextView.Element]

    /// The selected messages with their places in the tree, by their events' order: of all branches,
    /// or of the one that was asked for.
    let nodes: [ConversationTree.Node]

    /// Whether one branch was asked for by its name.
    let isOneBranch: Bool

    /// The summaries of the session that stand for messages.
    let summaries: [ConversationSummary]

    /// The calls of tools, by their ids, with their results wherever these are.
    let calls: [String: ToolCall]

    /// The content of blobs that parts name, in base64.
    let blobs: [String: String]

    /// The lines that the session was imported from, by their events; empty where the shape does not
    /// ask, or the source is another.
    let originals: [UInt64: String]

    /// The zone of times that name none, in the shape that the session was imported from.
    let zone: SourceZone

    /// Whether neither one branch nor a range was asked for.
    let isWhole: Bool

    var session: SessionID { state.session ?? .journal }
    var tree: ConversationTree { state.tree }

    /// The caller's name for the session, else its id.
    var key: String { state.key ?? session.hexadecimal }

    /// What a person reads as its title: its name or title, else what a person said first.
    var title: String {
        let metadata = state.metadata(on: EventDraft.mainBranch)
        let names = ["name", "title"].compactMap { metadata[$0]?.string }
        if let name = names.first(where: { !$0.isEmpty }) { return name }
        let spoken = nodes.lazy.map(\.message).filter { $0.role == .user && $0.synthetic == nil }
        return spoken.map { $0.preview(Self.titleLength) }.first { !$0.isEmpty } ?? key
    }

    private static let titleLength = 80

    /// How much of what messages name is read at most, in bytes.
    static let blobLimit = 256 << 20

    /// The parts of a message, with the bytes of what a tool gave back or a part of a foreign kind
    /// names. Pictures and the like name their blob.
    func parts(of message: Message) -> [Part] {
        guard !blobs.isEmpty else { return message.parts() }
        return (message.content() ?? []).map { content in
            let part = Part(content)
            return part.media == nil ? Part(content.filled(with: blobs)) : part
        }
    }

    /// The branches that were selected.
    var branches: [Branch] {
        isOneBranch ? tree.branch(branch).map { [$0] } ?? [] : tree.branches
    }
}

extension ExportedSession {
    /// Reads a session.
    ///
    /// - Throws: `branchNotFound` where there is no such branch; `sessionNotFound`; `damaged`.
    init(
        _ journal: Journal, _ session: SessionID, _ options: ExportOptions, source: String? = nil
    ) async throws {
        let state = try await journal.state(
            of: session, at: options.point, branch: options.branch, damage: options.damage)
        let branch = options.branch ?? state.tree.currentBranch
        guard let path = state.tree.path(ofBranch: branch) else {
            throw JournalError(.branchNotFound, "the session has no branch \"\(branch)\"")
        }
        func isSelected(_ message: Message) -> Bool {
            (options.includesPruned || !message.isPruned)
                && options.range?.contains(message.sequence) ?? true
        }
        let through = PointInTime.sequence(state.lastSequence)
        let summaries =
            state.lastSequence == 0
            ? []
            : try await journal.summaries(of: session, at: through, damage: options.damage)
        let messages = path.messages.filter(isSelected)
        let shown =
            options.includesSummarized || options.includesPruned || state.lastSequence == 0
            ? nil
            : try await journal.context(
                of: session, branch: branch, at: through, damage: options.damage)
        let wanted = options.branch.map { _ in Set(path.messages.map(\.sequence)) }
        let nodes = state.tree.nodes().filter { node in
            isSelected(node.message) && wanted?.contains(node.message.sequence) ?? true
        }
        self.state = state
        self.branch = branch
        self.messages = messages
        elements = Self.elements(shown, messages, isSelected)
        self.nodes = nodes
        isOneBranch = options.branch != nil
        self.summaries = summaries
        calls = Dictionary(
            state.tree.toolCalls().map { ($0.call, $0) }, uniquingKeysWith: { first, _ in first })
        isWhole = options.branch == nil && options.range == nil
        var originals = OriginalLines.none
        if let source {
            originals = try await OriginalLines.read(
                journal, session, of: source, through: state.lastSequence)
        }
        self.originals = originals.lines
        zone = originals.zone
        var names: Set<String> = []
        for event in (nodes.map(\.message) + messages).flatMap(\.events) {
            names.formUnion(BlobName.names(in: event.line.span))
        }
        blobs = try await journal.base64(of: names, in: session, limit: Self.blobLimit)
    }

    private static func elements(
        _ view: ContextView?, _ messages: [Message], _ isSelected: (Message) -> Bool
    ) -> [ContextView.Element] {
        guard let view else { return messages.map { .message($0) } }
        return view.elements.filter { element in
            if case .message(let message) = element { isSelected(message) } else { true }
        }
    }
}

extension Message {
    /// Why it is no turn of a person or a model, or what became of it: words for people.
    var remarks: [String] {
        var words: [String] = []
        if let synthetic { words.append(synthetic) }
        if isWithheld { words.append("withheld") }
        if isCompacted { words.append("compacted") }
        if let revision { words.append(revision.isRemoval ? "removed" : "edited") }
        if isPruned { words.append("out of sight") }
        if state != .complete { words.append(state.rawValue) }
        return words
    }

    /// When it happened by its source's clock, where that is known, else when the journal took it.
    var spokenTime: String { (occurred ?? time).description }
}
