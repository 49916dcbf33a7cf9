/// A Bloom filter over the terms of a segment: stream keys, callers' session keys and event ids. It
/// proves absence; a hit means "look".
///
/// A term's hash is the first 16 bytes of SHA-256(term) read as two little-endian 64-bit numbers
/// `a` and `b`; bit `i` of the term is `(a + i × b) mod 2⁶⁴ mod bits`, the lowest bit of each byte
/// first (Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006). Ten bits a term and
/// seven hashes: under 1 % false hits.
package struct TermFilter: Equatable, Sendable {
    /// Bits that one term sets.
    package var bitsPerTerm: Int
    package var bytes: [UInt8]

    package static let none = TermFilter(bitsPerTerm: 0, bytes: [])
    private static let sizePerTerm = 10
    private static let hashCount = 7

    package init(bitsPerTerm: Int, bytes: [UInt8]) {
        self.bitsPerTerm = bitsPerTerm
        self.bytes = bytes
    }

    /// The filter over distinct terms.
    package init(terms: some Collection<[UInt8]>) {
        bitsPerTerm = Self.hashCount
        bytes = [UInt8](repeating: 0, count: max(8, (terms.count * Self.sizePerTerm + 7) / 8))
        for term in terms { forEachBit(of: term) { bytes[$0 / 8] |= 1 << UInt8($0 % 8) } }
    }

    var isWellFormed: Bool {
        bytes.isEmpty ? bitsPerTerm == 0 : bitsPerTerm > 0 && bitsPerTerm <= 64
    }

    /// False only where the term is certainly not in the segment.
    package func mayContain(_ term: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        var isHit = true
        forEachBit(of: term) { if bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 0 { isHit = false } }
        return isHit
    }

    private func forEachBit(of term: [UInt8], _ body: (Int) -> Void) {
        let hash = FileHash.hash(term.span)
        var cursor = ByteCursor(0..<16)
        let start = cursor.u64(hash.span)
        let step = cursor.u64(hash.span)
        let bits = UInt64(bytes.count * 8)
        for index in 0..<UInt64(bitsPerTerm) { body(Int((start &+ index &* step) % bits)) }
    }
}
