/// Whole numbers by keys. What an import knows of a session is made of these, for a session may have
/// millions of lines.
///
/// The last keys are in an open table in memory. Where they grow many, they go to a file, sorted, as
/// one of a few ``KeyRun``s, of which two bytes a key stay in memory: a log-structured merge tree
/// (O'Neil and others, 1996). Nothing is ever taken out: setting nil does nothing.
struct KeyTable: Sendable {
    /// A number and its key.
    struct Entry {
        let key: PieceKey
        var value: Int
    }

    /// How many keys are in memory before they go to a file.
    private let recentLimit = max(8, TableRoom.bytes / 64)

    private var recent: [Entry] = []
    /// One more than the place of a recent entry; 0 for a free slot. A power of two of them.
    private var slots: [UInt32] = []

    /// What is in files, older and larger ones first.
    private var runs: [KeyRun] = []

    /// How many keys there are.
    private(set) var count = 0

    /// How much memory it takes, in bytes.
    var weight: Int {
        recent.count * MemoryLayout<Entry>.stride + slots.count * 4
            + runs.reduce(0) { $0 + $1.weight }
    }

    /// Whether numbers that it had could not be read again.
    var hasLost: Bool { runs.contains { $0.hasLost } }

    subscript(key: PieceKey) -> Int? {
        get {
            let hash = key.hashValue
            if !slots.isEmpty, case let slot = slots[slot(of: key, hash)], slot > 0 {
                return recent[Int(slot) - 1].value
            }
            return stored(key, hash)
        }
        set {
            guard let newValue else { return }
            if (recent.count + 1) * 4 > slots.count * 3 { grow() }
            let hash = key.hashValue
            let slot = slot(of: key, hash)
            if slots[slot] > 0 {
                recent[Int(slots[slot]) - 1].value = newValue
                return
            }
            if stored(key, hash) == nil { count += 1 }
            recent.append(Entry(key: key, value: newValue))
            slots[slot] = UInt32(recent.count)
            if recent.count % recentLimit == 0 { store() }
        }
    }

    private func stored(_ key: PieceKey, _ hash: Int) -> Int? {
        for run in runs.reversed() {
            if let value = run.value(of: key, hash) { return value }
        }
        return nil
    }

    /// The slot that leads to a key, or the free one where it belongs.
    private func slot(of key: PieceKey, _ hash: Int) -> Int {
        let mask = slots.count - 1
        // Swift draws its hashes anew in every process: no file can make many keys meet.
        var slot = hash & mask
        while slots[slot] > 0, recent[Int(slots[slot]) - 1].key != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: max(16, slots.count * 2))
        for place in recent.indices {
            let key = recent[place].key
            slots[slot(of: key, key.hashValue)] = UInt32(place + 1)
        }
    }

    /// Hands what is recent to a file. Where that has no room, it stays.
    private mutating func store() {
        guard let run = KeyRun(recent.sorted { $0.key < $1.key }) else { return }
        runs.append(run)
        recent = []
        slots = []
        // Each run is at least twice as large as the one behind it: there are few of them, and a key
        // is written a few times only.
        while runs.count > 1, runs[runs.count - 2].count < 2 * runs[runs.count - 1].count,
            let merged = KeyRun(merging: runs[runs.count - 2], runs[runs.count - 1])
        {
            runs.removeLast(2)
            runs.append(merged)
        }
    }
}

/// Whole numbers by the names that a source gives. The names themselves are not kept: two with the
/// same ``PieceKey`` are the same.
struct NameTable: Sendable {
    private(set) var table = KeyTable()

    subscript(name: String) -> Int? {
        get { table[PieceKey(name.utf8.span)] }
        set { table[PieceKey(name.utf8.span)] = newValue }
    }
}

/// Values by the keys of what they belong to. Nothing is ever taken out: setting nil does nothing.
struct KeyedList<Value: BitwiseCopyable & Sendable>: Sendable {
    private var places = KeyTable()
    private var values = PagedList<Value>()

    /// How much memory it takes, in bytes.
    var weight: Int { places.weight + values.weight }

    /// Whether values that it had could not be read again.
    var hasLost: Bool { places.hasLost || values.hasLost }

    subscript(key: PieceKey) -> Value? {
        get { places[key].map { values[$0] } }
        set {
            guard let newValue else { return }
            if let place = places[key] {
                values[place] = newValue
            } else {
                places[key] = values.count
                values.append(newValue)
            }
        }
    }

    /// The value of what the source gives a name.
    subscript(name: String) -> Value? {
        get { self[PieceKey(name.utf8.span)] }
        set { self[PieceKey(name.utf8.span)] = newValue }
    }

    /// The value of what has a number.
    subscript(number: Int) -> Value? {
        get { self[PieceKey(number: number)] }
        set { self[PieceKey(number: number)] = newValue }
    }
}
