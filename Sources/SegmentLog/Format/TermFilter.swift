/// A Bloom filter over the terms of a segment: stream keys, callers' session keys and event ids, and
/// whatever else its owner looks for. It proves absence; a hit means "look".
///
/// It is blocked, so that a look-up reads 64 bytes in one place (Putze, Sanders and Singler, "Cache-,
/// Hash- and Space-Efficient Bloom Filters", 2007). A term's hash is the first 16 bytes of
/// SHA-256(term), read as two little-endian 64-bit numbers `a` and `b`: the term's block is
/// `a mod blocks`; its bits in the block are the seven lowest groups of nine bits of `b`, the lowest
/// bit of each byte first. Twelve bits a term: about 1 % false hits.
package struct TermFilter: Equatable, Sendable {
    package var bytes: [UInt8]

    package static let none = TermFilter(bytes: [])
    static let blockSize = 64
    private static let bitsPerTerm = 12
    private static let hashCount: UInt64 = 7
    private static let bitIndexWidth: UInt64 = 9

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// The filter over distinct terms.
    package init(terms: some Collection<[UInt8]>) {
        let size = (terms.count * Self.bitsPerTerm + 7) / 8
        let blocks = max(1, (size + Self.blockSize - 1) / Self.blockSize)
        bytes = [UInt8](repeating: 0, count: blocks * Self.blockSize)
        for term in terms {
            let probe = Probe(term)
            let start = probe.block(of: bytes.count)
            probe.forEachBit { bytes[start + $0 / 8] |= 1 << UInt8($0 % 8) }
        }
    }

    var isWellFormed: Bool { Self.isWellFormed(size: bytes.count) }

    /// Whether a filter can have this many bytes.
    static func isWellFormed(size: Int) -> Bool { size % blockSize == 0 }

    /// False only where the term is certainly not in the segment. An empty filter proves nothing.
    package func mayContain(_ term: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        let probe = Probe(term)
        let start = probe.block(of: bytes.count)
        return probe.isHit(in: Array(bytes[start..<(start + Self.blockSize)]))
    }

    /// A term's place in filters of any size.
    struct Probe {
        private let place: UInt64
        private let bits: UInt64

        init(_ term: [UInt8]) {
            let hash = FileHash.hash(term.span)
            var cursor = ByteCursor(0..<16)
            place = cursor.u64(hash.span)
            bits = cursor.u64(hash.span)
        }

        /// Where the term's block begins in a filter of `size` bytes, which are not zero.
        func block(of size: Int) -> Int { Int(place % UInt64(size / blockSize)) * blockSize }

        func forEachBit(_ body: (Int) -> Void) {
            for index in 0..<hashCount {
                body(Int(bits >> (index * bitIndexWidth) & (1 << bitIndexWidth - 1)))
            }
        }

        /// Whether all the term's bits are set in its block.
        func isHit(in block: [UInt8]) -> Bool {
            var isHit = true
            forEachBit { if block[$0 / 8] >> UInt8($0 % 8) & 1 == 0 { isHit = false } }
            return isHit
        }
    }
}
