/// The places in the texts of a template, and what fills them.
enum TemplatePlaces {
    /// Whether a text can name a parameter in a place.
    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// A piece of a text: words that stand as they are, or a place.
    private enum Piece {
        case words(Substring)
        case place(String)
    }

    /// The names of all places in a value, however deep, each once and in order.
    static func names(in value: JSONValue) -> [String] {
        var names: [String] = []
        visit(value) { text in
            for case .place(let name) in pieces(of: text) where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// The value with its places filled: a text that is one place alone becomes the parameter's
    /// value, in any other the value stands as text; null as none.
    static func filled(_ value: JSONValue, with values: JSONObject) -> JSONValue {
        switch value {
        case .string(let text):
            let pieces = pieces(of: text)
            if pieces.count == 1, case .place(let name) = pieces[0] { return values[name] ?? .null }
            var result = ""
            for piece in pieces {
                switch piece {
                case .words(let words): result += words
                case .place(let name):
                    let value = values[name] ?? .null
                    result += value.string ?? (value.isNull ? "" : value.description)
                }
            }
            return .string(result)
        case .array(let elements): return .array(elements.map { filled($0, with: values) })
        case .object(let object):
            return .object(JSONObject(object.map { ($0.name, filled($0.value, with: values)) }))
        default: return value
        }
    }

    private static func visit(_ value: JSONValue, _ body: (String) -> Void) {
        switch value {
        case .string(let text): body(text)
        case .array(let elements): for element in elements { visit(element, body) }
        case .object(let object): for member in object { visit(member.value, body) }
        default: break
        }
    }

    /// The text cut at its places. Braces that enclose no name are words like others.
    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        var words = rest.startIndex
        var from = rest.startIndex
        while let open = rest[from...].firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { break }
            let inside = rest[open.upperBound..<close.lowerBound]
            let name = inside.trimmingSpaces
            guard isName(name) else {
                from = text.index(after: open.lowerBound)
                continue
            }
            if words < open.lowerBound { pieces.append(.words(rest[words..<open.lowerBound])) }
            pieces.append(.place(String(name)))
            words = close.upperBound
            from = close.upperBound
        }
        rest = rest[words...]
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.words(rest)) }
        return pieces
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
