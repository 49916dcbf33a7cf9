internal import SessionJournal

/// What a tool gave back, as texts and attachments, whatever shape its source had.
struct ToolOutput: Sendable {
    /// Its parts in order.
    private(set) var parts: [Part] = []

    /// Takes the content of a result: a text, parts, blocks of some provider, or any value, which is
    /// told as JSON.
    init(_ content: JSONValue) {
        switch content {
        case .null: break
        case .string(let text): parts = [.text(text)]
        case .array(let elements): parts = elements.map { Self.part($0) }
        default: parts = [.text(content.description)]
        }
    }

    /// All that is text, a blank line between two parts; attachments are named.
    var text: String {
        parts.compactMap { $0.plainText ?? $0.attachmentName.map { "[\($0)]" } }
            .joined(separator: "\n\n")
    }

    private static func part(_ value: JSONValue) -> Part {
        if let text = value.string { return .text(text) }
        let source = value["source"]
        switch value["type"]?.string {
        case "text", "input_text", "output_text":
            if let text = value["text"]?.string { return .text(text) }
        case "image" where source != nil: return .image(media(source))
        case "document" where source != nil: return .document(media(source))
        case "image" where value["data"]?.string != nil: return .image(media(value))
        default: break
        }
        let part = Part(value)
        if case .unknown = part { return .text(value.description) }
        return part
    }

    private static func media(_ source: JSONValue?) -> Part.Media {
        Part.Media(
            mediaType: (source?["media_type"] ?? source?["mimeType"])?.string,
            base64: source?["data"]?.string, url: source?["url"]?.string)
    }
}
