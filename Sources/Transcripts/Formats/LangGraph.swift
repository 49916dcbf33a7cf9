internal import SessionJournal
internal import TransparencyLog

extension TranscriptFormat {
    /// The checkpoints that LangGraph keeps in SQLite or PostgreSQL, a row a line.
    static let langGraph: TranscriptFormat = {
        var format = TranscriptFormat(
            "langgraph", title: "LangGraph checkpoints", place: "*.sqlite, pg_dump (*.sql)",
            confidence: { document, bytes in
                let line = Recognition(document, bytes)
                let isOurs =
                    StoreLine.has(line, "thread_id", "checkpoint_ns", "checkpoint_id")
                    || StoreLine.has(line, "thread_id", "checkpoint_ns", "channel", "version")
                return isOurs ? 1 : 0
            },
            session: { document, bytes in
                Recognition(document, bytes).text("row", "thread_id")
            },
            time: { document, bytes in
                document.root.flatMap {
                    Sourced(document.value(of: $0, in: bytes))["row"]?["checkpoint"]?["ts"]?.time
                }
            },
            reader: ConversationFormat(
                client: "langgraph", time: { $0["row"]?["checkpoint"]?["ts"]?.time },
                read: { LangGraphReading.read($0, &$1) }))
        format.repeatsHistory = true
        return format
    }()
}

/// How checkpoints become a conversation.
///
/// A checkpoint holds, or names the version of, the whole list of messages. What of the list its
/// parent had is the conversation so far, and the rest follows that: so that checkpoints with one
/// parent are branches. Where a thread keeps its list by deltas, each write adds to it.
private enum LangGraphReading {
    static func read(_ piece: SourcePiece, _ talk: inout Conversation) {
        guard let row = piece["row"] else { return }
        let space = row["checkpoint_ns"]?.string ?? ""
        if row["checkpoint"] != nil, let id = row["checkpoint_id"]?.string {
            checkpoint(row, id, space, piece, &talk)
        } else if let version = row["version"]?.string {
            guard row["channel"]?.string == "messages" else { return }
            blob(row, version, space, piece, &talk)
        } else if let id = row["checkpoint_id"]?.string, row["channel"] != nil {
            write(row, id, space, piece, &talk)
        }
    }

    // MARK: Rows

    private static func checkpoint(
        _ row: Sourced, _ id: String, _ space: String, _ piece: SourcePiece,
        _ talk: inout Conversation
    ) {
        let metadata = row["metadata"]
        talk.set("user", metadata?["user_id"]?.value)
        talk.set("agent", metadata?["assistant_id"]?.value)
        let parent = row["parent_checkpoint_id"]?.string
        let isNext = parent == nil || talk.memory["last/\(space)"]?.string == parent
        talk.memory["last/\(space)"] = .string(id)
        let start = end(of: parent, space, talk)
        let named = row["checkpoint"]?["channel_versions"]?["messages"]
        // Earlier ones are numbers.
        let version = named?.string ?? named?.value.description ?? ""
        if let list = list(in: row) {
            talk.memory["end/\(space)/\(id)"] = .integer(
                Int64(say(list, after: start, isNext: isNext, space, piece, &talk)))
        } else if let known = talk.memory["version/\(space)/\(version)"] {
            talk.memory["end/\(space)/\(id)"] = known
            if space.isEmpty, let end = known.integer { talk.position = Int(end) }
        } else {
            talk.memory["end/\(space)/\(id)"] = .integer(Int64(start))
            talk.memory["waiting/\(space)/\(version)"] = .array([.string(id), .bool(isNext)])
        }
        let isSnapshot = LangGraphItem.isDelta(row["checkpoint"]?["channel_values"]?["messages"])
        if isSnapshot || metadata?["counters_since_delta_snapshot"]?["messages"] != nil {
            talk.memory["delta/\(space)/\(id)"] = true
        }
    }

    /// The value of a channel in PostgreSQL, which stands behind the first checkpoint that has it.
    private static func blob(
        _ row: Sourced, _ version: String, _ space: String, _ piece: SourcePiece,
        _ talk: inout Conversation
    ) {
        guard let list = list(in: row) else { return }
        let waiting = talk.memory["waiting/\(space)/\(version)"]
        let id = waiting?[0]?.string
        let start = id.flatMap { talk.memory["end/\(space)/\($0)"]?.integer }.map { Int($0) }
        let isNext = waiting?[1]?.bool ?? true
        let end = say(
            list, after: start ?? self.end(of: nil, space, talk), isNext: isNext, space, piece,
            &talk)
        talk.memory["version/\(space)/\(version)"] = .integer(Int64(end))
        if let id { talk.memory["end/\(space)/\(id)"] = .integer(Int64(end)) }
    }

    /// What a task wrote since a checkpoint.
    private static func write(
        _ row: Sourced, _ id: String, _ space: String, _ piece: SourcePiece,
        _ talk: inout Conversation
    ) {
        let value = row["value"] ?? row["blob"]
        switch row["channel"]?.string {
        case "__error__":
            if let value { talk.fail(.at(value)) }
        case "__interrupt__":
            if let value { talk.note("interrupt", .at(value)) }
        case "messages" where talk.memory["delta/\(space)/\(id)"] != nil:
            guard let value else { return }
            let items = value.isArray ? value.elements : [value]
            var last = end(of: id, space, talk)
            for item in items.map({ LangGraphItem($0) }) {
                if let known = find(item, among: path(to: last, talk), except: [], talk) {
                    renew(known, item, &talk)
                } else {
                    last = say(item, after: last, space, &talk)
                }
            }
            talk.memory["end/\(space)/\(id)"] = .integer(Int64(last))
            talk.memory["latest/\(space)"] = .integer(Int64(last))
        default: break
        }
    }

    /// The last message as of a checkpoint; where that is not known, the last one that was read.
    private static func end(of id: String?, _ space: String, _ talk: Conversation) -> Int {
        if let id, let end = talk.memory["end/\(space)/\(id)"]?.integer { return Int(end) }
        if let end = talk.memory["latest/\(space)"]?.integer { return Int(end) }
        // A graph within the graph begins with what was said so far.
        return space.isEmpty ? -1 : talk.position
    }

    /// The list of messages that a row holds: under its place in the line, without what it repeats
    /// of others.
    private static func list(in row: Sourced) -> Sourced? {
        let held = row["blob"] ?? row["checkpoint"]?["channel_values"]?["messages"]
        guard let held else { return nil }
        let list = LangGraphItem.isDelta(held) ? held["value"] : held
        return list.flatMap { $0.isArray ? $0 : nil }
    }

    // MARK: Messages

    /// The messages from the first to one, by index.
    private static func path(to message: Int, _ talk: Conversation) -> [Int] {
        var path: [Int] = []
        var index = message
        while index >= 0 {
            path.append(index)
            index = talk.messages[index].parent
        }
        return path.reversed()
    }

    /// Says what of a list is new.
    ///
    /// - Parameters:
    ///   - start: The last message before.
    ///   - isNext: Whether the list follows the one that was read before it, and is no branch.
    /// - Returns: The last message.
    private static func say(
        _ list: Sourced, after start: Int, isNext: Bool, _ space: String, _ piece: SourcePiece,
        _ talk: inout Conversation
    ) -> Int {
        let path = path(to: start, talk)
        var own = list.elements.enumerated().makeIterator()
        var here: Set<Int> = []
        var last = -1
        var new: [(item: LangGraphItem, place: Int)] = []
        let runs = piece.note.history?.runs ?? [.own(list.elements.count)]
        for run in runs {
            switch run {
            case .lines: break
            case .element(let line, let place):
                guard let message = talk.names["item/\(line)/\(place)"] else { continue }
                here.insert(message)
                last = message
            case .own(let count):
                for _ in 0..<count {
                    guard let (place, element) = own.next() else { break }
                    let item = LangGraphItem(element)
                    guard let message = find(item, among: path, except: here, talk) else {
                        new.append((item, place))
                        continue
                    }
                    let isSame = talk.memory["item/\(message)"] == item.key
                    guard isSame || isNext else {
                        // The same message with other words on another branch is another one.
                        new.append((item, place))
                        continue
                    }
                    if !isSame { renew(message, item, &talk) }
                    talk.names["item/\(piece.ordinal)/\(place)"] = message
                    here.insert(message)
                    last = message
                }
            }
        }
        if space.isEmpty, isNext {
            noteRemoved(path.filter { !here.contains($0) }, &talk)
            if here.isEmpty { last = start }
        }
        // What was put in between stands behind.
        for (item, place) in new {
            let before = last
            last = say(item, after: last, space, &talk)
            if last != before { talk.names["item/\(piece.ordinal)/\(place)"] = last }
        }
        if space.isEmpty { talk.position = last }
        talk.memory["latest/\(space)"] = .integer(Int64(last))
        return last
    }

    /// The message that an item is, among those that came before it.
    private static func find(
        _ item: LangGraphItem, among path: [Int], except here: Set<Int>, _ talk: Conversation
    ) -> Int? {
        if let id = item.id?.name {
            if let message = talk.names[id], path.contains(message) {
                return here.contains(message) ? nil : message
            }
            guard talk.memory["renamed"] != nil else { return nil }
            return path.last { source(of: $0, talk) == id && !here.contains($0) }
        }
        return path.first { talk.memory["item/\($0)"] == item.key && !here.contains($0) }
    }

    /// What the source calls a message.
    private static func source(of message: Int, _ talk: Conversation) -> String {
        talk.memory["source/\(message)"]?.string ?? talk.id(of: message)
    }

    /// Notes which messages a list has no more.
    private static func noteRemoved(_ messages: [Int], _ talk: inout Conversation) {
        let gone = messages.filter { talk.memory["gone/\($0)"] == nil }
        guard !gone.isEmpty else { return }
        for message in gone { talk.memory["gone/\(message)"] = true }
        talk.note("messages_removed", .array(gone.map { .text(talk.id(of: $0)) }))
    }

    /// Says a message.
    ///
    /// - Returns: Its index; that of the one before where it is none.
    private static func say(
        _ item: LangGraphItem, after last: Int, _ space: String, _ talk: inout Conversation
    ) -> Int {
        guard var draft = item.draft(&talk) else { return last }
        let id = item.id?.name
        draft.id = id.flatMap { talk.names[$0] == nil ? $0 : nil }
        if space.isEmpty {
            talk.position = last
        } else {
            let position = talk.position
            draft.sidechain = talk.sidechain(
                sidechain(space), from: position < 0 ? nil : position)
        }
        let said = talk.say(draft)
        if let id, talk.id(of: said) != id {
            talk.memory["source/\(said)"] = .string(id)
            talk.memory["renamed"] = true
        }
        talk.memory["item/\(said)"] = item.key
        return said
    }

    /// Says a message that is known in other words.
    private static func renew(
        _ message: Int, _ item: LangGraphItem, _ talk: inout Conversation
    ) {
        guard var draft = item.draft(&talk) else { return }
        let position = talk.position
        draft.id = talk.id(of: message)
        draft.usage = nil
        talk.say(draft)
        talk.position = position
        talk.memory["item/\(message)"] = item.key
    }

    /// What the branch of a graph within the graph is called: its node, and the start of its id.
    private static func sidechain(_ space: String) -> String {
        let names = space.split(separator: "|").map { step in
            let parts = step.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? "\(parts[0])-\(parts[1].prefix(8))" : String(step)
        }
        return EnvelopeName.clean(names.joined(separator: "/")).cut(toBytes: 200)
    }
}

/// A message as LangChain writes it: an object of a class, with its fields.
private struct LangGraphItem {
    /// What it holds, and where.
    let fields: Sourced

    /// What it is: of its class where its fields do not say it.
    let type: String

    /// What tells whether it is another than before.
    var key: JSONValue {
        var text: [UInt8] = []
        fields.value.write(to: &text)
        return .string(Digest(hashing: text.span).hexadecimal)
    }

    var id: Sourced? { fields["id"] }

    init(_ item: Sourced) {
        var fields = item
        var name = ""
        if item["$ext"] != nil, let packed = item["value"], packed.isArray {
            fields = packed[2] ?? item
            name = packed[1]?.string ?? ""
        } else if item["lc"] != nil, let arguments = item["kwargs"] {
            fields = arguments
            name = item["id"]?.elements.last?.string ?? ""
        }
        self.fields = fields
        type = fields["type"]?.string ?? Self.type(ofClass: name)
    }

    private static func type(ofClass name: String) -> String {
        for type in ["human", "ai", "system", "tool", "function", "chat"]
        where name.lowercased().hasPrefix(type) {
            return type
        }
        return name
    }

    /// Whether a value is the snapshot of a channel that is kept by deltas.
    static func isDelta(_ value: Sourced?) -> Bool { value?["$ext"]?.integer == 7 }

    /// The message; nil for what is none.
    func draft(_ talk: inout Conversation) -> Conversation.Draft? {
        switch type {
        case "human", "HumanMessageChunk":
            return .init("user", talk.parts(of: fields["content"]))
        case "system", "SystemMessageChunk", "developer":
            return .init("system", talk.parts(of: fields["content"]))
        case "ai", "AIMessageChunk": return answer(&talk)
        case "tool", "ToolMessageChunk", "function":
            let call = talk.resultCall(
                fields["tool_call_id"],
                tool: fields["tool_call_id"] == nil ? fields["name"]?.name : nil)
            return .init(
                "tool",
                [
                    .result(
                        call, fields["content"],
                        isError: fields["status"]?.string == "error" ? true : nil)
                ])
        default:
            guard fields["content"] != nil, let role = fields["role"]?.string else { return nil }
            return talk.chatMessage(fields)
                ?? .init(
                    ["user", "assistant", "system"].contains(role) ? role : "user",
                    talk.parts(of: fields["content"]))
        }
    }

    private func answer(_ talk: inout Conversation) -> Conversation.Draft {
        var parts: [PartDraft] = []
        if let thought = fields["additional_kwargs"]?["reasoning_content"], thought.text != nil {
            parts.append(.thinking(thought))
        }
        parts += talk.parts(ofText: fields["content"])
        // Some providers' blocks hold the calls already.
        let named = Set(parts.compactMap { $0.call?.id })
        for call in fields["tool_calls"]?.elements ?? []
        where call["id"]?.name.map({ !named.contains($0) }) ?? true {
            guard let name = call["name"]?.name else {
                parts.append(.unknown(call))
                continue
            }
            parts.append(.call(talk.callID(call["id"]), name, call["args"]))
        }
        for call in fields["invalid_tool_calls"]?.elements ?? []
        where call["id"]?.name.map({ !named.contains($0) }) ?? true {
            parts.append(.unknown(call))
        }
        var draft = Conversation.Draft("assistant", parts)
        let response = fields["response_metadata"]
        draft.model = response?["model_name"] ?? response?["model"] ?? response?["model_id"]
        draft.stop =
            response?["finish_reason"] ?? response?["stop_reason"] ?? response?["stopReason"]
        draft.request = response?["id"]?.name
        draft.author = fields["name"]?.name.map { "agent:\($0)" }
        if let usage = fields["usage_metadata"] {
            let details = usage["input_token_details"]
            draft.usage = .usage(
                input: usage["input_tokens"], output: usage["output_tokens"],
                cacheRead: details?["cache_read"], cacheWrite: details?["cache_creation"],
                inputHoldsCache: true)
        }
        return draft
    }
}
