internal import SessionJournal

/// A dialogue of the Schema-Guided Dialogue data set as events.
///
/// Each turn is a message. What the data set states after a user's turn becomes one change of
/// metadata, caused by that message: of what the state says, those parts that are other than they
/// were. A call of a service becomes a call of a tool and its result, before what the system says.
struct SchemaGuidedDialogue {
    private let name: String
    private let turns: [JSONValue]

    /// The fields as they stand, so that only what changes is stored.
    private var fields: [String: JSONValue] = [:]
    private var lastMessage: String?

    init(_ value: JSONValue) {
        name = value["dialogue_id"]?.string ?? ""
        turns = value["turns"]?.array ?? []
    }

    /// The name of a dialogue; nil for what is none.
    static func name(
        of node: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) -> String? {
        guard node.kind == .object, let turns = document.member("turns", of: node, in: bytes),
            turns.kind == .array,
            let id = document.member("dialogue_id", of: node, in: bytes),
            let name = document.string(id, in: bytes), EnvelopeName.isValid(name)
        else { return nil }
        return name
    }

    /// The field that a slot of a service is kept in: a list of the values that mean the same.
    static func field(ofSlot slot: String, service: String) -> String {
        "\(service).slots.\(slot)"
    }

    /// The field of what the user wants of a service.
    static func field(ofIntentOf service: String) -> String { "\(service).active_intent" }

    /// The field of what the user asks a service for.
    static func field(ofRequestsTo service: String) -> String { "\(service).requested_slots" }

    private static let system = "agent:system"

    /// Makes the events of all turns.
    consuming func write(to output: inout LineOutput) {
        for (index, turn) in turns.enumerated() {
            output.next()
            let frames = turn["frames"]?.array ?? []
            if turn["speaker"]?.string == "USER" {
                say("user", turn, index, by: "user", into: &output)
                state(frames, into: &output)
            } else {
                for (place, frame) in frames.enumerated() {
                    call(frame, "\(index)-\(place)", into: &output)
                }
                say("assistant", turn, index, by: Self.system, into: &output)
            }
        }
    }

    private mutating func say(
        _ role: String, _ turn: JSONValue, _ index: Int, by speaker: String,
        into output: inout LineOutput
    ) {
        let parts: JSONValue = [
            ["type": "text", "text": turn["utterance"] ?? ""]
        ]
        message("\(index)", role, parts, by: speaker, into: &output)
    }

    private mutating func message(
        _ suffix: String, _ role: String, _ parts: JSONValue, by speaker: String,
        into output: inout LineOutput
    ) {
        let id = "\(name)/\(suffix)"
        output.emitMain(.messageAppended, branch: EventDraft.mainBranch, onBehalf: speaker) {
            data in
            data.member("message", id)
            data.id("parent", lastMessage)
            data.member("role", role)
            data.member("parts", json: Array(parts.description.utf8).span)
        }
        lastMessage = id
    }

    /// A call of a service and what it gave back, where a frame has one.
    private mutating func call(
        _ frame: JSONValue, _ place: String, into output: inout LineOutput
    ) {
        guard let made = frame["service_call"], !made.isNull else { return }
        let call = JSONValue.string("\(name)/call-\(place)")
        let use: JSONValue = [
            "type": "tool_use", "call": call,
            "name": made["method"]?.string.map { .string($0) }
                ?? frame["service"] ?? "service",
            "input": made["parameters"] ?? [:],
        ]
        message("\(place)-call", "assistant", [use], by: Self.system, into: &output)
        guard let results = frame["service_results"], !results.isNull else { return }
        output.next()
        let result: JSONValue = ["type": "tool_result", "call": call, "content": results]
        message(
            "\(place)-result", "tool", [result], by: "tool:" + (frame["service"]?.string ?? ""),
            into: &output)
        output.next()
    }

    /// What the user's turn states, as far as it is other than before. A slot that is no longer
    /// there is null.
    private mutating func state(_ frames: [JSONValue], into output: inout LineOutput) {
        var set = JSONObject()
        func put(_ field: String, _ value: JSONValue) {
            guard (fields[field] ?? .null) != value else { return }
            fields[field] = value
            set[field] = value
        }
        for frame in frames {
            guard let service = frame["service"]?.string, let state = frame["state"] else {
                continue
            }
            put(Self.field(ofIntentOf: service), state["active_intent"] ?? .null)
            put(Self.field(ofRequestsTo: service), state["requested_slots"] ?? .null)
            let slots = state["slot_values"]?.object ?? [:]
            for slot in slots { put(Self.field(ofSlot: slot.name, service: service), slot.value) }
            let prefix = Self.field(ofSlot: "", service: service)
            for field in fields.keys.sorted() where field.hasPrefix(prefix) {
                let slot = String(field.dropFirst(prefix.count))
                if slots[slot] == nil { put(field, .null) }
            }
        }
        guard !set.isEmpty else { return }
        output.emit(
            .sessionMetadataChanged, branch: EventDraft.mainBranch, onBehalf: "user",
            reason: "as the turn states"
        ) { data in
            data.member("set", json: Array(JSONValue.object(set).description.utf8).span)
        }
    }
}
