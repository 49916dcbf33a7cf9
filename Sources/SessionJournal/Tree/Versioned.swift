/// Values by key that remember when each was set, so that they can be asked as of an earlier event.
///
/// A branch holds some: what it began with, and every change since. Cost: a change each; asking for
/// an earlier moment passes over the changes.
struct Versioned<Key: SnapshotValue & Hashable & Comparable, Value: SnapshotValue>: Sendable {
    /// A change of a value.
    struct Change: SnapshotValue {
        var sequence: UInt64
        var key: Key
        var value: Value
    }

    /// The values now.
    private(set) var current: [Key: Value]

    private let initial: [Key: Value]

    private var changes = PagedLog<Change>()

    /// The event of the last change; 0 before the first.
    private var lastSequence: UInt64 = 0

    /// Values that nothing has changed.
    init(_ initial: [Key: Value] = [:]) {
        self.initial = initial
        current = initial
    }

    /// The value of a key now.
    subscript(key: Key) -> Value? { current[key] }

    /// Sets a value by an event, and returns the one before.
    @discardableResult
    mutating func set(_ key: Key, to value: Value, at sequence: UInt64) -> Value? {
        changes.append(Change(sequence: sequence, key: key, value: value))
        // What is known of an erased event comes later than others that stand behind it.
        lastSequence = max(lastSequence, sequence)
        return current.updateValue(value, forKey: key)
    }

    /// The values as of an event, that event included.
    func values(at sequence: UInt64) -> [Key: Value] {
        if lastSequence <= sequence { return current }
        var values = initial
        changes.forEach { change in
            if change.sequence <= sequence { values[change.key] = change.value }
        }
        return values
    }

    /// The last value of a key among those that satisfy a condition; what it began with counts as
    /// the first of them.
    func last(_ key: Key, where isKnown: (Value) -> Bool) -> Value? {
        if let change = changes.last(where: { $0.key == key && isKnown($0.value) }) {
            return change.value
        }
        return initial[key].flatMap { isKnown($0) ? $0 : nil }
    }
}

extension Versioned {
    /// The values with all their changes, the keys in order.
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        [
            Self.snapshot(initial), Self.snapshot(current),
            JSONValue(lastSequence), changes.snapshot(&storage),
        ]
    }

    private static func snapshot(_ values: [Key: Value]) -> JSONValue {
        .array(
            values.sorted { $0.key < $1.key }.map { [$0.key.snapshot, $0.value.snapshot] })
    }

    /// The values that a snapshot says; nil where they make no sense.
    init?(snapshot: JSONValue, _ reading: SnapshotReading) {
        guard let parts = snapshot.array, parts.count == 4,
            let initial = Self.values(parts[0]), let current = Self.values(parts[1]),
            let lastSequence = parts[2].unsigned,
            let changes = PagedLog<Change>(snapshot: parts[3], reading)
        else { return nil }
        self.initial = initial
        self.current = current
        self.lastSequence = lastSequence
        self.changes = changes
    }

    private static func values(_ snapshot: JSONValue) -> [Key: Value]? {
        var values: [Key: Value] = [:]
        for pair in snapshot.array ?? [] {
            guard let pair = pair.array, pair.count == 2, let key = Key(snapshot: pair[0]),
                let value = Value(snapshot: pair[1])
            else { return nil }
            values[key] = value
        }
        return values
    }
}

extension Versioned.Change {
    var snapshot: JSONValue { [JSONValue(sequence), key.snapshot, value.snapshot] }

    init?(snapshot: JSONValue) {
        guard let parts = snapshot.array, parts.count == 3, let sequence = parts[0].unsigned,
            let key = Key(snapshot: parts[1]), let value = Value(snapshot: parts[2])
        else { return nil }
        self.init(sequence: sequence, key: key, value: value)
    }
}

/// Which event gave a value, and on which branch: what tells whether another branch has seen it.
struct ChangeID: Hashable, Sendable {
    /// The place of the branch.
    var branch: Int
    /// The event; 0 for a value that no event gave.
    var sequence: UInt64

    /// What no event gave, and every branch knows.
    static let none = ChangeID(branch: 0, sequence: 0)

    /// Under what a branch notes that it has seen this change, and not what its branch did before: no
    /// branch has a place below zero.
    var alone: Int { -Int(truncatingIfNeeded: sequence & UInt64(Int64.max)) }
}

/// The changes that a branch has seen.
struct SeenChanges: Sendable {
    /// The branch's place: it has seen all of its own.
    let branch: Int
    /// Up to which event it has seen what happened on the others.
    let others: [Int: UInt64]

    func contains(_ change: ChangeID) -> Bool {
        change.branch == branch || change.sequence <= others[change.branch] ?? 0
            || others[change.alone] != nil
    }

    /// Where a value is from after a merge gave it: from the source's change where the source had
    /// seen the target's, else from the merge itself, which is newer than both.
    static func origin(
        ours: ChangeID?, theirs: ChangeID?, _ seen: SeenChanges?, _ merge: ChangeID
    ) -> ChangeID {
        guard let theirs, let seen else { return merge }
        return ours.map { seen.contains($0) } ?? true ? theirs : merge
    }
}
