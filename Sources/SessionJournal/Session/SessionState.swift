/// A session as of an event: metadata, messages, branches, counts.
public struct SessionState: Sendable {
    /// The session; nil before its first event.
    public internal(set) var session: SessionID?

    /// The caller's own name for it.
    public internal(set) var key: String?

    /// When it began: by its source's clock where that is known, else by the journal's.
    public internal(set) var createdAt: Timestamp?

    /// The latest moment that an event names, by the same rule.
    public internal(set) var lastActive: Timestamp?

    /// The sequence number of its first event; 0 before it.
    public internal(set) var firstSequence: UInt64 = 0

    /// The sequence number of its last event; 0 before the first.
    public internal(set) var lastSequence: UInt64 = 0

    /// The version of its last event; 0 before the first.
    public internal(set) var version: UInt64 = 0

    /// The number of its events, those with withheld content included.
    public internal(set) var eventCount = 0

    /// Its messages and branches.
    public internal(set) var tree = ConversationTree()

    /// When a metadata field last changed; at first when the session began, or what an import says.
    public internal(set) var lastModified: Timestamp?

    /// Who changed it; nil before the first change, unless an import says.
    public internal(set) var modifiedBy: String?

    /// The fields that metadata has besides the built-in ones, as declared in the journal at the
    /// point of the state. ``Journal/state(of:at:branch:damage:)`` sets it; a fold over the session
    /// alone knows the built-in ones.
    public var schema = MetadataSchema.builtIn

    /// The number of turns that somebody gave for `turn_count`, last; nil where nobody did.
    public internal(set) var turnCountClaim: TurnCountClaim?

    /// The template that it was made from; nil where it was made from none.
    public internal(set) var template: TemplateUse?

    /// Where it was cloned from; nil where it was not.
    public internal(set) var clone: CloneOrigin?

    /// The event that put it out of sight; nil for one that is in sight. Nothing of it is erased.
    public internal(set) var prunedSequence: UInt64?

    /// How often it was read, as far as anybody counted (``JournalOptions/accessActor``).
    public internal(set) var accesses = SessionAccesses()

    /// How far its content was compacted away; nil where it was not. ``Journal/state(of:at:branch:damage:)``
    /// sets it; a fold over the session alone does not know.
    public internal(set) var compacted: CompactedExtent?

    /// Whether the content of some of its events is withheld.
    var hasWithheld = false

    var table = MetadataTable()

    var life = LifecycleRecord()

    /// Who gave each field its values; empty where the fold keeps no history.
    var fieldLogs = FieldLogs()

    /// What `last_modified` and `modified_by` show: an import may bring what is no time.
    var shownLastModified: JSONValue = .null
    var shownModifiedBy: JSONValue = .null

    /// A number of turns that was given, and is not believed.
    public struct TurnCountClaim: Hashable, Sendable {
        /// What was given.
        public let value: JSONValue
        /// The event that gave it.
        public let sequence: UInt64
    }

    /// The claim, where it is not the number of turns that the state has; nil where it is, and
    /// where nobody claimed anything. A claim is about the moment that its source was written: ask
    /// a state that holds what came with it, and no more.
    public var turnCountMismatch: TurnCountClaim? {
        turnCountClaim.flatMap { $0.value == JSONValue(turnCount) ? nil : $0 }
    }

    /// What is wrong with the metadata that is stored: values that no schema of today takes, as
    /// imports and older versions left them. ``JournalWriter/repairMetadata(of:isDryRun:reason:)``
    /// mends them. Cost: the fields, once a branch.
    public var invalidFields: [MetadataProblem] {
        var problems = schema.problems(
            in: metadata(on: EventDraft.mainBranch), on: EventDraft.mainBranch, only: nil,
            besides: table.erasedNames(on: EventDraft.mainBranch))
        for branch in tree.branches where branch.name != EventDraft.mainBranch {
            problems += schema.problems(
                in: metadata(on: branch.name), on: branch.name, only: .branch,
                besides: table.erasedNames(on: branch.name))
        }
        return problems
    }

    /// The number of a person's turns: messages of role user that a person wrote, outside
    /// sidechains, and nobody removed.
    public var turnCount: Int { tree.turnCount }

    /// All metadata fields with their values on a branch, the built-in ones first and in their
    /// order; the current branch where none is named.
    public func metadata(on branch: String? = nil) -> JSONObject {
        let branch = branch ?? tree.currentBranch
        let status = table.value(MetadataField.status, on: branch)
        return table.object(
            on: branch, schema: schema,
            derived: [
                MetadataField.turnCount: JSONValue(turnCount),
                MetadataField.lastModified: shownLastModified,
                MetadataField.modifiedBy: shownModifiedBy,
                MetadataField.archived: .bool(status?.string == SessionStatus.archived.rawValue),
            ])
    }

    /// What a list of sessions shows of it.
    public var summary: SessionSummary? { SessionSummary(self) }
}

/// A session as a list shows it: the session and its branch `main`.
public struct SessionSummary: Sendable, Hashable {
    /// The session.
    public let session: SessionID
    /// The caller's own name for it.
    public let key: String?
    /// When it began.
    public let createdAt: Timestamp?
    /// The latest moment that an event names.
    public let lastActive: Timestamp?
    /// The number of its events.
    public let eventCount: Int
    /// The number of its messages.
    public let messageCount: Int
    /// The number of its branches, `main` included.
    public let branchCount: Int
    /// The sequence number of its first event.
    public let firstSequence: UInt64
    /// The sequence number of its last event.
    public let lastSequence: UInt64
    /// Whether it was put out of sight.
    public let isPruned: Bool
    /// Its metadata, as on the branch `main`.
    public let metadata: JSONObject

    /// How many of the last messages of a session stay, by its `type`, else its `category`, where
    /// somebody summarizes or prunes it: the counts that session managers use.
    public static let keptMessagesByType = ["dm": 100, "group": 50]

    /// The summary of a state; nil where there was no event.
    public init?(_ state: SessionState) {
        guard let session = state.session else { return nil }
        self.session = session
        key = state.key
        createdAt = state.createdAt
        lastActive = state.lastActive
        eventCount = state.eventCount
        messageCount = state.tree.messages.count
        branchCount = state.tree.branches.count
        firstSequence = state.firstSequence
        lastSequence = state.lastSequence
        isPruned = state.prunedSequence != nil
        metadata = state.metadata(on: EventDraft.mainBranch)
    }
}
