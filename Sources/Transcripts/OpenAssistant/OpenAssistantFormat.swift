internal import SessionJournal

extension TranscriptFormat {
    /// The conversation trees of OpenAssistant: a line a tree, with ranked answers.
    static let openAssistant = TranscriptFormat(
        name: "open-assistant",
        confidence: { document, bytes in
            guard let root = document.root,
                document.rootText("message_tree_id", in: bytes) != nil,
                let prompt = document.member("prompt", of: root, in: bytes),
                ["text", "role", "replies"].allSatisfy({
                    document.member($0, of: prompt, in: bytes) != nil
                })
            else { return 0 }
            return 1
        },
        session: { document, bytes in document.rootText("message_tree_id", in: bytes) },
        time: { _, _ in nil }, reader: { .openAssistant(OpenAssistantReader()) },
        title: "OpenAssistant trees", place: "*_tree.jsonl")
}
