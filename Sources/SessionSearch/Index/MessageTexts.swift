#if Search
internal import SessionJournal

/// The texts of a message, as they are searched.
struct MessageTexts {
    /// What was said: texts, and what was made of pictures and sounds.
    private(set) var text = ""
    /// What was thought, what tools were asked, what they gave back, names of media.
    private(set) var details = ""
    /// The tools that it calls, in order, each once.
    private(set) var tools: [String] = []

    /// A text of this many bytes without a space is no language: an encoded picture, a key.
    static let longestRun = 512

    init(_ parts: [Part]) {
        for part in parts {
            switch part {
            case .text(let text), .derived(let text, source: _): Self.add(text, to: &self.text)
            case .thinking(let text, signature: _): Self.add(text, to: &details)
            case .toolUse(let use):
                if !tools.contains(use.name) { tools.append(use.name) }
                Self.add(use.name, to: &details)
                add(use.input)
            case .toolResult(let result): add(result.content)
            case .image(let media), .audio(let media), .video(let media), .document(let media):
                if let name = media.name { Self.add(name, to: &details) }
            case .unknown(let value): add(value)
            }
        }
    }

    /// Every string in a value.
    private mutating func add(_ value: JSONValue) {
        switch value {
        case .string(let text): Self.add(text, to: &details)
        case .array(let elements):
            for element in elements { add(element) }
        case .object(let object):
            for member in object where member.name != "type" {
                add(member.value)
            }
        default: break
        }
    }

    private static func add(_ addition: String, to text: inout String) {
        guard !addition.isEmpty, !isEncoded(addition) else { return }
        if !text.isEmpty { text += "\n" }
        // SQLite takes a text to end there.
        text +=
            addition.utf8.contains(0) ? String(addition.map { $0 == "\0" ? " " : $0 }) : addition
    }

    /// Whether a long text in plain letters has no space in it.
    private static func isEncoded(_ text: String) -> Bool {
        text.utf8.count > longestRun
            && text.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7F }
    }
}
#endif
