/// Whole numbers by keys, in an open table: about 32 bytes for each, where a dictionary of texts takes
/// 150. What an import knows of a session is made of these, for a session may have a million lines.
///
/// Nothing is ever taken out: setting nil does nothing.
struct KeyTable: Sendable {
    private struct Entry {
        let key: PieceKey
        var value: Int
    }

    private var entries = PagedList<Entry>()
    /// One more than the place of an entry; 0 for a free slot. A power of two of them.
    private var slots: [UInt32] = []

    var count: Int { entries.count }

    subscript(key: PieceKey) -> Int? {
        get {
            guard !slots.isEmpty, case let slot = slots[slot(of: key)], slot > 0 else { return nil }
            return entries[Int(slot) - 1].value
        }
        set {
            guard let newValue else { return }
            if (count + 1) * 4 > slots.count * 3 { grow() }
            let slot = slot(of: key)
            if slots[slot] > 0 {
                entries[Int(slots[slot]) - 1].value = newValue
            } else {
                entries.append(Entry(key: key, value: newValue))
                slots[slot] = UInt32(count)
            }
        }
    }

    /// The slot that leads to a key, or the free one where it belongs.
    private func slot(of key: PieceKey) -> Int {
        let mask = slots.count - 1
        // Swift draws its hashes anew in every process: no file can make many keys meet.
        var slot = key.hashValue & mask
        while slots[slot] > 0, entries[Int(slots[slot]) - 1].key != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: max(16, slots.count * 2))
        for place in 0..<count { slots[slot(of: entries[place].key)] = UInt32(place + 1) }
    }
}

/// Whole numbers by the names that a source gives. The names themselves are not kept: two with the
/// same ``PieceKey`` are the same.
struct NameTable: Sendable {
    private var table = KeyTable()

    subscript(name: String) -> Int? {
        get { table[PieceKey(name.utf8.span)] }
        set { table[PieceKey(name.utf8.span)] = newValue }
    }
}

/// Values by the names that a source gives. Nothing is ever taken out: setting nil does nothing.
struct NamedList<Value: Sendable>: Sendable {
    private var places = NameTable()
    private var values = PagedList<Value>()

    subscript(name: String) -> Value? {
        get { places[name].map { values[$0] } }
        set {
            guard let newValue else { return }
            if let place = places[name] {
                values[place] = newValue
            } else {
                places[name] = values.count
                values.append(newValue)
            }
        }
    }
}
