/// Foreign text as it may be shown: on a terminal, in a page, in a table.
///
/// Whoever shows a text obeys some of what it holds: escape sequences move a cursor, and bidirectional
/// controls make a line read as something that it is not. Everything of the kind is spelled out as
/// `\u{1b}`, so that a reader sees that it was there.
package enum HostileText {
    /// Whether a terminal might obey this scalar, or hide text behind it, instead of showing it.
    package static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: true  // C0, DEL, C1
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction
        case 0x2028, 0x2029: true  // line and paragraph separators
        case 0xFEFF, 0xFFF9...0xFFFB: true  // a mark of byte order; annotations that hide text
        case 0xE0000...0xE007F: true  // tags: ASCII that no screen shows
        default: false
        }
    }

    /// The text with every hostile scalar spelled out; the same text where there is none.
    ///
    /// Newline, carriage return and tab become `\n`, `\r` and `\t`: split a text into lines
    /// before it comes here if its lines are to be kept.
    package static func escaped(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHostile(scalar) {
                result.append(contentsOf: spelled(scalar).unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The text as it may stand in a page of HTML, between tags and in attributes, with every hostile
    /// scalar spelled out.
    ///
    /// - Parameters:
    ///   - text: Foreign text.
    ///   - keepsLines: Whether newlines and tabs stay as they are.
    package static func html(_ text: String, keepsLines: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\n", "\t":
                if keepsLines { result.append(scalar) } else { fallthrough }
            default:
                if isHostile(scalar) {
                    result.append(contentsOf: spelled(scalar).unicodeScalars)
                } else {
                    result.append(scalar)
                }
            }
        }
        return String(result)
    }

    private static func spelled(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }
}
