/// A table of rows of one size, sorted by the 16-byte key that each begins with, and its *fences*:
/// the keys of every 64th row, so that a look-up reads the fences' pages and one run of rows.
///
/// ```
/// fences  ⌈count ÷ 64⌉ × 16 bytes: the key of row 0, 64, 128 …
/// rows    count × row size, keys strictly rising
/// ```
struct SortedRows: Sendable {
    /// Rows that one fence stands for.
    static let fenceStride = 64
    /// Bytes of a key.
    static let keySize = 16

    /// Where fences and rows stand, in the bytes that `fetch` reads.
    let fences: Range<Int>
    let rows: Range<Int>
    let rowSize: Int

    /// Reads a range of those bytes, checked.
    typealias Fetch = (Range<Int>) throws(FormatError) -> [UInt8]

    var count: Int { rows.count / rowSize }

    /// - Throws: `invalid` where the two parts do not belong together.
    init(fences: Range<Int>, rows: Range<Int>, rowSize: Int) throws(FormatError) {
        self.fences = fences
        self.rows = rows
        self.rowSize = rowSize
        guard rows.count % rowSize == 0, fences.count == Self.fenceSize(rowCount: count) else {
            throw .invalid("table size")
        }
    }

    static func fenceSize(rowCount: Int) -> Int {
        (rowCount + fenceStride - 1) / fenceStride * keySize
    }

    /// The fences of rows.
    static func fences(of rows: [UInt8], rowSize: Int) -> [UInt8] {
        var fences: [UInt8] = []
        for start in stride(from: 0, to: rows.count, by: rowSize * fenceStride) {
            fences.append(contentsOf: rows[start..<(start + keySize)])
        }
        return fences
    }

    /// Rows from an index on, at most `limit`.
    func bytes(
        from index: Int, limit: Int, _ fetch: Fetch
    ) throws(FormatError) -> [UInt8] {
        let first = min(max(index, 0), count)
        let last = min(count, first + max(limit, 0))
        guard first < last else { return [] }
        let start = rows.lowerBound
        return try fetch((start + first * rowSize)..<(start + last * rowSize))
    }

    /// The index of the first row whose key is not below `key`.
    func lowerBound(of key: Identifier, _ fetch: Fetch) throws(FormatError) -> Int {
        let stretch = try stretch(of: key, fetch)
        return try search(key, in: stretch, fetch).index
    }

    /// The row of a key; nil where there is none. Cost: a few pages.
    func row(of key: Identifier, _ fetch: Fetch) throws(FormatError) -> (
        index: Int, bytes: [UInt8]
    )? {
        let (index, row) = try search(key, in: try stretch(of: key, fetch), fetch)
        guard let row, Self.key(row, at: 0) == key else { return nil }
        return (index, row)
    }

    static func key(_ bytes: [UInt8], at offset: Int) -> Identifier {
        var cursor = ByteCursor(offset..<(offset + keySize))
        return cursor.identifier(bytes.span)
    }

    /// The rows among which the first one not below a key is, or behind which it stands.
    private func stretch(of key: Identifier, _ fetch: Fetch) throws(FormatError) -> Range<Int> {
        var low = 0
        var high = fences.count / Self.keySize
        // The number of fences that are not above the key.
        while low < high {
            let middle = (low + high) / 2
            let at = fences.lowerBound + middle * Self.keySize
            let fence = Self.key(try fetch(at..<(at + Self.keySize)), at: 0)
            if key < fence { high = middle } else { low = middle + 1 }
        }
        let start = max(0, low - 1) * Self.fenceStride
        return start..<min(count, start + Self.fenceStride)
    }

    private func search(
        _ key: Identifier, in stretch: Range<Int>, _ fetch: Fetch
    ) throws(FormatError) -> (index: Int, row: [UInt8]?) {
        let bytes = try bytes(from: stretch.lowerBound, limit: stretch.count, fetch)
        var low = 0
        var high = stretch.count
        while low < high {
            let middle = (low + high) / 2
            if Self.key(bytes, at: middle * rowSize) < key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        let row =
            low < stretch.count ? Array(bytes[(low * rowSize)..<((low + 1) * rowSize)]) : nil
        return (stretch.lowerBound + low, row)
    }
}
