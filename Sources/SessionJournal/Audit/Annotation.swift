/// What an annotation is about.
public enum AnnotationTarget: Hashable, Sendable {
    /// The session.
    case session
    /// A message, by its id.
    case message(String)
    /// An event, by its sequence number.
    case event(UInt64)

    /// What an event says of it; nil for a target that makes no sense.
    init?(_ value: JSONValue?) {
        guard let value, !value.isNull else {
            self = .session
            return
        }
        if let message = value["message"]?.string {
            self = .message(message)
        } else if let sequence = value["seq"]?.integer.flatMap({ UInt64(exactly: $0) }) {
            self = .event(sequence)
        } else if value["session"] != nil {
            self = .session
        } else {
            return nil
        }
    }

    /// The target as an event holds it; nil for the session that the event is of.
    var json: JSONValue? {
        switch self {
        case .session: nil
        case .message(let id): ["message": .string(id)]
        case .event(let sequence): ["seq": JSONValue(sequence)]
        }
    }
}

/// A note about a session, a message or an event: a name, a value, and who says so.
public struct Annotation: Hashable, Sendable {
    /// The event that added it.
    public let sequence: UInt64
    /// When the journal took it.
    public let time: Timestamp
    /// Who added it.
    public let actor: String?
    /// Why.
    public let reason: String?
    /// What it is about.
    public let target: AnnotationTarget
    /// What is said: the name of a score, a label, a remark.
    public let name: String
    /// Its value.
    public let value: JSONValue
    /// How sure the source is, from 0 to 1; nil where it does not say.
    public let confidence: Double?
    /// What it comes from, such as an analyzer; nil where nobody said.
    public let source: String?

    /// What `annotate --json` prints of it, on one line.
    public var json: JSONValue {
        var object: JSONObject = [
            "seq": JSONValue(sequence), "time": .string(time.description),
            "actor": JSONValue(actor), "target": target.json ?? "session", "name": .string(name),
            "value": value, "confidence": confidence.map { JSONValue($0) } ?? .null,
            "source": JSONValue(source),
        ]
        object["reason"] = reason.map { .string($0) }
        return .object(object)
    }
}

/// Folds events into their annotations, in order. Notes whose content is withheld or makes no sense
/// are left out.
public struct AnnotationProjection: Projection {
    /// The projection's name.
    public static let name = "annotations"

    /// The version of its rules.
    public static let version = 1

    /// Creates the fold.
    public init() {}

    /// No annotations.
    public func initialState() -> [Annotation] { [] }

    /// Takes one event in.
    public func apply(_ event: Event, to state: inout [Annotation]) {
        guard event.kind == .annotationAdded, let reader = try? DataReader(event),
            let name = reader.string("name"),
            let target = AnnotationTarget(reader.value("target"))
        else { return }
        state.append(
            Annotation(
                sequence: event.sequence, time: event.time, actor: event.actor,
                reason: event.reason, target: target, name: name,
                value: reader.value("value") ?? .null,
                confidence: reader.value("confidence")?.double, source: reader.string("source")))
    }
}

extension Journal {
    /// The annotations of a session at a point in time, in order: those of the session, of its
    /// messages and of its events.
    ///
    /// Cost: reads the session from its start up to the point.
    public func annotations(
        of session: SessionID, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> [Annotation] {
        try await fold(AnnotationProjection(), over: session, at: point, damage: damage)
    }
}

extension JournalWriter {
    /// Adds a note about a session, a message or an event.
    ///
    /// Cost: as an append; a note about a message or an event looks whether it is there.
    ///
    /// - Parameters:
    ///   - name: What is said: the name of a score, a label, a remark.
    ///   - value: Its value.
    ///   - target: What it is about.
    ///   - session: A session that exists.
    ///   - confidence: How sure the source is, from 0 to 1.
    ///   - source: What it comes from, such as an analyzer.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Throws: ``JournalError/Code/messageNotFound``, ``JournalError/Code/eventNotFound`` where the
    ///   session has no such event, and ``JournalError/Code/invalidArgument`` for an empty name and a
    ///   confidence outside 0 to 1.
    @discardableResult
    public func annotate(
        _ name: String, _ value: JSONValue, on target: AnnotationTarget = .session,
        in session: SessionID, confidence: Double? = nil, source: String? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt {
        guard !name.isEmpty else {
            throw JournalError(.invalidArgument, "an annotation needs a name")
        }
        if let confidence, !(0...1).contains(confidence) {
            throw JournalError(
                .invalidArgument, "a confidence lies between 0 and 1, not at \(confidence)")
        }
        switch target {
        case .session: break
        case .event(let sequence):
            guard try await journal.event(at: sequence)?.session == session else {
                throw JournalError(
                    .eventNotFound, "the session has no event \(sequence)")
            }
        case .message(let id):
            let state = try await journal.foldState(
                of: session, at: .now, keepsContent: false)
            _ = try state.message(id)
        }
        var data: JSONObject = [:]
        data["target"] = target.json
        data.append("name", .string(name))
        data.append("value", value)
        data["confidence"] = confidence.map { JSONValue($0) }
        data["source"] = source.map { .string($0) }
        let draft = EventDraft(.annotationAdded, data: EventData(data), reason: reason)
        return try await append(draft, to: session, durability: durability)
    }
}
