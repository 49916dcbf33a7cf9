internal import SessionJournal

/// A value of a source, and where in the piece it stands: so that an event can point to it.
struct Sourced: Sendable {
    let value: JSONValue

    /// A JSON pointer into the piece.
    let pointer: String

    /// The zone of times that name none; nil for UTC.
    let zone: SourceZone?

    init(_ value: JSONValue, at pointer: String = "", zone: SourceZone? = nil) {
        self.value = value
        self.pointer = pointer
        self.zone = zone
    }

    /// A member that is there and not null.
    subscript(name: String) -> Sourced? {
        guard let member = value[name], !member.isNull else { return nil }
        return Sourced(member, at: pointer + "/" + Self.escaped(name), zone: zone)
    }

    /// An element, counted from 0.
    subscript(position: Int) -> Sourced? {
        value[position].map { Sourced($0, at: "\(pointer)/\(position)", zone: zone) }
    }

    /// The elements of an array; none of any other value.
    var elements: [Sourced] {
        (value.array ?? []).enumerated().map {
            Sourced($1, at: "\(pointer)/\($0)", zone: zone)
        }
    }

    var string: String? { value.string }
    var object: JSONObject? { value.object }
    var integer: Int64? { value.integer }
    var isArray: Bool { value.array != nil }

    /// A string with something in it.
    var text: String? { value.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// A string that serves as a name.
    var name: String? {
        guard let text, text.utf8.count <= ClaudeCodeLine.nameLimit, EnvelopeName.isValid(text)
        else { return nil }
        return text
    }

    /// A time: ISO 8601, or seconds or milliseconds since 1970.
    var time: Timestamp? {
        switch value {
        case .string(let text): return (zone ?? .utc).moment(text)
        case .integer, .number:
            guard let number = value.double, number > 1e8, number < 1e14 else { return nil }
            // Seconds stay below 1e11 until the year 5138.
            let microseconds = (number * (number < 1e11 ? 1e6 : 1e3)).rounded()
            return Timestamp(microseconds: Int64(microseconds))
        default: return nil
        }
    }

    private static func escaped(_ name: String) -> String {
        guard name.contains("~") || name.contains("/") else { return name }
        return name.split(separator: "~", omittingEmptySubsequences: false)
            .joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}

/// A piece of a session as a format's reader is shown it.
struct SourcePiece: Sendable {
    /// What it says.
    let body: Sourced

    /// How it stood in its file.
    let note: PieceNote

    /// Its number among the session's distinct pieces, from 1.
    let ordinal: Int

    /// The name of the member that it is, where it is an entry of an object.
    let key: String?

    init(_ value: JSONValue, _ note: PieceNote, ordinal: Int, zone: SourceZone? = nil) {
        self.note = note
        self.ordinal = ordinal
        if note.place == .entry, note.cut.0 > 0, let member = value.object?.members.first {
            key = member.name
            body = Sourced(value, zone: zone)[member.name] ?? Sourced(.null, at: "")
        } else {
            key = nil
            body = Sourced(value, zone: zone)
        }
    }

    /// The id of what it belongs to, where its path says it.
    var owner: String? { note.owner }

    var isFrame: Bool { note.place == .frame }

    subscript(name: String) -> Sourced? { body[name] }
}
