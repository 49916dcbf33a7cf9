import SessionJournal

/// The messages of a branch as they are read aloud: results joined to their calls.
enum SpokenConversation {
    /// The messages from the root to the head of a branch.
    ///
    /// - Parameter durations: How long calls took, in milliseconds, by their ids.
    static func messages(
        of tree: ConversationTree, branch: String, durations: [String: Int64]
    ) -> LazyMapSequence<[Message], SpokenMessage> {
        let path = tree.path(ofBranch: branch)?.messages ?? []
        let outcomes = outcomes(in: tree)
        return path.lazy.map { message in
            SpokenMessage(
                role: message.role?.rawValue ?? "unknown",
                time: TimeText.seconds(message.moment), sequence: message.sequence,
                remark: message.isWithheld ? "withheld" : message.synthetic,
                parts: message.isWithheld
                    ? [.named("its content was erased or is locked")]
                    : message.parts().compactMap { spoken($0, outcomes, durations) })
        }
    }

    /// How each call went. A result need not lie on the way to the head: of tools that were used at
    /// once only one does.
    private static func outcomes(in tree: ConversationTree) -> [String: SpokenMessage.Outcome] {
        var outcomes: [String: SpokenMessage.Outcome] = [:]
        for message in tree.messages where message.role == .tool {
            for case .toolResult(let result) in message.parts() {
                outcomes[result.call] =
                    result.isError == true ? .failed(words(result.content)) : .ok
            }
        }
        return outcomes
    }

    private static func spoken(
        _ part: Part, _ outcomes: [String: SpokenMessage.Outcome], _ durations: [String: Int64]
    ) -> SpokenMessage.Part? {
        switch part {
        case .text(let text): text.isEmpty ? nil : .text(text)
        case .thinking(let text, _): text.isEmpty ? nil : .thinking(text)
        case .toolUse(let use):
            .tool(
                name: use.name, argument: ToolArgument.words(use.input),
                outcome: outcomes[use.call] ?? .open, milliseconds: durations[use.call])
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
