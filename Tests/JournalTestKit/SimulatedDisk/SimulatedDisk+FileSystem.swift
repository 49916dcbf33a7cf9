package import SegmentLog
internal import Synchronization

extension Mutex where Value == SimulatedDisk.State {
    /// `withLock` for bodies that throw an `Errno`.
    func run<Result: Sendable>(
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
            if let obstacle = state.obstacles[path] {
                throw mode == .create ? .exists : obstacle
            }
            switch (state.names.live[path], mode) {
            case (_?, .create): throw .exists
            case (DiskNames.directory?, _): throw .isDirectory
            case (let node?, _): return node
            case (nil, .create): return try state.createFile(path)
            case (nil, _): throw .noSuchFile
            }
        }
        return SimulatedFile(disk: self, node: node, isWritable: mode != .read)
    }

    package func names(in directory: String) throws(Errno) -> [String] {
        try state.run { (state) throws(Errno) in
            try state.begin(.list)
            try state.requireDirectory(directory)
            return state.names.live.keys
                .filter { $0 != "/" && DiskNames.parent(of: $0) == directory }
                .map { String($0.dropFirst(directory == "/" ? 1 : directory.count + 1)) }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    package func status(of path: String) throws(Errno) -> FileStatus? {
        try state.run { (state) throws(Errno) in
            try state.begin(.status)
            guard let node = state.names.live[path] else { return nil }
            if let obstacle = state.obstacles[path], obstacle != .isDirectory {
                return FileStatus(kind: .other, size: 0, identity: UInt64(node))
            }
            return FileStatus(
                kind: node == DiskNames.directory ? .directory : .file,
                size: state.nodes[node]?.live.size ?? 0, identity: UInt64(node))
        }
    }

    package func makeDirectory(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.makeDirectory)
            guard state.names.live[path] == nil else { throw .exists }
            try state.requireDirectory(DiskNames.parent(of: path))
            try state.beginChange()
            state.names.make(.set(path, DiskNames.directory))
            try state.endChange()
        }
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.rename)
            guard let node = state.names.live[source] else { throw .noSuchFile }
            guard node != DiskNames.directory, state.names.live[target] != DiskNames.directory
            else { throw .isDirectory }
            try state.requireDirectory(DiskNames.parent(of: target))
            try state.beginChange()
            state.giveBackSpace(of: target, unless: node)
            if source != target {
                state.obstacles[target] = state.obstacles.removeValue(forKey: source)
            }
            if source != target { state.names.make(.rename(source, target, node)) }
            try state.endChange()
        }
    }

    package func remove(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.remove)
            guard let node = state.names.live[path] else { throw .noSuchFile }
            guard node != DiskNames.directory else { throw .isDirectory }
            try state.beginChange()
            state.giveBackSpace(of: path, unless: nil)
            state.names.make(.set(path, nil))
            try state.endChange()
        }
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        try state.run { (state) throws(Errno) in
            try state.begin(.syncDirectory)
            try state.requireDirectory(path)
            try state.beginChange()
            // Where the power fails in it, the names are as unsure as before.
            if !state.failsInNextChange { state.names.sync(path) }
            try state.endChange()
        }
    }

    package func lock(_ path: String) throws(Errno) -> (any FileLock)? {
        let taken = try state.run { (state) throws(Errno) -> Int? in
            try state.begin(.lock)
            let node: Int
            switch state.names.live[path] {
            case DiskNames.directory?: throw .isDirectory
            case let found?: node = found
            case nil: node = try state.createFile(path)
            }
            return state.locks.insert(node).inserted ? node : nil
        }
        return taken.map { SimulatedLock(disk: self, node: $0) }
    }

    /// Of a disk of a terabyte, where room is bounded.
    package func space(at path: String) throws(Errno) -> DiskSpace? {
        try state.run { (state) throws(Errno) in
            try state.requirePower()
            return state.space.free.map {
                DiskSpace(available: UInt64(max(0, $0)), total: 1_000_000_000_000)
            }
        }
    }

    package func isLocked(_ path: String) throws(Errno) -> Bool {
        try state.run { (state) throws(Errno) in
            try state.requirePower()
            return state.file(path).map(state.locks.contains) ?? false
        }
    }
}

extension SimulatedDisk.State {
    fileprivate func requireDirectory(_ path: String) throws(Errno) {
        switch names.live[path] {
        case DiskNames.directory?: return
        case nil: throw .noSuchFile
        default: throw .notDirectory
        }
    }

    fileprivate mutating func createFile(_ path: String) throws(Errno) -> Int {
        try requireDirectory(DiskNames.parent(of: path))
        try beginChange()
        let node = makeNode()
        names.make(.set(path, node))
        try endChange()
        return node
    }

    /// The bytes of a file that loses its name can be written elsewhere.
    fileprivate mutating func giveBackSpace(of path: String, unless kept: Int?) {
        guard let free = space.free, let node = file(path), node != kept else { return }
        space.free = free + (nodes[node]?.live.size ?? 0)
    }
}
