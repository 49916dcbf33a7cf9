/// Values by key, in order of their last use: what a cache is made of. Time is told by the caller.
///
/// The slots stand in one array and name their neighbours, so that a use costs a look into a
/// dictionary and six stores.
struct RecencyShelf<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A value and what is known of it.
    struct Slot: Sendable {
        let key: Key
        var value: Value
        /// When it is thrown away, in nanoseconds of the caller's clock.
        var expiry: UInt64
        /// How often it was read.
        var readCount: UInt64 = 0
        fileprivate var newer = RecencyShelf.none
        fileprivate var older = RecencyShelf.none
    }

    private static var none: Int32 { -1 }

    private var places: [Key: Int32] = [:]
    private var slots: [Slot?] = []
    private var free: [Int32] = []
    private var newest = none
    private var oldest = none

    init() {}

    /// The number of values.
    var count: Int { places.count }

    /// What is kept for a key, without counting as a use.
    subscript(key: Key) -> Slot? { places[key].flatMap { slots[Int($0)] } }

    /// Takes note that a value was read: it is the newest now. Returns it; nil where there is none.
    mutating func use(_ key: Key) -> Slot? {
        guard let place = places[key] else { return nil }
        unlink(place)
        linkAsNewest(place)
        slots[Int(place)]?.readCount += 1
        return slots[Int(place)]
    }

    /// Puts a value in, as the newest; one that the key had before goes, and its count with it.
    mutating func put(_ value: Value, for key: Key, until expiry: UInt64) {
        remove(key)
        let place: Int32
        if let known = free.popLast() {
            place = known
        } else {
            place = Int32(slots.count)
            slots.append(nil)
        }
        slots[Int(place)] = Slot(key: key, value: value, expiry: expiry)
        places[key] = place
        linkAsNewest(place)
    }

    /// Changes a value where it stands, which is no use of it.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard let place = places[key], var slot = slots[Int(place)] else { return }
        change(&slot.value)
        slots[Int(place)] = slot
    }

    /// Takes a value out. Returns whether there was one.
    @discardableResult
    mutating func remove(_ key: Key) -> Bool {
        guard let place = places.removeValue(forKey: key) else { return false }
        unlink(place)
        slots[Int(place)] = nil
        free.append(place)
        return true
    }

    /// Takes out the value whose last use is longest ago. Returns false where there is none.
    mutating func removeOldest() -> Bool {
        guard oldest != Self.none, let slot = slots[Int(oldest)] else { return false }
        return remove(slot.key)
    }

    mutating func removeAll() { self = RecencyShelf() }

    /// What is kept, the one first whose last use is longest ago. Cost: a pass.
    var oldestFirst: [Slot] {
        var all: [Slot] = []
        all.reserveCapacity(count)
        var place = oldest
        while place != Self.none, let slot = slots[Int(place)] {
            all.append(slot)
            place = slot.newer
        }
        return all
    }

    // MARK: The order

    private mutating func linkAsNewest(_ place: Int32) {
        slots[Int(place)]?.older = newest
        slots[Int(place)]?.newer = Self.none
        if newest != Self.none { slots[Int(newest)]?.newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int32) {
        guard let slot = slots[Int(place)] else { return }
        if slot.newer != Self.none {
            slots[Int(slot.newer)]?.older = slot.older
        } else {
            newest = slot.older
        }
        if slot.older != Self.none {
            slots[Int(slot.older)]?.newer = slot.newer
        } else {
            oldest = slot.newer
        }
    }
}
