/// A name that a session has given to one of its events.
public struct SessionLabel: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The event that it names.
    public let sequence: UInt64
    /// The event that gave the name.
    public let labelledBy: UInt64
    /// When that was, by the journal's clock.
    public let time: Timestamp
    /// Who gave it.
    public let actor: String?
    /// Why.
    public let reason: String?
    /// The event that it named before, where the name has moved.
    public let movedFrom: UInt64?
}

/// The labels of a session: names of its events, each name at one event.
public struct SessionLabels: Sendable, Hashable {
    /// The labels, by the events that they name.
    public internal(set) var labels: [SessionLabel] = []

    /// The label of a name; nil where there is none.
    public subscript(name: String) -> SessionLabel? { labels.first { $0.name == name } }
}

/// Folds one session's events into its labels. Content that makes no sense or is withheld is passed
/// over. Of events of several sessions the first one's count.
public struct LabelProjection: Projection {
    /// The projection's name.
    public static let name = "labels"

    /// The version of its rules.
    public static let version = 1

    /// The kinds that matter to it.
    static let kinds: Set<EventKind> = [.labelAdded, .labelRemoved]

    /// Creates the fold.
    public init() {}

    /// A session without labels.
    public func initialState() -> SessionLabels { SessionLabels() }

    /// Takes one event into the labels.
    public func apply(_ event: Event, to state: inout SessionLabels) {
        guard Self.kinds.contains(event.kind), let reader = try? DataReader(event),
            let name = reader.string("label")
        else { return }
        if event.kind == .labelRemoved {
            state.labels.removeAll { $0.name == name }
            return
        }
        guard let sequence = reader.integer("seq").flatMap({ UInt64(exactly: $0) }),
            sequence > 0
        else { return }
        let before = state[name]
        state.labels.removeAll { $0.name == name }
        let label = SessionLabel(
            name: name, sequence: sequence, labelledBy: event.sequence, time: event.time,
            actor: event.actor, reason: event.reason, movedFrom: before?.sequence)
        // Behind those of the same event, which were given before.
        let place = state.labels.firstIndex { $0.sequence > sequence } ?? state.labels.endIndex
        state.labels.insert(label, at: place)
    }
}

extension SessionLabel {
    /// What `label --json` prints of it, on one line.
    public var json: JSONValue {
        var object: JSONObject = [
            "label": .string(name), "seq": JSONValue(sequence),
            "labelled_by": JSONValue(labelledBy), "time": .string(time.description),
            "actor": JSONValue(actor), "reason": JSONValue(reason),
        ]
        object["was"] = movedFrom.map { JSONValue($0) }
        return .object(object)
    }
}
