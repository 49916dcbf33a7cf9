import SessionJournal

@testable import Transcripts

/// What a shape that goes both ways holds, said once more and independently of the exporters: a test
/// compares all that a session says but for this, and what is said of the rest.
struct RoundTripShape: Sendable, CustomStringConvertible {
    /// Its name as an export.
    let format: String
    /// Its name as an import.
    let source: String
    /// The models whose thoughts go back to it.
    var model = "gpt-x"
    /// A model of somebody else.
    var foreignModel = "claude-y"

    var hasBranches = false
    var hasModels = false
    var hasUsage = false
    /// Whether tokens that were put into a cache are told from others.
    var hasCacheWrites = false
    var hasTimes = false
    var hasMarks = false
    /// Whether it says which branch is the current one.
    var hasCurrent = true
    /// Whether attachments stand behind all texts.
    var sortsMedia = false
    /// The fields of metadata that it holds; nil for all.
    var fields: Set<String>? = []

    /// What of a thought it holds.
    enum Thoughts: Sendable {
        case none, texts, signed, ownSigned
        /// As `signed`, but a signature of another provider's model goes, and its text stays.
        case ownSignatures
    }
    var thoughts = Thoughts.none
    /// What is said of a thought or signature that goes.
    var lostThought = ""

    /// The kinds of attachments that it holds.
    var media: Set<String> = []
    /// Whether those in results are among them.
    var hasResultParts = false
    var hasFailures = false
    /// Whether a failure can be told only where there is a text.
    var hasUnknownParts = false
    /// What is said of an unknown part of a person, and of a model.
    var lostUnknown = ("", "")
    /// Whether the texts of an answer are one.
    var joinsTexts = false
    /// What instructions become.
    var system = "system"
    var lostSystem: String?
    /// Whether it has a place for names of attachments.
    var description: String { format }

    static let pictures: Set<String> = ["png", "url"]
    private static let parts = "parts of a kind that no provider takes are left out"
    private static let unknown = ExportLosses.unknownParts

    static let all: [RoundTripShape] = {
        var claudeCode = RoundTripShape(format: "claude-code", source: "claude-code")
        claudeCode.model = "claude-x"
        claudeCode.hasBranches = true
        claudeCode.hasCurrent = false
        claudeCode.hasModels = true
        claudeCode.hasUsage = true
        claudeCode.hasCacheWrites = true
        claudeCode.hasTimes = true
        claudeCode.hasMarks = true
        claudeCode.fields = ["name", "cwd"]
        claudeCode.thoughts = .signed
        claudeCode.media = ["png", "url", "pdf"]
        claudeCode.hasResultParts = true
        claudeCode.hasFailures = true
        claudeCode.hasUnknownParts = true
        claudeCode.system = "user~meta"
        claudeCode.lostSystem = "instructions stand as a client's words"

        var codex = RoundTripShape(format: "codex", source: "codex")
        codex.hasModels = true
        codex.hasUsage = true
        codex.fields = ["name", "cwd"]
        codex.thoughts = .ownSignatures
        codex.lostThought = ExportLosses.signatures
        codex.media = pictures
        codex.lostUnknown = (parts, unknown)

        var pi = RoundTripShape(format: "pi", source: "pi")
        pi.hasBranches = true
        pi.hasModels = true
        pi.hasUsage = true
        pi.hasCacheWrites = true
        pi.hasTimes = true
        pi.hasMarks = true
        pi.fields = ["name", "cwd"]
        pi.thoughts = .signed
        pi.media = ["png"]
        pi.hasResultParts = true
        pi.hasFailures = true
        pi.lostUnknown = (unknown, unknown)

        var chatGPT = RoundTripShape(format: "chatgpt", source: "chatgpt")
        chatGPT.hasBranches = true
        chatGPT.hasModels = true
        chatGPT.hasTimes = true
        chatGPT.hasMarks = true
        chatGPT.fields = ["name"]
        chatGPT.thoughts = .texts
        chatGPT.lostThought = ExportLosses.signatures
        chatGPT.hasFailures = true
        chatGPT.lostUnknown = (unknown, unknown)

        var atif = RoundTripShape(format: "atif", source: "atif")
        atif.hasModels = true
        atif.hasUsage = true
        atif.hasTimes = true
        atif.thoughts = .texts
        atif.lostThought = ExportLosses.signatures
        atif.lostUnknown = (parts, unknown)
        atif.joinsTexts = true

        var chat = RoundTripShape(format: "openai-chat", source: "openai-chat")
        chat.lostThought = "thoughts are left out"
        chat.media = ["png", "url", "pdf", "wav"]
        chat.lostUnknown = (parts, parts)
        chat.joinsTexts = true

        var responses = RoundTripShape(format: "openai-responses", source: "openai-responses")
        responses.thoughts = .ownSigned
        responses.lostThought = "thoughts that the provider did not seal are left out"
        responses.media = ["png", "url", "pdf"]
        responses.lostUnknown = (parts, parts)

        var anthropic = RoundTripShape(format: "anthropic", source: "anthropic-messages")
        anthropic.model = "claude-x"
        anthropic.foreignModel = "gpt-y"
        anthropic.thoughts = .ownSigned
        anthropic.lostThought = "thoughts without a signature of Anthropic are left out"
        anthropic.media = ["png", "url", "pdf"]
        anthropic.hasResultParts = true
        anthropic.hasFailures = true
        anthropic.lostUnknown = (parts, parts)

        var gemini = RoundTripShape(format: "gemini", source: "gemini-contents")
        gemini.model = "gemini-x"
        gemini.thoughts = .ownSigned
        gemini.lostThought = "thoughts of other providers' models are left out"
        gemini.media = ["png", "pdf", "wav"]
        gemini.hasFailures = true
        gemini.lostUnknown = (parts, parts)

        var object = RoundTripShape(format: "session-object", source: "session-object")
        object.hasModels = true
        object.hasUsage = true
        object.hasCacheWrites = true
        object.hasTimes = true
        object.fields = nil
        object.lostThought = "thoughts are left out"
        object.media = ["png", "url", "pdf", "wav"]
        object.lostUnknown = (parts, parts)
        object.joinsTexts = true

        var lines = RoundTripShape(format: "session-lines", source: "session-lines")
        lines.hasTimes = true
        lines.sortsMedia = true
        lines.fields = nil
        let nowhere = "parts that the shape has no place for are left out"
        lines.lostThought = nowhere
        lines.media = ["png", "url", "svg", "pdf", "wav"]
        lines.lostUnknown = (nowhere, nowhere)
        return [
            claudeCode, codex, pi, chatGPT, atif, chat, responses, anthropic, gemini, object, lines,
        ]
    }()

    static func named(_ name: String) -> RoundTripShape { all.first { $0.format == name }! }

    static let names = all.map(\.format)
}
