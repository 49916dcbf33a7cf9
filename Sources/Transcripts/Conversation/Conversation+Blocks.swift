internal import SessionJournal

// Content as providers write it: a text, or a list of blocks. The families overlap little, and
// clients mix them, so that one function reads them all.
extension Conversation {
    /// The most blocks of a message that are told apart; a message with more is a single part.
    static let blockLimit = 4096

    /// The parts of a message's content.
    mutating func parts(of content: Sourced?) -> [PartDraft] {
        guard let content else { return [] }
        if content.string != nil { return [.text(content)] }
        guard let array = content.value.array else { return [.unknown(content)] }
        guard array.count <= Self.blockLimit else { return [.unknown(content)] }
        return content.elements.map { part(of: $0) }
    }

    /// The parts of a text that may be there, without one where it is empty.
    mutating func parts(ofText content: Sourced?) -> [PartDraft] {
        content?.string == "" ? [] : parts(of: content)
    }

    /// The part that a block is.
    mutating func part(of block: Sourced) -> PartDraft {
        if block.string != nil { return .text(block) }
        switch block["type"]?.string {
        case "text", "input_text", "output_text", "summary_text", "reasoning_text":
            return block["text"].flatMap { $0.string == nil ? nil : .text($0) } ?? .unknown(block)
        case "refusal": return block["refusal"].map { .text($0) } ?? .unknown(block)
        case "thinking", "think", "reasoning":
            let text = block["thinking"] ?? block["think"] ?? block["text"]
            let signature =
                block["signature"] ?? block["thinkingSignature"] ?? block["encrypted"]
            guard let text, text.string != nil else { return .unknown(block) }
            return .thinking(text, signature: signature?.string == nil ? nil : signature)
        case "redacted_thinking":
            return block["data"].map { .sealed(signature: $0) } ?? .unknown(block)
        case "tool_use", "toolCall", "tool_call", "tool-call", "server_tool_use", "mcp_tool_use":
            return call(block)
        case "tool_result", "tool-result", "toolResult", "mcp_tool_result":
            return result(block)
        default: return media(block) ?? geminiPart(block)
        }
    }

    private mutating func call(_ block: Sourced) -> PartDraft {
        guard let name = (block["name"] ?? block["toolName"])?.name else { return .unknown(block) }
        return .call(
            callID(block["id"] ?? block["toolCallId"]), name,
            block["input"] ?? block["arguments"] ?? block["args"])
    }

    private mutating func result(_ block: Sourced) -> PartDraft {
        let call = resultCall(
            block["tool_use_id"] ?? block["toolCallId"], tool: block["name"]?.name)
        let isError = (block["is_error"] ?? block["isError"])?.value.bool
        return .result(
            call, block["content"] ?? block["output"] ?? block["result"], isError: isError)
    }

    private func media(_ block: Sourced) -> PartDraft? {
        switch block["type"]?.string {
        case "image", "document", "input_image", "image_url", "input_file", "file", "input_audio",
            "audio", "video":
            break
        default: return nil
        }
        let kind = block["type"]?.string.map { type in
            ["image", "audio", "video"].first { type.contains($0) } ?? "document"
        }
        if let source = block["source"], source.object != nil {
            switch source["type"]?.string {
            case "base64":
                return .media(type: source["media_type"], as: kind, base64: source["data"])
            case "url": return .media(as: kind, url: source["url"])
            default: return nil
            }
        }
        let url =
            block["image_url"]?["url"] ?? block["image_url"] ?? block["url"] ?? block["file_url"]
        let file = block["file"]
        let sound = block["input_audio"]
        let data =
            block["data"] ?? sound?["data"] ?? block["file_data"] ?? file?["file_data"]
        let type = block["mimeType"] ?? block["media_type"] ?? block["mime"]
        let name = block["filename"] ?? block["name"] ?? file?["filename"]
        if let text = data?.string {
            // An address that holds the bytes itself names their type, too.
            if text.hasPrefix("data:") { return .media(as: kind, url: data, name: name) }
            return .media(
                type: type, as: kind, base64: data, name: name,
                typeName: sound?["format"]?.name.map { $0 == "mp3" ? "audio/mpeg" : "audio/\($0)" })
        }
        if url?.string != nil { return .media(type: type, as: kind, url: url, name: name) }
        return nil
    }

    /// Parts as Gemini writes them. A signature that stands with something else than a thought is a
    /// thought of its own, which the provider keeps to itself.
    mutating func geminiParts(_ blocks: [Sourced]) -> [PartDraft] {
        blocks.flatMap { block -> [PartDraft] in
            let signature = block["thoughtSignature"] ?? block["thought_signature"]
            guard let signature, signature.text != nil, block["thought"]?.value.bool != true else {
                return [geminiPart(block)]
            }
            let isEmpty = block.value["text"] == ""
            return [.sealed(signature: signature)] + (isEmpty ? [] : [geminiPart(block)])
        }
    }

    /// A part as Gemini writes it, which has no type.
    private mutating func geminiPart(_ block: Sourced) -> PartDraft {
        if let text = block["text"], text.string != nil {
            let signature = block["thoughtSignature"] ?? block["thought_signature"]
            return block["thought"]?.value.bool == true
                ? .thinking(text, signature: signature) : .text(text)
        }
        if let call = (block["functionCall"] ?? block["function_call"]),
            let name = call["name"]?.name
        {
            return .call(callID(call["id"]), name, call["args"])
        }
        if let result = (block["functionResponse"] ?? block["function_response"]) {
            let response = result["response"]
            let isAlone = response?.object?.count == 1
            let error = isAlone ? response?["error"] : nil
            let output = isAlone ? response?["output"] : nil
            return .result(
                resultCall(result["id"], tool: result["name"]?.name), error ?? output ?? response,
                isError: error == nil ? nil : true)
        }
        if let media = (block["inlineData"] ?? block["inline_data"]) {
            return .media(type: media["mimeType"] ?? media["mime_type"], base64: media["data"])
        }
        if let media = (block["fileData"] ?? block["file_data"]) {
            return .media(
                type: media["mimeType"] ?? media["mime_type"],
                url: media["fileUri"] ?? media["file_uri"])
        }
        return .unknown(block)
    }

    /// Calls as OpenAI's chat completions write them: `tool_calls`.
    mutating func calls(_ list: Sourced?) -> [PartDraft] {
        (list?.elements ?? []).prefix(Self.blockLimit).map { call in
            let function = call["function"] ?? call["custom"] ?? call
            guard let name = function["name"]?.name else { return .unknown(call) }
            return .call(
                callID(call["id"] ?? call["toolCallId"] ?? call["tool_call_id"]), name,
                function["arguments"] ?? function["input"] ?? function["args"] ?? call["arguments"])
        }
    }

    /// A message as OpenAI's chat completions write it, in its many dialects.
    ///
    /// - Returns: The draft; nil where it is none.
    mutating func chatMessage(_ message: Sourced) -> Draft? {
        switch message["role"]?.string {
        case "system", "developer":
            return Draft("system", parts(of: message["content"]))
        case "user", "human": return Draft("user", parts(of: message["content"]))
        case "assistant", "model":
            var parts: [PartDraft] = []
            for name in ["reasoning_content", "reasoning", "thinking"] where parts.isEmpty {
                if let text = message[name], text.text != nil { parts.append(.thinking(text)) }
            }
            parts += self.parts(ofText: message["content"])
            if let refusal = message["refusal"], refusal.text != nil {
                parts.append(.text(refusal))
            }
            parts += calls(message["tool_calls"])
            if let function = message["function_call"], let name = function["name"]?.name {
                parts.append(.call(callID(nil), name, function["arguments"]))
            }
            return Draft("assistant", parts)
        case "tool", "function", "toolResult":
            let name = (message["name"] ?? message["tool_name"] ?? message["toolName"])?.name
            let call = resultCall(
                message["tool_call_id"] ?? message["toolCallId"],
                tool: message["tool_call_id"] == nil && message["toolCallId"] == nil ? name : nil)
            return Draft(
                "tool",
                [.result(call, message["content"], isError: message["isError"]?.value.bool)])
        default: return nil
        }
    }
}

extension Field {
    /// Usage that only its own client writes so, in the words of Anthropic.
    static func usage(
        input: Sourced?, output: Sourced?, cacheRead: Sourced? = nil, cacheWrite: Sourced? = nil,
        reasoning: Sourced? = nil, inputHoldsCache: Bool = false
    ) -> Field? {
        func count(_ source: Sourced?) -> Int64 { max(0, source?.integer ?? 0) }
        guard input?.integer != nil || output?.integer != nil else { return nil }
        let cached = count(cacheRead)
        let (stored, isTooMuch) = cached.addingReportingOverflow(count(cacheWrite))
        let read =
            inputHoldsCache ? max(0, count(input) - (isTooMuch ? .max : stored)) : count(input)
        let (written, overflows) = count(output).addingReportingOverflow(count(reasoning))
        return usage([read, overflows ? .max : written, cached, count(cacheWrite)])
    }

    /// The same of numbers: read, written, read from a cache, put into one.
    static func usage(_ counts: [Int64]) -> Field {
        let names = [
            "input_tokens", "output_tokens", "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ]
        return .object(zip(names, counts).map { ($0, .number($1)) })
    }
}

extension Conversation {
    /// Adds counts of tokens to those of a name, and remembers the sums.
    mutating func addTokens(_ counts: [Int64], to name: String) -> [Int64] {
        let before = memory[name]?.array ?? []
        let sums = counts.indices.map { index in
            let known = index < before.count ? before[index].integer ?? 0 : 0
            let (sum, overflows) = known.addingReportingOverflow(max(0, counts[index]))
            return overflows ? Int64.max : sum
        }
        memory[name] = .array(sums.map { .integer($0) })
        return sums
    }
}
