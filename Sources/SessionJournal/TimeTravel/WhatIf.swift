/// A session as it is, and as it would be had some events been others.
public struct WhatIf: Sendable {
    /// What is different about the past.
    public let alteration: Alteration
    /// The branch that is compared.
    public let branch: String
    /// What is.
    public let actual: SessionState
    /// What would be.
    public let supposed: SessionState
    /// From what is to what would be.
    public let difference: SessionDifference
}

/// What was kept of a supposition.
public struct KeptWhatIf: Sendable, Hashable {
    /// The new branch.
    public let branch: String
    /// Where its events stand.
    public let receipts: [AppendReceipt]
    /// The number of messages that were written anew.
    public let messageCount: Int
    /// Fields whose supposed values were not written: they belong to the session as a whole, which
    /// would be changed for every branch.
    public let fieldsNotKept: [String]
}

extension Journal {
    /// What would have become of a session, had events of it been left out or said something else.
    /// The events are folded again in memory; nothing is written, and no model is asked: messages
    /// that came later stay what they were.
    ///
    /// Cost: reads the session twice, up to the point.
    ///
    /// - Parameters:
    ///   - alteration: What is different.
    ///   - session: A session that exists.
    ///   - branch: The branch whose path and metadata are compared.
    ///   - point: Up to which event.
    ///   - damage: What to do where events of the session are lost.
    /// - Throws: ``JournalError/Code/eventNotFound`` where an event that is to be other is none of
    ///   the session's up to the point, ``JournalError/Code/invalidArgument`` where its content is
    ///   withheld, and what ``state(of:at:branch:damage:)`` throws.
    public func whatIf(
        _ alteration: Alteration, in session: SessionID,
        branch: String = EventDraft.mainBranch, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> WhatIf {
        let point = try await settled(point, in: session)
        let actual = try await readState(
            of: session, at: point, branch: branch, damage: damage)
        for sequence in alteration.dropped.union(alteration.changed.keys).sorted() {
            try await check(sequence, alteration, session, actual.lastSequence)
        }
        var supposed = try await fold(
            WhatIfProjection(alteration), over: session, at: .sequence(actual.lastSequence),
            damage: damage
        ).session
        supposed.schema = actual.schema
        return WhatIf(
            alteration: alteration, branch: branch, actual: actual, supposed: supposed,
            difference: SessionDifference(
                from: actual, branch: branch, to: supposed, branch: branch))
    }

    private func check(
        _ sequence: UInt64, _ alteration: Alteration, _ session: SessionID, _ last: UInt64
    ) async throws {
        guard sequence <= last, let event = try await event(at: sequence),
            event.session == session
        else {
            throw JournalError(
                .eventNotFound,
                "event \(sequence) is none of session \(session) up to there; log lists them")
        }
        guard let members = alteration.changed[sequence] else { return }
        guard !event.isWithheld, event.replacing(members) != nil else {
            throw JournalError(
                .invalidArgument,
                "event \(sequence) cannot say something else: its content is withheld; leave it "
                    + "out, or leave it")
        }
    }
}

extension JournalWriter {
    /// Writes a supposition as a new branch of the session. What was is not touched.
    ///
    /// The branch begins at the last message that both pasts share. The messages behind it are
    /// written again as new messages of this writer, each with the id of the one that it repeats
    /// (`copied_from`); their cost in tokens is not repeated, for nothing was asked again. Fields
    /// that branches have of their own are set on the new one. Fields of the session are left as
    /// they are, and named in the answer.
    ///
    /// Cost: reads the session once, and one commit.
    ///
    /// - Parameters:
    ///   - supposition: What ``Journal/whatIf(_:in:branch:at:damage:)`` gave.
    ///   - branch: The new branch's name.
    ///   - reason: Why; else which events were left out or changed.
    ///   - durability: What the answer promises.
    /// - Throws: ``JournalError/Code/conflict`` where the session has such a branch,
    ///   ``JournalError/Code/invalidArgument`` where a message to be written is withheld,
    ///   ``JournalError/Code/invalidMetadata`` where a field would have a value that it cannot have.
    @discardableResult
    public func keep(
        _ supposition: WhatIf, as branch: String, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> KeptWhatIf {
        guard let session = supposition.actual.session else {
            throw JournalError(
                .invalidArgument, "the session has no event at that point; nothing can be kept")
        }
        for _ in 0..<Self.attemptLimit {
            let now = try await journal.readState(of: session)
            guard now.tree.branch(branch) == nil else {
                throw JournalError(
                    .conflict, "the session has a branch “\(branch)” already; give another name")
            }
            let plan = try KeepingPlan(
                supposition, as: branch, now: now, reason: reason, newID: journal.newMessageID)
            do {
                let receipts = try await append(
                    plan.drafts, to: session, if: .version(now.version), durability: durability)
                return KeptWhatIf(
                    branch: branch, receipts: receipts, messageCount: plan.messageCount,
                    fieldsNotKept: plan.fieldsNotKept)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between: the name may be taken by now.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }
}

/// The events that keep a supposition.
private struct KeepingPlan {
    private(set) var drafts: [EventDraft] = []
    private(set) var messageCount = 0
    private(set) var fieldsNotKept: [String] = []

    init(
        _ supposition: WhatIf, as branch: String, now: SessionState, reason: String?,
        newID: () -> String
    ) throws(JournalError) {
        let reason = reason ?? "what if: " + supposition.alteration.words
        let actual = supposition.actual.tree.path(ofBranch: supposition.branch)?.messages ?? []
        let supposed = supposition.supposed.tree.path(ofBranch: supposition.branch)?.messages ?? []
        let shared = zip(actual, supposed).prefix {
            $0.0.id == $0.1.id && $0.1.hasContent(of: $0.0)
        }.count
        var parent: JSONValue = shared > 0 ? .string(supposed[shared - 1].id) : .null
        drafts.append(
            EventDraft(
                .branchCreated, branch: branch,
                data: [
                    "branch": .string(branch), "from": parent, "type": "fork",
                    "parent_branch": .string(supposition.branch), "description": .string(reason),
                ], reason: reason))
        for message in supposed[shared...] {
            let id = newID()
            drafts.append(
                try Self.draft(message, id: id, after: parent, on: branch, reason: reason))
            parent = .string(id)
            messageCount += 1
        }
        try keepFields(supposition, as: branch, now: now, reason: reason)
    }

    private static func draft(
        _ message: Message, id: String, after parent: JSONValue, on branch: String, reason: String
    ) throws(JournalError) -> EventDraft {
        guard let content = message.content() else {
            throw JournalError(
                .invalidArgument,
                "the message of event \(message.sequence) cannot be written again: its content is "
                    + "withheld")
        }
        var data: JSONObject = [
            "message": .string(id), "parent": parent, "role": JSONValue(message.role?.rawValue),
            "parts": .array(content),
        ]
        data["model"] = message.model.map { .string($0) }
        data["synthetic"] = message.synthetic.map { .string($0) }
        data.append("copied_from", .string(message.id))
        return EventDraft(
            .messageAppended, branch: branch, data: EventData(data), reason: reason)
    }

    private mutating func keepFields(
        _ supposition: WhatIf, as branch: String, now: SessionState, reason: String
    ) throws(JournalError) {
        let table = supposition.supposed.table
        let inherited = now.metadata(on: supposition.branch)
        let supposed = supposition.supposed.metadata(on: supposition.branch)
        let derived = Set(MetadataField.builtIn.filter(\.isDerived).map(\.name))
        var set: JSONObject = [:]
        for field in supposition.difference.fields where !derived.contains(field.name) {
            if table.scope(of: field.name) == .session { fieldsNotKept.append(field.name) }
        }
        var merged = inherited
        for member in supposed where table.scope(of: member.name) == .branch {
            guard inherited[member.name] != member.value else { continue }
            set.append(member.name, member.value)
            merged[member.name] = member.value
        }
        guard !set.isEmpty else { return }
        let problems = now.schema.problems(in: merged, on: branch, only: .branch)
        guard problems.isEmpty else { throw JournalError.invalidMetadata(problems) }
        var data: JSONObject = ["set": .object(set)]
        let own = set.names.filter { MetadataField.builtIn($0) == nil }
        if !own.isEmpty { data.append("branch_fields", .array(own.map { .string($0) })) }
        drafts.append(
            EventDraft(
                .sessionMetadataChanged, branch: branch, data: EventData(data), reason: reason))
    }
}
