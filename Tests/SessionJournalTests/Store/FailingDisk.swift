import SegmentLog
import Synchronization

/// The real disk, which fails at its N-th write or sync, and at all after it.
final class FailingDisk: FileSystem {
    let disk = PosixFileSystem()
    private let callsLeft: Mutex<Int>
    private let error: Errno

    /// - Parameter calls: How many writes and syncs succeed.
    init(succeeding calls: Int, then error: Errno) {
        callsLeft = Mutex(calls)
        self.error = error
    }

    /// How many calls could still have succeeded.
    var remaining: Int { callsLeft.withLock { $0 } }

    fileprivate func count() throws(Errno) {
        let fails = callsLeft.withLock { left in
            left -= 1
            return left < 0
        }
        if fails { throw error }
    }

    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        FailingFile(file: try disk.open(path, mode), disk: self)
    }

    func names(in directory: String) throws(Errno) -> [String] { try disk.names(in: directory) }

    func status(of path: String) throws(Errno) -> FileStatus? { try disk.status(of: path) }

    func makeDirectory(_ path: String) throws(Errno) { try disk.makeDirectory(path) }

    func rename(_ source: String, to target: String) throws(Errno) {
        try count()
        try disk.rename(source, to: target)
    }

    func remove(_ path: String) throws(Errno) { try disk.remove(path) }

    func syncDirectory(_ path: String) throws(Errno) {
        try count()
        try disk.syncDirectory(path)
    }

    func lock(_ path: String) throws(Errno) -> (any FileLock)? { try disk.lock(path) }

    func isLocked(_ path: String) throws(Errno) -> Bool { try disk.isLocked(path) }
}

private final class FailingFile: File {
    let file: any File
    let disk: FailingDisk

    init(file: any File, disk: FailingDisk) {
        self.file = file
        self.disk = disk
    }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        try file.read(count, at: offset)
    }

    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        try file.readUncached(count, at: offset)
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
        try disk.count()
        try file.write(bytes, at: offset)
    }

    func sync() throws(Errno) {
        try disk.count()
        try file.sync()
    }

    func size() throws(Errno) -> Int { try file.size() }

    func truncate(to size: Int) throws(Errno) { try file.truncate(to: size) }

    func identity() throws(Errno) -> UInt64 { try file.identity() }
}
