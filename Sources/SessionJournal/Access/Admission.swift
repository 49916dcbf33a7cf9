extension Journal {
    /// Whether somebody may append these events; what is denied becomes an event itself.
    ///
    /// - Returns: The items, with the approval that they make use of where two people are needed.
    /// - Throws: ``JournalError/Code/accessDenied``, and ``JournalError/Code/approvalNeeded`` where
    ///   nobody has agreed yet; that was asked for then.
    func admitted(
        _ items: [AppendBatch.Item], by principal: String
    ) async throws -> [AppendBatch.Item] {
        let rules = try await access.rules(of: self)
        guard rules.isEnforced || !rules.twoPersonPermissions.isEmpty else { return items }
        var items = items
        // Who creates a session has it.
        var created: Set<SessionID> = []
        for index in items.indices {
            let (session, draft) = (items[index].session, items[index].draft)
            guard let permission = Permission.needed(by: draft, in: session) else {
                throw JournalError(
                    .accessDenied, "“\(draft.kind)” is for the journal itself to append")
            }
            // One that is known by its id creates nothing.
            if draft.kind == .sessionCreated, !session.isJournal,
                try await store.head(of: session) == nil
            {
                created.insert(session)
            }
            let isOwn =
                draft.kind != .sessionCreated && created.contains(session)
                && permission.roles.contains(.owner)
            // What is about one session stands in the journal's own.
            let place = permission == .share ? draft.sharedSession : session
            if !isOwn, try await !allows(principal, permission, in: place, rules) {
                throw try await denial(
                    of: principal, permission, in: place, draft.kind.rawValue)
            }
            if draft.kind == .accessApproved {
                try check(approval: draft, by: principal, rules)
            }
            let asksTwo =
                rules.twoPersonPermissions.contains(permission)
                || draft.destroysKeys && rules.twoPersonPermissions.contains(.destroy)
            if asksTwo, let subject = draft.twoPersonSubject {
                items[index].draft = try await approved(
                    draft, permission, subject, by: principal, rules)
            }
        }
        return items
    }

    /// The draft with the request that a second person has agreed to.
    private func approved(
        _ draft: EventDraft, _ permission: Permission, _ subject: JSONValue,
        by principal: String, _ rules: AccessRules
    ) async throws -> EventDraft {
        let now = options.clock()
        var request = rules.openRequest(of: principal, permission, subject, at: now)
        if let request, request.approval != nil {
            var draft = draft
            var data = try draft.data.value().object ?? [:]
            data["approved_request"] = JSONValue(request.sequence)
            draft.data = EventData(data)
            return draft
        }
        if request == nil {
            let asking = EventDraft(
                .accessRequested,
                data: ["permission": .string(permission.rawValue), "subject": subject],
                reason: draft.reason)
            try await note(asking, by: principal)
            request = try await accessRules().openRequest(
                of: principal, permission, subject, at: now)
        }
        let number = request.map { String($0.sequence) } ?? "?"
        throw JournalError(
            .approvalNeeded,
            "two people have to agree to this: request \(number) was recorded; somebody else who may "
                + "“\(permission.rawValue)” agrees (sjournal access approve \(number)), then "
                + "\(principal) does it again within a week")
    }

    /// An approval is by somebody else, of a request that waits for one.
    private func check(
        approval draft: EventDraft, by principal: String, _ rules: AccessRules
    ) throws {
        let number = try draft.data.value()["request"]?.integer ?? 0
        guard let request = rules.requests.last(where: { Int64($0.sequence) == number }) else {
            throw JournalError(
                .invalidArgument,
                "there is no request \(number); sjournal access requests lists them")
        }
        guard try draft.data.value()["permission"]?.string == request.permission.rawValue else {
            throw JournalError(
                .invalidArgument,
                "request \(number) is about “\(request.permission.rawValue)”: an approval names that"
            )
        }
        guard request.principal != principal else {
            throw JournalError(
                .accessDenied,
                "\(principal) has asked for this: somebody else has to agree to it")
        }
        if let approval = request.approval {
            throw JournalError(
                .conflict, "\(approval.principal) has agreed to request \(number) already")
        }
    }
}

extension EventDraft {
    /// What an approval of this event is bound to; nil where two people are never asked.
    fileprivate var twoPersonSubject: JSONValue? {
        guard let data = try? data.value() else { return nil }
        switch kind {
        case .erasureRequested:
            // Which events it takes, as positions: what came since was not agreed to.
            var subject: JSONObject = [
                "scope": data["scope"] ?? .null, "sessions": data["sessions"] ?? .null,
                "events": data["events"] ?? .null,
            ]
            subject["encrypted"] = data["encrypted"]
            return .object(subject)
        case .holdLifted: return data["hold"] ?? .null
        default: return nil
        }
    }

    /// Whether it asks for the keys of encrypted sessions to be destroyed.
    fileprivate var destroysKeys: Bool {
        guard kind == .erasureRequested, let data = try? data.value() else { return false }
        return !KeyErasure.all(in: data["encrypted"]).isEmpty
    }
}
