/// Finds secrets and personal data in texts, by their shape and their check digits.
///
/// What has no shape, such as a name or a street, is not found: a scan says what is there, never that
/// nothing is.
public struct TextScanner: Sendable {
    /// The rules, in the order in which they win where two find the same.
    public let rules: [TextRule]

    /// For each byte the patterns whose match may begin with it: rule and pattern.
    private let byFirst: [[(rule: Int, pattern: TextPattern)]]

    /// A bit for each pair of bytes that some match may begin with: for each second byte four words with
    /// a bit for each first.
    private let pairs: [UInt64]

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
        byFirst = (0..<256).map { byte in
            rules.enumerated().flatMap { number, rule in
                rule.patterns.filter { $0.first.contains(UInt8(byte)) }.map { (number, $0) }
            }
        }
        var pairs = [UInt64](repeating: 0, count: 256 * 4)
        for pattern in rules.flatMap(\.patterns) {
            for second in 0..<256 where pattern.second.contains(UInt8(second)) {
                for word in 0..<4 { pairs[second << 2 | word] |= pattern.first.bits[word] }
            }
        }
        self.pairs = pairs
    }

    /// What a text holds, in order and apart.
    ///
    /// Cost: a look-up for each byte, a nanosecond or so; where a match may begin, its length.
    ///
    /// - Parameter text: The text.
    public func findings(in text: String) -> [Finding] {
        findings(in: text.utf8.span)
    }

    /// The same of bytes of UTF-8.
    package func findings(in text: Span<UInt8>) -> [Finding] {
        var found: [(rule: Int, range: Range<Int>)] = []
        var place = 0
        let end = text.count - 1
        while place < end {
            let first = text[place]
            let second = text[place &+ 1]
            guard pairs[Int(second) << 2 | Int(first) >> 6] & (1 << UInt64(first & 63)) != 0,
                let match = match(in: text, at: place, &found)
            else {
                place &+= 1
                continue
            }
            found.append(match)
            place = max(match.range.upperBound, place + 1)
        }
        return found.map { Finding(rule: rules[$0.rule].name, range: $0.range) }
    }

    /// The match of the first rule that has one at a place. One that begins further in front, as an
    /// address does, takes in what was found there, unless that is a secret.
    private func match(
        in text: Span<UInt8>, at place: Int, _ found: inout [(rule: Int, range: Range<Int>)]
    ) -> (rule: Int, range: Range<Int>)? {
        for (number, pattern) in byFirst[Int(text[place])] {
            var kept = found.count
            var range = pattern.match(in: text, at: place, after: 0)
            while let start = range?.lowerBound, kept > 0, found[kept - 1].range.upperBound > start
            {
                let before = found[kept - 1]
                if before.range.lowerBound >= start, rules[before.rule].purpose == .personal {
                    kept -= 1
                } else {
                    range = pattern.match(in: text, at: place, after: before.range.upperBound)
                }
            }
            guard let range, rules[number].confirms(text.extracting(range)) else { continue }
            found.removeSubrange(kept...)
            return (number, range)
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
        let result = Self.replacing(findings, in: text.utf8.span)
        return (String(decoding: result, as: UTF8.self), findings)
    }

    /// Bytes with `[redacted: RULE]` in place of what was found in them.
    ///
    /// - Parameters:
    ///   - findings: What was found, in order.
    ///   - text: The text.
    ///   - mark: What stands in place of what a rule has found.
    package static func replacing(
        _ findings: [Finding], in text: Span<UInt8>, by mark: (String) -> String = Self.mark
    ) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        for finding in findings {
            result.append(copying: text.extracting(place..<finding.range.lowerBound))
            result.append(contentsOf: mark(finding.rule).utf8)
            place = finding.range.upperBound
        }
        result.append(copying: text.extracting(place..<text.count))
        return result
    }

    /// What stands in place of what a rule has found.
    public static func mark(_ rule: String) -> String { "[redacted: \(rule)]" }

    /// What was found, so that a person knows it again and nobody learns it: a few characters of its
    /// beginning and end, a third of it at most, and its length in bytes.
    ///
    /// - Parameter text: What was found.
    public static func excerpt(of text: String) -> String { excerpt(of: text.utf8.span) }

    package static func excerpt(of text: Span<UInt8>) -> String {
        let head = text.extracting(0..<min(4, text.count / 5))
        let tail = text.extracting(text.count - min(2, text.count / 8)..<text.count)
        return visible(head) + "…" + visible(tail) + " (\(text.count))"
    }

    private static func visible(_ text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for place in text.indices {
            bytes.append((0x21...0x7E).contains(text[place]) ? text[place] : UInt8(ascii: "."))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
