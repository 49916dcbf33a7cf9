internal import SessionJournal

/// A session as the plain session managers of the field keep one: an object a file, or lines.
///
/// A message that was imported from the same shape and stands as it came is written as it came, with
/// every member that it had; any other is made anew. What the shape says of the session begins with
/// what was imported, too, and only what is other now is changed.
struct PlainSession {
    let session: ExportedSession
    private(set) var setAside: [String: Int] = [:]

    /// What the source said of the session itself.
    private var head: JSONObject = [:]

    init(_ session: ExportedSession) {
        self.session = session
        let ofMessages = Set(session.tree.messages.lazy.flatMap { $0.events.map(\.sequence) })
        for (place, text) in session.originals.sorted(by: { $0.key < $1.key })
        where !ofMessages.contains(place) {
            for member in (try? JSONValue(parsing: text))?.object ?? [:]
            where !["messages", "_type"].contains(member.name) {
                head[member.name] = member.value
            }
        }
    }

    // MARK: An object a session

    /// One JSON object: `session_id`, `created_at`, `messages`, `last_active`, `metadata`.
    static func object(_ session: ExportedSession) -> ExportedContent {
        var plain = Self(session)
        var messages: [JSONValue] = []
        for message in plain.messages {
            if let original = plain.original(of: message) {
                messages.append(original)
            } else {
                messages += plain.chat(message)
            }
        }
        let state = session.state
        var object: JSONObject = [
            "session_id": plain.head["session_id"] ?? .string(session.key),
            "created_at": plain.head["created_at"]
                ?? .string(plain.session.zone.naive(state.createdAt ?? .earliest)),
            "messages": .array(messages), "last_active": plain.lastActive,
            "metadata": .object(plain.metadata(PlainFields.object) { session.zone.naive($0) }),
        ]
        for member in plain.head where object[member.name] == nil {
            object.append(member.name, member.value)
        }
        return ExportedContent(lines: [.object(object)], setAside: plain.setAside)
    }

    /// The moment of the last activity in seconds, as the source has it where nothing happened since.
    private var lastActive: JSONValue {
        let moment = messages.last?.moment ?? session.state.lastActive ?? .earliest
        let isAsItCame = messages.allSatisfy { original(of: $0) != nil }
        if isAsItCame, let given = head["last_active"] { return given }
        return JSONValue(Double(moment.microseconds) / 1_000_000)
    }

    /// A message in the form of chat-completions, which such managers keep.
    private mutating func chat(_ message: Message) -> [JSONValue] {
        let chat = ChatCompletions(
            ProviderConversation(
                session, messages: [message], answersCalls: false), session.blobs)
        setAside.merge(chat.conversation.setAside, uniquingKeysWith: +)
        return chat.messages.map { value in
            var object = value.object ?? [:]
            object.append("timestamp", .string(session.zone.naive(message.moment)))
            if object["role"] == "assistant" {
                object["model"] = message.model.map { .string($0) }
                object["usage"] = message.usage()
            }
            return .object(object)
        }
    }

    // MARK: Lines

    /// A line about the session, and a line a message.
    static func lines(_ session: ExportedSession) -> ExportedContent {
        var plain = Self(session)
        let state = session.state
        let created =
            plain.head["created_at"] ?? .string((state.createdAt ?? .earliest).description)
        var header: JSONObject = ["_type": "metadata", "created_at": created]
        let isAsItCame = plain.messages.allSatisfy { plain.original(of: $0) != nil }
        header.append(
            "updated_at",
            isAsItCame && plain.head["updated_at"] != nil
                ? plain.head["updated_at"] ?? .null
                : .string((state.lastActive ?? .earliest).description))
        let metadata = plain.metadata(PlainFields.lines) { $0.description }
        header.append("metadata", .object(metadata.sortedByName))
        for member in plain.head where header[member.name] == nil {
            header.append(member.name, member.value)
        }
        var text = GoText.of(.object(header)) + "\n"
        for message in plain.messages {
            if let line = plain.originalLine(of: message) {
                text += line + "\n"
            } else {
                for line in plain.line(message) { text += GoText.of(.object(line)) + "\n" }
            }
        }
        return ExportedContent(text, setAside: plain.setAside)
    }

    private mutating func setAside(_ what: String) { setAside[what, default: 0] += 1 }

    /// A message as lines: one for what is said and called, one for each result of a tool.
    private mutating func line(_ message: Message) -> [JSONObject] {
        var texts: [String] = []
        var media: [JSONValue] = []
        var calls: [JSONValue] = []
        var lines: [JSONObject] = []
        var isMixed = false
        for part in session.parts(of: message) {
            switch part {
            case .text, .derived:
                guard let text = part.plainText else { continue }
                texts.append(text)
                if !media.isEmpty { isMixed = true }
            case .toolUse(let use):
                calls.append([
                    "id": .string(use.call), "name": .string(use.name),
                    "params": .object(ToolNames.object(use.input)),
                ])
            case .toolResult(let result):
                let output = ToolOutput(result.content)
                if output.parts.count > 1 { setAside(ExportLosses.resultsJoined) }
                if result.isError == true { setAside(ExportLosses.failures) }
                if output.parts.contains(where: { $0.media != nil }) {
                    setAside(ExportLosses.resultAttachments)
                }
                var line = self.line(message, role: "tool", output.text, media: [])
                line.append("tool_call_id", .string(result.call))
                lines.append(line)
            case .image(let item): media.append(self.media("image", item))
            case .audio(let item): media.append(self.media("audio", item))
            case .video(let item): media.append(self.media("video", item))
            case .document(let item): media.append(self.media("document", item))
            case .thinking, .unknown:
                setAside("parts that the shape has no place for are left out")
            }
        }
        if isMixed { setAside(ExportLosses.order) }
        guard !texts.isEmpty || !media.isEmpty || !calls.isEmpty || lines.isEmpty else {
            return lines
        }
        let role = message.role?.rawValue ?? "user"
        var said = line(message, role: role, texts.joined(separator: "\n\n"), media: media)
        if !calls.isEmpty { said.append("tool_calls", .array(calls)) }
        return [said] + lines
    }

    private func line(
        _ message: Message, role: String, _ content: String, media: [JSONValue]
    ) -> JSONObject {
        var line: JSONObject = ["role": .string(role), "content": .string(content)]
        if !media.isEmpty { line.append("media", .array(media)) }
        line.append("timestamp", .string(message.moment.description))
        var metadata = message.metadata
        // Seconds here, nanoseconds there.
        if let seconds = metadata["ttl"]?.integer {
            metadata["ttl"] = .integer(
                seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        }
        if !metadata.isEmpty { line.append("metadata", .object(metadata.sortedByName)) }
        return line
    }

    private func media(_ type: String, _ media: Part.Media) -> JSONValue {
        var object: JSONObject = ["type": .string(type)]
        if case .url(let address) = media.location { object.append("url", .string(address)) }
        if let data = ProviderMedia(blobs: session.blobs).data(media) {
            object.append("base64", .string(data.base64))
        }
        object["mimetype"] = media.mediaType.map { .string($0) }
        return .object(object)
    }

    // MARK: What stands as it came

    private var messages: [Message] {
        session.messages.filter { !$0.isRemoved && !$0.isWithheld }
    }

    private func originalLine(of message: Message) -> String? {
        guard message.revision == nil, message.events.count == 1 else { return nil }
        return session.originals[message.sequence]
    }

    private func original(of message: Message) -> JSONValue? {
        originalLine(of: message).flatMap { try? JSONValue(parsing: $0) }
    }

    /// The metadata as it came, with what is other now.
    private func metadata(_ fields: PlainFields, _ time: (Timestamp) -> String) -> JSONObject {
        let given = head["metadata"]?.object
        var metadata = given ?? [:]
        let state = session.state.metadata(on: session.branch)
        for member in state {
            let isKnown = fields.names.contains(member.name)
            guard isKnown || MetadataField.builtIn(member.name) == nil else { continue }
            var value = member.value
            if member.name == MetadataField.lastModified,
                let moment = value.string.flatMap({ Timestamp($0) })
            {
                // The same moment stays as it was written.
                if let given = metadata[member.name]?.string, session.zone.moment(given) == moment {
                    continue
                }
                value = .string(time(moment))
            }
            if let old = metadata[member.name] {
                if old != value { metadata[member.name] = value }
            } else if given == nil
                ? fields.alwaysSaid || !fields.isEmpty(value) : fields.isChanged(member)
            {
                metadata.append(member.name, value)
            }
        }
        return metadata
    }
}

/// The fields that a shape has.
struct PlainFields: Sendable {
    let names: Set<String>
    /// Whether a session that did not come from the shape says all of them.
    let alwaysSaid: Bool

    static let object = PlainFields(
        names: [
            "name", "turn_count", "is_starred", "tags", "description", "category", "language",
            "status", "last_modified", "modified_by", "model", "context_window", "max_tokens",
        ], alwaysSaid: true)

    static let lines = PlainFields(
        names: [
            "name", "type", "title", "tags", "pinned", "archived", "agent", "priority", "model",
        ],
        alwaysSaid: false)

    /// Whether a value says nothing.
    func isEmpty(_ value: JSONValue) -> Bool {
        value.isNull || value == false || value == "" || value == []
    }

    /// Whether a field that the source did not have says something else than at first.
    func isChanged(_ member: JSONObject.Member) -> Bool {
        guard let field = MetadataField.builtIn(member.name) else { return true }
        return !field.isDerived && field.initialValue != member.value
    }
}

/// JSON as Go's encoder writes it: `<`, `>`, `&` and the two separators of lines are escaped.
enum GoText {
    static func of(_ value: JSONValue) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.description.unicodeScalars {
            switch scalar {
            case "<": result.append(contentsOf: "\\u003c".unicodeScalars)
            case ">": result.append(contentsOf: "\\u003e".unicodeScalars)
            case "&": result.append(contentsOf: "\\u0026".unicodeScalars)
            case "\u{2028}": result.append(contentsOf: "\\u2028".unicodeScalars)
            case "\u{2029}": result.append(contentsOf: "\\u2029".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

extension JSONObject {
    /// The members by name, and those of objects within.
    var sortedByName: JSONObject {
        JSONObject(
            members.sorted { $0.name < $1.name }.map { member in
                (member.name, member.value.object.map { .object($0.sortedByName) } ?? member.value)
            })
    }
}
