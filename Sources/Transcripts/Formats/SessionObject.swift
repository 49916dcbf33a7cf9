internal import SessionJournal

extension TranscriptFormat {
    /// The files of older session managers in Python: an object a session, a list of them, or an
    /// object of them by their ids. Their times name no zone.
    static let sessionObject: TranscriptFormat = {
        var shape = DocumentShape(
            confidence: { document, bytes in
                SessionObject.nodes(document, bytes).isEmpty ? 0 : 0.95
            },
            sessions: { document, bytes in
                SessionObject.nodes(document, bytes).map { node in
                    .init(
                        at: node, name: ["session_id"], containers: [["messages"]],
                        start: [["created_at"]], document, bytes)
                }
            })
        shape.isLineable = true
        shape.isListOfSessions = true
        shape.readsLastFrameFirst = true
        var format = TranscriptFormat(
            "session-object", title: "Objects of session managers", place: "ID.json",
            isChained: true, shape: shape,
            reader: ConversationFormat(
                client: "session-object",
                time: { SessionObject.time($0) },
                timeBefore: { piece, talk in
                    guard piece.isFrame, piece.ordinal > 1, let time = talk.memory["last_active"]
                    else { return nil }
                    return Sourced(time).time
                },
                read: { SessionObject.read($0, &$1) }))
        format.hasNaiveTimes = true
        return format
    }()
}

/// Reads `{"session_id":…,"created_at":…,"messages":[…],"last_active":…,"metadata":{…}}`.
private enum SessionObject {
    // MARK: Recognition

    /// The sessions of a document; none where it is of another format.
    static func nodes(_ document: JSONDocument, _ bytes: Span<UInt8>) -> [JSONDocument.Node] {
        guard let root = document.root else { return [] }
        var found: [JSONDocument.Node] = []
        switch root.kind {
        case .array:
            for element in document.elements(of: root) {
                guard isSession(element, document, bytes) else { return [] }
                found.append(element)
            }
        case .object:
            if isSession(root, document, bytes) { return [root] }
            for (_, value) in document.members(of: root) {
                guard isSession(value, document, bytes) else { return [] }
                found.append(value)
            }
        default: break
        }
        return found
    }

    private static func isSession(
        _ node: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) -> Bool {
        guard node.kind == .object else { return false }
        func kind(_ name: String) -> JSONDocument.Kind? {
            document.member(name, of: node, in: bytes)?.kind
        }
        return kind("session_id") == .string && kind("created_at") == .string
            && kind("messages") == .array
            && (kind("last_active") == .number || kind("metadata") == .object)
    }

    // MARK: Reading

    /// The time of a piece. What says when a session was last active stands with its metadata; the
    /// first time it is read, that is what the session begins with.
    static func time(_ piece: SourcePiece) -> Timestamp? {
        if piece.isFrame { return piece.ordinal == 1 ? nil : piece["last_active"]?.time }
        for name in ["timestamp", "created_at", "time"] {
            if let time = piece[name]?.time { return time }
        }
        return nil
    }

    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard piece.isFrame else {
            var draft =
                talk.chatMessage(piece.body)
                ?? .init(piece["role"]?.name ?? "unknown", [.unknown(piece.body)])
            draft.id = piece["id"]?.name
            draft.model = piece["model"]
            draft.usage = piece["usage"].map { .at($0) }
            talk.say(draft)
            return
        }
        if let active = piece["last_active"] { talk.memory["last_active"] = active.value }
        for field in piece["metadata"]?.value.object ?? [:] {
            guard isTime(field.name), let source = piece["metadata"]?[field.name] else {
                talk.set(field.name, field.value)
                continue
            }
            talk.set(field.name, source.time.map { .string($0.description) } ?? source.value)
        }
    }

    /// Whether a field of metadata is a time.
    private static func isTime(_ name: String) -> Bool { name == MetadataField.lastModified }
}
