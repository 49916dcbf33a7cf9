/// Something that can be done to a session as a whole; to one by ``JournalWriter/perform(_:in:reason:durability:)``,
/// to many by ``JournalWriter/performAll(_:on:isDryRun:reason:)``.
public enum SessionAct: Hashable, Sendable {
    /// Puts it away: the status becomes `archived`.
    case archive
    /// Takes it out again: the status becomes `active`.
    case unarchive
    /// Deletes it: the status becomes `deleted`, and nothing is erased.
    case delete
    /// Brings it back: the status becomes what it was before.
    case undelete
    /// Opens it again where it was expired, terminated or archived.
    case resume
    /// Ends it as expired, overdue or not.
    case expire
    /// Ends it as expired if its deadline has passed at that moment.
    case expireOverdue(at: Timestamp)
    /// Lets it live until a moment, however little is done in it.
    case extend(until: Timestamp)
    /// Lets it live so many seconds longer: after its deadline, or after that moment where the
    /// deadline has passed or there is none.
    case prolong(seconds: Int64, from: Timestamp)
    /// Ends it. Where tool calls, model calls, approvals or messages that come in pieces are under
    /// way, that is a conflict, unless it is ended by force: then the event names what was left open,
    /// and such a message stays the part that it is.
    case terminate(force: Bool)
    /// Changes metadata.
    case change(MetadataUpdate)

    /// The row of the table that it stands in.
    var rule: LifecycleRule? {
        switch self {
        case .archive: .rule(of: .sessionArchived)
        case .unarchive: .rule(of: .sessionUnarchived)
        case .delete: .rule(of: .sessionDeleted)
        case .undelete: .rule(of: .sessionRestored)
        case .resume: .rule(of: .sessionResumed)
        case .expire, .expireOverdue: .rule(of: .sessionExpired)
        case .extend, .prolong: .rule(of: .sessionExtended)
        case .terminate: .rule(of: .sessionTerminated)
        case .change: .rule(of: .sessionMetadataChanged)
        }
    }

    /// The events that do it to a session that stands so; none where there is nothing to do.
    ///
    /// - Parameters:
    ///   - open: What is under way in the session; asked for where it matters.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/conflict`` where it is not for a session that stands so.
    func drafts(
        on state: SessionState, open: [String], reason: String?
    ) throws(JournalError) -> [EventDraft] {
        if case .prolong(let seconds, let now) = self {
            guard seconds > 0 else {
                throw JournalError(
                    .invalidArgument,
                    "a session is extended by at least a second, not by \(seconds)")
            }
            let until = max(state.lifecycle.deadline ?? now, now).adding(seconds: seconds)
            return try SessionAct.extend(until: until).drafts(on: state, open: open, reason: reason)
        }
        if case .change(let update) = self {
            let plan = MetadataPlan(
                update, on: state, branch: EventDraft.mainBranch, since: nil)
            guard plan.problems.isEmpty else { throw JournalError.invalidMetadata(plan.problems) }
            return plan.drafts(reason: reason)
        }
        guard let rule else { return [] }
        let life = state.lifecycle
        var data: JSONObject = [:]
        switch self {
        case .expireOverdue(let now):
            guard life.isOverdue(at: now) else { return [] }
        case .extend(let until) where life.extendedUntil == until: return []
        default: if rule.isDone(life.status, life.phase) { return [] }
        }
        guard rule.admits(life.status, life.phase) else {
            throw JournalError.notForSession(rule, state)
        }
        switch self {
        case .expire, .expireOverdue: data["deadline"] = JSONValue(life.deadline?.description)
        case .extend(let until): data["until"] = .string(until.description)
        case .terminate(let isForced):
            guard open.isEmpty || isForced else { throw JournalError.workUnderWay(state, open) }
            data["force"] = .bool(isForced)
            if !open.isEmpty { data["open"] = .array(open.map { .string($0) }) }
        default: break
        }
        return [EventDraft(rule.kind, data: EventData(data), reason: reason)]
    }
}

/// What is under way in a session: tool calls without an end, model calls without an answer,
/// approvals without a decision, messages that were opened and not finished.
struct OpenWork: Projection {
    static let name = "open_work"
    static let version = 2

    func initialState() -> [String] { [] }

    func apply(_ event: Event, to state: inout [String]) {
        switch event.kind {
        case .messageAppended where (try? DataReader(event))?.bool("streaming") == true:
            begin("message", "message", event, &state)
        case .messageFinished: end("message", "message", event, &state)
        case .toolStarted: begin("tool call", "call", event, &state)
        case .toolFinished: end("tool call", "call", event, &state)
        case .modelRequested: begin("model call", "request", event, &state)
        case .modelResponded: end("model call", "request", event, &state)
        case .approvalRequested: begin("approval", "approval", event, &state)
        case .approvalDecided: end("approval", "approval", event, &state)
        default: break
        }
    }

    private func begin(_ what: String, _ key: String, _ event: Event, _ state: inout [String]) {
        guard let id = (try? DataReader(event))?.string(key) else { return }
        let name = "\(what) \(id)"
        if !state.contains(name) { state.append(name) }
    }

    private func end(_ what: String, _ key: String, _ event: Event, _ state: inout [String]) {
        guard let id = (try? DataReader(event))?.string(key) else { return }
        state.removeAll { $0 == "\(what) \(id)" }
    }
}

extension JournalError {
    static func notForSession(_ rule: LifecycleRule, _ state: SessionState) -> JournalError {
        let life = state.lifecycle
        let session = state.session?.description ?? ""
        let stands = life.phase == .open ? "" : " and \(life.phase.rawValue)"
        let advice = life.status == .deleted ? "undelete it first" : "resume it first"
        return JournalError(
            .conflict,
            "session \(session) is \(life.status?.rawValue ?? "active")\(stands): there is nothing to "
                + "\(rule.call); \(advice)")
    }

    static func workUnderWay(_ state: SessionState, _ open: [String]) -> JournalError {
        let limit = 5
        let names = open.prefix(limit).joined(separator: ", ")
        return JournalError(
            .conflict,
            "session \(state.session?.description ?? "") has work under way: \(names)"
                + (open.count > limit ? ", …" : "")
                + "; wait for it, abandon it, or terminate by force")
    }
}
