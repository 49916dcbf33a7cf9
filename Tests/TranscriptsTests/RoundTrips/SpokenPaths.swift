import SessionJournal

@testable import Transcripts

/// What a session says, path by path: for the end of each way through its tree all that was said on
/// the way there, part by part. Shapes cut a conversation into messages in their own ways; this is what
/// stays the same.
enum SpokenPaths {
    /// - Parameter shape: Leaves out what this shape does not hold; nil for nothing.
    static func of(
        _ journal: Journal, _ session: SessionID, _ shape: RoundTripShape,
        minus lossy: Bool
    ) async throws -> [String] {
        let state = try await journal.state(of: session)
        let tree = state.tree
        let head = tree.path(ofBranch: tree.currentBranch)?.messages.last?.id
        var ends = [head].compactMap { $0 }
        if shape.hasBranches {
            ends += tree.nodes().filter { $0.children.isEmpty }.map(\.message.id)
                .filter { $0 != head }
        }
        var paths: [String] = []
        for end in ends {
            let messages = tree.path(to: MessageReference(end)).messages
            var path = Path(shape: shape, isLossy: lossy)
            for message in messages { path.add(message) }
            let mark = end == head && shape.hasCurrent ? "* " : "- "
            paths.append(mark + path.finished().joined(separator: "\n  "))
        }
        let metadata = state.metadata()
        for name in ["name", "cwd", "mood", "tags"] where shape.fields?.contains(name) ?? true {
            paths.append("\(name) \(metadata[name] ?? .null)")
        }
        return paths.sorted()
    }

    private struct Path {
        let shape: RoundTripShape
        let isLossy: Bool
        var tokens: [String] = []
        /// The results that came in a row, by their calls.
        var results: [(String, String)] = []
        var usage: TokenUsage?
        var wasAssistant = false

        init(shape: RoundTripShape, isLossy: Bool) {
            self.shape = shape
            self.isLossy = isLossy
        }

        mutating func finished() -> [String] {
            flush()
            return tokens
        }

        private mutating func flush() {
            tokens += results.sorted { $0.0 < $1.0 }.map(\.1)
            results = []
            guard let counts = usage else { return }
            usage = nil
            let anew = counts.inputAnew
            if shape.hasCacheWrites {
                tokens.append(
                    "usage \(counts.input) \(anew - counts.input) \(counts.cacheRead) \(counts.output)"
                )
            } else {
                tokens.append("usage \(anew) \(counts.cacheRead) \(counts.output)")
            }
        }

        mutating func add(_ message: Message) {
            let role = message.role?.rawValue ?? "-"
            let mark = message.synthetic.map { "~\($0)" } ?? ""
            var who = role + (shape.hasMarks ? mark : "")
            if isLossy, role == "system" { who = shape.system }
            let isTool = role == "tool"
            if !isTool { flush() }
            var head = who
            if shape.hasModels, let model = message.model { head += " \(model)" }
            if shape.hasTimes, !isTool {
                head += " \((message.occurred ?? message.time).description.prefix(23))"
            }
            var parts = message.parts()
            if isLossy, shape.sortsMedia {
                parts = parts.filter { $0.media == nil } + parts.filter { $0.media != nil }
            }
            for part in parts { add(part, head, message) }
            if shape.hasUsage, let counts = TokenUsage(message.usage()) {
                usage = (usage ?? TokenUsage()) + counts
            }
        }

        private mutating func add(_ part: Part, _ head: String, _ message: Message) {
            switch part {
            case .text(let text), .derived(let text, _): say(text, head)
            case .thinking(let text, let signature): think(text, signature, head, message)
            case .toolUse(let use):
                let input = ToolNames.object(use.input)
                tokens.append("\(head) calls \(use.call) \(use.name) \(JSONValue.object(input))")
            case .toolResult(let result): take(result)
            case .unknown(let value):
                if isLossy, !shape.hasUnknownParts {
                    if shape.format == "pi" { say(value.description, head) }
                    return
                }
                tokens.append("\(head) unknown \(value)")
            default:
                if isLossy, !shape.media.contains(RoundTripLosses.kind(part)) {
                    return say(ProviderMedia.words(part), head)
                }
                tokens.append("\(head) \(RoundTripLosses.kind(part)) \(place(part))")
            }
        }

        private mutating func say(_ text: String, _ head: String) {
            guard !text.isEmpty else { return }
            if let last = tokens.last, last.hasPrefix(head + " says "), results.isEmpty {
                tokens[tokens.count - 1] = last + "\n\n" + text
            } else {
                tokens.append("\(head) says \(text)")
            }
        }

        private mutating func think(
            _ text: String, _ signature: String?, _ head: String, _ message: Message
        ) {
            guard isLossy else {
                tokens.append("\(head) thinks \(text) \(signature ?? "")")
                return
            }
            let kept = RoundTripLosses.kept(text, signature, message, shape)
            if let kept { tokens.append("\(head) thinks \(kept.0) \(kept.1 ?? "")") }
        }

        private mutating func take(_ result: Part.ToolResult) {
            let output = ToolOutput(result.content)
            let isFailure = result.isError == true && (shape.hasFailures || !isLossy)
            let pictures = output.parts.count { $0.media != nil }
            results.append(
                (
                    result.call,
                    "result \(result.call) \(isFailure ? "!" : "=") \(output.text) \(pictures)"
                ))
        }

        private func place(_ part: Part) -> String {
            if let media = part.media, let data = ProviderMedia(blobs: [:]).data(media) {
                return data.base64
            }
            return switch part.media?.location {
            case .url(let url): url
            case .base64(let text): text
            case .blob(let name): name
            case nil: "-"
            }
        }
    }
}

extension TokenUsage {
    static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
        var sum = left
        sum += right
        return sum
    }
}

/// What an export of a session is to say that it left out.
enum RoundTripLosses {
    static func kind(_ part: Part) -> String {
        switch part {
        case .image(let media):
            if case .url(let url) = media.location, !url.hasPrefix("data:") {
                return url.hasPrefix("https") ? "url" : "svg"
            }
            return "png"
        case .document: return "pdf"
        case .audio: return "wav"
        default: return "-"
        }
    }

    /// What stays of a thought; nil for nothing.
    static func kept(
        _ text: String, _ signature: String?, _ message: Message, _ shape: RoundTripShape
    ) -> (String, String?)? {
        let isOwn = message.model == shape.model
        switch shape.thoughts {
        case .none: return nil
        case .signed: return (text, signature)
        case .texts: return text.isEmpty ? nil : (text, nil)
        case .ownSignatures:
            let kept = isOwn ? signature : nil
            return text.isEmpty && kept == nil ? nil : (text, kept)
        case .ownSigned:
            // Gemini's thoughts need no signature.
            guard isOwn, signature != nil || shape.format == "gemini" else { return nil }
            return (text, signature)
        }
    }

    static func of(_ state: SessionState, _ shape: RoundTripShape) -> [String: Int] {
        var lost: [String: Int] = [:]
        func add(_ what: String, _ count: Int = 1) {
            if count > 0 { lost[what, default: 0] += count }
        }
        let tree = state.tree
        let path = tree.path(ofBranch: tree.currentBranch)?.messages ?? []
        let all = shape.hasBranches ? Array(tree.messages) : path
        add(ExportLosses.branches, tree.messages.count - all.count)
        for message in all {
            if !shape.hasModels, message.model != nil { add(ExportLosses.models) }
            if !shape.hasUsage, message.usage() != nil { add(ExportLosses.usage) }
            if shape.hasUsage, !shape.hasCacheWrites,
                let usage = TokenUsage(message.usage()), usage.cacheWrite > 0
            {
                add(ExportLosses.cacheWrites)
            }
            if !shape.hasTimes, shape.format != "codex" { add(ExportLosses.times) }
            if message.role == .system, let lost = shape.lostSystem { add(lost) }
            let parts = message.parts()
            let texts = parts.count { $0.plainText != nil }
            if shape.joinsTexts, message.role == .assistant, texts > 1 {
                add("texts of one answer are joined")
            }
            if shape.sortsMedia, let first = parts.firstIndex(where: { $0.media != nil }),
                parts[first...].contains(where: { $0.plainText != nil })
            {
                add(ExportLosses.order)
            }
            for part in parts { count(part, message, shape, add) }
        }
        if !shape.hasCurrent, let last = all.last, !path.contains(where: { $0.id == last.id }) {
            add(ExportLosses.current)
        }
        let fields = state.metadata()
        for name in ["name", "cwd", "mood", "tags"] {
            let value = fields[name] ?? .null
            let isSaid = !value.isNull && value != [] && value != ""
            if !isSaid || shape.fields?.contains(name) ?? true { continue }
            add(ExportLosses.fields)
        }
        return lost
    }

    private static func count(
        _ part: Part, _ message: Message, _ shape: RoundTripShape, _ add: (String, Int) -> Void
    ) {
        switch part {
        case .thinking(let text, let signature):
            switch shape.thoughts {
            case .texts: if signature != nil { add(shape.lostThought, 1) }
            case .ownSignatures:
                if signature != nil, message.model != shape.model { add(shape.lostThought, 1) }
            default:
                if kept(text, signature, message, shape) == nil { add(shape.lostThought, 1) }
            }
        case .toolResult(let result):
            let isText = shape.format == "session-lines"
            if result.isError == true, !shape.hasFailures {
                add("marks of failed calls are left out", 1)
            }
            let output = ToolOutput(result.content)
            if !shape.hasResultParts || isText, output.parts.count > 1 {
                add(ExportLosses.resultsJoined, 1)
            }
        case .unknown:
            if !shape.hasUnknownParts {
                add(message.role == .assistant ? shape.lostUnknown.1 : shape.lostUnknown.0, 1)
            }
        default:
            if part.media != nil, !shape.media.contains(kind(part)) {
                add(ExportLosses.attachments, 1)
            }
        }
    }
}
