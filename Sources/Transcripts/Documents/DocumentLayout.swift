internal import SessionJournal

/// The white space of a stretch of a JSON document, so that it can be stored without and come back
/// byte for byte.
///
/// Most documents are written by a machine, with one rule for all of their white space: a new line
/// and so many units of indentation for every container. The rule is stored, and what does not
/// keep to it one by one.
///
/// ```
/// {"newline":"\n    ","unit":"  ","colon":" ","comma":"","except":[[14,""]]}
/// ```
///
/// `newline` is what stands at the start of the stretch's own level, nil where everything is on
/// one line; `except` lists white space by the number of the token that it stands before.
struct DocumentLayout: Sendable, Equatable {
    /// White space that does not follow the rule.
    struct Exception: Sendable, Equatable {
        /// The token that it stands before, from 0.
        var token: Int
        var space: String
    }

    /// A line end and the indentation of the level at which the stretch begins; nil for none.
    var newline: String?
    /// One level of indentation.
    var unit = ""
    /// What follows a colon.
    var colon = ""
    /// What follows a comma where everything is on one line.
    var comma = ""
    var exceptions: [Exception] = []

    /// No white space at all.
    static let compact = DocumentLayout()

    /// How much indentation a line may have; more is an exception, in bytes.
    private static let indentLimit = 1 << 10

    /// What stands between two tokens by the rule.
    private func space(after last: UInt8, before next: UInt8, depth: Int) -> String {
        switch (last, next) {
        case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]")): ""
        case (UInt8(ascii: ":"), _): colon
        case (UInt8(ascii: "{"), _), (UInt8(ascii: "["), _), (_, UInt8(ascii: "}")),
            (_, UInt8(ascii: "]")):
            newline.map { indented($0, depth) } ?? ""
        case (UInt8(ascii: ","), _): newline.map { indented($0, depth) } ?? comma
        default: ""
        }
    }

    private func indented(_ newline: String, _ depth: Int) -> String {
        guard depth > 0, depth * unit.utf8.count <= Self.indentLimit else { return newline }
        return newline + String(repeating: unit, count: depth)
    }
}

extension DocumentLayout {
    /// The units of indentation that are looked for.
    private static let units = ["  ", "    ", "\t", " ", "   "]

    /// Finds the layout of some tokens.
    ///
    /// - Parameters:
    ///   - tokens: The stretch, without white space at its ends.
    ///   - depth: How many containers are open before it, of those that it closes.
    init(_ tokens: JSONTokens, of bytes: Span<UInt8>, depth: Int) {
        let spaces = Self.spaces(tokens, bytes)
        guard spaces.contains(where: { !$0.isEmpty }) else { return }
        var best: DocumentLayout?
        let hasLines = spaces.contains { $0.contains("\n") }
        for unit in hasLines ? Self.units : [""] {
            var layout = DocumentLayout()
            layout.unit = unit
            layout.learn(tokens, bytes, spaces, depth: depth)
            if layout.exceptions.count < (best?.exceptions.count ?? .max) { best = layout }
        }
        self = best ?? .compact
    }

    /// The white space before each token.
    private static func spaces(_ tokens: JSONTokens, _ bytes: Span<UInt8>) -> [String] {
        var end = 0
        return tokens.ranges.map { range in
            defer { end = range.upperBound }
            return end == range.lowerBound || end == 0
                ? "" : String(repairing: bytes.extracting(end..<range.lowerBound))
        }
    }

    /// Takes the rule from the first of each kind of white space, and everything else for an
    /// exception.
    private mutating func learn(
        _ tokens: JSONTokens, _ bytes: Span<UInt8>, _ spaces: [String], depth start: Int
    ) {
        var hasColon = false
        var hasComma = false
        Self.walk(tokens, bytes, depth: start) { token, last, next, depth in
            let space = spaces[token]
            if last == UInt8(ascii: ":"), !hasColon {
                colon = space
                hasColon = true
            } else if last == UInt8(ascii: ","), !hasComma, !space.contains("\n") {
                comma = space
                hasComma = true
            } else if newline == nil, space.contains("\n"), last != UInt8(ascii: ":") {
                let indent = String(repeating: unit, count: min(depth, 512))
                if space.hasSuffix(indent) {
                    newline = String(space.dropLast(indent.count))
                }
            }
        }
        Self.walk(tokens, bytes, depth: start) { token, last, next, depth in
            let expected = space(after: last, before: next, depth: depth)
            if spaces[token] != expected {
                exceptions.append(Exception(token: token, space: spaces[token]))
            }
        }
    }

    /// Passes over the tokens but the first, each with the byte that the one before ends with, its
    /// own first byte, and its depth.
    private static func walk(
        _ tokens: JSONTokens, _ bytes: Span<UInt8>, depth start: Int,
        _ body: (_ token: Int, _ last: UInt8, _ next: UInt8, _ depth: Int) -> Void
    ) {
        var depth = start
        for (token, range) in tokens.ranges.enumerated() {
            let first = bytes[range.lowerBound]
            if first == UInt8(ascii: "}") || first == UInt8(ascii: "]") { depth -= 1 }
            if token > 0 {
                let before = tokens.ranges[token - 1]
                body(token, bytes[before.upperBound - 1], first, depth)
            }
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { depth += 1 }
        }
    }

    /// Writes tokens with their white space.
    func render(_ tokens: ArraySlice<Range<Int>>, of bytes: Span<UInt8>, depth start: Int)
        -> [UInt8]
    {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4)
        var depth = start
        var exception = 0
        var last: UInt8 = 0
        for (token, range) in tokens.enumerated() {
            let first = bytes[range.lowerBound]
            if first == UInt8(ascii: "}") || first == UInt8(ascii: "]") { depth -= 1 }
            if exception < exceptions.count, exceptions[exception].token == token {
                result.append(contentsOf: exceptions[exception].space.utf8)
                exception += 1
            } else if token > 0 {
                result.append(
                    contentsOf: space(after: last, before: first, depth: depth).utf8)
            }
            result.append(copying: bytes.extracting(range))
            last = bytes[range.upperBound - 1]
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { depth += 1 }
        }
        return result
    }
}

extension DocumentLayout {
    /// Writes the layout as a member of an event.
    func write(to data: inout DataWriter) {
        data.object("layout") { layout in
            layout.member("newline", ifPresent: newline)
            if !unit.isEmpty { layout.member("unit", unit) }
            if !colon.isEmpty { layout.member("colon", colon) }
            if !comma.isEmpty { layout.member("comma", comma) }
            guard !exceptions.isEmpty else { return }
            layout.array("except") { array in
                for exception in exceptions {
                    array.element([exception.token], text: exception.space)
                }
            }
        }
    }

    /// The layout that an event's member spells; nil where it spells none.
    init?(_ value: JSONValue) {
        guard value.object != nil else { return nil }
        newline = value["newline"]?.string
        unit = value["unit"]?.string ?? ""
        colon = value["colon"]?.string ?? ""
        comma = value["comma"]?.string ?? ""
        var last = 0
        for exception in value["except"]?.array ?? [] {
            guard let token = exception[0]?.integer.flatMap({ Int(exactly: $0) }), token > last,
                let space = exception[1]?.string
            else { return nil }
            exceptions.append(Exception(token: token, space: space))
            last = token
        }
    }
}
