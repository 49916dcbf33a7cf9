internal import SessionJournal

/// A branch as a trajectory of Harbor's Agent Trajectory Interchange Format.
enum TrajectoryDocument {
    private static let version = "ATIF-v1.7"

    static func write(_ session: ExportedSession) -> ExportedContent {
        var conversation = ProviderConversation(
            session, messages: session.messages, joinsAnswers: false)
        var steps: [JSONObject] = []
        var models: [String?] = []
        var totals = (input: Int64(0), output: Int64(0), cached: Int64(0))
        for (step, source) in zip(conversation.steps, conversation.sources) {
            if case .results(let results) = step {
                guard !steps.isEmpty else { continue }
                steps[steps.count - 1]["observation"] = [
                    "results": .array(
                        results.map { result in
                            [
                                "source_call_id": .string(result.call.id),
                                "content": .string(result.output.text),
                            ]
                        })
                ]
                conversation.countFlattened(results, keepsFailures: false)
                continue
            }
            var object = self.step(step, steps.count + 1, source)
            count(step, &conversation)
            if case .assistant = step, let source {
                models.append(source.model)
                if let usage = TokenUsage(source.usage()), usage.inputAnew > usage.input {
                    conversation.setAside(ExportLosses.cacheWrites)
                }
                let tokens = TokenCounts(source.usage())
                object["metrics"] = metrics(tokens)
                totals.input &+= tokens.input ?? 0
                totals.output &+= tokens.output ?? 0
                totals.cached &+= tokens.cached ?? 0
            }
            steps.append(object)
        }
        let metadata = session.state.metadata(on: session.branch)
        var agent: JSONObject = [
            "name": metadata["agent"]?.string.map { .string($0) } ?? "unknown",
            "version": metadata["client_version"]?.string.map { .string($0) } ?? "unknown",
        ]
        // A step that names no model is read as one of the agent's.
        if !models.contains(nil) { agent["model_name"] = models.last?.map { .string($0) } }
        let document: JSONValue = [
            "schema_version": .string(version), "session_id": .string(session.key),
            "agent": .object(agent), "steps": .array(steps.map { .object($0) }),
            "final_metrics": [
                "total_prompt_tokens": .integer(totals.input),
                "total_completion_tokens": .integer(totals.output),
                "total_cached_tokens": .integer(totals.cached),
                "total_steps": JSONValue(steps.count),
            ],
        ]
        return ExportedContent(lines: [document], setAside: conversation.setAside)
    }

    /// Counts what of a step has no place.
    private static func count(
        _ step: ProviderConversation.Step, _ conversation: inout ProviderConversation
    ) {
        switch step {
        case .user(let parts):
            for part in parts where part.media != nil {
                conversation.setAside(ExportLosses.attachments)
            }
        case .assistant(let spoken):
            var texts = 0
            for part in spoken {
                switch part {
                case .text: texts += 1
                case .thought(let thought):
                    if thought.isSigned { conversation.setAside(ExportLosses.signatures) }
                case .foreign: conversation.setAside(ExportLosses.unknownParts)
                case .call: break
                }
            }
            if texts > 1 { conversation.setAside(ProviderConversation.textsJoined) }
        default: break
        }
    }

    private static func metrics(_ tokens: TokenCounts) -> JSONValue? {
        var metrics = JSONObject()
        metrics["prompt_tokens"] = tokens.input.map { .integer($0) }
        metrics["completion_tokens"] = tokens.output.map { .integer($0) }
        metrics["cached_tokens"] = tokens.cached.map { .integer($0) }
        return metrics.isEmpty ? Optional<JSONValue>.none : .object(metrics)
    }

    private static func step(
        _ step: ProviderConversation.Step, _ number: Int, _ source: Message?
    ) -> JSONObject {
        var object: JSONObject = ["step_id": JSONValue(number)]
        object["timestamp"] = source.map { .string($0.spokenTime) }
        switch step {
        case .system(let text):
            object["source"] = "system"
            object["message"] = .string(text)
        case .user(let parts):
            object["source"] = "user"
            let texts = parts.map { $0.plainText ?? ProviderMedia.words($0) }
            object["message"] = .string(texts.joined(separator: "\n\n"))
        case .results: break
        case .assistant(let spoken):
            object["source"] = "agent"
            object["model_name"] = source?.model.map { .string($0) }
            addSpoken(spoken, to: &object)
        }
        return object
    }

    private static func addSpoken(
        _ spoken: [ProviderConversation.Spoken], to object: inout JSONObject
    ) {
        var texts: [String] = []
        var thoughts: [String] = []
        var calls: [JSONValue] = []
        for part in spoken {
            switch part {
            case .text(let text): texts.append(text)
            case .thought(let thought): if !thought.text.isEmpty { thoughts.append(thought.text) }
            case .foreign: break
            case .call(let call):
                calls.append([
                    "tool_call_id": .string(call.id), "function_name": .string(call.name),
                    "arguments": .object(call.input),
                ])
            }
        }
        object["message"] = .string(texts.joined(separator: "\n\n"))
        if !thoughts.isEmpty {
            object["reasoning_content"] = .string(thoughts.joined(separator: "\n\n"))
        }
        if !calls.isEmpty { object["tool_calls"] = .array(calls) }
    }
}
