import JournalTestKit
import Testing

@testable import SessionJournal

@Suite struct RecencyShelfTests {
    /// Against a list that is searched from end to end.
    private struct Model {
        var slots: [(key: Int, value: Int, expiry: UInt64, reads: UInt64)] = []

        mutating func use(_ key: Int) -> Int? {
            guard let place = slots.firstIndex(where: { $0.key == key }) else { return nil }
            var slot = slots.remove(at: place)
            slot.reads += 1
            slots.append(slot)
            return slot.value
        }

        mutating func put(_ value: Int, for key: Int, until expiry: UInt64) {
            slots.removeAll { $0.key == key }
            slots.append((key, value, expiry, 0))
        }
    }

    @Test(arguments: 0..<20) func itIsTheSimpleList(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var shelf = RecencyShelf<Int, Int>()
        var model = Model()
        for step in 0..<3_000 {
            let key = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2:
                #expect(shelf.use(key)?.value == model.use(key))
            case 3, 4:
                shelf.put(step, for: key, until: UInt64(step))
                model.put(step, for: key, until: UInt64(step))
            case 5:
                let isThere = model.slots.contains { $0.key == key }
                #expect(shelf.remove(key) == isThere)
                model.slots.removeAll { $0.key == key }
            case 6:
                #expect(shelf.removeOldest() == !model.slots.isEmpty)
                if !model.slots.isEmpty { model.slots.removeFirst() }
            default:
                shelf.update(key) { $0 += 1 }
                for place in model.slots.indices where model.slots[place].key == key {
                    model.slots[place].value += 1
                }
            }
            #expect(shelf.count == model.slots.count)
            #expect(shelf[key]?.value == model.slots.first { $0.key == key }?.value)
        }
        let all = shelf.oldestFirst
        #expect(all.map(\.key) == model.slots.map(\.key))
        #expect(all.map(\.value) == model.slots.map(\.value))
        #expect(all.map(\.expiry) == model.slots.map(\.expiry))
        #expect(all.map(\.readCount) == model.slots.map(\.reads))
        shelf.removeAll()
        #expect(shelf.count == 0 && shelf.oldestFirst.isEmpty && !shelf.removeOldest())
    }
}
