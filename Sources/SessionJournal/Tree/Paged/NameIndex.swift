internal import Synchronization

/// Where a name may stand in a ``PagedTable``: an open table of hashes and places.
///
/// It is a hint that copies of a table share, also where they went different ways afterwards, so that
/// a place counts only where the element there has the name. Nothing is ever taken out.
final class NameIndex: Sendable {
    fileprivate struct Slots {
        var hashes: [UInt32] = []
        /// One more than the place; 0 for a free slot.
        var places: [UInt32] = []
        var count = 0
    }

    /// Makes the hashes of one table others than those of another, so that no import can bring
    /// names that all have the same.
    let seed: UInt64
    private let slots: Mutex<Slots>

    init(seed: UInt64) {
        self.seed = seed
        slots = Mutex(Slots())
    }

    /// The first of the places at which a name may stand that satisfies a condition.
    func first(of name: String, where isThere: (Int) -> Bool) -> Int? {
        let hash = hash(of: name)
        return slots.withLock { $0.first(hash, where: isThere) }
    }

    /// Notes that a name stands at a place.
    func insert(_ name: String, at place: Int) {
        let hash = hash(of: name)
        slots.withLock { $0.insert(hash, place) }
    }

    /// Notes the stored hashes of the names of elements that stand one after the other.
    ///
    /// - Returns: The largest place of a branch in the rows, -1 where there is none; nil where the
    ///   rows make no sense.
    func insert(_ rows: [UInt8], count: Int, from first: Int) -> Int? {
        var reader = PageRowReader(rows.span)
        guard first + count < Int(UInt32.max) else { return nil }
        return slots.withLock { slots in
            var last = -1
            for place in first..<(first + count) {
                guard reader.skip(rows.span, { slots.insert($0, place) }) else { return nil }
                last = max(last, reader.branchPlace ?? -1)
            }
            return reader.isAtEnd ? last : nil
        }
    }

    /// The hash by which a name is found.
    func hash(of name: String) -> UInt32 { Self.hash(of: name, seed) }

    static func hash(of name: String, _ seed: UInt64) -> UInt32 {
        var name = name
        return name.withUTF8 { bytes in
            var state = seed
            var word: UInt64 = 0
            var filled: UInt64 = 0
            for byte in bytes {
                word |= UInt64(byte) << (filled * 8)
                filled += 1
                if filled == 8 {
                    state = mix(state ^ word)
                    word = 0
                    filled = 0
                }
            }
            state = mix(state ^ word ^ UInt64(bytes.count) << 56)
            return UInt32(truncatingIfNeeded: state >> 32)
        }
    }

    /// The 64-bit finalizer of MurmurHash3 (Appleby): every bit of the input moves every bit of the
    /// output.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}

extension SessionID {
    /// From what the hashes of names in the session are drawn: its own noise, which nobody knows
    /// before it is there.
    var seed: UInt64 { high ^ low }
}

extension NameIndex.Slots {
    private mutating func grow() {
        let old = (hashes, places)
        let size = max(16, places.count * 2)
        hashes = Array(repeating: 0, count: size)
        places = Array(repeating: 0, count: size)
        count = 0
        for index in old.1.indices where old.1[index] > 0 {
            insert(old.0[index], Int(old.1[index]) - 1)
        }
    }

    fileprivate mutating func insert(_ hash: UInt32, _ place: Int) {
        if (count + 1) * 4 > places.count * 3 { grow() }
        let mask = places.count - 1
        var slot = Int(hash) & mask
        while places[slot] > 0 {
            if hashes[slot] == hash, places[slot] == UInt32(place + 1) { return }
            slot = (slot + 1) & mask
        }
        hashes[slot] = hash
        places[slot] = UInt32(place + 1)
        count += 1
    }

    fileprivate func first(_ hash: UInt32, where isThere: (Int) -> Bool) -> Int? {
        guard count > 0 else { return nil }
        let mask = places.count - 1
        var slot = Int(hash) & mask
        while places[slot] > 0 {
            if hashes[slot] == hash, isThere(Int(places[slot]) - 1) {
                return Int(places[slot]) - 1
            }
            slot = (slot + 1) & mask
        }
        return nil
    }
}
