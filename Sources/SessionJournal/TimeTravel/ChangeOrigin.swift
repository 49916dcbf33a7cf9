/// What led to an event: the message and the tool call behind it.
public struct ChangeOrigin: Sendable, Hashable {
    /// How it is known.
    public enum Basis: String, Sendable, Hashable {
        /// The writer named the cause, and the causes lead there.
        case cause
        /// Nobody named a cause: it is what came last before the event, on its branch.
        case preceding
    }

    /// A message on the way.
    public struct SpokenMessage: Sendable, Hashable {
        /// Its id; nil where the content is withheld.
        public let id: String?
        /// Its event.
        public let sequence: UInt64
        /// Who spoke.
        public let role: Role?
        /// The first of its text, 80 characters at most.
        public let preview: String
    }

    /// A tool call on the way.
    public struct ToolCall: Sendable, Hashable {
        /// The call's id; nil where the content is withheld.
        public let call: String?
        /// The tool, where that is known.
        public let name: String?
        /// The event that says so: of the call, of its start, its end or its result.
        public let sequence: UInt64
    }

    /// How it is known.
    public let basis: Basis
    /// The message; nil where there is none.
    public internal(set) var message: SpokenMessage?
    /// The tool call; nil where there is none.
    public internal(set) var toolCall: ToolCall?

    /// What `blame --json` prints of it.
    public var json: JSONValue {
        var object: JSONObject = ["basis": .string(basis.rawValue)]
        object["message"] = message.map {
            [
                "id": JSONValue($0.id), "seq": JSONValue($0.sequence),
                "role": JSONValue($0.role?.rawValue), "preview": .string($0.preview),
            ]
        }
        object["tool_call"] = toolCall.map {
            [
                "call": JSONValue($0.call), "name": JSONValue($0.name),
                "seq": JSONValue($0.sequence),
            ]
        }
        return .object(object)
    }
}

/// Finds what led to an event, going back event by event.
struct OriginSearch {
    /// The kinds to read on the way back.
    static let kinds: Set<EventKind> = [
        .messageAppended, .toolStarted, .toolProgressed, .toolFinished, .branchCreated,
    ]

    private(set) var origin: ChangeOrigin
    private var branch: String
    /// Whether nothing further back can be meant.
    private(set) var isOver = false

    init(basis: ChangeOrigin.Basis, branch: String) {
        origin = ChangeOrigin(basis: basis)
        self.branch = branch
    }

    /// Takes the next event on the way back. A turn is as far as it goes: behind the message of a
    /// person lies what led to that message.
    mutating func take(_ event: Event) {
        guard !isOver else { return }
        let reader = try? DataReader(event)
        if event.kind == .branchCreated {
            if reader?.string("branch") == branch {
                branch = reader?.string("parent_branch") ?? EventDraft.mainBranch
            }
            return
        }
        // An entry line names no branch: it may be of this one.
        guard event.branch == nil || event.branch == branch else { return }
        note(event, reader)
        guard event.kind == .messageAppended else { return }
        // A withheld message may be a turn.
        let isTurn = reader.map {
            $0.string("role") == Role.user.rawValue && $0.string("synthetic") == nil
        }
        isOver = isTurn ?? true
    }

    /// Takes what one event tells: of a chain of causes, or on the way back.
    mutating func note(_ event: Event, _ reader: DataReader?) {
        switch event.kind {
        case .messageAppended:
            if origin.toolCall == nil { origin.toolCall = Self.toolCall(in: event, reader) }
            guard origin.message == nil else { return }
            origin.message = ChangeOrigin.SpokenMessage(
                id: reader?.string("message"), sequence: event.sequence,
                role: reader?.string("role").map { Role(rawValue: $0) },
                preview: Self.preview(reader))
        case .toolStarted, .toolProgressed, .toolFinished:
            guard origin.toolCall == nil else { return }
            origin.toolCall = ChangeOrigin.ToolCall(
                call: reader?.string("call"), name: reader?.string("name"),
                sequence: event.sequence)
        default: break
        }
    }

    /// The last call that a message makes, or the one that it is the result of.
    private static func toolCall(
        in event: Event, _ reader: DataReader?
    ) -> ChangeOrigin.ToolCall? {
        guard let reader, let parts = reader.member("parts") else { return nil }
        var found: ChangeOrigin.ToolCall?
        for part in reader.elements(of: parts) {
            let type = reader.string("type", of: part)
            guard type == "tool_use" || type == "tool_result" else { continue }
            found = ChangeOrigin.ToolCall(
                call: reader.string("call", of: part), name: reader.string("name", of: part),
                sequence: event.sequence)
        }
        return found
    }

    private static func preview(_ reader: DataReader?) -> String {
        guard let reader, let parts = reader.member("parts") else { return "" }
        for part in reader.elements(of: parts) where reader.string("type", of: part) == "text" {
            if let text = reader.string("text", of: part), !text.isEmpty {
                return String(text.unicodeScalars.prefix(80))
            }
        }
        return ""
    }
}

extension Journal {
    /// What led to an event of a session: its cause where one is named, and the causes behind that,
    /// up to a message and a tool call; else the message and the tool call that came last before it
    /// on its branch, no further back than the last turn of a person. Nil where there is neither.
    ///
    /// Cost: the events on the way, read by the store's page.
    public func origin(
        of sequence: UInt64, cause: UInt64?, branch: String, in session: SessionID
    ) async throws -> ChangeOrigin? {
        if let cause, let origin = try await origin(fromCause: cause, in: session) {
            return origin
        }
        guard sequence > 1 else { return nil }
        var search = OriginSearch(basis: .preceding, branch: branch)
        var query: ReadQuery? = ReadQuery(
            through: sequence - 1, session: session, kinds: OriginSearch.kinds, order: .backwards,
            maximumCount: Self.originPageCount)
        while let current = query, !search.isOver {
            let page = try await store.read(current)
            for event in page.events { search.take(event) }
            query = page.next
        }
        let origin = search.origin
        return origin.message == nil && origin.toolCall == nil ? nil : origin
    }

    /// Follows causes until a message is found.
    private func origin(
        fromCause first: UInt64, in session: SessionID
    ) async throws -> ChangeOrigin? {
        var search = OriginSearch(basis: .cause, branch: EventDraft.mainBranch)
        var next: UInt64? = first
        for _ in 0..<Self.causeLimit {
            guard let cause = next, search.origin.message == nil else { break }
            // A cause may be lost, or lie in another session; the way ends there.
            guard let event = try? await event(at: cause), event.session == session else { break }
            let reader = try? DataReader(event)
            search.note(event, reader)
            if search.origin.message == nil, event.kind != .messageAppended,
                let id = reader?.string("message"),
                let message = try await appended(id, before: cause, in: session)
            {
                search.note(message, try? DataReader(message))
            }
            // A cause stands before its effect; one that does not is no cause.
            next = event.cause.flatMap { $0 < cause ? $0 : nil }
        }
        let origin = search.origin
        return origin.message == nil && origin.toolCall == nil ? nil : origin
    }

    /// The event that added a message.
    private func appended(
        _ id: String, before sequence: UInt64, in session: SessionID
    ) async throws -> Event? {
        let events = events(
            through: sequence, session: session, kinds: [.messageAppended], order: .backwards,
            damage: .skip)
        for try await event in events
        where (try? DataReader(event))?.string("message") == id { return event }
        return nil
    }

    /// How many events are asked for at once on the way back.
    private static let originPageCount = 16

    /// The longest chain of causes that is followed.
    private static let causeLimit = 64
}
