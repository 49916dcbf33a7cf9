extension JournalWriter {
    /// Gives somebody a role, in the whole journal or in one session. An event of `@journal`.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - principal: Who gets it, such as `user:ada`; `*` is everybody.
    ///   - session: The session; nil for the whole journal.
    ///   - reason: Why.
    /// - Returns: The receipt; nil where the role was given already.
    /// - Throws: ``JournalError/Code/accessDenied``, ``JournalError/Code/invalidArgument`` for a role
    ///   that is none of one session, ``JournalError/Code/sessionNotFound``.
    @discardableResult
    public func grant(
        _ role: AccessRole, to principal: String, in session: SessionID? = nil,
        reason: String? = nil
    ) async throws -> AppendReceipt? {
        try EventDraft.check(actor: principal)
        if let session {
            guard try await journal.store.head(of: session) != nil, !session.isJournal else {
                throw JournalError.sessionNotFound("\(session)")
            }
            guard role != .admin else {
                throw JournalError(
                    .invalidArgument, "an admin is one of the whole journal; leave out the session")
            }
        }
        guard principal != AccessRules.everybody || role != .admin else {
            throw JournalError(.invalidArgument, "not everybody can be an admin; name who is")
        }
        return try await changeRules(reason) { rules in
            let isGiven = rules.grants.contains {
                $0.role == role && $0.principal == principal && $0.session == session
            }
            return isGiven
                ? nil
                : EventDraft(
                    .accessGranted, branch: nil, data: Self.data(role, principal, session))
        }
    }

    /// Takes a role back.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - principal: Who has it.
    ///   - session: The session that it was given in; nil for the whole journal.
    ///   - reason: Why.
    /// - Returns: The receipt; nil where it was not given.
    /// - Throws: ``JournalError/Code/accessDenied``, and ``JournalError/Code/conflict`` for the role
    ///   of the last admin of a journal that enforces its rules.
    @discardableResult
    public func revoke(
        _ role: AccessRole, from principal: String, in session: SessionID? = nil,
        reason: String? = nil
    ) async throws -> AppendReceipt? {
        try await changeRules(reason) { rules in
            let isGiven = rules.grants.contains {
                $0.role == role && $0.principal == principal && $0.session == session
            }
            guard isGiven else { return nil }
            if rules.isEnforced, role == .admin, session == nil, rules.admins == [principal] {
                throw JournalError(
                    .conflict,
                    "\(principal) is the last admin; make somebody else one first, or nobody could "
                        + "change the rules any more")
            }
            return EventDraft(
                .accessRevoked, branch: nil, data: Self.data(role, principal, session))
        }
    }

    /// Changes the policy; what is nil stays.
    ///
    /// - Parameters:
    ///   - isEnforced: Whether roles are asked for.
    ///   - twoPerson: What needs two people, of ``Permission/twoPerson``.
    ///   - recordsReads: Whether reading the audit trail is an event.
    ///   - reason: Why.
    /// - Returns: The receipt; nil where nothing changes.
    /// - Throws: ``JournalError/Code/accessDenied``, ``JournalError/Code/invalidArgument``, and
    ///   ``JournalError/Code/conflict`` where the rules would be enforced and this writer is no admin.
    @discardableResult
    public func changeAccessPolicy(
        isEnforced: Bool? = nil, twoPerson: Set<Permission>? = nil, recordsReads: Bool? = nil,
        reason: String? = nil
    ) async throws -> AppendReceipt? {
        if let other = twoPerson?.subtracting(Permission.twoPerson).map(\.rawValue).min() {
            let known = Permission.twoPerson.map(\.rawValue).sorted().joined(separator: ", ")
            throw JournalError(
                .invalidArgument, "“\(other)” never needs two people; those that may: \(known)")
        }
        return try await changeRules(reason) { rules in
            var data: JSONObject = [:]
            if let isEnforced, isEnforced != rules.isEnforced {
                guard !isEnforced || rules.admins.contains(actor) else {
                    throw JournalError(
                        .conflict,
                        "\(actor) is no admin, and could not change the rules any more; give that "
                            + "role first (sjournal access grant admin \(actor))")
                }
                data.append("enforced", .bool(isEnforced))
            }
            if let twoPerson, twoPerson != rules.twoPersonPermissions {
                data.append(
                    "two_person", .array(twoPerson.map(\.rawValue).sorted().map { .string($0) }))
            }
            if let recordsReads, recordsReads != rules.recordsReads {
                data.append("record_reads", .bool(recordsReads))
            }
            guard !data.isEmpty else { return nil }
            return EventDraft(.accessPolicyChanged, branch: nil, data: EventData(data))
        }
    }

    /// Agrees to what somebody else has asked for. Who asked does it then, once, within
    /// ``AccessRules/approvalSeconds``.
    ///
    /// - Parameters:
    ///   - request: The sequence number of the event that asked.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/accessDenied`` for who asked, and for who may not do it;
    ///   ``JournalError/Code/invalidArgument`` where nothing was asked;
    ///   ``JournalError/Code/conflict`` where somebody agreed already.
    @discardableResult
    public func approve(request: UInt64, reason: String? = nil) async throws -> AppendReceipt {
        let receipt = try await changeRules(reason) { rules in
            let known = rules.requests.last { $0.sequence == request }
            guard let known else {
                throw JournalError(
                    .invalidArgument,
                    "there is no request \(request); sjournal access requests lists them")
            }
            return EventDraft(
                .accessApproved, branch: nil,
                data: [
                    "request": JSONValue(request), "permission": .string(known.permission.rawValue),
                ])
        }
        guard let receipt else {
            throw JournalError(.internalError, "an approval was not appended")
        }
        return receipt
    }

    /// Appends what changes the rules, if nobody changed them in between.
    private func changeRules(
        _ reason: String?, _ plan: (AccessRules) throws -> EventDraft?
    ) async throws -> AppendReceipt? {
        for _ in 0..<Self.attemptLimit {
            let version = try await journal.store.head(of: .journal)?.version ?? 0
            guard var draft = try plan(try await journal.accessRules()) else { return nil }
            draft.reason = reason
            do {
                return try await append(draft, to: .journal, if: .version(version))
            } catch let error as JournalError where error.code == .conflict {
                // Somebody may have changed the same rule. What is no such conflict comes again.
                let now = try await journal.store.head(of: .journal)?.version ?? 0
                if now == version { throw error }
            }
        }
        throw JournalError.contention(.journal, attempts: Self.attemptLimit)
    }

    private static func data(
        _ role: AccessRole, _ principal: String, _ session: SessionID?
    ) -> EventData {
        var data: JSONObject = [
            "principal": .string(principal), "role": .string(role.rawValue),
        ]
        if let session { data.append("session", .string(session.hexadecimal)) }
        return EventData(data)
    }
}
