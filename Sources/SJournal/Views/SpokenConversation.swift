import SessionJournal

/// The messages of a branch as they are read aloud: results joined to their calls.
enum SpokenConversation {
    /// The messages from the root to the head of a branch.
    static func messages(
        of tree: ConversationTree, branch: String
    ) -> LazyMapSequence<[Message], SpokenMessage> {
        messages(tree.path(ofBranch: branch)?.messages ?? [], of: tree)
    }

    /// Some messages of a tree.
    static func messages(
        _ path: [Message], of tree: ConversationTree
    ) -> LazyMapSequence<[Message], SpokenMessage> {
        var calls: [String: ToolCall] = [:]
        for call in tree.toolCalls() { calls[call.call] = call }
        return path.lazy.map { message in
            SpokenMessage(
                role: message.role?.rawValue ?? "unknown",
                time: TimeText.seconds(message.moment), sequence: message.sequence,
                remark: message.isWithheld ? "withheld" : message.synthetic, fate: fate(message),
                parts: parts(of: message, calls))
        }
    }

    /// What became of a message since it was opened.
    private static func fate(_ message: Message) -> String? {
        var words: [String] = []
        if let revision = message.revision {
            words.append("\(revision.isRemoval ? "removed" : "edited") #\(revision.sequence)")
        }
        if let sequence = message.prunedSequence { words.append("pruned #\(sequence)") }
        if message.state != .complete { words.append(message.state.rawValue) }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private static func parts(
        of message: Message, _ calls: [String: ToolCall]
    ) -> [SpokenMessage.Part] {
        if message.isWithheld { return [.named("its content was erased or is locked")] }
        if message.isRemoved { return [.named("it was removed from the conversation")] }
        let parts = message.parts().compactMap { spoken($0, calls) }
        return message.isCompacted ? [.named("what it said was compacted")] + parts : parts
    }

    /// How a call went.
    private static func outcome(_ call: ToolCall?) -> SpokenMessage.Outcome {
        switch call?.status {
        case .ok: .ok
        case .error: .failed(call?.result.map { words($0.content) } ?? "")
        case .running, .asked, nil: .open
        }
    }

    private static func spoken(
        _ part: Part, _ calls: [String: ToolCall]
    ) -> SpokenMessage.Part? {
        switch part {
        case .text(let text): text.isEmpty ? nil : .text(text)
        case .thinking(let text, _): text.isEmpty ? nil : .thinking(text)
        case .toolUse(let use):
            .tool(
                name: use.name, argument: ToolArgument.words(use.input),
                outcome: outcome(calls[use.call]),
                milliseconds: calls[use.call]?.durationMilliseconds)
        case .toolResult: nil
        case .image(let media): .named(name("image", media))
        case .audio(let media): .named(name("audio", media))
        case .video(let media): .named(name("video", media))
        case .document(let media): .named(name("document", media))
        case .derived(let text, let source): .text("(from part \(source)) " + text)
        case .unknown(let value):
            .named(value["type"]?.string.map { "a part of type \($0)" } ?? "an unknown part")
        }
    }

    private static func name(_ kind: String, _ media: Part.Media) -> String {
        ([kind] + [media.mediaType, media.name].compactMap { $0 }).joined(separator: ", ")
    }

    /// The first text in a tool's answer.
    private static func words(_ content: JSONValue) -> String {
        if let text = content.string { return text }
        for part in content.array ?? [] {
            if let text = part["text"]?.string { return text }
        }
        return content["text"]?.string ?? ""
    }
}
