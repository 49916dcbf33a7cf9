/// Finds secrets and personal data in texts, by their shape and their check digits.
///
/// What has no shape, such as a name or a street, is not found: a scan says what is there, never that
/// nothing is.
public struct TextScanner: Sendable {
    /// The rules, in the order in which they win where two find the same.
    public let rules: [TextRule]

    /// For each byte the patterns that a match of may begin with it: rule and pattern.
    private let byFirst: [[(rule: Int, pattern: TextPattern)]]

    /// Something that was found.
    public struct Finding: Sendable, Hashable {
        /// The rule's name.
        public let rule: String
        /// Where, in bytes of UTF-8.
        public let range: Range<Int>
    }

    /// A scanner of some rules.
    ///
    /// - Parameter rules: What to look for.
    public init(rules: [TextRule] = TextRule.builtIn) {
        self.rules = rules
        byFirst = (0..<128).map { byte in
            rules.enumerated().flatMap { number, rule in
                rule.patterns.filter { $0.first.contains(UInt8(byte)) }.map { (number, $0) }
            }
        }
    }

    /// What a text holds, in order and apart.
    ///
    /// Cost: a look-up for each byte; where a match may begin, the length of the match.
    ///
    /// - Parameter text: The text.
    public func findings(in text: String) -> [Finding] {
        findings(in: text.utf8.span)
    }

    /// The same of bytes of UTF-8.
    package func findings(in text: Span<UInt8>) -> [Finding] {
        var found: [Finding] = []
        var place = 0
        while place < text.count {
            let byte = text[place]
            guard byte < 128, !byFirst[Int(byte)].isEmpty,
                let finding = finding(in: text, at: place)
            else {
                place += 1
                continue
            }
            found.append(finding)
            place = max(finding.range.upperBound, place + 1)
        }
        return found
    }

    private func finding(in text: Span<UInt8>, at place: Int) -> Finding? {
        for (number, pattern) in byFirst[Int(text[place])] {
            guard let end = pattern.end(in: text, from: place) else { continue }
            guard rules[number].confirms(text.extracting(place..<end)) else { continue }
            return Finding(rule: rules[number].name, range: place..<end)
        }
        return nil
    }

    /// A text with `[redacted: RULE]` in place of what it holds.
    ///
    /// - Parameter text: The text.
    /// - Returns: The text without it, and what was found.
    public func redacted(_ text: String) -> (text: String, findings: [Finding]) {
        let findings = findings(in: text)
        guard !findings.isEmpty else { return (text, []) }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        for finding in findings {
            result.append(contentsOf: bytes[place..<finding.range.lowerBound])
            result.append(contentsOf: "[redacted: \(finding.rule)]".utf8)
            place = finding.range.upperBound
        }
        result.append(contentsOf: bytes[place...])
        return (String(decoding: result, as: UTF8.self), findings)
    }
}
