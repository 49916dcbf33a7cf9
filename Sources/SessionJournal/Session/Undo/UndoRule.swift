/// How an act is undone: one row of the one table, ``all``, that gives every kind of event that can
/// be undone its inverse. What is undone stays in the journal; the inverse is an event like any
/// other, and undone itself it is the first act again.
public struct UndoRule: Hashable, Sendable {
    /// What an inverse goes back to.
    public enum Inverse: Hashable, Sendable {
        /// The values that the fields had before.
        case earlierValues
        /// The status and the phase that the session had before, on the way that
        /// ``LifecycleRule/all`` allows.
        case earlierStanding
        /// The moment that the session had been extended to before.
        case earlierExtension
        /// The limits that the session had before.
        case earlierLimits
        /// The head that the branch had before.
        case earlierHead
        /// The head, the metadata and the texts that the branch had before.
        case beforeMerge
        /// The text, and what was said about the message, before.
        case earlierText
        /// The branch that the actor was on before.
        case earlierPlace
        /// The name that the branch had before.
        case earlierName
        /// The branch is put away.
        case branchDeletion
        /// The branch is there again.
        case branchReturn
        /// The event that the name was at before, or no name.
        case earlierLabel
        /// What was in sight, or out of sight, before.
        case earlierSight
    }

    /// The kind of event that is undone.
    public let kind: EventKind

    /// What its inverse goes back to.
    public let inverse: Inverse

    /// The kinds of event that the inverse is made of.
    public let by: [EventKind]

    /// What the inverse comes to, in words.
    public let meaning: String

    /// Where it is refused because something was built upon the act since, in words.
    public let refusal: String

    /// The table. Kinds that it lacks have no inverse: a sign of life is not taken back, a note
    /// stays, and what a tool or a model did has been done.
    public static let all: [UndoRule] = [
        UndoRule(
            .sessionMetadataChanged, .earlierValues, by: [.sessionMetadataChanged],
            "the fields take their earlier values", unless: "a field changed since"),
        UndoRule(
            .sessionArchived, .earlierStanding, by: standing, "the status of before",
            unless: standingChanged),
        UndoRule(
            .sessionUnarchived, .earlierStanding, by: standing, "the status of before",
            unless: standingChanged),
        UndoRule(
            .sessionDeleted, .earlierStanding, by: standing, "the status of before",
            unless: standingChanged),
        UndoRule(
            .sessionRestored, .earlierStanding, by: standing, "the session is deleted again",
            unless: standingChanged),
        UndoRule(
            .sessionResumed, .earlierStanding, by: standing, "the status and the phase of before",
            unless: standingChanged),
        UndoRule(
            .sessionExpired, .earlierStanding, by: standing, "the session is open again",
            unless: standingChanged),
        UndoRule(
            .sessionTerminated, .earlierStanding, by: standing, "the phase of before",
            unless: standingChanged),
        UndoRule(
            .sessionExtended, .earlierExtension, by: [.sessionExtended],
            "the moment that it was extended to before, or none",
            unless: "it was extended since, or does not go on"),
        UndoRule(
            .sessionLimitsChanged, .earlierLimits, by: [.sessionLimitsChanged],
            "the limits of before", unless: "they changed since"),
        UndoRule(
            .sessionPruned, .earlierSight, by: [.sessionUnpruned],
            "the session is in sight again", unless: "it is in sight again already"),
        UndoRule(
            .sessionUnpruned, .earlierSight, by: [.sessionPruned],
            "the session is out of sight again", unless: "it was used since, or pruned"),
        UndoRule(
            .messagePruned, .earlierSight, by: [.messageUnpruned],
            "the messages are in sight again", unless: sightChanged),
        UndoRule(
            .messageUnpruned, .earlierSight, by: [.messagePruned],
            "the messages are out of sight again", unless: sightChanged),
        UndoRule(
            .messageAppended, .earlierHead, by: [.branchRewound],
            "the branch ends before the message, which stays in the tree", unless: headMoved),
        UndoRule(
            .messageEdited, .earlierText, by: [.messageEdited],
            "the earlier text holds again", unless: textChanged),
        UndoRule(
            .messageRemoved, .earlierText, by: [.messageEdited], "the message is shown again",
            unless: textChanged),
        UndoRule(
            .branchCreated, .branchDeletion, by: [.branchDeleted], "the branch is put away",
            unless: "anything was done on it, begins at it, or somebody is on it"),
        UndoRule(
            .branchRestored, .branchDeletion, by: [.branchDeleted], "the branch is put away again",
            unless: "anything was done on it, begins at it, or somebody is on it"),
        UndoRule(
            .branchDeleted, .branchReturn, by: [.branchRestored], "the branch is there again",
            unless: "another branch has the name"),
        UndoRule(
            .branchRenamed, .earlierName, by: [.branchRenamed], "the earlier name",
            unless: "it was renamed since, or another branch has the name"),
        UndoRule(
            .branchSwitched, .earlierPlace, by: [.branchSwitched],
            "the actor is on the earlier branch again; only its own can do that",
            unless: "it switched since, or that branch is gone"),
        UndoRule(
            .branchRewound, .earlierHead, by: [.branchRewound], "the head that the branch had",
            unless: headMoved),
        UndoRule(
            .branchMerged, .beforeMerge,
            by: [.branchRewound, .sessionMetadataChanged, .messageEdited],
            "head, metadata and texts of before the merge",
            unless: "the head moved, or what was merged changed since"),
        UndoRule(
            .labelAdded, .earlierLabel, by: [.labelRemoved, .labelAdded],
            "no such name, or the event that it was at", unless: "the name moved since"),
        UndoRule(
            .labelRemoved, .earlierLabel, by: [.labelAdded], "the name is there again",
            unless: "the name was given since"),
    ]

    /// The rule of a kind; nil for one that has no inverse.
    public static func rule(of kind: EventKind) -> UndoRule? { byKind[kind] }

    private static let byKind = Dictionary(
        all.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kinds that bring a session back to where it stood.
    private static let standing: [EventKind] = [
        .sessionArchived, .sessionUnarchived, .sessionDeleted, .sessionRestored, .sessionResumed,
        .sessionExpired, .sessionTerminated,
    ]
    private static let standingChanged = "status or phase changed since"
    private static let headMoved = "the branch's head moved since, or the branch is gone"
    private static let sightChanged = "some of them were pruned or brought back since"
    private static let textChanged = "it was edited or removed since"

    private init(
        _ kind: EventKind, _ inverse: Inverse, by: [EventKind], _ meaning: String,
        unless refusal: String
    ) {
        self.kind = kind
        self.inverse = inverse
        self.by = by
        self.meaning = meaning
        self.refusal = refusal
    }
}

extension Event {
    /// The event that this one undoes, as its data says; nil where it says nothing. Such an event
    /// names the same one as its cause.
    public var undoneSequence: UInt64? {
        guard cause != nil, let reader = try? DataReader(self) else { return nil }
        return reader.integer("undoes").flatMap { UInt64(exactly: $0) }
    }
}
