internal import SessionJournal

/// Reads items of OpenAI's Responses API, which Codex records too.
enum ResponseItems {
    private static let outputs: Set<String> = [
        "function_call_output", "custom_tool_call_output", "local_shell_call_output",
        "tool_search_output", "function_result", "tool_result", "computer_call_output",
        "shell_call_output", "apply_patch_call_output",
    ]

    static let types: Set<String> = outputs.union([
        "message", "reasoning", "function_call", "custom_tool_call", "local_shell_call",
        "tool_call", "web_search_call", "file_search_call", "computer_call", "mcp_call",
        "image_generation_call", "tool_search_call", "code_interpreter_call", "ghost_snapshot",
        "agent_message", "compaction", "item_reference", "mcp_list_tools", "shell_call",
        "apply_patch_call", "mcp_approval_request", "mcp_approval_response",
    ])

    /// Tells what an item says. What a model thinks, says and calls between two turns of others is
    /// one message, as it is with every other provider.
    static func read(_ item: Sourced, _ talk: inout Conversation) {
        let type = item["type"]?.string ?? (item["role"] == nil ? "" : "message")
        switch type {
        case "message": message(item, &talk)
        case "agent_message":
            var draft = Conversation.Draft("user", talk.parts(of: item["content"]))
            draft.author = item["author"]?.name.map { "agent:\($0)" }
            talk.say(draft)
        case "reasoning":
            let parts = thoughts(item)
            if !parts.isEmpty { answer(parts, item, &talk) }
        case "function_call", "custom_tool_call", "tool_call", "mcp_call", "tool_search_call":
            let function = item["function"] ?? item
            let name =
                function["name"]?.name ?? (type == "tool_search_call" ? "tool_search" : "tool")
            let call = talk.callID(item["call_id"] ?? (type == "mcp_call" ? item["id"] : nil))
            answer(
                [.call(call, name, item["arguments"] ?? item["input"] ?? item["action"])], item,
                &talk)
            if type == "mcp_call", let output = item["output"] ?? item["error"] {
                talk.say(
                    .init("tool", [.result(call, output, isError: item["error"] != nil)]))
            }
        case "web_search_call", "file_search_call", "computer_call", "local_shell_call",
            "image_generation_call", "code_interpreter_call", "shell_call", "apply_patch_call":
            let call = talk.callID(item["call_id"] ?? item["id"])
            answer(
                [
                    .call(
                        call, String(type.dropLast(5)), item["action"] ?? item["operation"] ?? item)
                ], item, &talk)
            // What the provider ran itself has no result of its own.
            if item["call_id"] == nil, let status = item["status"]?.string, status != "in_progress"
            {
                talk.finish(call, isError: status == "failed", branch: talk.current)
            }
        case let output where outputs.contains(output):
            let call = talk.resultCall(item["call_id"], tool: item["name"]?.name)
            let content = item["output"] ?? item["result"] ?? item["tools"] ?? item["content"]
            talk.say(.init("tool", [.result(call, content)]))
        case "compaction":
            talk.summarise(.at(item["summary"] ?? item["encrypted_content"] ?? item))
        default: break
        }
    }

    private static func message(_ item: Sourced, _ talk: inout Conversation) {
        let parts = talk.parts(of: item["content"])
        switch item["role"]?.string {
        case "assistant": answer(parts, item, &talk)
        case "user": talk.say(.init("user", parts, id: item["id"]?.name))
        case "tool": talk.say(.init("tool", parts, id: item["id"]?.name))
        default: talk.say(.init("system", parts, id: item["id"]?.name))
        }
    }

    private static func thoughts(_ item: Sourced) -> [PartDraft] {
        let signature = item["encrypted_content"]
        var parts: [PartDraft] = []
        for block in (item["content"]?.elements ?? []) + (item["summary"]?.elements ?? []) {
            guard let text = block["text"], text.string != nil else { continue }
            parts.append(.thinking(text, signature: parts.isEmpty ? signature : nil))
        }
        if parts.isEmpty, let signature { parts.append(.sealed(signature: signature)) }
        return parts
    }

    /// Adds what the model does to its message, or begins one.
    private static func answer(
        _ parts: [PartDraft], _ item: Sourced, _ talk: inout Conversation
    ) {
        let model = talk.memory["model"]?.string
        if let open = talk.openAnswer {
            talk.extend(
                open, parts, alias: item["id"]?.name, by: model.map { "model:\($0)" })
            return
        }
        var draft = Conversation.Draft("assistant", parts, id: item["id"]?.name)
        draft.modelName = model
        talk.say(draft)
    }
}
