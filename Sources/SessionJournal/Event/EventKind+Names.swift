extension EventKind {
    /// `session.created`: a session began; carries the fields of its metadata with their first values.
    public static let sessionCreated = EventKind(rawValue: "session.created")
    /// `session.cloned`: a session that was cloned from another is whole.
    public static let sessionCloned = EventKind(rawValue: "session.cloned")
    /// `session.metadata_changed`: metadata fields took new values; only those that changed.
    public static let sessionMetadataChanged = EventKind(rawValue: "session.metadata_changed")
    /// `session.archived`: a session was put away.
    public static let sessionArchived = EventKind(rawValue: "session.archived")
    /// `session.unarchived`: a session that was put away was taken out again.
    public static let sessionUnarchived = EventKind(rawValue: "session.unarchived")
    /// `session.deleted`: a session was deleted; nothing is erased.
    public static let sessionDeleted = EventKind(rawValue: "session.deleted")
    /// `session.restored`: a session that was deleted came back as it was before.
    public static let sessionRestored = EventKind(rawValue: "session.restored")
    /// `session.resumed`: a session that had ended or was put away goes on.
    public static let sessionResumed = EventKind(rawValue: "session.resumed")
    /// `session.touched`: somebody said that a session is alive.
    public static let sessionTouched = EventKind(rawValue: "session.touched")
    /// `session.extended`: a session got more time.
    public static let sessionExtended = EventKind(rawValue: "session.extended")
    /// `session.expired`: a session ended because its deadline had passed.
    public static let sessionExpired = EventKind(rawValue: "session.expired")
    /// `session.terminated`: somebody ended a session.
    public static let sessionTerminated = EventKind(rawValue: "session.terminated")
    /// `session.limits_changed`: a session got other limits, or none.
    public static let sessionLimitsChanged = EventKind(rawValue: "session.limits_changed")
    /// `session.limit_reached`: a session went beyond a limit that marks and does not reject.
    public static let sessionLimitReached = EventKind(rawValue: "session.limit_reached")
    /// `session.accessed`: a session was read so many times since the last such event.
    public static let sessionAccessed = EventKind(rawValue: "session.accessed")
    /// `session.pruned`: a session was put out of sight; nothing is erased.
    public static let sessionPruned = EventKind(rawValue: "session.pruned")
    /// `session.unpruned`: a session that was put out of sight is in sight again.
    public static let sessionUnpruned = EventKind(rawValue: "session.unpruned")
    /// `message.appended`: a message was added to a branch, and is its head from here on.
    public static let messageAppended = EventKind(rawValue: "message.appended")
    /// `message.extended`: more parts of a message that came in pieces; usage replaces what was said before.
    public static let messageExtended = EventKind(rawValue: "message.extended")
    /// `message.finished`: a message that came in pieces is complete, or was abandoned.
    public static let messageFinished = EventKind(rawValue: "message.finished")
    /// `message.edited`: a message has another text, or other things are said about it.
    public static let messageEdited = EventKind(rawValue: "message.edited")
    /// `message.removed`: a message was taken out of the conversation; its place in the tree stays.
    public static let messageRemoved = EventKind(rawValue: "message.removed")
    /// `message.redacted`: a message says something else in place of what was found in it.
    public static let messageRedacted = EventKind(rawValue: "message.redacted")
    /// `message.pruned`: messages were put out of sight; nothing is erased.
    public static let messagePruned = EventKind(rawValue: "message.pruned")
    /// `message.unpruned`: messages that were put out of sight are in sight again.
    public static let messageUnpruned = EventKind(rawValue: "message.unpruned")
    /// `model.requested`: a model was asked.
    public static let modelRequested = EventKind(rawValue: "model.requested")
    /// `model.responded`: a model answered.
    public static let modelResponded = EventKind(rawValue: "model.responded")
    /// `tool.started`: a tool call began.
    public static let toolStarted = EventKind(rawValue: "tool.started")
    /// `tool.progressed`: a tool call reported progress.
    public static let toolProgressed = EventKind(rawValue: "tool.progressed")
    /// `tool.finished`: a tool call ended.
    public static let toolFinished = EventKind(rawValue: "tool.finished")
    /// `approval.requested`: somebody was asked to allow something.
    public static let approvalRequested = EventKind(rawValue: "approval.requested")
    /// `approval.decided`: somebody allowed or denied it.
    public static let approvalDecided = EventKind(rawValue: "approval.decided")
    /// `error.recorded`: something failed, and whether it was tried again.
    public static let errorRecorded = EventKind(rawValue: "error.recorded")
    /// `annotation.added`: a note about a message, a session or an event.
    public static let annotationAdded = EventKind(rawValue: "annotation.added")
    /// `branch.created`: a branch began at a message; nothing is copied.
    public static let branchCreated = EventKind(rawValue: "branch.created")
    /// `branch.switched`: another branch became the current one.
    public static let branchSwitched = EventKind(rawValue: "branch.switched")
    /// `branch.renamed`: a branch got another name.
    public static let branchRenamed = EventKind(rawValue: "branch.renamed")
    /// `branch.deleted`: a branch was put away; its messages stay.
    public static let branchDeleted = EventKind(rawValue: "branch.deleted")
    /// `branch.restored`: a branch that was put away is there again.
    public static let branchRestored = EventKind(rawValue: "branch.restored")
    /// `branch.rewound`: a branch's head went to another message that it had; nothing is lost.
    public static let branchRewound = EventKind(rawValue: "branch.rewound")
    /// `branch.merged`: one branch was merged into another, whose branch the envelope names.
    public static let branchMerged = EventKind(rawValue: "branch.merged")
    /// `label.added`: an event of the session got a name, or a name moved to another event.
    public static let labelAdded = EventKind(rawValue: "label.added")
    /// `label.removed`: a name of an event was given up.
    public static let labelRemoved = EventKind(rawValue: "label.removed")
    /// `summary.recorded`: a summary of a part of the conversation.
    public static let summaryRecorded = EventKind(rawValue: "summary.recorded")
    /// `blob.stored`: a large part's bytes, in one or more pieces.
    public static let blobStored = EventKind(rawValue: "blob.stored")
    /// `field.declared`: a field of metadata got a type, a default and limits; in the journal's own session.
    public static let fieldDeclared = EventKind(rawValue: "field.declared")
    /// `template.declared`: a template of sessions was declared.
    public static let templateDeclared = EventKind(rawValue: "template.declared")
    /// `import.began`: a file's import began; in the journal's own session.
    public static let importBegan = EventKind(rawValue: "import.began")
    /// `import.finished`: a file's import ended, and what it held; in the journal's own session.
    public static let importFinished = EventKind(rawValue: "import.finished")
    /// `import.line`: a source line that is none of the other kinds, kept as it was.
    public static let importLine = EventKind(rawValue: "import.line")
    /// `source.deleted`: a file that was imported is not there any more.
    public static let sourceDeleted = EventKind(rawValue: "source.deleted")
    /// `source.rewritten`: a file that was imported holds something else, or less.
    public static let sourceRewritten = EventKind(rawValue: "source.rewritten")
    /// `source.renamed`: a file that was imported has another name.
    public static let sourceRenamed = EventKind(rawValue: "source.renamed")
    /// `recovery.cut`: a torn tail was set aside and cut; in the journal's own session.
    public static let recoveryCut = EventKind(rawValue: "recovery.cut")
    /// `recovery.repaired`: a damaged segment was repaired by hand; in the journal's own session.
    public static let recoveryRepaired = EventKind(rawValue: "recovery.repaired")
    /// `hold.placed`: something was put under a hold; in the journal's own session.
    public static let holdPlaced = EventKind(rawValue: "hold.placed")
    /// `hold.lifted`: a hold ended; in the journal's own session.
    public static let holdLifted = EventKind(rawValue: "hold.lifted")
    /// `redaction.recorded`: messages of a session were redacted; in the journal's own session.
    public static let redactionRecorded = EventKind(rawValue: "redaction.recorded")
    /// `erasure.requested`: an erasure was asked for, and is carried out; in the journal's own session.
    public static let erasureRequested = EventKind(rawValue: "erasure.requested")
    /// `erasure.outlined`: what the tree and the metadata need of events that an erasure takes.
    public static let erasureOutlined = EventKind(rawValue: "erasure.outlined")
    /// `erasure.finished`: an erasure was carried out; in the journal's own session.
    public static let erasureFinished = EventKind(rawValue: "erasure.finished")
    /// `compaction.began`: a compaction is certain; in the journal's own session.
    public static let compactionBegan = EventKind(rawValue: "compaction.began")
    /// `compaction.finished`: a compaction was carried out; in the journal's own session.
    public static let compactionFinished = EventKind(rawValue: "compaction.finished")
    /// `forgetting.requested`: leaves of erased events are to be forgotten; in the journal's own session.
    public static let forgettingRequested = EventKind(rawValue: "forgetting.requested")
    /// `forgetting.finished`: these leaves were forgotten; in the journal's own session.
    public static let forgettingFinished = EventKind(rawValue: "forgetting.finished")
    /// `checkpoint.signed`: the journal was signed as it stood; in the journal's own session.
    public static let checkpointSigned = EventKind(rawValue: "checkpoint.signed")
    /// `key.destroyed`: keys of encrypted sessions were destroyed; in the journal's own session.
    public static let keyDestroyed = EventKind(rawValue: "key.destroyed")
    /// `key.rotated`: another key signs from here on; in the journal's own session.
    public static let keyRotated = EventKind(rawValue: "key.rotated")
    /// `verification.finished`: the journal was verified; in the journal's own session.
    public static let verificationFinished = EventKind(rawValue: "verification.finished")
    /// `clock.jumped`: the clock went back and was held; in the journal's own session.
    public static let clockJumped = EventKind(rawValue: "clock.jumped")
    /// `access.granted`: somebody got a role; in the journal's own session.
    public static let accessGranted = EventKind(rawValue: "access.granted")
    /// `access.revoked`: a role was taken back.
    public static let accessRevoked = EventKind(rawValue: "access.revoked")
    /// `access.policy_changed`: the rules of access changed.
    public static let accessPolicyChanged = EventKind(rawValue: "access.policy_changed")
    /// `access.requested`: somebody asked for what two people have to agree to.
    public static let accessRequested = EventKind(rawValue: "access.requested")
    /// `access.approved`: a second person agreed to it.
    public static let accessApproved = EventKind(rawValue: "access.approved")
    /// `access.denied`: somebody tried what the rules do not allow.
    public static let accessDenied = EventKind(rawValue: "access.denied")
    /// `access.used`: somebody read the audit trail.
    public static let accessUsed = EventKind(rawValue: "access.used")
    /// `retention.changed`: a policy of retention was set or removed; in the journal's own session.
    public static let retentionChanged = EventKind(rawValue: "retention.changed")
    /// `retention.announced`: the rules of retention are about to be applied.
    public static let retentionAnnounced = EventKind(rawValue: "retention.announced")
    /// `retention.applied`: the rules of retention were applied.
    public static let retentionApplied = EventKind(rawValue: "retention.applied")
}
