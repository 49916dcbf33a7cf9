internal import Foundation
internal import SessionJournal

extension TranscriptFormat {
    /// The sessions of OpenCode: a file for each session, message and part, or one that
    /// `opencode export` wrote.
    static let openCode: TranscriptFormat = {
        var shape = DocumentShape(
            confidence: { document, bytes in
                switch OpenCodeReading.kind(Recognition(document, bytes)) {
                case nil: 0
                case .loosePart: 0.6
                default: 1
                }
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                let value = Recognition(document, bytes)
                switch OpenCodeReading.kind(value) {
                case .export:
                    return [
                        .init(
                            at: root, name: ["info", "id"], containers: [["messages"]],
                            start: [["info", "time", "created"]], document, bytes)
                    ]
                case .session:
                    return [
                        .init(
                            at: root, name: ["id"], containers: [], start: [["time", "created"]],
                            document, bytes)
                    ]
                default:
                    return [
                        .init(
                            at: root, name: ["sessionID"], containers: [],
                            start: [["time", "created"], ["time", "start"]], document, bytes)
                    ]
                }
            })
        // Parts of early versions name their message only, or stand in a folder of its name.
        shape.belonging = { document, bytes, path in
            document.rootText("messageID", in: bytes)
                ?? path.split(separator: "/").dropLast().last.map(String.init)
        }
        shape.sessionBeside = { OpenCodeReading.session(ofMessage: $0, beside: $1) }
        return TranscriptFormat(
            "opencode", title: "OpenCode",
            place: "~/.local/share/opencode/storage, opencode.db, exports",
            confidence: { document, bytes in
                let line = Recognition(document, bytes)
                let isOurs =
                    StoreLine.has(line, "session_id", "time_created", "data")
                    || StoreLine.has(line, "message_id", "data")
                    || StoreLine.has(line, "session_id", "time_created", "priority", "position")
                    || StoreLine.has(line, "project_id", "directory", "title")
                return isOurs ? 1 : 0
            },
            session: { document, bytes in
                let line = Recognition(document, bytes)
                return line.text("row", "session_id")
                    ?? (line.has("row", "directory") ? line.text("row", "id") : nil)
            },
            time: StoreLine.time("time_created"),
            shape: shape,
            reader: ConversationFormat(
                client: "opencode",
                time: { piece in
                    if let row = piece["row"] { return row["time_created"]?.time }
                    let time = piece["info"]?["time"] ?? piece["time"]
                    return (time?["created"] ?? time?["start"])?.time
                },
                read: { OpenCodeReading.read($0, &$1) }))
    }()
}

private enum OpenCodeReading {
    enum Kind { case session, message, part, loosePart, export }

    /// What a document is; nil for none of OpenCode's.
    static func kind(_ value: Recognition) -> Kind? {
        if value.kind("messages") == .array, value.has("info", "id"), value.has("info", "time") {
            return .export
        }
        guard value.has("id") else { return nil }
        if value.hasAll(["messageID", "type"]) { return .part }
        if value.hasAll(["sessionID", "role", "time"]) { return .message }
        if value.hasAll(["projectID", "directory", "time"]) { return .session }
        let isPart = ["text", "tool", "reasoning", "file"].contains(value.text("type"))
        return isPart && value.has("time", "start") ? .loosePart : nil
    }

    /// The session in whose folder the file of a message stands: `message/SESSION/ID.json`, where the
    /// file of its part is `part/ID/PART.json`.
    static func session(ofMessage id: String, beside path: String) -> String? {
        guard !id.contains("/") else { return nil }
        let storage = path.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let folder = storage + "/message"
        let sessions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return sessions.sorted().first { session in
            EnvelopeName.isValid(session)
                && FileManager.default.fileExists(atPath: "\(folder)/\(session)/\(id).json")
        }
    }

    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        let body = piece.body
        if let row = body["row"] {
            read(row: row, &talk)
        } else if let parts = body["parts"], let info = body["info"], !piece.isFrame {
            whole(info, parts, &talk)
        } else if let message = body["messageID"]?.name ?? piece.owner, body["type"] != nil {
            add(body, to: message, &talk)
        } else if body["sessionID"] != nil, body["role"] != nil {
            talk.say(draft(body))
        } else {
            session(body["info"] ?? body, &talk)
        }
    }

    /// A row of the store: a session, a message or a part.
    private static func read(row: Sourced, _ talk: inout Conversation) {
        if row["message_id"] == nil, row["directory"] == nil, row["data"]?["role"] == nil {
            return
        }
        guard let data = row["data"] else {
            talk.clientVersion = row["version"]?.name
            talk.set("name", row["title"]?.value)
            talk.set("cwd", row["directory"]?.value)
            talk.set("project", row["project_id"]?.value)
            talk.set("parent_session", row["parent_id"]?.value)
            talk.set("client_version", row["version"]?.value)
            return
        }
        if let message = row["message_id"]?.name {
            add(data, to: message, &talk)
            return
        }
        var draft = draft(data)
        draft.id = row["id"]?.name
        let said = talk.say(draft)
        if let error = data["error"] { talk.fail(.at(error), message: said) }
    }

    private static func session(_ session: Sourced, _ talk: inout Conversation) {
        talk.clientVersion = session["version"]?.name
        talk.set("name", session["title"]?.value)
        talk.set("cwd", session["directory"]?.value)
        talk.set("project", session["projectID"]?.value)
        talk.set("parent_session", session["parentID"]?.value)
        talk.set("client_version", session["version"]?.value)
    }

    private static func draft(_ message: Sourced) -> Conversation.Draft {
        let isAnswer = message["role"]?.string == "assistant"
        var draft = Conversation.Draft(isAnswer ? "assistant" : "user", [], id: message["id"]?.name)
        guard isAnswer else { return draft }
        draft.model = message["modelID"] ?? message["model"]?["modelID"]
        draft.stop = message["finish"]
        let tokens = message["tokens"]
        draft.usage = .usage(
            input: tokens?["input"], output: tokens?["output"],
            cacheRead: tokens?["cache"]?["read"], cacheWrite: tokens?["cache"]?["write"],
            reasoning: tokens?["reasoning"])
        return draft
    }

    /// A message with its parts, as an export has it.
    private static func whole(_ info: Sourced, _ parts: Sourced, _ talk: inout Conversation) {
        var draft = draft(info)
        for part in parts.elements {
            draft.parts += self.parts(of: part, &talk)
            if let id = draft.id, let sum = tokens(ofStep: part, of: id, &talk) {
                draft.usage = sum
            }
        }
        let said = talk.say(draft)
        if let error = info["error"] { talk.fail(.at(error), message: said) }
    }

    /// A part of a message that came before, or will come.
    private static func add(_ part: Sourced, to id: String, _ talk: inout Conversation) {
        guard let message = talk.names[id], message >= 0 else {
            talk.why = "its message \(id.cut(toBytes: 128)) is not there"
            return
        }
        if part["type"]?.string == "compaction" {
            talk.note("compaction", .at(part), about: message)
            return
        }
        let parts = parts(of: part, &talk)
        let usage = tokens(ofStep: part, of: id, &talk)
        guard !parts.isEmpty || usage != nil else { return }
        talk.extend(message, parts, usage: usage)
    }

    /// The tokens of a message up to the end of a step: the message itself has those of its last.
    private static func tokens(
        ofStep part: Sourced, of message: String, _ talk: inout Conversation
    ) -> Field? {
        guard part["type"]?.string == "step-finish", let tokens = part["tokens"],
            tokens["input"]?.integer != nil || tokens["output"]?.integer != nil
        else { return nil }
        let counts = [
            tokens["input"], tokens["output"], tokens["cache"]?["read"], tokens["cache"]?["write"],
            tokens["reasoning"],
        ].map { max(0, $0?.integer ?? 0) }
        let sums = talk.addTokens(counts, to: "steps/\(message)")
        let (written, overflows) = sums[1].addingReportingOverflow(sums[4])
        return .usage([sums[0], overflows ? .max : written, sums[2], sums[3]])
    }

    private static func parts(
        of part: Sourced, _ talk: inout Conversation
    ) -> [PartDraft] {
        switch part["type"]?.string {
        case "text": return part["text"].map { [.text($0)] } ?? []
        case "reasoning": return part["text"].map { [.thinking($0)] } ?? []
        case "file":
            return [.media(type: part["mime"], url: part["url"], name: part["filename"])]
        case "tool":
            let state = part["state"]
            let call = talk.callID(part["callID"])
            let use = PartDraft.call(call, part["tool"]?.name ?? "tool", state?["input"])
            guard let output = state?["output"] ?? state?["error"] else { return [use] }
            let isError = state?["status"]?.string == "error"
            var duration: Int64?
            if let start = state?["time"]?["start"]?.integer,
                let end = state?["time"]?["end"]?.integer, end >= start
            {
                duration = end - start
            }
            return [use, .result(call, output, isError: isError, duration: duration)]
        case "step-start", "step-finish", "snapshot", "compaction": return []
        default: return [.unknown(part)]
        }
    }
}
