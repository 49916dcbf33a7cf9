import Glibc
import JournalTestKit
import SegmentLog
import Testing

/// Reading, writing and what may be opened on the real disk.
struct PosixFileTests {
    let directory: TemporaryDirectory
    let disk = PosixFileSystem()

    init() throws { directory = try TemporaryDirectory() }

    private func make(_ name: String, _ bytes: [UInt8] = []) throws -> any File {
        let file = try disk.open(directory.path(name), .create)
        try write(bytes, to: file)
        return file
    }

    private func write(_ bytes: [UInt8], to file: any File, at offset: Int = 0) throws {
        try file.write(bytes.span, at: offset)
    }

    @Test func writesAreReadBack() throws {
        let file = try make("a", [1, 2, 3, 4, 5])
        #expect(try file.size() == 5)
        #expect(try file.read(3, at: 1) == [2, 3, 4])
        try write([9, 9], to: file, at: 4)
        #expect(try file.read(100, at: 0) == [1, 2, 3, 4, 9, 9])
        #expect(try file.read(10, at: 6) == [])
        #expect(try file.read(10, at: 600) == [])
        #expect(try file.read(0, at: 0) == [])
        try write([], to: file, at: 0)
        try file.sync()
        try file.truncate(to: 2)
        try file.truncate(to: 4)
        #expect(try file.read(9, at: 0) == [1, 2, 0, 0])
    }

    /// A limit on file sizes makes the kernel take a part of a write; the rest then fails, and
    /// nobody is told that all of it was written.
    @Test func aShortWriteIsContinued() async {
        await #expect(processExitsWith: .success) {
            exit(try PosixFileTests.failsInTheMiddleOfAWrite() ? 0 : 1)
        }
    }

    private static func failsInTheMiddleOfAWrite() throws -> Bool {
        let directory = try TemporaryDirectory()
        signal(SIGXFSZ, SIG_IGN)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        var before = rlimit()
        guard getrlimit(resource, &before) == 0 else { return false }
        var limit = rlimit(rlim_cur: 6_000, rlim_max: before.rlim_max)
        guard setrlimit(resource, &limit) == 0 else { return false }
        // What this process writes of its coverage when it ends is longer.
        defer { _ = setrlimit(resource, &before) }
        let file = try PosixFileSystem().open(directory.path("a"), .create)
        let bytes = [UInt8](repeating: 7, count: 10_000)
        do throws(Errno) {
            try file.write(bytes.span, at: 0)
            return false
        } catch {
            return try error == .fileTooLarge && file.size() == 6_000
        }
    }

    @Test func createRefusesWhatExists() throws {
        _ = try make("a")
        #expect(throws: Errno.exists) { try disk.open(directory.path("a"), .create) }
    }

    @Test func readAndUpdateNeedAFile() throws {
        #expect(throws: Errno.noSuchFile) { try disk.open(directory.path("a"), .read) }
        #expect(throws: Errno.noSuchFile) { try disk.open(directory.path("a"), .update) }
    }

    @Test func readModeDoesNotWrite() throws {
        _ = try make("a", [1])
        let file = try disk.open(directory.path("a"), .read)
        #expect(throws: Errno.self) { try write([2], to: file, at: 0) }
        #expect(try disk.open(directory.path("a"), .update).read(4, at: 0) == [1])
    }

    @Test func negativeNumbersAreRefused() throws {
        let file = try make("a", [1])
        #expect(throws: Errno.invalid) { try file.read(-1, at: 0) }
        #expect(throws: Errno.invalid) { try file.read(1, at: -1) }
        #expect(throws: Errno.invalid) { try file.readUncached(1, at: -1) }
        #expect(throws: Errno.invalid) { try file.readUncached(-1, at: 0) }
        #expect(throws: Errno.invalid) { try write([1], to: file, at: -1) }
        #expect(throws: Errno.invalid) { try file.truncate(to: -1) }
    }

    @Test func modesArePrivate() throws {
        let before = umask(0)
        defer { umask(before) }
        _ = try make("file")
        try disk.makeDirectory(directory.path("folder"))
        #expect(mode("file") == 0o600)
        #expect(mode("folder") == 0o700)
    }

    private func mode(_ name: String) -> mode_t {
        var found = stat()
        #expect(lstat(directory.path(name), &found) == 0)
        return found.st_mode & 0o777
    }

    @Test func linksFifosAndDirectoriesAreRefused() throws {
        _ = try make("file", [1])
        #expect(symlink("file", directory.path("link")) == 0)
        #expect(mkfifo(directory.path("fifo"), 0o600) == 0)
        try disk.makeDirectory(directory.path("folder"))
        for mode in [OpenMode.read, .update] {
            #expect(throws: Errno.tooManyLinks) { try disk.open(directory.path("link"), mode) }
            #expect(throws: Errno.invalid) { try disk.open(directory.path("fifo"), mode) }
            #expect(throws: Errno.isDirectory) { try disk.open(directory.path("folder"), mode) }
        }
        #expect(throws: Errno.exists) { try disk.open(directory.path("link"), .create) }
        #expect(throws: Errno.invalid) { try disk.open("/dev/zero", .read) }
        #expect(throws: Errno.tooManyLinks) { try disk.lock(directory.path("link")) }
        #expect(throws: Errno.isDirectory) { try disk.lock(directory.path("folder")) }
    }

    @Test func identityFollowsTheFileNotTheName() throws {
        let old = try make("a", [1])
        let new = try make("b", [2])
        let first = try old.identity()
        #expect(try disk.status(of: directory.path("a"))?.identity == first)
        try disk.rename(directory.path("b"), to: directory.path("a"))
        #expect(try old.identity() == first)
        #expect(try disk.status(of: directory.path("a"))?.identity == new.identity())
        #expect(try new.identity() != first)
    }

    /// File systems give out the inode number of a removed file again.
    @Test func identityOfASuccessorIsAnother() throws {
        var seen: Set<UInt64> = []
        for _ in 0..<20 {
            seen.insert(try make("a").identity())
            try disk.remove(directory.path("a"))
        }
        #expect(seen.count == 20)
    }

    @Test(arguments: [0, 1, 511, 4_095, 4_096, 4_097, 1_048_576, 1_053_001])
    func uncachedReadsTakeAnyRange(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
        let file = try make("a", bytes)
        try file.sync()
        for (offset, count) in [
            (0, size), (0, size + 10_000), (1, 10), (4_095, 2), (size / 2, size), (size, 5),
            (size + 9_000, 5), (3, 0), (1_048_000, 2_000),
        ] {
            guard let read = try file.readUncached(count, at: offset) else { return }
            let expected = offset < size ? Array(bytes[offset..<min(size, offset + count)]) : []
            #expect(read == expected, "\(count) at \(offset)")
        }
    }

    @Test func uncachedReadsSurviveARename() throws {
        let file = try make("a", [1, 2, 3])
        try file.sync()
        try disk.rename(directory.path("a"), to: directory.path("b"))
        _ = try make("a", [9])
        let read = try file.readUncached(3, at: 0)
        #expect(read == nil || read == [1, 2, 3])
    }

    /// tmpfs on older kernels refuses O_DIRECT; either answer is good, a wrong one is not.
    @Test(.enabled(if: access("/dev/shm", W_OK) == 0))
    func uncachedReadsInMemory() throws {
        let memory = try TemporaryDirectory(in: "/dev/shm")
        let file = try disk.open(memory.path("a"), .create)
        try write([5, 6], to: file, at: 0)
        let read = try file.readUncached(2, at: 0)
        #expect(read == nil || read == [5, 6])
    }
}
