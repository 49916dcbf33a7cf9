internal import SessionJournal

/// A session as ChatGPT hands conversations out: `conversations.json`, with one conversation in it.
///
/// Every branch stands in its tree, and the end of the current one is `current_node`. A message of
/// several parts becomes several nodes, the last of which has its id.
struct ChatGPTConversation {
    private let session: ExportedSession
    private var nodes: [(id: String, parent: String, message: JSONValue)] = []
    private var setAside: [String: Int] = [:]

    private static let root = "client-created-root"

    /// Members of a message's metadata that are this journal's: the shape has no place for the id of a
    /// call, nor for whether it failed.
    static let callID = "call_id"
    static let isError = "is_error"

    private init(_ session: ExportedSession) { self.session = session }

    static func write(_ session: ExportedSession) -> ExportedContent {
        var conversation = Self(session)
        let value = conversation.value()
        return ExportedContent(lines: [[value]], setAside: conversation.setAside)
    }

    private mutating func value() -> JSONValue {
        let kept = session.spoken
        let parents = session.parents(among: kept)
        for node in kept {
            let parent = parents[node.message.id].map { id($0) } ?? Self.root
            add(node.message, below: parent)
        }
        var children: [String: [JSONValue]] = [:]
        for node in nodes { children[node.parent, default: []].append(.string(node.id)) }
        var mapping: JSONObject = [
            Self.root: [
                "id": .string(Self.root), "message": .null, "parent": .null,
                "children": .array(children[Self.root] ?? []),
            ]
        ]
        for node in nodes {
            mapping.append(
                node.id,
                [
                    "id": .string(node.id), "message": node.message,
                    "parent": .string(node.parent), "children": .array(children[node.id] ?? []),
                ])
        }
        let names = Set(kept.map(\.message.id))
        let head = session.messages.last { names.contains($0.id) }
        let name = AgentNames.session(session)
        return [
            "title": JSONValue(session.text("name")),
            "create_time": Self.seconds(session.state.createdAt),
            "update_time": Self.seconds(session.state.lastActive), "mapping": .object(mapping),
            "moderation_results": [],
            "current_node": .string(head.map { self.id($0) } ?? Self.root),
            "conversation_id": .string(name), "id": .string(name), "is_archived": false,
            "default_model_slug": JSONValue(session.messages.last { $0.model != nil }?.model),
        ]
    }

    private func id(_ message: Message) -> String {
        AgentNames.uuid(message.id, in: session.session)
    }

    private static func seconds(_ time: Timestamp?) -> JSONValue {
        time.map { JSONValue(Double($0.microseconds) / 1_000_000) } ?? .null
    }

    // MARK: Messages

    private struct Piece {
        var role: String
        var name: String?
        var content: JSONValue
        var recipient = "all"
        var call: String?
        var isError: Bool?
    }

    private mutating func add(_ message: Message, below parent: String) {
        var pieces: [Piece] = []
        for part in session.parts(of: message) {
            if let piece = piece(part, message) { pieces.append(piece) }
        }
        if pieces.isEmpty {
            pieces = [Piece(role: role(message), content: Self.text([]))]
        }
        pieces = Self.joined(pieces)
        var parent = parent
        for (number, piece) in pieces.enumerated() {
            let isLast = number == pieces.count - 1
            let id =
                isLast
                ? self.id(message)
                : AgentNames.uuid("\(message.id) \(number)", in: session.session)
            nodes.append((id, parent, self.message(piece, id, message)))
            parent = id
        }
    }

    private func message(_ piece: Piece, _ id: String, _ message: Message) -> JSONValue {
        var metadata = JSONObject()
        metadata["model_slug"] = message.model.map { .string($0) }
        if message.synthetic != nil { metadata["is_visually_hidden_from_conversation"] = true }
        metadata[Self.callID] = piece.call.map { .string($0) }
        metadata[Self.isError] = piece.isError.map { .bool($0) }
        return [
            "id": .string(id),
            "author": [
                "role": .string(piece.role), "name": JSONValue(piece.name), "metadata": [:],
            ],
            "create_time": Self.seconds(message.moment), "update_time": .null,
            "content": piece.content, "status": "finished_successfully",
            "end_turn": .bool(piece.role == "assistant" && piece.recipient == "all"),
            "weight": 1, "metadata": .object(metadata), "recipient": .string(piece.recipient),
            "channel": .null,
        ]
    }

    private func role(_ message: Message) -> String {
        let role = message.role?.rawValue ?? "user"
        return ["system", "user", "assistant", "tool"].contains(role) ? role : "user"
    }

    private mutating func setAside(_ what: String) { setAside[what, default: 0] += 1 }

    private mutating func piece(_ part: Part, _ message: Message) -> Piece? {
        let role = role(message)
        switch part {
        case .thinking(let text, let signature):
            if signature.map({ !$0.isEmpty }) ?? false { setAside(ExportLosses.signatures) }
            guard !text.isEmpty else { return nil }
            return Piece(
                role: role,
                content: [
                    "content_type": "thoughts",
                    "thoughts": [["summary": "", "content": .string(text)]],
                    "source_analysis_msg_id": .string(id(message)),
                ])
        case .toolUse(let use):
            return Piece(
                role: role,
                content: [
                    "content_type": "code", "language": "json",
                    "text": .string(use.input.string ?? use.input.description),
                ], recipient: use.name, call: use.call)
        case .toolResult(let result):
            let output = ToolOutput(result.content)
            if output.parts.count > 1 { setAside(ExportLosses.resultsJoined) }
            if output.parts.contains(where: { $0.media != nil }) {
                setAside(ExportLosses.resultAttachments)
            }
            return Piece(
                role: "tool", name: session.calls[result.call]?.name,
                content: [
                    "content_type": "execution_output", "text": .string(output.text),
                ], call: result.call, isError: result.isError)
        case .unknown:
            setAside(ExportLosses.unknownParts)
            return nil
        default:
            if part.media != nil { setAside(ExportLosses.attachments) }
            return Piece(
                role: role, content: Self.text([part.plainText ?? ProviderMedia.words(part)]))
        }
    }

    private static func text(_ parts: [String]) -> JSONValue {
        ["content_type": "text", "parts": .array(parts.map { .string($0) })]
    }

    /// Texts that follow one another are one node.
    private static func joined(_ pieces: [Piece]) -> [Piece] {
        var joined: [Piece] = []
        for piece in pieces {
            if piece.content["content_type"] == "text", let last = joined.last,
                last.content["content_type"] == "text", last.role == piece.role
            {
                let parts =
                    (last.content["parts"]?.array ?? [])
                    + (piece.content["parts"]?.array ?? [])
                joined[joined.count - 1].content = [
                    "content_type": "text", "parts": .array(parts),
                ]
            } else {
                joined.append(piece)
            }
        }
        return joined
    }
}
