import Glibc
import JournalTestKit
import SegmentLog
import Testing

/// One holder at a time, and nobody's lock outlives its handle.
struct PosixFileLockTests {
    let directory: TemporaryDirectory
    let disk = PosixFileSystem()
    var path: String { directory.path("LOCK") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func secondHolderIsRefused() throws {
        #expect(try disk.isLocked(path) == false)
        #expect(try disk.status(of: path) == nil, "asking creates nothing")
        let lock = try #require(try disk.lock(path))
        #expect(lock.isHeld)
        #expect(lock.process == getpid())
        #expect(try disk.isLocked(path))
        #expect(try disk.lock(path) == nil)
        lock.release()
        lock.release()
        #expect(!lock.isHeld)
        #expect(try !disk.isLocked(path))
        #expect(try disk.lock(path) != nil)
    }

    @Test func lockGoesWithItsHandle() throws {
        var lock = try disk.lock(path)
        #expect(lock != nil)
        lock = nil
        #expect(try !disk.isLocked(path))
    }

    /// A reader that only asks takes the lock for a moment; a writer that comes then waits for it.
    @Test func probingDoesNotKeepAWriterOut() throws {
        try disk.lock(path)?.release()
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_SH | LOCK_NB) == 0)
        // The child shares the open file, so it can give back what we took.
        let child = Forked {
            usleep(20_000)
            return flock(descriptor, LOCK_UN)
        }
        #expect(try disk.lock(path) != nil)
        #expect(child?.wait() == 0)
    }

    @Test func twoProbersDoNotMeetEachOther() throws {
        try disk.lock(path)?.release()
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_SH | LOCK_NB) == 0)
        #expect(try !disk.isLocked(path))
    }

    /// The lock on a file that was moved away is not given out.
    @Test func lockIsOnTheNamedFile() throws {
        let first = try #require(try disk.lock(path))
        try disk.rename(path, to: directory.path("moved"))
        #expect(try !disk.isLocked(path))
        let second = try disk.lock(path)
        #expect(second != nil)
        #expect(first.isHeld)
    }

    /// A child that was forked shares the open file. It does not count as the holder, and neither its
    /// release nor its end frees the lock; the parent's release frees it although the child lives.
    @Test func forkedChildNeitherHoldsNorFrees() throws {
        let lock = try #require(try disk.lock(path))
        #expect(Forked { lock.isHeld ? 1 : 0 }?.wait() == 0)
        let releasing = Forked {
            lock.release()
            return lock.isHeld ? 1 : 0
        }
        #expect(releasing?.wait() == 0)
        #expect(try disk.isLocked(path))
        #expect(lock.isHeld)
        let lasting = Forked(sleepingSeconds: 30)
        lock.release()
        #expect(try !disk.isLocked(path))
        lasting?.kill()
    }
}
