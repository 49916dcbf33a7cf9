/// What notes, checkpoints and proofs are spelled with (C2SP signed-note).
enum NoteText {
    /// The largest note that is read, in bytes: 16 signatures of 5 KB each, several times over.
    static let sizeLimit = 1 << 20

    /// The text of bytes that are UTF-8 without control characters but newlines; nil for others.
    static func checked(_ bytes: [UInt8], limit: Int = sizeLimit) -> String? {
        guard bytes.count <= limit,
            bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A })
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The lines of a text each of which ends in a newline; nil where the last does not.
    static func lines(of text: some StringProtocol) -> [Substring]? {
        let content = Substring(text).utf8
        guard content.last == UInt8(ascii: "\n") else { return nil }
        return content.dropLast().split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).map { Substring($0) }
    }

    /// The number that decimal digits spell without leading zeros; nil for any other text.
    static func number(_ text: some StringProtocol) -> UInt64? {
        guard let number = UInt64(text), String(number) == text else { return nil }
        return number
    }

    /// The hash that 44 characters of base64 spell; nil for any other text.
    static func hash(_ text: some StringProtocol) -> Hash? {
        let text = Array(text.utf8)
        guard text.count == 44, let bytes = Base64.decode(text.span) else { return nil }
        return Hash(bytes.span)
    }

    static func base64(_ hash: Hash) -> String { Base64.string(hash.bytes.span) }

    /// Whether a text can be the name of a key: not empty, without spaces, plus signs and control
    /// characters.
    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && !text.unicodeScalars.contains { scalar in
                scalar.properties.isWhitespace || scalar == "+" || scalar.value < 0x20
            }
    }
}
