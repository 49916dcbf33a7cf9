import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// A writer that was stopped (SIGSTOP) or is very slow still is the writer.
@Suite struct StoppedWriterTests {
    /// While it is stopped nobody writes beside it and everybody reads; when it is killed, its lock
    /// goes with it and the next writer goes on.
    @Test func aStoppedWriterKeepsItsLockAndAKilledOneDoesNot() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        let journal = try await Journal.create(at: path)
        try await journal.store.create(1)
        try await journal.store.append([Drafts.note("one")], to: Drafts.session(1))
        try await journal.close()
        let lock = strdup(path + "/LOCK")
        defer { free(lock) }
        let child = Forked(keepsFiles: false) {
            guard let lock else { return 1 }
            let descriptor = open(lock, O_RDWR)
            guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return 1 }
            raise(SIGSTOP)
            return 0
        }
        #expect(child?.waitUntilStopped() == true)
        let error = await #expect(throws: JournalError.self) { try await Journal.open(at: path) }
        #expect(error?.code == .locked)
        let reader = try await Journal.open(readingAt: path)
        #expect(try await reader.lastSequence() == 2)
        try await reader.close()
        child?.kill()
        let next = try await Journal.open(at: path)
        try await next.store.append([Drafts.note("two")], to: Drafts.session(1))
        try await next.close()
    }
}
