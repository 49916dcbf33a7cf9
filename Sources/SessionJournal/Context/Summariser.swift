/// Makes a text that stands for messages.
///
/// ```swift
/// let asked = Summariser("my-model") { request in try await model.summarize(request.text()) }
/// try await ada.summarize(session, with: asked)
/// ```
public struct Summariser: Sendable {
    /// What is to be summarized.
    public struct Request: Sendable {
        /// The messages, in order, as the branch shows them.
        public let messages: [Message]

        /// The summaries that stood for what is before them, or for some of them, in order: what they
        /// say belongs into the new one.
        public let earlier: [ConversationSummary]

        /// The runs of tools among the messages.
        public let calls: [ToolCall]

        /// The messages as text, one paragraph each, behind the earlier summaries: what a model is
        /// handed that is to summarize them.
        public func text() -> String {
            var paragraphs = earlier.map { "summary: \($0.text)" }
            for message in messages {
                let words = message.parts().compactMap(Self.words).joined(separator: "\n")
                if !words.isEmpty {
                    paragraphs.append("\(message.role?.rawValue ?? "message"): \(words)")
                }
            }
            return paragraphs.joined(separator: "\n\n") + "\n"
        }

        private static func words(_ part: Part) -> String? {
            switch part {
            case .text(let text), .derived(let text, source: _): text
            case .toolUse(let use): "[calls \(use.name) with \(use.input.description)]"
            case .toolResult(let result):
                "[gets \(result.content.string ?? result.content.description)]"
            case .image: "[a picture]"
            case .audio: "[a sound]"
            case .video: "[a film]"
            case .document: "[a document]"
            case .thinking, .unknown: nil
            }
        }
    }

    /// Its name, which the event keeps.
    public let name: String

    /// Makes the text. What it throws, the caller gets, and nothing is recorded.
    public let summarize: @Sendable (Request) async throws -> String

    /// A summariser of one's own.
    public init(
        _ name: String, summarize: @escaping @Sendable (Request) async throws -> String
    ) {
        self.name = name
        self.summarize = summarize
    }

    /// Needs no model: takes sentences and facts from the messages, in sections. The same messages give
    /// the same text, of a few kilobytes at most.
    public static let extractive = Summariser("extractive") { ExtractiveSummary($0).text }
}
