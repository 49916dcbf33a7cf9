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

    /// The values that it had before, the oldest first.
    public let earlier: [FieldValue]

    /// Changes of metadata after the current one whose content is withheld: one of them may have set
    /// the field, and nobody knows.
    public let withheldAfter: [UInt64]

    /// What `blame --json` prints of it, on one line.
    public var json: JSONValue {
        [
            "field": .string(field), "branch": .string(branch), "value": current.value,
            "set_by": current.json, "origin": origin?.json ?? .null,
            "earlier": .array(earlier.map(\.json)),
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
    /// Cost: looks at the session's events up to the point, and parses changes of metadata alone.
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
        let projection = FieldTrailProjection(field: field)
        return try await fold(
            projection, over: session, at: point, kinds: projection.kinds(on: branch),
            damage: damage
        ).values(of: field, on: branch)
    }

    /// Who made each metadata field of a session what it is, or one of them: the value, the event,
    /// who, why, what led to it, and the values before. Fields that were never set are left out.
    ///
    /// Cost: as ``history(of:in:at:branch:damage:)``, and for each event that set a field the
    /// events back to the last turn of a person.
    public func blame(
        _ field: String? = nil, in session: SessionID, at point: PointInTime = .now,
        branch: String = EventDraft.mainBranch, damage: DamagePolicy = .fail
    ) async throws -> [FieldBlame] {
        let projection = FieldTrailProjection(field: field)
        let trail = try await fold(
            projection, over: session, at: point, kinds: projection.kinds(on: branch),
            damage: damage)
        var origins: [UInt64: ChangeOrigin?] = [:]
        var blames: [FieldBlame] = []
        for name in trail.names {
            let values = trail.values(of: name, on: branch)
            guard let place = values.lastIndex(where: { !$0.isWithheld }) else { continue }
            let current = values[place]
            if origins[current.sequence] == nil {
                origins[current.sequence] = try await origin(
                    of: current.sequence, cause: current.cause, branch: current.branch, in: session)
            }
            blames.append(
                FieldBlame(
                    field: name, branch: branch, current: current,
                    origin: origins[current.sequence] ?? nil,
                    earlier: Array(values[..<place]),
                    withheldAfter: values[(place + 1)...].map(\.sequence)))
        }
        return blames
    }

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
