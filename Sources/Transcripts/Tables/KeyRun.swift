/// Numbers by keys in a file, in the order of the keys, which nobody changes.
///
/// In memory are a filter that tells of nearly all keys that are not there (Bloom, 1970; all bits of
/// a key in one word, as Putze, Sanders and Singler have it, 2007), and the first key of each block.
struct KeyRun: Sendable {
    typealias Entry = KeyTable.Entry

    /// How many entries are read at once to find one.
    private static let blockSize = 128

    /// How many bits of the filter there are for each key: of the keys that are not there, about one
    /// in a hundred is looked for in the file.
    private static let bitsPerKey = 14

    private let file: UnnamedFile
    private var filter: [UInt64]
    private var firstKeys: [PieceKey] = []
    private(set) var count = 0

    /// How much memory it takes, in bytes.
    var weight: Int { filter.count * 8 + firstKeys.count * MemoryLayout<PieceKey>.stride }

    /// Whether entries that it had could not be read again.
    var hasLost: Bool { file.hasLost }

    private init?(expecting count: Int) {
        guard let file = TableRoom.file() else { return nil }
        self.file = file
        filter = Array(repeating: 0, count: count * Self.bitsPerKey / 64 + 1)
    }

    /// - Parameter entries: In the order of their keys, which differ.
    /// - Returns: Nil where there is no room for a file.
    init?(_ entries: [Entry]) {
        self.init(expecting: entries.count)
        guard add(entries) else { return nil }
    }

    /// Both in one.
    ///
    /// - Parameter new: Its numbers are those of the keys that both have.
    /// - Returns: Nil where there is no room for a file.
    init?(merging old: KeyRun, _ new: KeyRun) {
        self.init(expecting: old.count + new.count)
        var (left, right) = (Cursor(old), Cursor(new))
        var merged: [Entry] = []
        while let next = left.entry.map({ entry in
            right.entry.map { $0.key < entry.key ? $0 : entry } ?? entry
        }) ?? right.entry {
            let isInBoth = left.entry?.key == right.entry?.key
            merged.append(isInBoth ? right.entry ?? next : next)
            if left.entry?.key == next.key { left.advance() }
            if right.entry?.key == next.key { right.advance() }
            if merged.count == Cursor.size {
                guard add(merged) else { return nil }
                merged.removeAll(keepingCapacity: true)
            }
        }
        guard add(merged), !old.hasLost, !new.hasLost else { return nil }
    }

    /// Adds entries behind those that are there: whole blocks, but for the last time.
    private mutating func add(_ entries: [Entry]) -> Bool {
        guard file.store(entries.span, at: count * MemoryLayout<Entry>.stride) else { return false }
        for (place, entry) in entries.enumerated() {
            if (count + place) % Self.blockSize == 0 { firstKeys.append(entry.key) }
            let (word, bits) = filterBits(entry.key.hashValue)
            filter[word] |= bits
        }
        count += entries.count
        return true
    }

    /// The word of the filter that a key has, and four bits of it.
    private func filterBits(_ hash: Int) -> (word: Int, bits: UInt64) {
        let hash = UInt64(bitPattern: Int64(hash))
        let word = (hash >> 32).multipliedFullWidth(by: UInt64(filter.count) << 32).high
        var bits: UInt64 = 0
        for shift: UInt64 in [0, 6, 12, 18] { bits |= 1 << (hash >> shift & 63) }
        return (Int(word), bits)
    }

    /// The number of a key; nil for one that is not there.
    ///
    /// - Parameter hash: Of the key.
    func value(of key: PieceKey, _ hash: Int) -> Int? {
        let (word, bits) = filterBits(hash)
        guard filter[word] & bits == bits else { return nil }
        let block = firstKeys.partition { $0 > key } - 1
        guard block >= 0 else { return nil }
        let entries = self.entries(from: block * Self.blockSize, atMost: Self.blockSize)
        let place = entries.partition { $0.key >= key }
        return place < entries.count && entries[place].key == key ? entries[place].value : nil
    }

    private func entries(from place: Int, atMost limit: Int) -> [Entry] {
        file.read(min(limit, count - place), at: place * MemoryLayout<Entry>.stride)
    }

    /// The entries of a run one by one.
    private struct Cursor {
        /// How many are read at once.
        static let size = 32 * KeyRun.blockSize

        private let run: KeyRun
        private var buffer: [Entry] = []
        private var place = 0
        private var next = 0

        init(_ run: KeyRun) {
            self.run = run
            fill()
        }

        /// The one that it stands at; nil behind the last.
        var entry: Entry? { place < buffer.count ? buffer[place] : nil }

        mutating func advance() {
            place += 1
            if place == buffer.count { fill() }
        }

        private mutating func fill() {
            buffer = run.entries(from: next, atMost: Self.size)
            next += buffer.count
            place = 0
        }
    }
}

extension Array {
    /// The place of the first element that something holds of, and of all behind it; the count where
    /// it holds of none. Cost: logarithmic.
    fileprivate func partition(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
