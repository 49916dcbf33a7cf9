package import SegmentLog

extension SimulatedDisk {
    /// Everything that a disk is, as a value. A copy costs a few reference counts.
    struct State: Sendable {
        var nodes: [Int: DiskNode] = [:]
        var names = DiskNames()
        var nextNode = 1
        /// The nodes that are locked.
        var locks: Set<Int> = []
        var counts: [Call: Int] = [:]
        /// Bytes that reads have answered with.
        var readSize = 0
        var faults: [Fault] = []
        /// By the number of the write.
        var lies: [Int: Lie] = [:]
        var changes = 0
        var cut: Cut?
        var isCut = false
        /// Whether the locks belong to the process that this one was forked from.
        var isForked = false
        var space = Space()
        var supportsUncached = true
        /// Bytes of a node that cannot be read.
        var unreadable: [Int: Range<Int>] = [:]
        /// Paths at which something stands that is no regular file, with what opening it throws.
        var obstacles: [String: Errno] = [:]
        var keepsMoments = false
        var moments: [Moment] = []
    }

    /// When the power fails.
    struct Cut: Sendable {
        /// The last change that is made.
        var lastChange: Int
        /// Whether that change's call throws too, as one in which the power failed.
        var lastThrows: Bool
    }

    struct Space: Sendable {
        /// In bytes; nil is no bound.
        var free: Int?
        /// Whether only a sync finds out that there is no room (delayed allocation).
        var isFoundAtSync = false
    }
}

extension SimulatedDisk.State {
    /// Counts a call, and throws where it was planned to fail or the power is gone.
    mutating func begin(_ call: SimulatedDisk.Call) throws(Errno) {
        try requirePower()
        counts[call, default: 0] += 1
        if let fault = plannedFault(call) { throw fault.errno }
    }

    /// Throws where a part of a node that is asked for cannot be read.
    func requireReadable(_ node: Int, _ count: Int, at offset: Int) throws(Errno) {
        guard let bad = unreadable[node], count > 0 else { return }
        let size = nodes[node]?.live.size ?? 0
        if bad.overlaps(offset..<max(offset, min(offset + count, size))) { throw .inputOutput }
    }

    func requirePower() throws(Errno) {
        if isCut { throw .powerLost }
    }

    /// The fault that was planned for the call of this kind that was counted last.
    func plannedFault(_ call: SimulatedDisk.Call) -> SimulatedDisk.Fault? {
        let number = counts[call, default: 0]
        return faults.first { fault in
            fault.call == call
                && (number == fault.number || (fault.isLasting && number > fault.number))
        }
    }

    /// Whether the power fails within the change that comes next.
    var failsInNextChange: Bool {
        guard let cut, cut.lastThrows else { return false }
        return changes + 1 >= cut.lastChange
    }

    /// Throws where the power has failed before the change that comes next.
    mutating func beginChange() throws(Errno) {
        guard let cut, changes >= cut.lastChange else { return }
        isCut = true
        throw .powerLost
    }

    /// Counts a change that has been made, and throws where the power fails within it.
    mutating func endChange() throws(Errno) {
        changes += 1
        if keepsMoments { moments.append(.init(self)) }
        guard let cut, cut.lastThrows, changes >= cut.lastChange else { return }
        isCut = true
        throw .powerLost
    }

    /// Makes a file's node, without a name.
    mutating func makeNode(_ image: DiskImage = DiskImage()) -> Int {
        let node = nextNode
        nextNode += 1
        nodes[node] = DiskNode(image)
        return node
    }

    /// Changes a node in place, without a copy of its images.
    mutating func change<Result>(_ number: Int, _ body: (inout DiskNode) -> Result) -> Result? {
        guard var node = nodes.removeValue(forKey: number) else { return nil }
        let result = body(&node)
        nodes[number] = node
        return result
    }

    /// Writes to a node, as the caller said or as a lie has it.
    mutating func write(_ bytes: [UInt8], at offset: Int, to node: Int) {
        guard let lie = lies[counts[.write, default: 0]] else {
            _ = change(node) { $0.write(bytes, at: offset) }
            return
        }
        _ = change(node) { $0.write(bytes, at: offset, lying: lie) }
        if case .elsewhere(let path) = lie, let other = file(path), other != node {
            _ = change(other) { $0.hit(bytes, at: offset) }
        }
    }

    /// The node of a file's path.
    func file(_ path: String) -> Int? {
        names.live[path].flatMap { $0 == DiskNames.directory ? nil : $0 }
    }

    /// The disk after a power cut: nobody's lock, no plans, and all that there is durable.
    func powerCut(_ survival: SimulatedDisk.Survival) -> SimulatedDisk.State {
        var after = SimulatedDisk.State()
        let names = names.names(after: survival)
        after.names = DiskNames(names)
        for node in names.values where node != DiskNames.directory {
            let own = survival.reseeded(by: node)
            after.nodes[node] = nodes[node].map { DiskNode($0.image(after: own)) }
        }
        after.nextNode = nextNode
        after.supportsUncached = supportsUncached
        after.unreadable = unreadable
        after.obstacles = obstacles
        return after
    }
}

extension SimulatedDisk.Survival {
    /// The same with a seed of its own for each file.
    fileprivate func reseeded(by node: Int) -> SimulatedDisk.Survival {
        guard case .some(let sectorSize, let seed) = self else { return self }
        var random = SeededGenerator(seed: seed &+ UInt64(truncatingIfNeeded: node))
        return .some(sectorSize: sectorSize, seed: random.next())
    }
}

extension Errno {
    /// What every call of a simulated disk throws once its power is gone: no system's file call ends
    /// in "host is down".
    package static let powerLost = Errno(rawValue: 112)
}
