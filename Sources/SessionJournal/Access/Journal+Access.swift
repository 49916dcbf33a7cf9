internal import Synchronization

extension Journal {
    /// Who may do what.
    ///
    /// Cost: what is new in the journal's own session is read; of an earlier point, all of it.
    ///
    /// - Parameter point: When. Points that are about a session mean now.
    public func accessRules(at point: PointInTime = .now) async throws -> AccessRules {
        switch point {
        case .now, .back, .label: return try await access.rules(of: self)
        case .sequence, .time, .recorded:
            return try await fold(AccessProjection(), over: .journal, at: point)
        }
    }

    /// Who has a session: the `owner` of its metadata, and where that is empty who created it. Nil
    /// where that is withheld or erased, or is no name: then nobody has it.
    ///
    /// Cost: as ``state(of:at:branch:damage:)``, without messages.
    public func owner(of session: SessionID) async throws -> String? {
        guard let head = try await store.head(of: session) else { return nil }
        let state = try await foldState(of: session, at: .now, keepsContent: false)
        switch state.metadata()["owner"] {
        case nil, .null?, .string("")?:
            return try await event(at: head.firstSequence)?.actor
        case .string(let owner)?:
            return state.table.erasedNames(on: EventDraft.mainBranch).contains("owner")
                ? nil : owner
        default: return nil
        }
    }

    /// Whether somebody may do something; nothing is noted.
    ///
    /// Cost: none where the journal has no rules; else a fold of the session where only its owner
    /// may do it.
    ///
    /// - Parameters:
    ///   - permission: What.
    ///   - session: In which session; nil where it is about the whole journal.
    ///   - principal: Who.
    public func isAllowed(
        _ permission: Permission, of session: SessionID? = nil, as principal: String
    ) async throws -> Bool {
        try await allows(principal, permission, in: session, try await accessRules())
    }

    /// Makes sure that somebody may do something that is no event, such as reading, and takes note
    /// of it where the rules ask for that: `access.denied` for what is denied, `access.used` for
    /// reading the audit trail.
    ///
    /// Cost: none where the journal has no rules; else a fold of the session where only its owner or
    /// a role in it can allow it, and an append where it is noted.
    ///
    /// - Parameters:
    ///   - permission: What.
    ///   - session: In which session; nil where it is about the whole journal.
    ///   - principal: Who.
    ///   - act: What it is for, in a word, such as the name of a command.
    /// - Throws: ``JournalError/Code/accessDenied``, also where it would have to be noted and the
    ///   journal is open for reading only.
    public func require(
        _ permission: Permission, of session: SessionID? = nil, as principal: String,
        for act: String
    ) async throws {
        let rules = try await accessRules()
        guard rules.isEnforced || rules.recordsReads else { return }
        guard try await allows(principal, permission, in: session, rules) else {
            throw try await denial(of: principal, permission, in: session, act)
        }
        guard rules.recordsReads, permission == .audit else { return }
        guard isWritable else {
            throw JournalError(
                .accessDenied,
                "reading the audit trail is recorded in this journal, and it is open for reading "
                    + "only; read through the process that writes, or when it is done")
        }
        try await note(Self.noted(.accessUsed, permission, session, act), by: principal)
    }

    /// Whether somebody may do something now, the owner of the session included.
    func allows(
        _ principal: String, _ permission: Permission, in session: SessionID?, _ rules: AccessRules
    ) async throws -> Bool {
        if rules.allows(principal, permission, in: session) { return true }
        guard let session, !session.isJournal, permission.roles.contains(.owner) else {
            return false
        }
        return rules.allows(
            principal, permission, in: session, owner: try await owner(of: session))
    }

    /// Takes note of what was denied, and gives the error that says so.
    func denial(
        of principal: String, _ permission: Permission, in session: SessionID?, _ act: String
    ) async throws -> JournalError {
        if isWritable {
            try await note(Self.noted(.accessDenied, permission, session, act), by: principal)
        }
        let roles = permission.roles.map(\.rawValue).sorted().joined(separator: ", ")
        let place = session.map { $0.isJournal ? "@journal" : "session \($0)" } ?? "this journal"
        return JournalError(
            .accessDenied,
            "\(principal) may not do that in \(place): \(act) needs “\(permission.rawValue)”, which "
                + "these roles have: \(roles); an admin gives roles (sjournal access grant)")
    }

    /// Appends to the journal's own session what follows from an act that was allowed, or denied:
    /// nobody is asked again.
    @discardableResult
    func note(_ draft: EventDraft, by principal: String) async throws -> AppendReceipt {
        guard let receipt = try await note([draft], by: principal).first else {
            throw JournalError(.internalError, "an append got no receipt")
        }
        return receipt
    }

    /// The same of several, in one commit.
    func note(_ drafts: [EventDraft], by principal: String) async throws -> [AppendReceipt] {
        let items = drafts.map { draft in
            var draft = draft
            draft.branch = nil
            draft.trace = draft.trace ?? Self.traceID
            return AppendBatch.Item(session: .journal, draft: draft)
        }
        return try await store.append(AppendBatch(actor: principal, items: items))
    }

    /// What a note of an attempt or a reading says.
    private static func noted(
        _ kind: EventKind, _ permission: Permission, _ session: SessionID?, _ act: String
    ) -> EventDraft {
        var data: JSONObject = ["permission": .string(permission.rawValue), "act": .string(act)]
        if let session { data.append("session", .string(session.hexadecimal)) }
        return EventDraft(kind, data: EventData(data))
    }
}

/// The rules as of the last event of the journal's own session that was looked at.
final class AccessKeeper: Sendable {
    private struct Known {
        var lastSequence: UInt64 = 0
        var rules = AccessRules()
    }

    private let known = Mutex(Known())

    /// The rules now. Cost: a look at where the journal's own session stands; what is new in it is
    /// read.
    func rules(of journal: Journal) async throws -> AccessRules {
        let last = try await journal.store.head(of: .journal)?.lastSequence ?? 0
        var next = known.withLock { $0 }
        guard last > next.lastSequence else { return next.rules }
        let (before, range) = (next.rules, next.lastSequence + 1...last)
        do {
            next.rules = try await Self.apply(range, of: journal, .fail, to: before)
        } catch let error as JournalError where error.code == .damaged {
            next.rules = try await Self.apply(range, of: journal, .skip, to: before)
            // What is lost may have been the policy: where there are rules, they hold.
            if next.rules != AccessRules() { next.rules.isEnforced = true }
        }
        next.lastSequence = last
        let now = next
        known.withLock { if $0.lastSequence < now.lastSequence { $0 = now } }
        return now.rules
    }
}

extension AccessKeeper {
    private static func apply(
        _ range: ClosedRange<UInt64>, of journal: Journal, _ damage: Journal.DamagePolicy,
        to rules: AccessRules
    ) async throws -> AccessRules {
        var rules = rules
        for try await event in journal.events(
            from: range.lowerBound, through: range.upperBound, session: .journal,
            kinds: AccessRules.kinds, damage: damage)
        {
            rules.apply(event)
        }
        return rules
    }
}

/// The rules as of a point in time.
struct AccessProjection: Projection {
    static let name = "access"
    static let version = 1

    func initialState() -> AccessRules { AccessRules() }

    func apply(_ event: Event, to state: inout AccessRules) {
        if AccessRules.kinds.contains(event.kind) { state.apply(event) }
    }
}
