#if Search
internal import SessionJournal

/// What the events of one session come to: the projections that everybody else uses, folded
/// together.
struct SessionFold: Sendable {
    private(set) var state = SessionProjection().initialState()
    private(set) var usage = UsageProjection().initialState()
    private(set) var trail = AuditProjection().initialState()
    /// The lines that it holds, in bytes.
    private(set) var size = 0

    /// For each message the mark of the row that the index has of it; 0 for none.
    var written: [UInt64] = []

    mutating func take(_ event: Event) {
        SessionProjection().apply(event, to: &state)
        UsageProjection().apply(event, to: &usage)
        AuditProjection().apply(event, to: &trail)
        size += event.line.count
    }

    /// Rows for the messages that the index has none of, or another one.
    func changedMessages() -> [MessageRow] {
        var rows: [MessageRow] = []
        for (index, message) in state.tree.messages.enumerated()
        where index >= written.count || written[index] != message.mark {
            rows.append(MessageRow(message))
        }
        return rows
    }

    /// Notes that the index has what the fold has.
    mutating func noteWritten() { written = state.tree.messages.map(\.mark) }

    /// The session's other rows, under the fields that were declared then.
    func rows(_ schema: MetadataSchema) -> SessionRows? {
        var state = state
        state.schema = schema
        return SessionRows(state, usage, trail)
    }

    /// Whether a message of a new id can only be one more, whatever else its event says: no alias
    /// and no merge has taken an id.
    var isPlain: Bool {
        state.tree.merges.isEmpty && state.tree.messages.allSatisfy(\.aliases.isEmpty)
    }
}

extension EventKind {
    /// Kinds that leave the messages that are there as they are, and a session's name and state: the
    /// index takes their events in without a fold. What is not listed is not trusted.
    private static let plain: Set<EventKind> = [
        .messageAppended, .sessionTouched, .modelRequested, .modelResponded, .toolStarted,
        .toolProgressed, .toolFinished, .approvalRequested, .approvalDecided, .errorRecorded,
        .annotationAdded, .labelAdded, .labelRemoved, .summaryRecorded, .blobStored, .importLine,
        .sourceDeleted, .sourceRewritten, .sourceRenamed,
    ]

    /// Whether an event of the kind is taken in without a fold.
    var isPlain: Bool { Self.plain.contains(self) || isCustom }

    /// Whether an event of the kind may change what a session is called and how it is.
    var changesSession: Bool {
        if isPlain || rawValue.hasPrefix("message.") { return false }
        return !rawValue.hasPrefix("branch.") || self == .branchMerged
    }
}

/// The folds of the sessions that were at work last, so that one more event of a long session costs
/// one event.
struct FoldShelf {
    private var folds: [(session: SessionID, fold: SessionFold)] = []

    /// What they may hold together, in bytes of lines.
    static let sizeLimit = 64 << 20
    static let countLimit = 64

    /// The fold of a session behind an event; whoever takes it has it alone.
    mutating func take(_ session: SessionID, at version: UInt64) -> SessionFold? {
        guard let index = folds.firstIndex(where: { $0.session == session }) else { return nil }
        let fold = folds.remove(at: index).fold
        return fold.state.version == version ? fold : nil
    }

    mutating func put(_ fold: SessionFold, of session: SessionID) {
        guard fold.size <= Self.sizeLimit else { return }
        folds.removeAll { $0.session == session }
        folds.append((session, fold))
        var size = folds.reduce(0) { $0 + $1.fold.size }
        while size > Self.sizeLimit || folds.count > Self.countLimit {
            size -= folds.removeFirst().fold.size
        }
    }

    mutating func clear() { folds = [] }
}
#endif
