internal import SegmentLog

extension Journal {
    /// Hands over what the journal holds about one principal: events that they appended, or somebody on
    /// their behalf, and the gaps in their sessions. Of a message that was redacted since, what redacts
    /// it.
    ///
    /// What others said is theirs, and not handed over, also where it names the principal; how many such
    /// events there are is counted. A principal is a name as events have it: whoever writes under several
    /// has to be asked for under each.
    ///
    /// Cost: a reading of the journal; with the context, of each session in which they answered
    /// somebody. Memory does not grow with the events, but for the numbers of their messages with the
    /// context.
    ///
    /// - Parameters:
    ///   - name: The principal, such as `user:ada`.
    ///   - options: What else is told.
    ///   - hand: Called with each thing.
    /// - Returns: Their sessions, roles and, where that is told, holds, and the counts.
    public func subjectRecord(
        of name: String, options: SubjectOptions = .init(), hand: (SubjectItem) throws -> Void
    ) async throws -> SubjectRecord {
        guard !name.isEmpty else {
            throw JournalError(.invalidArgument, "a record is about somebody: give a name")
        }
        var record = SubjectRecord(name: name)
        record.lastSequence = try await lastSequence()
        for summary in try await sessions() where try await isTheirs(summary, name) {
            record.sessions.append(SubjectSession(summary: summary))
        }
        if options.includesHolds {
            record.holds = try await holds(includingLifted: true).filter {
                $0.scope == .actor(name)
            }
        }
        var run = SubjectRun(
            name: name, own: Set(record.sessions.map(\.summary.session)),
            redacted: try await redactedEvents(), keepsMessages: options.includesContext)
        for try await event in events(through: record.lastSequence) {
            if let grant = SubjectGrant(event, name) { record.grants.append(grant) }
            guard let relation = run.relation(of: event) else {
                if run.isMentioned(in: event) { record.mentions += 1 }
                continue
            }
            run.note(event)
            let item = try await subjectEvent(event, relation, &run)
            if event.isWithheld { record.gaps += 1 } else { record.events += 1 }
            if item.redactedBy != nil { record.redacted += 1 }
            try hand(.event(item))
        }
        for (session, names) in run.blobs.sorted(by: { $0.key < $1.key }) where !names.isEmpty {
            for try await event in events(
                through: record.lastSequence, session: session, kinds: [.blobStored])
            {
                guard let chunk = BlobChunk(event), names.contains(BlobName.text(chunk.blob)),
                    run.relation(of: event) == nil
                else { continue }
                record.events += 1
                try hand(
                    .event(
                        SubjectEvent(
                            event: event, relation: .attachment, data: try event.data(),
                            redactedBy: nil)))
            }
        }
        if options.includesContext {
            record.contexts = try await context(of: run, through: record.lastSequence, hand)
        }
        return record
    }

    /// Whether a session is somebody's: its owner, and without one who created it.
    private func isTheirs(_ summary: SessionSummary, _ name: String) async throws -> Bool {
        switch summary.metadata["owner"] {
        case nil, .null?, .string("")?:
            try await event(at: summary.firstSequence)?.actor == name
        case .string(let owner)?: owner == name
        default: false
        }
    }

    /// An event as it is handed over.
    private func subjectEvent(
        _ event: Event, _ relation: SubjectEvent.Relation, _ run: inout SubjectRun
    ) async throws -> SubjectEvent {
        guard !event.isWithheld else {
            return SubjectEvent(event: event, relation: relation, data: .null, redactedBy: nil)
        }
        guard run.redacted.contains(event.sequence) else {
            return SubjectEvent(
                event: event, relation: relation, data: try event.data(), redactedBy: nil)
        }
        if run.redactionsOf != event.session {
            run.redactionsOf = event.session
            run.redactions = [:]
            for try await next in events(session: event.session, kinds: [.messageRedacted]) {
                if let sequence = next.redactedSequence { run.redactions[sequence] = next.sequence }
            }
        }
        // What redacted a redaction names the first.
        let first = event.redactedSequence ?? event.sequence
        guard let sequence = run.redactions[first], sequence != event.sequence,
            let redaction = try await self.event(at: sequence), !redaction.isWithheld
        else {
            return SubjectEvent(
                event: event, relation: relation, data: .null, redactedBy: run.redactions[first])
        }
        return SubjectEvent(
            event: event, relation: relation, data: try redaction.data(), redactedBy: sequence)
    }

    /// Hands over the messages that somebody answered.
    private func context(
        of run: SubjectRun, through last: UInt64, _ hand: (SubjectItem) throws -> Void
    ) async throws -> Int {
        var anonymiser = try Anonymiser(
            Pseudonyms(random: options.random), principals: run.others)
        var count = 0
        for (session, answers) in run.messages.sorted(by: { $0.key < $1.key }) {
            let tree = try await foldState(
                of: session, at: .sequence(last), keepsContent: true
            ).tree
            for message in tree.messages where answers.contains(message.sequence) {
                guard let parent = message.parent, parent.session == nil,
                    let answered = tree.message(parent.message),
                    !answers.contains(answered.sequence), answered.actor != run.name
                else { continue }
                let author = answered.events.first?.onBehalf ?? answered.actor
                try hand(
                    .context(
                        SubjectContext(
                            answeredBy: message.sequence, session: session,
                            time: answered.occurred ?? answered.time,
                            role: answered.role?.rawValue,
                            author: author.map { anonymiser.person($0) },
                            parts: (answered.content() ?? []).map { anonymiser.part($0) })))
                count += 1
            }
        }
        return count
    }
}

/// What is known on the way through the events.
private struct SubjectRun {
    let name: String
    let own: Set<SessionID>
    let redacted: Set<UInt64>
    let keepsMessages: Bool
    /// The name as it stands in a line.
    private let written: [UInt8]

    /// The messages that are theirs, by session.
    var messages: [SessionID: Set<UInt64>] = [:]
    /// What their events name that is stored by itself, by session.
    var blobs: [SessionID: Set<String>] = [:]
    /// Everybody else.
    var others: Set<String> = []
    /// What redacts what in one session.
    var redactionsOf: SessionID?
    var redactions: [UInt64: UInt64] = [:]

    init(name: String, own: Set<SessionID>, redacted: Set<UInt64>, keepsMessages: Bool) {
        self.name = name
        self.own = own
        self.redacted = redacted
        self.keepsMessages = keepsMessages
        var written: [UInt8] = []
        JSONText.appendEscaped(name.utf8.span, to: &written)
        self.written = written
    }

    /// Takes note of what an event of theirs names, as far as it stands.
    mutating func note(_ event: Event) {
        guard !event.isWithheld, !redacted.contains(event.sequence), event.kind != .blobStored
        else {
            return
        }
        let names = BlobName.names(in: event.line.span)
        if !names.isEmpty { blobs[event.session, default: []].formUnion(names) }
    }

    /// Why an event is theirs; nil where it is not.
    mutating func relation(of event: Event) -> SubjectEvent.Relation? {
        if event.isWithheld { return own.contains(event.session) ? .gap : nil }
        let relation: SubjectEvent.Relation? =
            event.actor == name ? .actor : event.onBehalf == name ? .onBehalf : nil
        if keepsMessages {
            for other in [event.actor, event.onBehalf] where other != nil && other != name {
                others.insert(other ?? "")
            }
            if relation != nil, event.kind == .messageAppended {
                messages[event.session, default: []].insert(event.sequence)
            }
        }
        return relation
    }

    func isMentioned(in event: Event) -> Bool {
        event.line.span.firstIndex(of: written, from: 0) != nil
    }
}

extension SubjectGrant {
    fileprivate init?(_ event: Event, _ name: String) {
        guard event.kind == .accessGranted || event.kind == .accessRevoked,
            let data = try? event.data(), data["principal"]?.string == name,
            let role = data["role"]?.string
        else { return nil }
        sequence = event.sequence
        time = event.time
        isRevoked = event.kind == .accessRevoked
        self.role = role
        session = data["session"]?.string
    }
}
