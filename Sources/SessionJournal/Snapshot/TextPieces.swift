/// Cuts a text where its content says so, and not where its length does: most pieces of a text that
/// was changed in the middle are pieces of the text before.
///
/// The rolling hash is that of Gear (Xia et al., "Ddelta", 2014): a shift and a number for each byte,
/// so that the last 64 bytes decide.
enum TextPieces {
    private static let smallest = 256
    static let largest = 16_384
    /// A cut every kibibyte or so.
    private static let mask: UInt64 = 0x3FF << 54

    /// 256 numbers without a pattern, by SplitMix64 (Steele et al., 2014).
    private static let numbers: [UInt64] = (0..<256).map { index in
        var value = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// The pieces of a text, in order.
    static func pieces(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        var hash: UInt64 = 0
        let numbers = numbers
        for (index, byte) in text.enumerated() {
            hash = hash << 1 &+ numbers[Int(byte)]
            let size = index + 1 - start
            guard size >= smallest, hash & mask == 0 || size == largest else { continue }
            pieces.append(text[start...index])
            start = index + 1
            hash = 0
        }
        if start < text.count { pieces.append(text[start...]) }
        return pieces
    }
}
