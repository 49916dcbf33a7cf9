internal import Glibc
internal import SegmentLog
internal import Synchronization

/// An open file of a simulated disk.
final class SimulatedFile: File {
    private let disk: SimulatedDisk
    private let node: Int
    private let isWritable: Bool

    init(disk: SimulatedDisk, node: Int, isWritable: Bool) {
        self.disk = disk
        self.node = node
        self.isWritable = isWritable
    }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.read)
            try state.requireReadable(node, count, at: offset)
            let bytes = try state.nodes[node]?.live.part(count, at: offset) ?? []
            state.readSize += bytes.count
            return bytes
        }
    }

    /// What is on the platter: what was written and not synced is not among it.
    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.read)
            guard state.supportsUncached else { return nil }
            try state.requireReadable(node, count, at: offset)
            let bytes = try state.nodes[node]?.durable.part(count, at: offset) ?? []
            state.readSize += bytes.count
            return bytes
        }
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
        let copy = [UInt8](copying: bytes)
        try disk.state.run { (state) throws(Errno) in
            try state.requirePower()
            state.counts[.write, default: 0] += 1
            if let fault = state.plannedFault(.write) {
                if fault.written > 0 {
                    try state.beginChange()
                    state.write(Array(copy.prefix(fault.written)), at: offset, to: node)
                    try state.endChange()
                }
                throw fault.errno
            }
            guard isWritable else { throw .badDescriptor }
            guard offset >= 0 else { throw .invalid }
            try state.beginChange()
            let size = state.nodes[node]?.live.size ?? 0
            let growth = max(0, offset + copy.count - size)
            guard let free = state.space.free, !state.space.isFoundAtSync, growth > free else {
                if let free = state.space.free, !state.space.isFoundAtSync {
                    state.space.free = free - growth
                }
                state.write(copy, at: offset, to: node)
                try state.endChange()
                return
            }
            // What fits is written, as by a short write, and the rest finds no room.
            state.space.free = 0
            let fitting = max(0, min(copy.count, size + free - offset))
            state.write(Array(copy[..<fitting]), at: offset, to: node)
            try state.endChange()
            throw .noSpace
        }
    }

    func sync() throws(Errno) {
        try disk.state.run { (state) throws(Errno) in
            try state.requirePower()
            state.counts[.sync, default: 0] += 1
            if let fault = state.plannedFault(.sync) {
                try state.beginChange()
                _ = state.change(node) { $0.failSync(keeping: fault.keeping) }
                try state.endChange()
                throw fault.errno
            }
            try state.beginChange()
            if state.space.isFoundAtSync, let free = state.space.free {
                let growth = state.nodes[node].map { $0.live.size - $0.durable.size } ?? 0
                guard growth <= free else {
                    _ = state.change(node) { $0.failSync(keeping: .nothing) }
                    try state.endChange()
                    throw .noSpace
                }
                state.space.free = free - max(0, growth)
            }
            // Where the power fails in it, what was dirty is as unsure as before.
            if !state.failsInNextChange { _ = state.change(node) { $0.sync() } }
            try state.endChange()
        }
    }

    func size() throws(Errno) -> Int {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.status)
            return state.nodes[node]?.live.size ?? 0
        }
    }

    func truncate(to size: Int) throws(Errno) {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.truncate)
            guard isWritable else { throw .badDescriptor }
            guard size >= 0 else { throw .invalid }
            try state.beginChange()
            if let free = state.space.free, let old = state.nodes[node]?.live.size, size < old {
                state.space.free = free + old - size
            }
            _ = state.change(node) { $0.resize(to: size) }
            try state.endChange()
        }
    }

    func identity() throws(Errno) -> UInt64 {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.status)
            return UInt64(node)
        }
    }
}

extension DiskImage {
    fileprivate func part(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        guard count >= 0, offset >= 0 else { throw .invalid }
        let start = min(offset, size)
        return read(start..<(start + min(count, size - start)))
    }
}

/// A held lock of a simulated disk.
final class SimulatedLock: FileLock {
    let process = getpid()
    private let disk: SimulatedDisk
    private let node: Int
    private let held = Mutex(true)

    init(disk: SimulatedDisk, node: Int) {
        self.disk = disk
        self.node = node
    }

    deinit { release() }

    /// Held until released, but in a child that was forked.
    var isHeld: Bool {
        held.withLock { $0 } && !disk.state.withLock { $0.isForked } && getpid() == process
    }

    func release() {
        let wasHeld = held.withLock { held in
            defer { held = false }
            return held
        }
        if wasHeld { disk.state.withLock { _ = $0.locks.remove(node) } }
    }
}
