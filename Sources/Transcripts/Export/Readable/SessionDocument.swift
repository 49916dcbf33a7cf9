internal import SessionJournal

/// A session as JSON: in one document, or a value a line.
enum SessionDocument {
    /// The version of the shape.
    private static let version = 1

    static func json(_ session: ExportedSession) -> JSONValue {
        var object = head(session)
        object.append("branches", .array(session.branches.map(\.json)))
        object.append("messages", .array(session.nodes.map { message($0, session) }))
        object.append("merges", .array(session.tree.merges.map(\.json)))
        object.append("summaries", .array(session.summaries.map(summary)))
        if !session.blobs.isEmpty {
            object.append("blobs", .array(session.blobs.sorted { $0.key < $1.key }.map(blob)))
        }
        return .object(object)
    }

    static func lines(_ session: ExportedSession) -> [JSONValue] {
        func line(_ type: String, _ value: JSONValue) -> JSONValue {
            var object: JSONObject = ["type": .string(type)]
            for member in value.object ?? [:] where member.name != "type" {
                object.append(member.name, member.value)
            }
            // A branch has a type of its own.
            if let kind = value["type"] { object.append("\(type)_type", kind) }
            return .object(object)
        }
        return [line("session", .object(head(session)))]
            + session.branches.map { line("branch", $0.json) }
            + session.nodes.map { line("message", message($0, session)) }
            + session.tree.merges.map { line("merge", $0.json) }
            + session.summaries.map { line("summary", summary($0)) }
            + session.blobs.sorted { $0.key < $1.key }.map { line("blob", blob($0)) }
    }

    private static func head(_ session: ExportedSession) -> JSONObject {
        let state = session.state
        var object: JSONObject = [
            "format": "sjournal", "format_version": JSONValue(version),
            "session": .string(session.session.hexadecimal), "key": JSONValue(state.key),
            "created_at": JSONValue(state.createdAt?.description),
            "last_active": JSONValue(state.lastActive?.description),
            "seq": JSONValue(state.lastSequence), "branch": .string(session.branch),
            "metadata": .object(state.metadata(on: session.branch)),
        ]
        object["clone"] = state.clone.map(\.json)
        return object
    }

    private static func message(
        _ node: ConversationTree.Node, _ session: ExportedSession
    ) -> JSONValue {
        var object = node.message.json(in: session.tree).object ?? [:]
        object["actor"] = node.message.actor.map { .string($0) }
        object["branches"] = .array(node.branches.map { .string($0) })
        object["children"] = .array(node.children.map { .string($0) })
        return .object(object)
    }

    /// Content that parts name.
    private static func blob(_ blob: (key: String, value: String)) -> JSONValue {
        ["blob": .string(blob.key), "base64": .string(blob.value)]
    }

    private static func summary(_ summary: ConversationSummary) -> JSONValue {
        [
            "seq": JSONValue(summary.sequence), "time": .string(summary.time.description),
            "text": .string(summary.text), "replaces_from": JSONValue(summary.first),
            "replaces_to": .string(summary.last), "summariser": JSONValue(summary.summariser),
        ]
    }
}
