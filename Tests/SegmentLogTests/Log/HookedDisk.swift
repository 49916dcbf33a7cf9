import Glibc
import JournalTestKit
import SegmentLog
import Synchronization

/// A simulated disk that tells of calls on names before it makes them, so that a test can hold one
/// thread while another goes on, or fail a call at that moment.
struct HookedDisk: FileSystem {
    enum Call: Sendable { case create, rename, syncDirectory }

    typealias Hook = @Sendable (Call, String) throws(Errno) -> Void

    let base: SimulatedDisk
    private let hook: HookBox

    /// Keeps what is told of the calls; a class, since a disk is copied.
    private final class HookBox: Sendable {
        let hook = Mutex<Hook?>(nil)
    }

    init(_ base: SimulatedDisk) {
        self.base = base
        hook = HookBox()
    }

    func set(_ hook: Hook?) { self.hook.hook.withLock { $0 = hook } }

    private func tell(_ call: Call, _ path: String) throws(Errno) {
        try hook.hook.withLock { $0 }?(call, path)
    }

    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        if mode == .create { try tell(.create, path) }
        return try base.open(path, mode)
    }
    func rename(_ source: String, to target: String) throws(Errno) {
        try tell(.rename, target)
        try base.rename(source, to: target)
    }
    func syncDirectory(_ path: String) throws(Errno) {
        try tell(.syncDirectory, path)
        try base.syncDirectory(path)
    }
    func names(in directory: String) throws(Errno) -> [String] { try base.names(in: directory) }
    func status(of path: String) throws(Errno) -> FileStatus? { try base.status(of: path) }
    func makeDirectory(_ path: String) throws(Errno) { try base.makeDirectory(path) }
    func remove(_ path: String) throws(Errno) { try base.remove(path) }
    func lock(_ path: String) throws(Errno) -> (any FileLock)? { try base.lock(path) }
    func isLocked(_ path: String) throws(Errno) -> Bool { try base.isLocked(path) }
    func lockHolder(_ path: String) -> Int32? { base.lockHolder(path) }
}

/// Something that one thread waits for and another does.
final class Signal: Sendable {
    private let state = Atomic<Bool>(false)

    func send() { state.store(true, ordering: .releasing) }

    var isSent: Bool { state.load(ordering: .acquiring) }

    func wait() {
        while !isSent { usleep(200) }
    }
}
