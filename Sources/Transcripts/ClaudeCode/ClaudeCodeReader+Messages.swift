internal import SessionJournal

// Lines of people, models and tools.
extension ClaudeCodeReader {
    mutating func readMessage(
        _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        into output: inout LineOutput
    ) {
        if line.type == "assistant", let message = continued(by: line) {
            if let uuid = line.uuid { names[uuid] = message }
            let branch = branches[messages[message].branch].name
            output.emitMain(
                .messageExtended, branch: branch, onBehalf: modelName(line)
            ) { data in
                data.member("message", id(of: message))
                data.member("alias", ifPresent: line.uuid)
                data.parts(of: line)
                if line.hasUsage { data.pointer("usage", "/message/usage") }
                data.member("line", ordinal)
                data.original(original)
            }
            recordActivity(line, of: message, into: &output)
            return
        }
        let isToolActivity =
            line.type == "user" && (line.sourceCall != nil || line.holdsToolResult)
        let place = place(line, isToolActivity: isToolActivity)
        enter(place, into: &output)
        let message = add(line, ordinal, at: place, isToolActivity: isToolActivity)
        emitMessage(message, line, ordinal, original, missing: place.missing, into: &output)
        recordActivity(line, of: message, into: &output)
    }

    /// The message that a line of an assistant continues: the API's message of the same id, when
    /// the line follows one of its lines or results, or when no other answer came since.
    private func continued(by line: ClaudeCodeLine) -> Int? {
        guard let id = line.messageID, let message = messagesOfAPI[id] else { return nil }
        let branch = branches[messages[message].branch]
        guard branch.isSidechain == line.isSidechain else { return nil }
        if branch.lastAssistant == message { return message }
        guard case .known(let parent) = parent(of: line), parent >= 0,
            messages[parent].turn == message
        else { return nil }
        return message
    }

    /// Records that a branch begins, and that the conversation moves to another one.
    private mutating func enter(_ place: Place, into output: inout LineOutput) {
        let branch = branches[place.branch]
        if place.isNew {
            output.emit(.branchCreated, branch: branch.name, onBehalf: Self.client) { data in
                data.member("branch", branch.name)
                data.id("from", place.parent < 0 ? nil : id(of: place.parent))
                data.member("type", branch.name.hasPrefix("fork-") ? "fork" : "sidechain")
                data.member("parent_branch", branches[branch.parent].name)
            }
        }
        if place.branch != current, !branch.isSidechain {
            current = place.branch
            output.emit(.branchSwitched, branch: branch.name, onBehalf: "user") { data in
                data.member("branch", branch.name)
            }
        }
    }

    private mutating func add(
        _ line: ClaudeCodeLine, _ ordinal: Int, at place: Place, isToolActivity: Bool
    ) -> Int {
        let index = messages.count
        let isAssistant = line.type == "assistant"
        var turn = -1
        if isAssistant {
            turn = index
            if let id = line.messageID { messagesOfAPI[id] = index }
            branches[place.branch].lastAssistant = index
        } else if isToolActivity, place.parent >= 0 {
            turn = messages[place.parent].turn
        }
        messages.append(
            Message(
                name: spellings.add(line.uuid ?? "line-\(ordinal)"), parent: place.parent,
                branch: place.branch, turn: turn, tip: index, isToolActivity: isToolActivity))
        if turn >= 0 { messages[turn].tip = index }
        branches[place.branch].head = index
        if let uuid = line.uuid { names[uuid] = index }
        return index
    }

    private func emitMessage(
        _ message: Int, _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        missing: String?, into output: inout LineOutput
    ) {
        let parent = messages[message].parent
        output.emitMain(
            .messageAppended, branch: branches[messages[message].branch].name,
            onBehalf: author(of: line)
        ) { data in
            data.member("message", id(of: message))
            data.id("parent", parent < 0 ? nil : id(of: parent))
            data.member("role", line.role)
            data.parts(of: line)
            if line.model != nil { data.pointer("model", "/message/model") }
            if line.hasUsage { data.pointer("usage", "/message/usage") }
            data.member("synthetic", ifPresent: line.synthetic)
            data.member("missing_parent", ifPresent: missing)
            data.member("line", ordinal)
            data.original(original)
        }
    }

    // MARK: Who

    private func author(of line: ClaudeCodeLine) -> String {
        if line.type == "assistant" { return modelName(line) }
        if line.role == "tool" {
            guard let call = line.blocks.first?.call, let name = tool(of: call) else {
                return "tool"
            }
            return "tool:\(name)"
        }
        return line.synthetic == nil ? "user" : Self.client
    }

    private func modelName(_ line: ClaudeCodeLine) -> String {
        guard let model = line.model, model != ClaudeCodeLine.syntheticModel else {
            return Self.client
        }
        return "model:\(model)"
    }

    // MARK: What follows from a message

    /// Records the calls, results, answers and errors that a line tells of.
    private mutating func recordActivity(
        _ line: ClaudeCodeLine, of message: Int, into output: inout LineOutput
    ) {
        let branch = branches[messages[message].branch].name
        if line.type == "assistant" {
            recordAnswer(line, of: message, branch, into: &output)
            for block in line.blocks where block.isToolUse {
                recordCall(block, line, of: message, branch, into: &output)
            }
        } else {
            for block in line.blocks where block.isToolResult {
                recordResult(block, line, of: message, branch, into: &output)
            }
        }
    }

    private mutating func recordAnswer(
        _ line: ClaudeCodeLine, of message: Int, _ branch: String, into output: inout LineOutput
    ) {
        let isError = line.synthetic == "error"
        if isError {
            output.emit(.errorRecorded, branch: branch, onBehalf: Self.client) { data in
                data.member("error", line.errorText ?? "an error of the API")
                data.member("message", id(of: message))
            }
        }
        guard let model = line.model, model != ClaudeCodeLine.syntheticModel,
            let request = line.requestID, !messages[message].isAnswered
        else { return }
        messages[message].isAnswered = true
        output.emit(.modelResponded, branch: branch, onBehalf: "model:\(model)") { data in
            data.member("request", request)
            data.member("message", id(of: message))
            data.member("model", model)
            data.member("stop", ifPresent: line.stopReason)
        }
    }

    private mutating func recordCall(
        _ block: ClaudeCodeLine.Block, _ line: ClaudeCodeLine, of message: Int, _ branch: String,
        into output: inout LineOutput
    ) {
        guard let call = block.call else { return }
        calls[call] = Call(
            tool: block.name.map { spellings.add(usual: $0) }, message: message, time: line.time,
            prompt: block.prompt)
        if block.prompt != nil {
            if openAgents.count == Self.openAgentLimit { openAgents.removeFirst() }
            openAgents.append(call)
        }
        output.emit(.toolStarted, branch: branch, onBehalf: modelName(line)) { data in
            data.member("call", call)
            data.member("name", block.name ?? "")
            data.member("message", id(of: message))
        }
    }

    private mutating func recordResult(
        _ block: ClaudeCodeLine.Block, _ line: ClaudeCodeLine, of message: Int, _ branch: String,
        into output: inout LineOutput
    ) {
        guard let call = block.call else { return }
        let known = calls[call]
        let tool = self.tool(of: call)
        if known?.prompt != nil { openAgents.removeAll { $0 == call } }
        if let agent = line.resultAgentID { agentCalls[agent] = call }
        let author = tool.map { "tool:\($0)" } ?? "tool"
        output.emit(.toolFinished, branch: branch, onBehalf: author) { data in
            data.member("call", call)
            data.member("name", ifPresent: tool)
            data.member("message", id(of: message))
            data.member("status", block.isError ? "error" : "ok")
            if let duration = duration(of: line, since: known?.time) {
                data.member("duration_ms", duration)
            }
        }
        if line.isDenied {
            output.emit(.approvalDecided, branch: branch, onBehalf: "user") { data in
                data.member("approval", call)
                data.member("call", call)
                data.member("decision", "denied")
            }
        }
    }

    /// How long a call took: what the source says, else the time between its two lines.
    private func duration(of line: ClaudeCodeLine, since start: Timestamp?) -> Int64? {
        if let duration = line.resultDuration, line.blocks.count == 1 { return duration }
        guard let start, let end = line.time, end >= start else { return nil }
        return (end.microseconds - start.microseconds) / 1000
    }
}

extension ClaudeCodeLine {
    /// The model that the client names for what it wrote itself.
    static let syntheticModel = "<synthetic>"

    /// The content's blocks; none where it is a text.
    var blocks: [Block] {
        if case .blocks(let blocks) = content { blocks } else { [] }
    }

    var holdsToolResult: Bool { blocks.contains { $0.isToolResult } }

    /// Whose words the message is.
    var role: String {
        if type == "assistant" { return "assistant" }
        return !blocks.isEmpty && blocks.allSatisfy(\.isToolResult) ? "tool" : "user"
    }

    /// Why a message is not what its role would say: the client wrote it.
    var synthetic: String? {
        if isAPIError { return "error" }
        if isCompactSummary { return "summary" }
        if isMeta, role != "tool" { return "meta" }
        return type == "assistant" && model == Self.syntheticModel ? "meta" : nil
    }
}

extension ClaudeCodeLine.Block {
    var isToolUse: Bool { if case .toolUse = kind { true } else { false } }
    var isToolResult: Bool { if case .toolResult = kind { true } else { false } }
}

extension DataWriter {
    /// A member with a message's id, or null.
    mutating func id(_ name: StaticString, _ id: String?) {
        if let id { member(name, id) } else { member(name, literal: "null") }
    }

    /// The parts of a message, as places in the original.
    mutating func parts(of line: ClaudeCodeLine) {
        array("parts") { parts in
            switch line.content {
            case .none: break
            case .unknown: parts.unknownPart("/message")
            case .text:
                parts.element { part in
                    part.member("type", "text")
                    part.pointer("text", "/message/content")
                }
            case .blocks(let blocks):
                for (index, block) in blocks.enumerated() {
                    parts.part(block, at: "/message/content/\(index)")
                }
            }
        }
    }

    private mutating func unknownPart(_ place: String) {
        element { part in
            part.member("type", "unknown")
            part.pointer("value", place)
        }
    }

    private mutating func part(_ block: ClaudeCodeLine.Block, at place: String) {
        switch block.kind {
        case .unknown: unknownPart(place)
        case .text:
            element { part in
                part.member("type", "text")
                part.pointer("text", "\(place)/text")
            }
        case .thinking:
            element { part in
                part.member("type", "thinking")
                part.pointer("text", "\(place)/thinking")
                if block.hasSignature { part.pointer("signature", "\(place)/signature") }
            }
        case .toolUse:
            element { part in
                part.member("type", "tool_use")
                part.pointer("call", "\(place)/id")
                part.pointer("name", "\(place)/name")
                part.pointer("input", "\(place)/input")
            }
        case .toolResult:
            element { part in
                part.member("type", "tool_result")
                part.pointer("call", "\(place)/tool_use_id")
                part.pointer("content", "\(place)/content")
                if block.isError { part.pointer("is_error", "\(place)/is_error") }
            }
        case .media(let name, let source):
            mediaPart(name, source, at: place)
        }
    }

    private mutating func mediaPart(
        _ name: ClaudeCodeLine.Block.StaticMedia, _ source: String?, at place: String
    ) {
        guard source == "base64" || source == "url" else { return unknownPart(place) }
        element { part in
            part.member("type", name == .image ? "image" : "document")
            if source == "base64" {
                part.pointer("media_type", "\(place)/source/media_type")
                part.pointer("base64", "\(place)/source/data")
            } else {
                part.pointer("url", "\(place)/source/url")
            }
        }
    }
}
