extension Salt {
    /// Salts from a source of random bytes.
    static func make(
        _ count: Int, from random: (_ count: Int) -> [UInt8]
    ) -> [Salt] {
        let bytes = random(count * 16)
        func word(at offset: Int) -> UInt64 {
            var word: UInt64 = 0
            for byte in bytes[offset..<(offset + 8)] { word = word << 8 | UInt64(byte) }
            return word
        }
        return (0..<count).map { index in
            Salt(high: word(at: index * 16), low: word(at: index * 16 + 8))
        }
    }
}

extension Digest {
    /// The first 16 bytes as two big-endian numbers.
    var leadingWords: (UInt64, UInt64) {
        let bytes = bytes
        func word(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (word(0..<8), word(8..<16))
    }
}
