/// A summary without a model: what was asked for, what was decided, which files were touched, how the
/// tools fared, what is open. Everything in it stands in the messages.
struct ExtractiveSummary {
    /// The longest text that it makes, in characters; each section has its share.
    static let limit = 6_000

    private let request: Summariser.Request

    init(_ request: Summariser.Request) { self.request = request }

    /// The summary.
    var text: String {
        var sections: [(title: String, lines: [String])] = []
        if let before = request.earlier.last {
            sections.append(("Before that", [before.text.excerpt(2_000)]))
        }
        sections.append(("Asked for", Self.ends(of: asked, 4, 8)))
        sections.append(("Decided", Self.ends(of: decisions, 3, 9)))
        sections.append(("Files", Self.ends(of: files, 0, 24)))
        sections.append(("Tools", tools))
        sections.append(("Open", Self.ends(of: open, 0, 6)))
        let texts = sections.filter { !$0.lines.isEmpty }.map { section in
            "\(section.title):\n" + section.lines.map { "- \($0)" }.joined(separator: "\n")
        }
        let count = request.messages.count
        let head = "\(count) earlier \(count == 1 ? "message" : "messages"), in extracts."
        return ([head] + texts).joined(separator: "\n\n").excerpt(Self.limit)
    }

    /// The first and the last lines, with what was left out between them.
    private static func ends(of lines: [String], _ first: Int, _ last: Int) -> [String] {
        guard lines.count > first + last else { return lines }
        return lines.prefix(first) + ["… (\(lines.count - first - last) more)"]
            + lines.suffix(last)
    }

    // MARK: What was said

    private var asked: [String] {
        request.messages.filter(\.isTurn).compactMap { message in
            let line = message.preview(400).firstSentence.excerpt(240)
            return line.isEmpty ? nil : line
        }
    }

    /// Words with which people and models settle something.
    private static let decisive = [
        "decided", "decision", "let's ", "we will ", "we'll ", "i'll ", "instead of", "agreed",
        "the plan is", "must ", "should not", "never ", "always ", "root cause", "turns out",
        "the fix", "fixed by", "conclusion",
    ]

    private var decisions: [String] {
        var seen: Set<String> = []
        var found: [String] = []
        for message in request.messages
        where message.role == .assistant || message.isTurn {
            for sentence in message.text.sentences {
                let plain = sentence.lowercased()
                guard sentence.count <= 300, Self.decisive.contains(where: plain.contains),
                    seen.insert(plain).inserted
                else { continue }
                found.append(sentence.excerpt(240))
            }
        }
        return found
    }

    /// What a model says last that it has not done yet, and what a person asks last.
    private var open: [String] {
        let last = request.messages.suffix(12)
        var lines: [String] = []
        for message in last where message.role == .assistant || message.isTurn {
            for sentence in message.text.sentences {
                let plain = sentence.lowercased()
                let isOpen =
                    sentence.hasSuffix("?") || plain.hasPrefix("next") || plain.contains("todo")
                    || plain.contains("remaining") || plain.contains("still need")
                    || plain.contains("not yet")
                if isOpen, sentence.count <= 300 { lines.append(sentence.excerpt(240)) }
            }
        }
        lines += request.calls.filter { $0.status == .asked || $0.status == .running }
            .map { "\($0.name ?? "a tool") has not answered" }
        return lines
    }

    // MARK: What was done

    /// The members of a call's input that name a file.
    private static let pathFields = ["file_path", "path", "notebook_path", "filename", "file"]

    private var files: [String] {
        var order: [String] = []
        var uses: [String: [String]] = [:]
        for call in request.calls {
            guard let object = call.input.object,
                let path = Self.pathFields.lazy.compactMap({ object[$0]?.string }).first,
                !path.isEmpty
            else { continue }
            if uses[path] == nil { order.append(path) }
            let name = call.name ?? "a tool"
            if uses[path]?.contains(name) != true { uses[path, default: []].append(name) }
        }
        return order.map { "\($0.excerpt(160)) (\((uses[$0] ?? []).joined(separator: ", ")))" }
    }

    private var tools: [String] {
        var order: [String] = []
        var counts: [String: (calls: Int, errors: Int)] = [:]
        var failures: [String] = []
        for call in request.calls {
            let name = call.name ?? "a tool"
            if counts[name] == nil { order.append(name) }
            counts[name, default: (0, 0)].calls += 1
            guard call.status == .error else { continue }
            counts[name]?.errors += 1
            let content = call.result?.content
            let words = (content?.string ?? content?.description ?? "").firstSentence
            failures.append("\(name) failed: \(words.excerpt(200))")
        }
        let lines = order.map { name -> String in
            let (calls, errors) = counts[name] ?? (0, 0)
            return "\(name): \(calls) \(calls == 1 ? "call" : "calls")"
                + (errors > 0 ? ", \(errors) failed" : "")
        }
        return Self.ends(of: lines, 12, 0) + failures.suffix(3)
    }
}

extension Message {
    /// The texts of its parts.
    fileprivate var text: String {
        parts().compactMap { if case .text(let text) = $0 { text } else { nil } }
            .joined(separator: "\n")
    }
}

extension String {
    /// Its beginning, so many characters at most, on one line where it is longer.
    fileprivate func excerpt(_ count: Int) -> String {
        self.count <= count ? self : String(prefix(max(0, count - 1))) + "…"
    }

    fileprivate var firstSentence: String { sentences.first ?? "" }

    /// What stands between ends of lines, full stops and marks, without the space around it. Lines of
    /// code fences and tables are left out.
    fileprivate var sentences: [String] {
        var found: [String] = []
        var isCode = false
        for line in split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmed
            if trimmed.hasPrefix("```") {
                isCode.toggle()
                continue
            }
            guard !isCode, !trimmed.hasPrefix("|") else { continue }
            var start = trimmed.startIndex
            var place = start
            while place < trimmed.endIndex {
                let after = trimmed.index(after: place)
                let isEnd =
                    ".!?".contains(trimmed[place])
                    && (after == trimmed.endIndex || trimmed[after].isWhitespace)
                if isEnd || after == trimmed.endIndex {
                    let sentence = trimmed[start..<after].trimmed
                    if sentence.count > 2 { found.append(String(sentence)) }
                    start = after
                }
                place = after
            }
        }
        return found
    }
}

extension Substring {
    /// Without white space and list marks around it.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first.isWhitespace || "-*#>".contains(first) {
            text = text.dropFirst()
        }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text
    }
}
