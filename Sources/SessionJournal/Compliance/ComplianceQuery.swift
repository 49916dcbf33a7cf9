/// A question that a control is answered with: which events to count.
public struct ComplianceQuery: Sendable, Hashable {
    /// What an event must say besides its kind.
    enum Condition: Sendable, Hashable {
        /// Nothing.
        case none
        /// A member of its `data` has this value.
        case member(String, JSONValue)
        /// It names on whose behalf it was done.
        case onBehalf
        /// It gives a reason.
        case reason
        /// Its content is withheld: erased, or encrypted and locked.
        case withheld
    }

    /// Its name, by which figures refer to it.
    public let name: String
    /// What it asks, in words.
    public let asks: String
    /// Kinds of events; `message.*` is all that begin so, `*` all.
    public let kinds: [String]
    let condition: Condition

    private init(
        _ name: String, _ asks: String, _ kinds: [String], _ condition: Condition = .none
    ) {
        self.name = name
        self.asks = asks
        self.kinds = kinds
        self.condition = condition
    }

    /// Whether the answer follows from the events as the pack shows them. What asks for contents that
    /// the pack leaves out names its events, and takes the journal to be counted again.
    public var isCheckable: Bool {
        switch condition {
        case .none, .member: true
        case .onBehalf, .reason, .withheld: false
        }
    }

    /// Whether an event of a kind may answer it.
    func admits(kind: String) -> Bool {
        kinds.contains { pattern in
            pattern == kind || pattern == "*"
                || (pattern.hasSuffix(".*") && kind.hasPrefix(pattern.dropLast()))
        }
    }

    /// Whether an event of such a kind answers it.
    func isAnswered(by event: Event) -> Bool {
        switch condition {
        case .none: true
        case .member(let name, let value):
            !event.isWithheld && (try? event.data())?[name] == value
        case .onBehalf: event.envelope.onBehalf.range != nil
        case .reason: event.envelope.reason.range != nil
        case .withheld: event.isWithheld
        }
    }

    /// The condition as the pack writes it; null for none.
    var conditionJSON: JSONValue {
        switch condition {
        case .none: .null
        case .member(let name, let value): ["data": .object([name: value])]
        case .onBehalf: ["has": "onbehalf"]
        case .reason: ["has": "reason"]
        case .withheld: ["withheld": true]
        }
    }

    /// Every query that controls refer to.
    static let all: [ComplianceQuery] = [
        Self("events", "every event", ["*"]),
        Self(
            "created", "what was created: sessions, messages, branches, notes, labels, files",
            [
                "session.created", "session.cloned", "message.appended", "branch.created",
                "annotation.added", "label.added", "summary.recorded", "blob.stored",
            ]),
        Self(
            "changed", "what was changed: metadata, texts, branches, limits",
            [
                "session.metadata_changed", "session.extended", "session.limits_changed",
                "message.extended", "message.finished", "message.edited", "branch.renamed",
                "branch.switched", "branch.rewound", "branch.merged",
            ]),
        Self(
            "removed", "what was taken out or put away; its events stay",
            [
                "message.removed", "session.deleted", "session.archived", "branch.deleted",
                "label.removed",
            ]),
        Self(
            "metadata", "changes of metadata and of a session's state, with old and new value",
            [
                "session.created", "session.metadata_changed", "session.archived",
                "session.unarchived", "session.deleted", "session.restored", "session.resumed",
                "session.limits_changed", "branch.merged",
            ]),
        Self(
            "texts", "texts of messages that were changed or taken out",
            ["message.edited", "message.removed"]),
        Self(
            "withheld", "events whose content is erased, or encrypted and locked", ["*"], .withheld),
        Self("reasons", "events that say why", ["*"], .reason),
        Self("on-behalf", "events that were done on behalf of somebody else", ["*"], .onBehalf),
        Self("erasures-asked", "erasures that were asked for", ["erasure.requested"]),
        Self("erasures-done", "erasures that were carried out", ["erasure.finished"]),
        Self(
            "redactions", "redactions of what a text held that it should not",
            ["redaction.*", "message.redacted"]),
        Self("holds-placed", "holds that were placed", ["hold.placed"]),
        Self("holds-lifted", "holds that were lifted", ["hold.lifted"]),
        Self(
            "roles", "roles that were given and taken back", ["access.granted", "access.revoked"]),
        Self("policies", "changes of the rules of access", ["access.policy_changed"]),
        Self("denials", "attempts that were denied", ["access.denied"]),
        Self("trail-reads", "readings of the audit trail that were noted", ["access.used"]),
        Self(
            "two-person", "what two people had to agree to, asked for and agreed to",
            ["access.requested", "access.approved"]),
        Self("checkpoints", "signatures over the whole journal", ["checkpoint.signed"]),
        Self("keys", "keys that were rotated or destroyed", ["key.*"]),
        Self("verifications", "verifications of the journal", ["verification.finished"]),
        Self(
            "verifications-failed", "verifications that found something wrong",
            ["verification.finished"], .member("passed", false)),
        Self("repairs", "torn tails that were cut, and repairs", ["recovery.*"]),
        Self("clock", "steps back of the clock, which were held", ["clock.jumped"]),
        Self(
            "configuration", "changes of what is recorded how: fields, templates, rules",
            ["field.declared", "template.declared", "retention.*", "access.policy_changed"]),
        Self("imports", "files that were taken in", ["import.began", "import.finished"]),
        Self(
            "sessions-begun", "sessions that began", ["session.created"]),
        Self(
            "sessions-ended", "sessions that ended", ["session.terminated", "session.expired"]),
        Self("messages", "messages", ["message.appended"]),
        Self("models", "questions to models and their answers", ["model.*"]),
        Self("tools", "calls of tools", ["tool.started", "tool.finished"]),
        Self("errors", "failures", ["error.recorded"]),
        Self(
            "approvals-asked", "questions to people whether to allow something",
            ["approval.requested"]),
        Self("approvals-decided", "decisions of people about that", ["approval.decided"]),
        Self(
            "approvals-denied", "decisions against it", ["approval.decided"],
            .member("decision", "denied")),
        Self("notes", "notes about messages, sessions and events", ["annotation.added"]),
        Self("compactions", "compactions", ["compaction.*"]),
    ]

    /// The query of a name.
    static func named(_ name: String) -> ComplianceQuery? { all.first { $0.name == name } }

    /// Whether the pack shows the whole line of a kind's events, as it was stored, and not their entry
    /// line alone: what says who did what to the record, and holds nothing of a conversation.
    static func showsLine(of kind: String) -> Bool {
        switch kind {
        case "approval.decided", "erasure.requested", "erasure.finished", "field.declared",
            "template.declared":
            return true
        default:
            return shownGroups.contains { kind.hasPrefix($0) }
        }
    }

    private static let shownGroups = [
        "session.", "hold.", "access.", "checkpoint.", "key.", "verification.", "recovery.",
        "clock.", "retention.", "compaction.", "redaction.",
    ]
}
