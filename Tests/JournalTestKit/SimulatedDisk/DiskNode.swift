/// One file of a simulated disk: what reads see, what would survive, and what stands between.
struct DiskNode: Sendable {
    /// A change that was not synced yet, in the order in which it was made.
    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)
    }

    /// What the page cache holds in one piece: a page is written back as a whole.
    static let pageSize = 4_096

    /// What reads see.
    private(set) var live = DiskImage()
    /// What is on the platter.
    private(set) var durable = DiskImage()
    private(set) var unsynced: [Change] = []
    /// Whether a failed sync has made pages clean that never reached the platter, so that the live
    /// image is more than the durable one with the unsynced changes.
    private(set) var hasLostPages = false

    init() {}

    init(_ image: DiskImage) {
        live = image
        durable = image
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        live.write(bytes, 0..<bytes.count, at: offset)
        guard hasLostPages else {
            unsynced.append(.write(offset: offset, bytes: bytes))
            return
        }
        // The whole pages are dirty again, with what they had lost.
        let start = offset / Self.pageSize * Self.pageSize
        let end = (offset + bytes.count + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        unsynced.append(.write(offset: start, bytes: live.read(start..<end)))
    }

    /// A write that the cache shows as it was meant, and of which the platter gets something else.
    mutating func write(_ bytes: [UInt8], at offset: Int, lying lie: SimulatedDisk.Lie) {
        guard !bytes.isEmpty else { return }
        live.write(bytes, 0..<bytes.count, at: offset)
        hasLostPages = true
        // The size is no part of the lie: it stands elsewhere.
        unsynced.append(.resize(live.size))
        switch lie {
        case .lost, .elsewhere: break
        case .torn(let count):
            unsynced.append(.write(offset: offset, bytes: Array(bytes.prefix(count))))
        case .shifted(let distance):
            let start = offset + distance
            guard start >= 0, start < live.size else { break }
            unsynced.append(
                .write(offset: start, bytes: Array(bytes.prefix(live.size - start))))
        }
    }

    /// Bytes that were meant for another file reach the platter here.
    mutating func hit(_ bytes: [UInt8], at offset: Int) {
        guard offset < durable.size else { return }
        hasLostPages = true
        durable.write(bytes, 0..<min(bytes.count, durable.size - offset), at: offset)
    }

    /// What the cache held beyond the platter and the changes that are still to be synced is gone.
    mutating func dropCache() {
        guard hasLostPages else { return }
        live = image(after: .everything)
        hasLostPages = false
    }

    mutating func resize(to size: Int) {
        live.resize(to: size)
        unsynced.append(.resize(size))
    }

    /// Brings all that is dirty to the platter, and the size.
    mutating func sync() {
        if hasLostPages {
            durable = image(after: .everything)
            durable.resize(to: live.size)
        } else {
            durable = live
        }
        unsynced = []
    }

    /// A sync that fails: something of what is dirty reaches the platter, and all of it counts as
    /// clean from now on, so that the next sync succeeds and does nothing for it.
    mutating func failSync(keeping survival: SimulatedDisk.Survival) {
        durable = image(after: survival)
        unsynced = []
        hasLostPages = true
    }

    /// Damage: another content, on the platter and in the cache.
    mutating func replace(with image: DiskImage) { self = DiskNode(image) }

    mutating func flip(bit: Int) {
        live.flip(bit: bit)
        durable.flip(bit: bit)
    }

    /// What is on the platter after a power cut.
    func image(after survival: SimulatedDisk.Survival) -> DiskImage {
        switch survival {
        case .nothing: return durable
        case .everything:
            if !hasLostPages { return live }
            var all = WriteBack(durable, sizes: unsynced.count, keepsAll: true)
            return all.run(unsynced)
        case .some(let sectorSize, let seed):
            guard !unsynced.isEmpty else { return durable }
            var some = WriteBack(durable, unsynced.count, sectorSize: sectorSize, seed: seed)
            return some.run(unsynced)
        }
    }
}

/// The unsynced changes of one file, as far as they reached the platter.
///
/// A sector's content is always one that the page cache once held: its first so many writes are
/// there and no later one. How many is drawn for each sector on its own, so that sectors come in any
/// order. The size is the one after some number of changes: none of them, all, or one in between.
private struct WriteBack {
    private var image: DiskImage
    /// How many changes have told on the size.
    private let sizes: Int
    private let sectorSize: Int
    /// Out of eight, how many writes of a sector are kept; eight are all.
    private let chance: UInt64
    private var random: SeededGenerator
    /// The sectors of which a write has been lost, so that no later one is there.
    private var stopped: Set<Int> = []

    init(_ durable: DiskImage, sizes: Int, keepsAll: Bool) {
        image = durable
        self.sizes = sizes
        sectorSize = DiskNode.pageSize
        chance = keepsAll ? 8 : 0
        random = SeededGenerator(seed: 0)
    }

    init(_ durable: DiskImage, _ count: Int, sectorSize: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        image = durable
        sizes =
            [0, count, Int.random(in: 0...count, using: &random)].randomElement(using: &random)
            ?? count
        chance = [1, 4, 4, 7].randomElement(using: &random) ?? 4
        self.sectorSize = sectorSize
        self.random = random
    }

    mutating func run(_ changes: [DiskNode.Change]) -> DiskImage {
        for (index, change) in changes.enumerated() {
            let tellsOnSize = index < sizes
            switch change {
            case .resize(let size):
                if tellsOnSize { image.resize(to: size) }
            case .write(let offset, let bytes):
                let end = offset + bytes.count
                if tellsOnSize, end > image.size { image.resize(to: end) }
                keepSectors(of: bytes, at: offset)
            }
        }
        return image
    }

    private mutating func keepSectors(of bytes: [UInt8], at offset: Int) {
        if chance >= 8 {
            let kept = max(0, min(bytes.count, image.size - offset))
            image.write(bytes, 0..<kept, at: offset)
            return
        }
        var start = offset
        while start < offset + bytes.count {
            let sector = start / sectorSize
            let stop = min(offset + bytes.count, (sector + 1) * sectorSize)
            if !stopped.contains(sector) {
                if random.next() >> 61 < chance {
                    let kept = max(start, min(stop, image.size))
                    image.write(bytes, (start - offset)..<(kept - offset), at: start)
                } else {
                    stopped.insert(sector)
                }
            }
            start = stop
        }
    }
}
