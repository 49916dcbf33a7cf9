extension JournalWriter {
    /// Lets messages say `[redacted: RULE]` in place of what a scanner finds in them.
    ///
    /// What redacts an event is an event, `message.redacted`: it names that one, what was found where,
    /// and says once more what it said, without what was found. From then on every state, also as of an
    /// earlier event, shows that. The log still has the event itself: with
    /// ``RedactionOptions/erasureBasis`` its bytes are destroyed as ``erase(_:options:progress:)`` does
    /// it, and what redacts it stays. Erased are then also events that no message shows, such as a line
    /// of an import. Ids of messages stay as they are.
    ///
    /// Cost: reads the session; with an erasure the cost of that.
    ///
    /// - Parameters:
    ///   - scope: Where to look.
    ///   - scanner: What to look for.
    ///   - options: Whether only to say what would be done, and whether to erase.
    /// - Returns: What was found, and what was done about it.
    /// - Throws: ``JournalError/Code/eventNotFound``, ``JournalError/Code/sessionNotFound``, and where
    ///   something is to be erased ``JournalError/Code/held``; nothing is redacted then.
    @discardableResult
    public func redact(
        _ scope: RedactionScope, for scanner: TextScanner, options: RedactionOptions = .init()
    ) async throws -> RedactionReport {
        for _ in 0..<Self.attemptLimit {
            let plan = try await journal.redactions(in: scope, scanner)
            if options.erasureBasis != nil { try await journal.checkHolds(over: plan.target) }
            var report = plan.report
            guard !options.isDryRun else { return report }
            do {
                try await append(plan, reason: options.reason)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote to the session: there may be more to be redacted now.
                continue
            }
            if let basis = options.erasureBasis, !report.erasable.isEmpty {
                var erasure = ErasureOptions(basis: basis)
                erasure.reason = options.reason
                report.certificate = try await erase(
                    .events(report.erasable, in: report.session), options: erasure)
            }
            return report
        }
        throw JournalError(
            .conflict, "others write to this session all the time; redact when it is quiet")
    }

    /// Appends what redacts, in commits of a few megabytes, each with the notice that it is there.
    private func append(_ plan: PlannedRedaction, reason: String?) async throws {
        var version = plan.version
        var rest = plan.drafts[...]
        while !rest.isEmpty {
            var items: [AppendBatch.Item] = []
            var size = 0
            var events: [JSONValue] = []
            var counts: [String: Int] = [:]
            while let (draft, item) = rest.first, items.isEmpty || size < Self.redactionBatchSize {
                rest = rest.dropFirst()
                var draft = draft
                draft.reason = reason
                size += draft.data.bytes.count
                items.append(.init(session: plan.report.session, draft: draft))
                events.append(JSONValue(item.sequence))
                for finding in item.findings { counts[finding.rule, default: 0] += 1 }
            }
            let rules = counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }
            let notice: JSONObject = [
                "session": .string(plan.report.session.hexadecimal), "events": .array(events),
                "rules": .object(JSONObject(rules)),
            ]
            items.append(
                .init(
                    session: .journal,
                    draft: EventDraft(
                        .redactionRecorded, branch: nil, data: EventData(notice), reason: reason)))
            try await append(items, if: [plan.report.session: .version(version)])
            version += UInt64(items.count - 1)
        }
    }

    /// The data of what is appended together, in bytes.
    private static let redactionBatchSize = 4 << 20
}

/// What is to be redacted, and by what.
struct PlannedRedaction: Sendable {
    var report: RedactionReport
    /// The version of the session's last event that was looked at.
    var version: UInt64 = 0
    /// What redacts, and what.
    var drafts: [(EventDraft, RedactionReport.Item)] = []
    /// What an erasure would take.
    var target = DestructionTarget()

    /// For each event that messages show, the last that says what it says: itself, or what redacts it.
    fileprivate var standing: [UInt64: (event: Event, findings: [ScanFinding])] = [:]
    fileprivate var order: [UInt64] = []
    fileprivate let only: UInt64?
}

extension Journal {
    /// Looks for what is to be redacted.
    func redactions(
        in scope: RedactionScope, _ scanner: TextScanner
    ) async throws -> PlannedRedaction {
        let session: SessionID
        var only: UInt64?
        switch scope {
        case .session(let id):
            session = id
            guard try await store.head(of: id) != nil else {
                throw JournalError.sessionNotFound("\(id)")
            }
        case .event(let sequence):
            guard let event = try await event(at: sequence) else {
                throw JournalError.beyondEnd(
                    sequence, last: try await store.position().lastSequence)
            }
            session = event.session
            only = event.redactedSequence ?? sequence
        }
        guard !session.isJournal else {
            throw JournalError(
                .invalidArgument,
                "the journal's own events say what was done to it, and stay; redact in sessions")
        }
        var plan = PlannedRedaction(report: RedactionReport(session: session), only: only)
        var scan = EventScanner(scanner)
        for try await event in events(session: session) {
            plan.version = event.version
            if !event.isWithheld { plan.look(at: event, &scan) }
        }
        plan.finish(scanner)
        return plan
    }
}

extension PlannedRedaction {
    private static let shown: Set<EventKind> = [
        .messageAppended, .messageExtended, .messageEdited, .messageRedacted,
    ]

    /// Kinds that a session stands on, by the first part of their names.
    private static let lasting: Set<Substring> = [
        "session", "message", "branch", "label", "erasure",
    ]

    /// Takes note of an event of the session, the next in order.
    fileprivate mutating func look(at event: Event, _ scan: inout EventScanner) {
        let sequence = event.redactedSequence ?? event.sequence
        guard only == nil || only == sequence else { return }
        var findings = scan.findings(in: event)
        let isShown = Self.shown.contains(event.kind)
        guard isShown else {
            guard !findings.isEmpty else { return }
            let item = RedactionReport.Item(
                sequence: event.sequence, kind: event.kind, findings: findings)
            if Self.lasting.contains(event.kind.rawValue.prefix { $0 != "." }) {
                report.left.append(item)
            } else {
                report.others.append(item)
                target.add(event)
            }
            return
        }
        if let before = standing[sequence] {
            // What says it now no longer holds what the one before held.
            if !before.findings.isEmpty {
                report.known.append(
                    .init(
                        sequence: before.event.sequence, kind: before.event.kind,
                        findings: before.findings))
                target.add(before.event)
            }
        } else {
            order.append(sequence)
        }
        if event.kind == .messageRedacted {
            // Of ids nothing is redacted: else this would be found again and again.
            findings = findings.filter { $0.place.hasPrefix("/data/") && !Self.isOfId($0.place) }
        }
        standing[sequence] = (event, findings)
    }

    private static let ids: Set<String> = ["message", "parent", "alias"]

    private static func isOfId(_ place: String) -> Bool {
        let steps = place.split(separator: "/")
        return steps.count >= 2 && steps[0] == "data" && ids.contains(String(steps[1]))
    }

    /// Makes the events that redact what was found.
    fileprivate mutating func finish(_ scanner: TextScanner) {
        for sequence in order {
            guard let (event, findings) = standing[sequence], !findings.isEmpty,
                let data = try? event.data().object
            else { continue }
            let item = RedactionReport.Item(
                sequence: event.sequence, kind: event.kind, findings: findings)
            let kind = data["of"]?.string ?? event.kind.rawValue
            var members: JSONObject = [
                "event": JSONValue(sequence), "of": .string(kind),
                "redacted": .array(findings.prefix(Self.recordedLimit).map(\.recorded)),
                "count": JSONValue(findings.count),
            ]
            let own = Set(members.names + ["original", "media", "line"])
            let rest = JSONObject(
                data.filter { !own.contains($0.name) }.map { ($0.name, $0.value) })
            guard case .object(let clean) = scanner.redacted(.object(rest), keeping: Self.ids)
            else { continue }
            for member in clean { members.append(member.name, member.value) }
            drafts.append(
                (
                    EventDraft(
                        .messageRedacted, branch: event.branch ?? EventDraft.mainBranch,
                        data: EventData(members), cause: .sequence(event.sequence)), item
                ))
            report.redacted.append(item)
            target.add(event)
        }
    }

    /// How many places an event lists.
    private static let recordedLimit = 4_096
}
