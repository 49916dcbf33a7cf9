extension EventKind {
    /// One kind of the catalogue.
    public struct Entry: Hashable, Sendable {
        /// The dotted name.
        public let name: String
        /// What an event of the kind says, in one line.
        public let meaning: String
        /// The shape of its `data`, for people; `?` marks what may be left out. Empty for a
        /// reserved kind.
        public let schema: String
        /// Whether the name is kept for later: readable, and refused by an append.
        public let isReserved: Bool

        init(_ name: String, _ meaning: String, _ schema: String) {
            self.name = name
            self.meaning = meaning
            self.schema = schema
            isReserved = false
        }

        init(reserved name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
            schema = ""
            isReserved = true
        }
    }

    /// A source line that an event came from, as the schemas write it.
    private static let sourceLine =
        "line?: ordinal of the source line, original?: the line itself, as JSON, \(sourceLayout)"

    /// How a source line stood in its file, where `original` alone does not say it.
    private static let sourceLayout =
        "of?: entry | frame of a document, cut?: [tokens in front, behind] that are not the file's, "
        + "layout?: {…} white space, after?: line that it follows, owner?: id that its path names, "
        + "history?: [[first line, last], [line, place, 0], count, …] that it repeats, "
        + "media?: [sha256:<hex>, …] whose names stand in it in the place of base64"

    /// Every kind that this version knows, those in use first, then the reserved ones.
    public static let catalogue: [Entry] = [
        Entry(
            "session.created",
            "A session began; carries the fields of its metadata with their first values.",
            "{key?: the caller's name for it, schema: 2, metadata: {name, status, "
                + "turn_count?: a claim, is_starred, tags, description, category, language, "
                + "last_modified, modified_by, model, context_window, max_tokens, title, type, "
                + "pinned, agent, priority, owner, ttl, …}, branch_fields?: [those of one's own "
                + "that belong to branches], source?: {format, client}, "
                + "limits?: {max_events?, max_bytes?, max_messages?, action: reject | mark}, "
                + "template?: {name, version, parameters: {name: value, …}}, "
                + "clone?: {session, seq, branch?}: where it is cloned from}"),
        Entry(
            "session.cloned",
            "A session that was cloned from another is whole.",
            "{session: the other one, seq: as of which event of it, branch?: the one that was "
                + "cloned, messages, events}"),
        Entry(
            "session.metadata_changed",
            "Metadata fields took new values; only those that changed.",
            "{schema: 2, set?: {field: value, …}, add?: {field: [element, …], …}, remove?: "
                + "{field: [element, …], …}, branch_fields?: [name, …], repaired?: {field: why, "
                + "…}}; the envelope's branch says whose, for fields that belong to branches"),
        Entry(
            "session.archived", "A session was put away.",
            "{rule?: the rule of retention that says so; then it is no activity}"),
        Entry("session.unarchived", "A session that was put away was taken out again.", "{}"),
        Entry("session.deleted", "A session was deleted; nothing is erased.", "{}"),
        Entry("session.restored", "A session that was deleted came back as it was before.", "{}"),
        Entry("session.resumed", "A session that had ended or was put away goes on.", "{}"),
        Entry("session.touched", "Somebody said that a session is alive.", "{}"),
        Entry(
            "session.extended", "A session got more time, or what it had got was taken back.",
            "{until: time | null}"),
        Entry(
            "session.expired", "A session ended because its deadline had passed.",
            "{deadline: time | null, rule?: as of session.archived}"),
        Entry(
            "session.terminated", "Somebody ended a session.",
            "{force: whether work under way did not matter, open?: [what was under way, …]}"),
        Entry(
            "session.limits_changed",
            "A session got other limits, or none.",
            "{limits: {max_events?, max_bytes?, max_messages?, action: reject | mark} | null}"),
        Entry(
            "session.limit_reached",
            "A session went beyond a limit that marks and does not reject.",
            "{limit: max_events | max_bytes | max_messages, maximum, found}"),
        Entry(
            "session.accessed",
            "A session was read so many times since the last such event; it is no activity in it.",
            "{count, first: time, last: time}"),
        Entry(
            "session.pruned",
            "A session was put out of sight; nothing is erased, and a message brings it back.",
            "{strategy: lru | lfu | ttl | size | policy | undo, rule: its name, limits: {…}, values: {…} "
                + "of this session, messages, tokens, bytes}"),
        Entry(
            "session.unpruned", "A session that was put out of sight is in sight again.",
            "{pruned: sequence number of the event that put it out of sight}"),
        Entry(
            "message.appended",
            "A message was added to a branch, and is its head from here on.",
            "{message: id, parent: id | null | {session, message}, role: system | user | "
                + "assistant | tool, parts: [part, …], model?, usage?: {…}, synthetic?: meta | "
                + "summary | error, missing_parent?, streaming?: true for one that comes in pieces, "
                + "metadata?: {ttl?, important?, category?, …}, references?: [id | {session, "
                + "message}, …], \(sourceLine)}"),
        Entry(
            "message.extended",
            "More parts of a message that came in pieces; usage replaces what was said before.",
            "{message: id, alias?: another id of it, parts: [part, …], usage?: {…}, \(sourceLine)}; "
                + "a part that says continues: true goes on where the part before it ends"),
        Entry(
            "message.finished",
            "A message that came in pieces is complete, or was abandoned.",
            "{message: id, status: complete | abandoned, usage?: {…}}"),
        Entry(
            "message.edited",
            "A message has another text on a branch, or other things are said about it.",
            "{message: id, parts?: [part, …] | restores?: sequence number of the event whose text "
                + "holds again, set?: {field: value, …} of the message's own metadata}"),
        Entry(
            "message.removed",
            "A message was taken out of a branch's conversation; its place in the tree stays.",
            "{message: id}"),
        Entry(
            "message.redacted",
            "A message says something else in place of what was found in one of its events.",
            "{event: sequence number of that one, of: its kind, redacted: [{rule, place: JSON pointer "
                + "into its line, from, to: bytes of the text there}, …], count: of those, and what "
                + "the event said, redacted: message, parts, role, parent, usage, …}"),
        Entry(
            "message.pruned",
            "Messages were put out of sight, on every branch; nothing is erased.",
            "{strategy: count | ttl | type | semantic | policy | clone | undo, rule: its name, "
                + "limits: {…}, messages: [{message: id, seq, and what decided: rank?, age?, ttl?, role?, kind?, "
                + "category?, duplicates?: id, similarity?}, …], tokens, bytes}"),
        Entry(
            "message.unpruned", "Messages that were put out of sight are in sight again.",
            "{messages: [{message: id, seq}, …], pruned?: seq of the event that put them out of sight}"
        ),
        Entry(
            "model.requested",
            "A model was asked.",
            "{request?, message?, model, parameters?: {…}, safety?, tools?: […]}"),
        Entry(
            "model.responded",
            "A model answered.",
            "{request?, message?, model, latency_ms?, usage?: {…}, stop?, error?}"),
        Entry(
            "tool.started",
            "A tool call began.",
            "{call, name, message}"),
        Entry(
            "tool.progressed",
            "A tool call reported progress.",
            "{call?, progress: type, \(sourceLine)}"),
        Entry(
            "tool.finished",
            "A tool call ended.",
            "{call, name?, message?, status: ok | error, duration_ms?}"),
        Entry(
            "approval.requested",
            "Somebody was asked to allow something.",
            "{approval, call?, question}"),
        Entry(
            "approval.decided",
            "Somebody allowed or denied it.",
            "{approval, decision: allowed | denied, …}"),
        Entry(
            "error.recorded",
            "Something failed, and whether it was tried again.",
            "{error, message?, retry?, \(sourceLine)}"),
        Entry(
            "annotation.added",
            "A note about a message, a session or an event.",
            "{target?: {message | session | seq}, name, value, confidence?: 0 to 1, source?, "
                + "\(sourceLine)}"),
        Entry(
            "branch.created",
            "A branch began at a message; nothing is copied.",
            "{branch, from: message id | null, type: fork | sidechain | thread, parent_branch, "
                + "at?: sequence number of the event as of which it begins, description?}"),
        Entry(
            "branch.switched",
            "Another branch became the current one of the actor, and of the session.",
            "{branch}"),
        Entry(
            "branch.renamed",
            "A branch got another name.",
            "{branch, to: the new name}"),
        Entry(
            "branch.deleted",
            "A branch was put away; its messages stay, and its name is free.",
            "{branch}"),
        Entry(
            "branch.restored",
            "A branch that was put away is there again.",
            "{branch}"),
        Entry(
            "branch.rewound",
            "A branch's head went to another message that it had; nothing is lost.",
            "{branch, to: id | null, from: the head before, event?: sequence number that was asked "
                + "for, into? and merge?: the merge that brought the message, and the id of what "
                + "is left of it}"),
        Entry(
            "branch.merged",
            "One branch was merged into another, which the envelope's branch names.",
            "{merge: id, source: branch, source_head: id, base: id | null, strategy: append | ours "
                + "| theirs | ask, messages: [id, …], set?: {field: value, …}, edits?: {id: "
                + "sequence number of the edit}, same_set? and same_edits?: what both had changed "
                + "alike, conflicts?: [{field | message, ours, theirs, "
                + "take: ours | theirs}]}"),
        Entry(
            "label.added",
            "An event of the session got a name, or a name moved to another event.",
            "{label: name, seq: the event it names, was?: the event it named before}"),
        Entry(
            "label.removed",
            "A name of an event was given up.",
            "{label: name, seq: the event it named}"),
        Entry(
            "summary.recorded",
            "A summary of a part of the conversation.",
            "{text, leaf?: id | {session, message}, replaces_from?: id of the first message that it "
                + "stands for, replaces_to?: id of the last, count?: of messages, summariser?, "
                + "trigger?, tokens_before?, tokens_after?, \(sourceLine)}"),
        Entry(
            "blob.stored",
            "Content that events name, such as a picture: its bytes, in one or more pieces.",
            "{blob: sha256:<hex>, index, count, size, base64}"),
        Entry(
            "field.declared",
            "A field of metadata got a type, a default and limits; in the journal's own session.",
            "{name, type: string | integer | number | boolean | set | time | level | any, default, "
                + "nullable, required, scope: session | branch, minimum?, maximum?, max_length?, "
                + "allowed?: [value, …], meaning?}"),
        Entry(
            "template.declared",
            "A template of sessions was declared; in the journal's own session.",
            "{name, version, description?, parameters: [{name, type, default, nullable, required, "
                + "minimum?, maximum?, max_length?, allowed?, meaning?}, …], provider?, model?, "
                + "system_prompt?, middleware?: […], functions?: […], max_messages?, metadata?: "
                + "{…}, limits?: {…}}; texts may hold {{name}} of a parameter"),
        Entry(
            "import.began",
            "A file's import began; in the journal's own session.",
            "{root, path, format}"),
        Entry(
            "import.finished",
            "A file's import ended, and what it held; in the journal's own session.",
            "{root, path, format, bytes, sha256, lines, events, duplicates, malformed, "
                + "documents, glued, redacted?: {rule: count, …} of what was found in it, pieces | "
                + "same_as}; where something was redacted, bytes and sha256 are of what is imported"
        ),
        Entry(
            "import.line",
            "A source line that is none of the other kinds, kept as it was.",
            "{line, original? | text? | base64? | blob? and size?, why?, \(sourceLayout)}"),
        Entry(
            "source.deleted",
            "A file that was imported is not there any more; in its sessions, and in the journal's "
                + "own. What was imported stays.",
            "{root, path, format, bytes, sha256: of what was imported of it last, "
                + "how: deleted | moved}"),
        Entry(
            "source.rewritten",
            "A file that was imported holds something else, or less; in its sessions, and in the "
                + "journal's own. What was imported stays.",
            "{root, path, format, bytes, sha256: of what was imported of it last, "
                + "how: truncated | rewritten | replaced}"),
        Entry(
            "source.renamed",
            "A file that was imported has another name; in its sessions, and in the journal's own.",
            "{root, path, format, bytes, sha256: of what was imported of it last, to_root, to: the "
                + "name that it has now}"),
        Entry(
            "recovery.cut",
            "A torn tail was set aside and cut; in the journal's own session.",
            "{file, offset, bytes, quarantine, first_seq}"),
        Entry(
            "recovery.repaired",
            "A damaged segment was repaired by hand; in the journal's own session.",
            "{file, action: mended | rebuilt | removed | begun, why, copy: name | null, saved, "
                + "mended: [offset], lost: [[first, last]], reused_from: seq | null, record}"),
        Entry(
            "hold.placed",
            "Something was put under a hold, and is not destroyed; in the journal's own session.",
            "{hold: id, scope: journal | session | actor | query, subject?: what the scope names, "
                + "matter, sessions?: [those that a query found then, …]}"),
        Entry(
            "hold.lifted",
            "A hold ended; in the journal's own session.",
            "{hold: id, matter}"),
        Entry(
            "redaction.recorded",
            "Messages of a session were redacted; in the journal's own session.",
            "{session, events: [sequence number of what was redacted, …], rules: {name: count, …}}"),
        Entry(
            "erasure.requested",
            "An erasure was asked for, and is carried out; in the journal's own session.",
            "{erasure: id, scope: session | actor | message | query | events, basis, events: "
                + "[[first, last], …], count, sessions: [id, …], tree: {size, root}, encrypted?: [{session, events: "
                + "count, first: seq, last: seq} of each that goes with its key, …], locked?: [id of a "
                + "session that could not be read, …], kept?: [seq of an event that names the actor "
                + "and stays, …], backups?: [folder, …]}"),
        Entry(
            "erasure.outlined",
            "What the tree and the metadata need of events that an erasure takes.",
            "{erasure: id, events: [{seq, branch?: seq of the event that the branch began with, "
                + "message?: an id that the journal drew, parent?: seq, answer?: seq of one that "
                + "answers it, begins?: true for a new branch, origin?: seq, voice?: seq of a "
                + "message on it, fields?: [name, …], branch_fields?: [name, …], others?: true}, "
                + "…]}"),
        Entry(
            "erasure.finished",
            "An erasure was carried out; in the journal's own session.",
            "{erasure: id, requested: seq, count, removed: {snapshots, projections, search, "
                + "quarantine: [name, …], archives: [folder, …]}, keys: [id, …], backups: [{folder, generation, time, "
                + "events, until, problem}, …]}"),
        Entry(
            "compaction.began",
            "A compaction is certain, and is carried out; in the journal's own session.",
            "{compaction: id, rule: {sessions?, query?, archived?, before?, keep_events?, "
                + "keep_messages?, ancestors_of?}, sessions: [{session, versions: [[first, last], "
                + "…], events: count, subtree: base64 of the tree over their leaves, snapshot: "
                + "base64 of the SHA-256 over what took their places, version: the last that was "
                + "read, fold: base64 of the SHA-256 over what the session comes to there}, …], "
                + "events: count, range: [first, last], kinds: {kind: count, …}, actors: {actor: "
                + "count, …}, plain: [bytes before, bytes after], projections: {session, audit, "
                + "usage, line, fold: versions}, tree: {size, root}, archive?: folder}"),
        Entry(
            "compaction.finished",
            "A compaction was carried out; in the journal's own session.",
            "{compaction: id, began: seq, size: [bytes of the segments before, bytes after]}"),
        Entry(
            "forgetting.requested",
            "Leaves of erased events are to be forgotten; in the journal's own session.",
            "{forgetting: id, before: only erasures that were finished before this moment, erasures: "
                + "[id, …], sessions: [session, …], events: [[first, last], …], count, tree: {size, "
                + "root}}"),
        Entry(
            "forgetting.finished",
            "The leaves were forgotten; in the journal's own session.",
            "{forgetting: id, requested: seq, count, size: [bytes of the segments before, bytes "
                + "after]}"),
        Entry(
            "checkpoint.signed",
            "The journal was signed as it stood; in the journal's own session.",
            "{size: events, root: base64, key: verifier key, note: the checkpoint as it was signed}"
        ),
        Entry(
            "key.destroyed",
            "Keys of encrypted sessions were destroyed; in the journal's own session.",
            "{erasure: id, keys: [id of the session, …]}"),
        Entry(
            "key.rotated",
            "Another key signs from here on; in the journal's own session.",
            "{old: verifier key, new: verifier key, statement: a note of the old key about the new}"
        ),
        Entry(
            "verification.finished",
            "The journal was verified, all of it or a part; in the journal's own session.",
            "{passed: whether nothing is wrong, verdict: ok | torn_tail | torn_tail_cut | "
                + "loss_recorded | content_missing | damaged, events: [first, last] | null: those that were read, "
                + "whole: whether those are all, root?: base64, over all up to the last, bytes, "
                + "segments, withheld: {removed, unexplained, locked, destroyed, unplaced}, duration_ms, wrong: how much, findings: [text, …], evidence?: "
                + "valid_unanchored | valid_witnessed | diverged | invalid, checkpoints?, unchecked: "
                + "[text, …], next: where the next part begins}"),
        Entry(
            "clock.jumped",
            "The clock went back and was held; in the journal's own session.",
            "{from, to}"),
        Entry(
            "access.granted",
            "Somebody got a role; in the journal's own session.",
            "{principal: who | *, role: owner | writer | reader | auditor | compliance | admin, "
                + "session?: of one session alone}"),
        Entry(
            "access.revoked",
            "A role was taken back; in the journal's own session.",
            "{principal, role, session?}"),
        Entry(
            "access.policy_changed",
            "The rules of access changed; in the journal's own session.",
            "{enforced?: whether roles are asked for, two_person?: [erase | lift | destroy, …], "
                + "record_reads?: whether reading the audit trail is an event}"),
        Entry(
            "access.requested",
            "Somebody asked for what two people have to agree to; in the journal's own session.",
            "{permission, subject: what exactly}"),
        Entry(
            "access.approved",
            "A second person agreed to it; in the journal's own session.",
            "{request: sequence number of the event that asked, permission}"),
        Entry(
            "access.denied",
            "Somebody tried what the rules do not allow; in the journal's own session.",
            "{permission, act: a kind of event or a command, session?}"),
        Entry(
            "access.used",
            "Somebody read the audit trail; in the journal's own session.",
            "{permission, act: a command or a call, session?}"),
        Entry(
            "retention.changed",
            "A policy of retention was set, or removed; in the journal's own session.",
            "{policy: name, type?, tag?, status?, age?: seconds, count?, action: keep | expire | "
                + "archive | prune | prune_messages | erase, basis?} or {policy: name, removed: true}"
        ),
        Entry(
            "retention.announced",
            "The rules of retention are about to be applied; in the journal's own session.",
            "{run: id, now: time, rules: [name, …], due: [{session, action, rule, basis?}, …], more: "
                + "how many wait for the next run}"),
        Entry(
            "retention.applied",
            "The rules of retention were applied; in the journal's own session.",
            "{run: id, announced: seq, resumed?: true, done: [{session, action, rule, by: seq, events, "
                + "messages, tokens, bytes, hash?: base64, root of an RFC 6962 tree over the leaves of "
                + "these events}, …], undone?: [{session, action, why}, …], counts: {action: "
                + "sessions, …}}"),
        Entry(reserved: "context.built", "The context of a model call was put together."),
    ]
}
