internal import SessionJournal

extension TranscriptFormat {
    /// The transcripts that Claude Code writes, `~/.claude/projects/…/<session>.jsonl`.
    static let claudeCode = TranscriptFormat(
        name: "claude-code", confidence: claudeCodeConfidence,
        session: { document, bytes in
            document.rootText("sessionId", in: bytes)
        },
        time: { document, bytes in
            document.rootText("timestamp", in: bytes).flatMap { Timestamp($0) }
        },
        reader: { .claudeCode(ClaudeCodeReader()) }, title: "Claude Code",
        place: "~/.claude/projects/…/*.jsonl")

    /// A line of a known type with the members that such a line has.
    private static let claudeCodeConfidence: @Sendable (JSONDocument, Span<UInt8>) -> Double = {
        document, bytes in
        guard let root = document.root, let type = document.rootText("type", in: bytes) else {
            return 0
        }
        func has(_ names: [String]) -> Bool {
            names.allSatisfy { document.member($0, of: root, in: bytes) != nil }
        }
        switch type {
        case "user", "assistant":
            // Others have such lines too, with a message of another shape.
            guard let message = document.member("message", of: root, in: bytes),
                document.member("content", of: message, in: bytes) != nil
            else { return 0 }
            if has(["uuid", "sessionId"]) { return 1 }
            return has(["uuid"]) ? 0.6 : 0
        case "system", "progress", "attachment":
            return has(["uuid", "parentUuid", "isSidechain"]) ? 0.9 : 0
        case "summary": return has(["summary", "leafUuid"]) ? 0.9 : 0
        case "file-history-snapshot": return has(["messageId", "snapshot"]) ? 0.9 : 0
        case "queue-operation": return has(["operation", "sessionId"]) ? 0.9 : 0
        case "pr-link": return has(["prUrl", "sessionId"]) ? 0.9 : 0
        default: return 0
        }
    }
}

extension JSONDocument {
    /// A member of the outermost object that is a string which can be a name.
    func rootText(_ name: String, in bytes: Span<UInt8>) -> String? {
        guard let root, let node = member(name, of: root, in: bytes) else { return nil }
        return self.name(node, in: bytes)
    }
}

extension FileWalk.File {
    /// The session that `SESSION/subagents/agent-ID.meta.json` says something about, which does not
    /// name it; nil for any other file.
    var sessionOfSubAgent: String? {
        let parts = path.split(separator: "/")
        guard path.hasSuffix(".meta.json"), parts.count > 2, parts[parts.count - 2] == "subagents"
        else { return nil }
        let session = String(parts[parts.count - 3])
        return EnvelopeName.isValid(session) ? session : nil
    }
}
