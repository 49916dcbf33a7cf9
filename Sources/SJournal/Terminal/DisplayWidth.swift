/// How many columns a text takes on a terminal.
enum DisplayWidth {
    /// Columns of a whole text that has no control characters (see `Escaping`).
    static func of(_ text: some StringProtocol) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// Columns of one character as a person sees it: 0, 1 or 2.
    static func of(_ character: Character) -> Int {
        var widest = 0
        var regionalIndicators = 0
        for scalar in character.unicodeScalars {
            switch scalar.value {
            case 0x20..<0x7F: widest = max(widest, 1)
            case 0xFE0F: widest = widest == 0 ? 0 : 2  // "show as a picture"
            case 0x1F1E6...0x1F1FF:
                regionalIndicators += 1
                widest = regionalIndicators > 1 ? 2 : 1
            default: widest = max(widest, of(scalar))
            }
        }
        return widest
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value == 0xAD ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if value >= 0x1160 && value <= 0x11FF { return 0 }  // Hangul vowels and finals
        if scalar.properties.isEmojiPresentation { return 2 }
        return isWide(value) ? 2 : 1
    }

    /// Ranges that Unicode's East Asian Width calls wide or fullwidth, emoji left to their property.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
        0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
        0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]

    private static func isWide(_ value: UInt32) -> Bool {
        if value < 0x1100 { return false }
        return wideRanges.contains { $0.contains(value) }
    }
}
