internal import Synchronization

/// A disk whose syncs are watched, whoever asks for them. Everything else is handed on.
package struct WatchedFileSystem: FileSystem {
    private let base: any FileSystem
    private let watch: LogWatch

    package init(_ base: any FileSystem, _ watch: LogWatch) {
        self.base = base
        self.watch = watch
    }

    package func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        let file = try base.open(path, mode)
        // What is only read is never synced.
        return mode == .read ? file : WatchedFile(file, path: path, watch)
    }

    package func names(in directory: String) throws(Errno) -> [String] {
        try base.names(in: directory)
    }

    package func status(of path: String) throws(Errno) -> FileStatus? {
        try base.status(of: path)
    }

    package func makeDirectory(_ path: String) throws(Errno) { try base.makeDirectory(path) }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try base.rename(source, to: target)
    }

    package func remove(_ path: String) throws(Errno) { try base.remove(path) }

    package func removeDirectory(_ path: String) throws(Errno) {
        try base.removeDirectory(path)
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        try watch.measureCall(.sync, bytes: 0, path: path, name: lastName(of: path)) {
            () throws(Errno) in try base.syncDirectory(path)
        }
    }

    package func lock(_ path: String) throws(Errno) -> (any FileLock)? { try base.lock(path) }

    package func isLocked(_ path: String) throws(Errno) -> Bool { try base.isLocked(path) }

    package func lockHolder(_ path: String) -> Int32? { base.lockHolder(path) }

    package func space(at path: String) throws(Errno) -> DiskSpace? { try base.space(at: path) }

    package func allowsWriting(to path: String) throws(Errno) -> Bool {
        try base.allowsWriting(to: path)
    }
}

/// An open file whose syncs are watched.
private final class WatchedFile: File {
    private let base: any File
    private let path: String
    private let name: String
    private let watch: LogWatch
    /// Bytes written since the last sync.
    private let unsynced = Atomic<Int>(0)

    init(_ base: any File, path: String, _ watch: LogWatch) {
        self.base = base
        self.path = path
        name = lastName(of: path)
        self.watch = watch
    }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        try base.read(count, at: offset)
    }

    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        try base.readUncached(count, at: offset)
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
        try base.write(bytes, at: offset)
        unsynced.wrappingAdd(bytes.count, ordering: .relaxed)
    }

    func sync() throws(Errno) {
        let bytes = unsynced.exchange(0, ordering: .relaxed)
        try watch.measureCall(.sync, bytes: bytes, path: path, name: name) { () throws(Errno) in
            try base.sync()
        }
    }

    func size() throws(Errno) -> Int { try base.size() }

    func truncate(to size: Int) throws(Errno) { try base.truncate(to: size) }

    func identity() throws(Errno) -> UInt64 { try base.identity() }
}

private func lastName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}
