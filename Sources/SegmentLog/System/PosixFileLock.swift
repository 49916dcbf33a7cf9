internal import Glibc
internal import Synchronization

extension PosixFileSystem {
    /// How long ``lock(_:)`` goes on when the lock is taken: somebody who only asks whether it is
    /// holds it for some microseconds.
    private static let lockAttempts = 20
    private static let lockPauseMicroseconds: UInt32 = 5_000

    package func lock(_ path: String) throws(Errno) -> (any FileLock)? {
        for attempt in 1...Self.lockAttempts {
            if let lock = try Self.tryLock(path) { return lock }
            if attempt < Self.lockAttempts { usleep(Self.lockPauseMicroseconds) }
        }
        return nil
    }

    package func isLocked(_ path: String) throws(Errno) -> Bool {
        let descriptor: Int32
        do throws(Errno) {
            descriptor = try Self.openRegularFile(path, O_RDONLY)
        } catch {
            if error == .noSuchFile { return false }
            throw error
        }
        defer { _ = Glibc.close(descriptor) }
        guard try Self.take(LOCK_SH, descriptor) else { return true }
        _ = flock(descriptor, LOCK_UN)
        return false
    }

    /// One attempt; nil where another holds the lock, or the file was replaced while we took it.
    private static func tryLock(_ path: String) throws(Errno) -> PosixFileLock? {
        let descriptor = try openRegularFile(path, O_RDWR | O_CREAT)
        do throws(Errno) {
            if try take(LOCK_EX, descriptor) {
                // A lock on a file that has lost its name keeps nobody out.
                let named = try PosixFileSystem().status(of: path)
                if try named?.identity == status(of: descriptor).identity {
                    return PosixFileLock(descriptor: descriptor)
                }
            }
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        _ = Glibc.close(descriptor)
        return nil
    }

    /// Takes a lock without waiting; false where another's stands against it.
    private static func take(_ kind: Int32, _ descriptor: Int32) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try retryingInterrupts { flock(descriptor, kind | LOCK_NB) }
            return true
        } catch {
            if error.rawValue == EWOULDBLOCK { return false }
            throw error
        }
    }
}

/// A `flock(2)` lock. It belongs to the open file, which a forked child shares: so the handle
/// remembers its process, and a child neither counts as the holder nor can give the lock back.
final class PosixFileLock: FileLock {
    let process: Int32
    private let descriptor: Int32
    private let isReleased = Atomic(false)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        process = getpid()
    }

    deinit { release() }

    var isHeld: Bool {
        !isReleased.load(ordering: .acquiring) && getpid() == process
    }

    func release() {
        guard !isReleased.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // In the process that took it, unlock, whoever else has the file open. In a child, unlocking
        // would take the lock from the parent: only close.
        if getpid() == process { _ = flock(descriptor, LOCK_UN) }
        _ = Glibc.close(descriptor)
    }
}
