/// An event that is to be appended: what the caller says of it. The journal adds sequence, time,
/// session, version, actor and salt.
public struct EventDraft: Sendable, Hashable {
    /// What happened.
    public var kind: EventKind
    /// The branch it happened on; nil means `main`. The journal's own session has no branches.
    public var branch: String?
    /// The content.
    public var data: EventData
    /// On whose behalf.
    public var onBehalf: String?
    /// The node or client that it came from.
    public var origin: String?
    /// The caller's trace.
    public var trace: String?
    /// The caller's id, unique in its session: the same event appended again is stored once.
    public var id: String?
    /// When it happened by its source's clock.
    public var occurred: Timestamp?
    /// The event that caused it.
    public var cause: Cause?
    /// Why.
    public var reason: String?

    /// The branch that every session has.
    public static let mainBranch = "main"

    /// A draft of a kind; everything but the content may be left out.
    public init(
        _ kind: EventKind, branch: String? = EventDraft.mainBranch, data: EventData = [:],
        onBehalf: String? = nil, origin: String? = nil, trace: String? = nil, id: String? = nil,
        occurred: Timestamp? = nil, cause: Cause? = nil, reason: String? = nil
    ) {
        self.kind = kind
        self.branch = branch
        self.data = data
        self.onBehalf = onBehalf
        self.origin = origin
        self.trace = trace
        self.id = id
        self.occurred = occurred
        self.cause = cause
        self.reason = reason
    }

    /// Checks all that can be checked before the journal has assigned a position: the kind, the
    /// names, the content, and that a cause inside the batch stands before this draft, which is
    /// the batch's `position`th from 0.
    ///
    /// - Throws: ``JournalError`` `unknownKind`, `invalidEvent` or `tooLarge`.
    /// - Complexity: one pass over content that was not parsed when it was taken.
    package func check(position: Int) throws(JournalError) {
        guard kind.isAppendable else {
            throw JournalError(
                .unknownKind,
                kind.isKnown
                    ? "the kind \"\(kind)\" is reserved"
                    : "the kind \"\(kind)\" is unknown; name a kind of your own \"x.…\"")
        }
        try EventDraft.check(
            branch, "branch", limit: EventLimits.maximumBranchSize, isText: false)
        for (name, what) in [
            (onBehalf, "onbehalf"), (origin, "origin"), (trace, "trace"), (id, "id"),
        ] {
            try EventDraft.check(
                name, what, limit: EventLimits.maximumNameSize, isText: false)
        }
        try EventDraft.check(
            reason, "reason", limit: EventLimits.maximumReasonSize, isText: true)
        switch cause {
        case .inBatch(let index) where index < 0 || index >= position:
            throw JournalError(
                .invalidEvent, "a cause must stand before its effect in the batch")
        case .sequence(let sequence) where sequence == 0 || sequence > UInt64(Int64.max):
            throw JournalError(.invalidEvent, "a cause is a sequence number, from 1")
        default: break
        }
        try data.check()
    }

    /// Checks who writes: an actor is a name like any other.
    package static func check(actor: String) throws(JournalError) {
        try check(actor, "actor", limit: EventLimits.maximumNameSize, isText: false)
    }

    private static func check(
        _ name: String?, _ what: String, limit: Int, isText: Bool
    ) throws(JournalError) {
        guard let name else { return }
        guard name.utf8.count <= limit else {
            throw JournalError(
                .tooLarge, "\"\(what)\" is \(name.utf8.count) bytes; the limit is \(limit)")
        }
        guard !isText else { return }
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw JournalError(
                .invalidEvent, "\"\(what)\" must not be empty or hold control characters")
        }
    }
}

/// Which event caused another.
public enum Cause: Sendable, Hashable {
    /// The event of that sequence number.
    case sequence(UInt64)
    /// An earlier draft of the same append, counted from 0.
    case inBatch(Int)
}
