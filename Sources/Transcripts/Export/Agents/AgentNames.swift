internal import SessionJournal

/// Ids as the tools of others want them.
enum AgentNames {
    /// Whether a text is a UUID.
    static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            switch index {
            case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
            default: isHexadecimal(bytes[index])
            }
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// A message's id where it is a UUID, else one that is made from it and the session.
    static func uuid(_ id: String, in session: SessionID) -> String {
        if isUUID(id) { return id }
        var digits = Array(Digest(hashing: (session.hexadecimal + id).utf8.span).hexadecimal)
        // RFC 9562: version 8, whose bits are anybody's.
        digits[12] = "8"
        digits[16] = "8"
        return spelled(String(digits.prefix(32)))
    }

    /// The key where it is a UUID, else the session's own id in that form.
    static func session(_ session: ExportedSession) -> String {
        if let key = session.state.key, isUUID(key) { return key }
        return spelled(session.session.hexadecimal)
    }

    private static func spelled(_ digits: String) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }

    /// A moment with three digits of the second.
    static func milliseconds(_ time: Timestamp) -> String { time.description.prefix(23) + "Z" }
}

extension Message {
    var moment: Timestamp { occurred ?? time }
}

extension ExportedSession {
    /// The messages that other tools are to see: neither removed nor withheld, of a role they know.
    var spoken: [ConversationTree.Node] {
        nodes.filter { !$0.message.isRemoved && !$0.message.isWithheld }
    }

    /// For each message the one that it answers among those that are there: of one that is not, the one
    /// above it.
    func parents(among kept: [ConversationTree.Node]) -> [String: Message] {
        let names = Set(kept.map(\.message.id))
        var found: [String: Message] = [:]
        for node in kept {
            var next = node.message.parent
            var seen: Set<String> = []
            while let reference = next, let message = tree.messageBefore(reference),
                seen.insert(message.id).inserted
            {
                if names.contains(message.id), message.id != node.message.id {
                    found[node.message.id] = message
                    break
                }
                next = message.parent
            }
        }
        return found
    }

    /// A field of metadata that is a text, and not empty.
    func text(_ field: String) -> String? {
        state.metadata(on: branch)[field]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
