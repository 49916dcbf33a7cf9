package import SegmentLog
import Synchronization

extension SimulatedDisk.State {
    /// Counts a call, and throws where it was planned to fail or the power is gone.
    mutating func begin(_ call: SimulatedDisk.Call) throws(Errno) {
        guard !isCut else { throw .inputOutput }
        counts[call, default: 0] += 1
        let number = counts[call, default: 0]
        for fault in faults
        where fault.call == call
            && (number == fault.number || (fault.isLasting && number > fault.number))
        {
            throw fault.errno
        }
    }

    /// Counts a change that has been made, and throws where the power fails at it.
    mutating func endChange() throws(Errno) {
        changes += 1
        guard let limit = changeLimit, changes >= limit else { return }
        isCut = true
        throw .inputOutput
    }

    mutating func note(_ change: SimulatedDisk.NameChange) { unsyncedNames.append(change) }
}

extension Mutex where Value == SimulatedDisk.State {
    /// `withLock` for bodies that throw an `Errno`.
    func run<Result>(
        _ body: (inout SimulatedDisk.State) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let outcome: Swift.Result<Result, Errno> = withLock { state in
            do throws(Errno) {
                return .success(try body(&state))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

extension SimulatedDisk {
    package func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        let node = try state.run { (state) throws(Errno) -> Int in
            try state.begin(.open)
            switch (state.names[path], mode) {
            case (0?, _): throw .isDirectory
            case (_?, .create): throw .exists
            case (let node?, _): return node
            case (nil, .create):
                guard state.names[Self.parent(of: path)] == 0 else { throw .noSuchFile }
                let node = state.nextNode
                state.nextNode += 1
                state.nodes[node] = Node()
                state.names[path] = node
                state.note(.set(path, node))
                try state.endChange()
                return node
            case (nil, _): throw .noSuchFile
            }
        }
        return SimulatedFile(disk: self, node: node, isWritable: mode != .read)
    }

    package func names(in directory: String) throws(Errno) -> [String] {
        try state.run { (state) throws(Errno) in
            try state.begin(.list)
            guard state.names[directory] == 0 else { throw .noSuchFile }
            return state.names.keys
                .filter { $0 != "/" && Self.parent(of: $0) == directory }
                .map { String($0.dropFirst(directory == "/" ? 1 : directory.count + 1)) }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    package func status(of path: String) throws(Errno) -> FileStatus? {
        try state.run { (state) throws(Errno) in
            guard !state.isCut else { throw .inputOutput }
            guard let node = state.names[path] else { return nil }
            return FileStatus(
                kind: node == 0 ? .directory : .file, size: state.nodes[node]?.live.count ?? 0,
                identity: UInt64(node))
        }
    }

    package func makeDirectory(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.makeDirectory)
            guard state.names[path] == nil else { throw .exists }
            guard state.names[Self.parent(of: path)] == 0 else { throw .noSuchFile }
            state.names[path] = 0
            state.note(.set(path, 0))
            try state.endChange()
        }
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.rename)
            guard let node = state.names[source] else { throw .noSuchFile }
            guard state.names[Self.parent(of: target)] == 0 else { throw .noSuchFile }
            state.names[source] = nil
            state.names[target] = node
            state.note(.rename(source, target, node))
            try state.endChange()
        }
    }

    package func remove(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.remove)
            guard let node = state.names[path] else { throw .noSuchFile }
            guard node != 0 else { throw .isDirectory }
            state.names[path] = nil
            state.note(.set(path, nil))
            try state.endChange()
        }
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.syncDirectory)
            guard state.names[path] == 0 else { throw .noSuchFile }
            var kept: [NameChange] = []
            for change in state.unsyncedNames {
                guard change.directories.contains(path) else {
                    kept.append(change)
                    continue
                }
                switch change {
                case .set(let name, let node): state.durableNames[name] = node
                case .rename(let from, let to, let node):
                    state.durableNames[from] = nil
                    state.durableNames[to] = node
                }
            }
            state.unsyncedNames = kept
            try state.endChange()
        }
    }

    package func lock(_ path: String) throws(Errno) -> (any FileLock)? {
        let isTaken = try state.run { (state) throws(Errno) in
            guard !state.isCut else { throw .inputOutput }
            if state.names[path] == nil {
                state.nodes[state.nextNode] = Node()
                state.names[path] = state.nextNode
                state.note(.set(path, state.nextNode))
                state.nextNode += 1
            }
            return !state.locks.insert(path).inserted
        }
        return isTaken ? nil : SimulatedLock(disk: self, path: path)
    }

    package func isLocked(_ path: String) throws(Errno) -> Bool {
        state.withLock { $0.locks.contains(path) }
    }
}

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
            return Self.part(of: state.nodes[node]?.live ?? [], count, offset)
        }
    }

    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.read)
            guard state.supportsUncached else { return nil }
            return Self.part(of: state.nodes[node]?.durable ?? [], count, offset)
        }
    }

    private static func part(of bytes: [UInt8], _ count: Int, _ offset: Int) -> [UInt8] {
        let start = min(offset, bytes.count)
        return Array(bytes[start..<min(start + count, bytes.count)])
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
        let copy = [UInt8](copying: bytes)
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.write)
            guard isWritable, var file = state.nodes[node] else { throw .badDescriptor }
            let growth = max(0, offset + copy.count - file.live.count)
            if let free = state.freeSize {
                guard growth <= free else { throw .noSpace }
                state.freeSize = free - growth
            }
            state.nodes[node] = nil
            if growth > 0 { SimulatedDisk.resize(&file.live, offset + copy.count) }
            file.live.replaceSubrange(offset..<(offset + copy.count), with: copy)
            file.unsynced.append(.write(offset: offset, bytes: copy))
            state.nodes[node] = file
            try state.endChange()
        }
    }

    func sync() throws(Errno) {
        try disk.state.run { (state) throws(Errno) in
            do throws(Errno) {
                try state.begin(.sync)
            } catch {
                // The kernel marks the pages clean: they will not be written again.
                if !state.isCut { state.nodes[node]?.unsynced = [] }
                throw error
            }
            guard var file = state.nodes[node] else { throw .badDescriptor }
            for change in file.unsynced {
                switch change {
                case .resize(let size): SimulatedDisk.resize(&file.durable, size)
                case .write(let offset, let bytes):
                    let end = offset + bytes.count
                    if end > file.durable.count { SimulatedDisk.resize(&file.durable, end) }
                    file.durable.replaceSubrange(offset..<end, with: bytes)
                }
            }
            file.unsynced = []
            // The cut may come just before the disk has done it.
            let before = state.nodes[node]
            state.nodes[node] = file
            do throws(Errno) {
                try state.endChange()
            } catch {
                state.nodes[node] = before
                throw error
            }
        }
    }

    func size() throws(Errno) -> Int {
        try disk.state.run { (state) throws(Errno) in
            guard !state.isCut else { throw .inputOutput }
            return state.nodes[node]?.live.count ?? 0
        }
    }

    func truncate(to size: Int) throws(Errno) {
        try disk.state.run { (state) throws(Errno) in
            try state.begin(.truncate)
            guard isWritable, var file = state.nodes[node] else { throw .badDescriptor }
            SimulatedDisk.resize(&file.live, size)
            file.unsynced.append(.resize(size))
            state.nodes[node] = file
            try state.endChange()
        }
    }

    func identity() throws(Errno) -> UInt64 { UInt64(node) }
}

/// A held lock of a simulated disk.
final class SimulatedLock: FileLock {
    private let disk: SimulatedDisk
    private let path: String
    private let held = Mutex(true)

    init(disk: SimulatedDisk, path: String) {
        self.disk = disk
        self.path = path
    }

    let process: Int32 = 1

    var isHeld: Bool { held.withLock { $0 } }

    func release() {
        let wasHeld = held.withLock { held in
            defer { held = false }
            return held
        }
        if wasHeld { disk.state.withLock { _ = $0.locks.remove(path) } }
    }

    deinit { release() }
}
