/// Text that may be shown on a terminal.
///
/// There are two ways in: the program's own literals, and foreign text, which passes `Escaping`
/// whichever way it comes. Commands print `Shown` and nothing else, so no path can forget.
///
///     let line: Shown = "no session \(argument); \("sjournal sessions", .name) lists them"
struct Shown: Sendable, Hashable {
    struct Span: Sendable, Hashable {
        let text: String
        let style: Style
    }

    private(set) var spans: [Span]

    init() { spans = [] }

    /// Foreign text in one style.
    init(_ foreign: some StringProtocol, _ style: Style = .plain) {
        spans = [Span(text: Escaping.escaped(foreign), style: style)]
    }

    private init(spans: [Span]) { self.spans = spans }

    /// A text that the program made itself, as often as asked.
    static func repeating(_ literal: StaticString, count: Int) -> Shown {
        guard count > 0 else { return Shown() }
        let text = String(repeating: literal.description, count: count)
        return Shown(spans: [Span(text: text, style: .plain)])
    }

    static func spaces(_ count: Int) -> Shown { repeating(" ", count: count) }

    static func + (left: Shown, right: Shown) -> Shown { Shown(spans: left.spans + right.spans) }

    static func += (left: inout Shown, right: Shown) { left.spans += right.spans }

    var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

    /// Columns that the text takes.
    var width: Int { spans.reduce(0) { $0 + DisplayWidth.of($1.text) } }

    /// All of it in one style.
    func styled(_ style: Style) -> Shown {
        Shown(spans: spans.map { Span(text: $0.text, style: style) })
    }

    /// Cut to at most `columns`, an ellipsis in the last of them if anything was cut.
    func elided(to columns: Int) -> Shown {
        guard width > columns else { return self }
        guard columns > 0 else { return Shown() }
        var kept: [Span] = []
        var room = columns - 1
        for span in spans {
            var text = ""
            for character in span.text {
                let width = DisplayWidth.of(character)
                if width > room {
                    kept.append(Span(text: text + "…", style: span.style))
                    return Shown(spans: kept)
                }
                room -= width
                text.append(character)
            }
            kept.append(Span(text: text, style: span.style))
        }
        return Shown(spans: kept)
    }

    /// Foreign text cut at its beginning to at most `columns`: the end of a path says most.
    static func ending(_ foreign: String, columns: Int) -> Shown {
        let text = Escaping.escaped(foreign)
        guard DisplayWidth.of(text) > columns else { return Shown(foreign) }
        var room = columns - 1
        let kept = text.reversed().prefix { character in
            room -= DisplayWidth.of(character)
            return room >= 0
        }
        return columns > 0 ? "…" + Shown(String(kept.reversed())) : Shown()
    }

    /// Filled with spaces up to `columns`.
    func padded(to columns: Int, right: Bool = false) -> Shown {
        let missing = columns - width
        guard missing > 0 else { return self }
        return right ? .spaces(missing) + self : self + .spaces(missing)
    }

    /// The text for printing, with escape sequences of our own if `isColoured`.
    func rendered(isColoured: Bool) -> String {
        guard isColoured else { return spans.map(\.text).joined() }
        var result = ""
        for span in spans {
            if let parameters = span.style.selectGraphicRendition, !span.text.isEmpty {
                result += "\u{1B}[\(parameters)m\(span.text)\u{1B}[0m"
            } else {
                result += span.text
            }
        }
        return result
    }
}

extension Shown: ExpressibleByStringInterpolation {
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var spans: [Span] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            spans.reserveCapacity(interpolationCount * 2 + 1)
        }

        mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { spans.append(Span(text: literal, style: .plain)) }
        }

        /// Foreign text: escaped.
        mutating func appendInterpolation(_ text: some StringProtocol, _ style: Style = .plain) {
            spans.append(Span(text: Escaping.escaped(text), style: style))
        }

        mutating func appendInterpolation(_ shown: Shown) { spans += shown.spans }

        mutating func appendInterpolation(_ number: some BinaryInteger, _ style: Style = .plain) {
            spans.append(Span(text: Numbers.grouped(number), style: style))
        }
    }

    init(stringLiteral literal: String) {
        spans = literal.isEmpty ? [] : [Span(text: literal, style: .plain)]
    }

    init(stringInterpolation: StringInterpolation) { spans = stringInterpolation.spans }
}
