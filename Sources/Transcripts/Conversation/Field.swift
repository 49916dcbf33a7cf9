internal import SessionJournal

/// What a member of an event's data is to say.
indirect enum Field: Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case null
    case json(JSONValue)
    /// What the source says: pointed to in the event that holds it, copied in any other.
    case at(Sourced)
    case object([(String, Field)])
    case array([Field])
}

extension DataWriter {
    /// Adds a member.
    ///
    /// - Parameter isPointing: Whether the event holds the source.
    mutating func member(_ name: String, _ field: Field, isPointing: Bool) {
        if case .at(let source) = field, isPointing {
            key(name + "@")
            value(source.pointer)
            return
        }
        key(name)
        value(field, isPointing: isPointing)
    }

    private mutating func value(_ field: Field, isPointing: Bool) {
        switch field {
        case .text(let text): value(text)
        case .number(let number): json(.integer(number))
        case .flag(let flag): json(.bool(flag))
        case .null: json(.null)
        case .json(let value): json(value)
        case .at(let source): json(source.value)
        case .object(let members):
            open(UInt8(ascii: "{"))
            for (name, field) in members { member(name, field, isPointing: isPointing) }
            close(UInt8(ascii: "}"))
        case .array(let elements):
            open(UInt8(ascii: "["))
            for element in elements {
                separate()
                value(element, isPointing: isPointing)
            }
            close(UInt8(ascii: "]"))
        }
    }
}

/// One part of a message, as a format's reader makes it.
struct PartDraft: Sendable {
    /// A call that the part is.
    struct Call: Sendable {
        var id: String
        var name: String
    }

    /// A result that the part is.
    struct Result: Sendable {
        var call: String
        var isError: Bool?
        var duration: Int64?
    }

    var field: Field
    var call: Call?
    var result: Result?

    /// What tells whether a part is another than before.
    var content: JSONValue

    private init(_ members: [(String, Field)], _ content: JSONValue) {
        field = .object(members)
        self.content = content
    }

    static func text(_ source: Sourced) -> PartDraft {
        PartDraft([("type", .text("text")), ("text", .at(source))], source.value)
    }

    static func thinking(_ source: Sourced, signature: Sourced? = nil) -> PartDraft {
        var members: [(String, Field)] = [("type", .text("thinking")), ("text", .at(source))]
        if let signature { members.append(("signature", .at(signature))) }
        return PartDraft(members, [source.value, signature?.value ?? .null])
    }

    /// A thought that the provider keeps to itself.
    static func sealed(signature: Sourced) -> PartDraft {
        PartDraft(
            [("type", .text("thinking")), ("text", .text("")), ("signature", .at(signature))],
            signature.value)
    }

    /// A call of a tool. What it was called with may be JSON in a string; readers see the JSON.
    static func call(_ id: String, _ name: String, _ input: Sourced?) -> PartDraft {
        var part = PartDraft(
            [
                ("type", .text("tool_use")), ("call", .text(id)), ("name", .text(name)),
                ("input", input.map { .at($0) } ?? .object([])),
            ], [.string(name), input?.value ?? .null])
        part.call = Call(id: id, name: name)
        return part
    }

    static func result(
        _ call: String, _ content: Sourced?, isError: Bool? = nil, duration: Int64? = nil
    ) -> PartDraft {
        var members: [(String, Field)] = [
            ("type", .text("tool_result")), ("call", .text(call)),
            ("content", content.map { .at($0) } ?? .text("")),
        ]
        if let isError { members.append(("is_error", .flag(isError))) }
        var part = PartDraft(members, content?.value ?? .null)
        part.result = Result(call: call, isError: isError, duration: duration)
        return part
    }

    /// A picture, sound, film or document of a media type.
    static func media(
        type: Sourced? = nil, as kind: String? = nil, base64: Sourced? = nil, url: Sourced? = nil,
        name: Sourced? = nil, typeName: String? = nil
    ) -> PartDraft {
        let kind = kind ?? Self.kind(ofMedia: type?.string ?? "")
        var members: [(String, Field)] = [("type", .text(kind))]
        if let type {
            members.append(("media_type", .at(type)))
        } else if let typeName {
            members.append(("media_type", .text(typeName)))
        }
        if let base64 { members.append(("base64", .at(base64))) }
        if base64 == nil, let url { members.append(("url", .at(url))) }
        if let name { members.append(("name", .at(name))) }
        return PartDraft(members, [base64?.value ?? .null, url?.value ?? .null])
    }

    private static func kind(ofMedia type: String) -> String {
        for kind in ["image", "audio", "video"] where type.hasPrefix(kind + "/") { return kind }
        return "document"
    }

    static func unknown(_ source: Sourced) -> PartDraft {
        PartDraft([("type", .text("unknown")), ("value", .at(source))], source.value)
    }

    var isResult: Bool { result != nil }
}

/// An event that a piece yields.
struct Act: Sendable {
    var kind: EventKind
    var branch: String
    var onBehalf: String
    var reason: String?
    /// Whether it may hold the piece.
    var isHolder = false
    var fields: [(String, Field)]
}
