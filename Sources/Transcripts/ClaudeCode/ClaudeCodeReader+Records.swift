internal import SessionJournal

// Lines of the client: progress, what the system says, summaries, links; and what changes with
// any line: the session's metadata.
extension ClaudeCodeReader {
    mutating func readProgress(
        _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        into output: inout LineOutput
    ) {
        let above = alias(line)
        let call = line.parentCall.flatMap { calls[$0] == nil ? nil : $0 }
        if let agent = line.progressAgentID, let call { agentCalls[agent] = call }
        let tool = call.flatMap { self.tool(of: $0) }
        output.emitMain(
            .toolProgressed, branch: branchName(of: above.message),
            onBehalf: tool.map { "tool:\($0)" } ?? Self.client
        ) { data in
            if call != nil { data.pointer("call", "/parentToolUseID") }
            if line.hasProgressType {
                data.pointer("progress", "/data/type")
            } else {
                data.member("progress", "unknown")
            }
            data.member("missing_parent", ifPresent: above.missing)
            data.member("line", ordinal)
            data.original(original)
        }
    }

    mutating func readSystem(
        _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        into output: inout LineOutput
    ) {
        let above = alias(line)
        let branch = branchName(of: above.message)
        let id = above.message < 0 ? nil : id(of: above.message)
        let missing = above.missing
        switch line.subtype {
        case "compact_boundary":
            output.emitMain(.summaryRecorded, branch: branch, onBehalf: Self.client) { data in
                if line.hasContentText {
                    data.pointer("text", "/content")
                } else {
                    data.member("text", "")
                }
                data.member("leaf", ifPresent: id)
                data.member("replaces_to", ifPresent: id)
                if line.hasTrigger { data.pointer("trigger", "/compactMetadata/trigger") }
                if line.hasTokensBefore {
                    data.pointer("tokens_before", "/compactMetadata/preTokens")
                }
                data.member("missing_parent", ifPresent: missing)
                data.member("line", ordinal)
                data.original(original)
            }
        case "api_error":
            output.emitMain(.errorRecorded, branch: branch, onBehalf: Self.client) { data in
                if line.hasError {
                    data.pointer("error", "/error")
                } else {
                    data.member("error", "an error of the API")
                }
                data.member("message", ifPresent: id)
                data.object("retry") { retry in
                    retry.pointer("in_ms", "/retryInMs")
                    retry.pointer("attempt", "/retryAttempt")
                    retry.pointer("attempts", "/maxRetries")
                }
                data.member("missing_parent", ifPresent: missing)
                data.member("line", ordinal)
                data.original(original)
            }
        case "turn_duration" where line.hasDuration:
            output.emitMain(.annotationAdded, branch: branch, onBehalf: Self.client) { data in
                if let id { data.object("target") { $0.member("message", id) } }
                data.member("name", "turn_duration_ms")
                data.pointer("value", "/durationMs")
                data.member("missing_parent", ifPresent: missing)
                data.member("line", ordinal)
                data.original(original)
            }
        default:
            keep(ordinal, original, branch: branch, why: above.why, into: &output)
        }
    }

    mutating func readSummary(
        _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        into output: inout LineOutput
    ) {
        let leaf = line.leaf.flatMap { names[$0] }.flatMap { $0 < 0 ? nil : $0 }
        output.emitMain(
            .summaryRecorded, branch: branchName(of: leaf ?? -1), onBehalf: Self.client
        ) { data in
            data.pointer("text", "/summary")
            if let leaf {
                data.member("leaf", id(of: leaf))
            } else if line.leaf != nil {
                data.pointer("leaf", "/leafUuid")
            }
            data.member("line", ordinal)
            data.original(original)
        }
        guard let text = line.summary?.cut(toBytes: Self.nameLimit) else { return }
        if leaf != nil {
            setName(text, into: &output)
        } else if let name = line.leaf {
            pendingNames[name] = text
        }
    }

    mutating func readLink(
        _ line: ClaudeCodeLine, _ ordinal: Int, _ original: Span<UInt8>,
        into output: inout LineOutput
    ) {
        alias(line)
        output.emitMain(
            .annotationAdded, branch: branches[current].name, onBehalf: Self.client
        ) { data in
            data.member("name", "pull_request")
            data.object("value") { value in
                value.pointer("number", "/prNumber")
                value.pointer("url", "/prUrl")
                value.pointer("repository", "/prRepository")
            }
            data.member("line", ordinal)
            data.original(original)
        }
    }

    // MARK: Metadata

    /// The longest value of a metadata field that is taken, in bytes.
    static let nameLimit = 4096

    static let reason = "as the transcript says"

    /// Records what a line says about the session that it did not say before.
    mutating func recordMetadata(_ line: ClaudeCodeLine, into output: inout LineOutput) {
        guard line.uuid != nil else { return }
        var set: [(StaticString, String)] = []
        if !line.isSidechain {
            if let value = line.directory?.cut(toBytes: Self.nameLimit), value != directory {
                directory = value
                set.append(("cwd", value))
            }
            if let value = line.gitBranch?.cut(toBytes: Self.nameLimit), value != gitBranch {
                gitBranch = value
                set.append(("git_branch", value))
            }
            if let value = line.version, value != recordedVersion {
                recordedVersion = value
                set.append(("client_version", value))
            }
        }
        var branch = Self.main
        if line.type == "assistant", let model = line.model,
            model != ClaudeCodeLine.syntheticModel, let uuid = line.uuid,
            let message = names[uuid], message >= 0
        {
            branch = messages[message].branch
            if branches[branch].model != model {
                branches[branch].model = model
                if branch == Self.main {
                    set.append(("model", model))
                } else {
                    change([("model", model)], branch, into: &output)
                }
            }
        }
        change(set, Self.main, into: &output)
    }

    private func change(
        _ fields: [(StaticString, String)], _ branch: Int, into output: inout LineOutput
    ) {
        guard !fields.isEmpty else { return }
        output.emit(
            .sessionMetadataChanged, branch: branches[branch].name, onBehalf: Self.client,
            reason: Self.reason
        ) { data in
            data.object("set") { set in
                for (name, value) in fields { set.member(name, value) }
            }
        }
    }

    private mutating func setName(_ text: String, into output: inout LineOutput) {
        guard text != name else { return }
        name = text
        change([("name", text)], Self.main, into: &output)
    }

    /// Gives the session the name of a summary that was waiting for this line.
    mutating func recordName(_ line: ClaudeCodeLine, into output: inout LineOutput) {
        guard !pendingNames.isEmpty, let uuid = line.uuid,
            let text = pendingNames.removeValue(forKey: uuid)
        else { return }
        setName(text, into: &output)
    }
}
