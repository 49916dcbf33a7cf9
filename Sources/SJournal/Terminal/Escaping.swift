import SessionJournal

/// The one gate between foreign text and a terminal.
///
/// Transcripts, file names and arguments are written by others. A terminal obeys some of what it is
/// shown: escape sequences move the cursor, rewrite the title or the clipboard, and bidirectional
/// controls make a line read as something that it is not. Everything of the kind is spelled out as
/// `\u{1b}`, so that a reader sees that it was there.
enum Escaping {
    /// Whether a terminal might obey this scalar, or hide text behind it, instead of showing it.
    static func isHostile(_ scalar: Unicode.Scalar) -> Bool { HostileText.isHostile(scalar) }

    /// The text with every hostile scalar spelled out; the same text where there is none. Split a text
    /// into lines (`Wrapping.lines`) before it comes here if its lines are to be kept.
    static func escaped(_ text: some StringProtocol) -> String { HostileText.escaped(text) }

    /// JSON text with every hostile scalar as a `\uXXXX` escape: another spelling of the same JSON.
    ///
    /// Inside valid JSON such scalars stand in strings only, where this escape is legal. The
    /// newline that ends a line of JSON Lines stays.
    static func escapedJSON(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A }) { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if isHostile(scalar), scalar.value != 0x0A {
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    result += Array("\\u".utf8)
                    result += Array(repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                    result += Array(digits.utf8)
                }
            } else {
                result += UTF8.encode(scalar)!
            }
        }
        return result
    }
}
