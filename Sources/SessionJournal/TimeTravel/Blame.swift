/// Who made a metadata field what it is, and what led to it.
public struct FieldBlame: Sendable, Hashable {
    /// The field.
    public let field: String

    /// The branch on which it was looked at.
    public let branch: String

    /// The value that it has, and the event that set it.
    public let current: FieldValue

    /// The message and tool call that led to it; nil where there are none.
    public let origin: ChangeOrigin?

    /// The values that it had before, the oldest first; the last of them where there are many.
    public let earlier: [FieldValue]

    /// How many values it had before.
    public let earlierCount: Int

    /// Changes of metadata after the current one whose content is withheld: one of them may have set
    /// the field, and nobody knows.
    public let withheldAfter: [UInt64]

    /// What `blame --json` prints of it, on one line.
    public var json: JSONValue {
        [
            "field": .string(field), "branch": .string(branch), "value": current.value,
            "set_by": current.json, "origin": origin?.json ?? .null,
            "earlier": .array(earlier.map(\.json)), "earlier_count": JSONValue(earlierCount),
            "withheld_after": .array(withheldAfter.map { JSONValue($0) }),
        ]
    }
}

/// The events that made a message what it is.
public struct MessageBlame: Sendable {
    /// The message's id.
    public let message: String

    /// The events that added, extended or changed it, in order.
    public let events: [Event]

    /// What led to its first event; nil where there is nothing before it.
    public let origin: ChangeOrigin?

    /// What `blame --json` prints of it, on one line.
    public var json: JSONValue {
        let events = events.map { event -> JSONValue in
            var object: JSONObject = [
                "seq": JSONValue(event.sequence), "kind": .string(event.kind.rawValue),
                "time": .string(event.time.description),
                "occurred": JSONValue(event.occurred?.description),
                "branch": JSONValue(event.branch), "actor": JSONValue(event.actor),
                "reason": JSONValue(event.reason),
                "cause": event.cause.map { JSONValue($0) } ?? .null,
            ]
            object["undoes"] = event.undoneSequence.map { JSONValue($0) }
            return .object(object)
        }
        return [
            "message": .string(message), "events": .array(events),
            "origin": origin?.json ?? .null,
        ]
    }
}

extension Journal {
    /// Every value that a metadata field has had up to a point: which, when, by whom, why, by which
    /// event. Empty where it was never set.
    ///
    /// Cost: as ``state(of:at:branch:damage:)``, and the events that set it.
    ///
    /// - Parameters:
    ///   - field: A field, built in or not.
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - branch: Whose values, for a field that branches have of their own; they begin with those
    ///     that the branch it came from had then.
    ///   - damage: What to do where events of the session are lost.
    public func history(
        of field: String, in session: SessionID, at point: PointInTime = .now,
        branch: String = EventDraft.mainBranch, damage: DamagePolicy = .fail
    ) async throws -> [FieldValue] {
        let state = try await foldState(
            of: session, at: point, keepsContent: false, damage: damage)
        return try await values(of: field, on: branch, in: state, limit: .max, damage).values
    }

    /// Who made each metadata field of a session what it is, or one of them: the value, the event,
    /// who, why, what led to it, and the values before. Fields that were never set are left out.
    ///
    /// Cost: as ``state(of:at:branch:damage:)``, the events that set what is returned, and for each
    /// field the events before the one that set it, back to the last turn of a person.
    ///
    /// - Parameters:
    ///   - field: A field, built in or not; nil for all.
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - branch: Whose values, for a field that branches have of their own.
    ///   - earlierLimit: How many earlier values of a field are returned at most.
    ///     ``history(of:in:at:branch:damage:)`` has all.
    ///   - damage: What to do where events of the session are lost.
    public func blame(
        _ field: String? = nil, in session: SessionID, at point: PointInTime = .now,
        branch: String = EventDraft.mainBranch, earlierLimit: Int = 20,
        damage: DamagePolicy = .fail
    ) async throws -> [FieldBlame] {
        let state = try await foldState(
            of: session, at: point, keepsContent: false, damage: damage)
        var origins: [UInt64: ChangeOrigin?] = [:]
        var blames: [FieldBlame] = []
        let limit = min(max(0, earlierLimit), .max - 1) + 1
        for name in field.map({ [$0] }) ?? state.fieldLogs.names {
            let (values, count) = try await values(
                of: name, on: branch, in: state, limit: limit, damage)
            guard let place = values.lastIndex(where: { !$0.isWithheld || $0.isErased })
            else { continue }
            let current = values[place]
            if origins[current.sequence] == nil {
                origins[current.sequence] = try await origin(
                    of: current.sequence, cause: current.cause, branch: current.branch, in: session)
            }
            let after = values[(place + 1)...].map(\.sequence)
            blames.append(
                FieldBlame(
                    field: name, branch: branch, current: current,
                    origin: origins[current.sequence] ?? nil,
                    earlier: values[..<place].suffix(earlierLimit),
                    earlierCount: count - 1 - after.count, withheldAfter: after))
        }
        return blames
    }

    /// The last values of a field, with the events that set them, and how many there are.
    private func values(
        of field: String, on branch: String, in state: SessionState, limit: Int,
        _ damage: DamagePolicy
    ) async throws -> (values: [FieldValue], count: Int) {
        var lineage: [(branch: Int, through: UInt64)]?
        if state.table.scope(of: field) == .branch {
            lineage = state.tree.lineage(of: branch) ?? []
        }
        let (entries, count) = state.fieldLogs.values(of: field, on: lineage, limit: limit)
        guard !entries.isEmpty, let session = state.session else { return ([], 0) }
        var found: [UInt64: Event] = [:]
        if entries.count <= Self.singleReadLimit {
            for (entry, _) in entries where found[entry.sequence] == nil {
                do {
                    found[entry.sequence] = try await event(at: entry.sequence)
                } catch let error as JournalError where error.code == .damaged && damage == .skip {
                    continue
                }
            }
        } else {
            let wanted = Set(entries.map(\.entry.sequence))
            for try await event in events(
                from: entries[0].entry.sequence, through: entries.last?.entry.sequence,
                session: session, damage: damage)
            where wanted.contains(event.sequence) {
                found[event.sequence] = event
            }
        }
        let values = entries.compactMap { entry, _ in
            found[entry.sequence].map { event in
                FieldValue(event, value: entry.value(of: field, by: event))
            }
        }
        return (values, count)
    }

    /// So many events are read one by one; for more the session is passed over.
    private static let singleReadLimit = 256

    /// The events that made a message what it is, and what led to it; nil where the session has no
    /// such message up to the point.
    ///
    /// Cost: looks at the session's events up to the point, and parses those about messages.
    ///
    /// - Parameters:
    ///   - id: The message's id or one of its aliases; `@` and a sequence number for one whose
    ///     content is withheld.
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - damage: What to do where events of the session are lost.
    public func blame(
        message id: String, in session: SessionID, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> MessageBlame? {
        let trail = try await fold(
            MessageTrailProjection(), over: session, at: point,
            kinds: MessageTrailProjection.kinds, damage: damage)
        guard let name = trail.names[id], let events = trail.events[name], let first = events.first
        else { return nil }
        let origin = try await origin(
            of: first.sequence, cause: first.cause, branch: first.branch ?? EventDraft.mainBranch,
            in: session)
        return MessageBlame(message: name, events: events, origin: origin)
    }
}

/// Which events are about which message.
private struct MessageTrailProjection: Projection {
    struct State: Sendable {
        /// The events by the message's own id.
        var events: [String: [Event]] = [:]
        /// The message's own id by each of its ids.
        var names: [String: String] = [:]
    }

    static let name = "message trail"
    static let version = 1

    /// Everything that is said of messages.
    static let kinds = Set(
        EventKind.catalogue.filter { $0.name.hasPrefix("message.") }
            .map { EventKind(rawValue: $0.name) })

    func initialState() -> State { State() }

    func apply(_ event: Event, to state: inout State) {
        guard Self.kinds.contains(event.kind) else { return }
        let reader = try? DataReader(event)
        guard let reader, let id = reader.string("message") else {
            if event.kind == .messageAppended {
                let id = "@\(event.sequence)"
                state.names[id] = id
                state.events[id] = [event]
            }
            return
        }
        let name = state.names[id] ?? id
        // A second message of an id is none.
        if event.kind == .messageAppended, state.events[name] != nil { return }
        state.names[id] = name
        if let alias = reader.string("alias"), state.names[alias] == nil {
            state.names[alias] = name
        }
        state.events[name, default: []].append(event)
    }
}
