import Glibc
import JournalTestKit
import Testing

@testable import SegmentLog

/// Names, directories and errors on the real disk.
struct PosixFileSystemTests {
    let directory: TemporaryDirectory
    let disk = PosixFileSystem()

    init() throws { directory = try TemporaryDirectory() }

    private func touch(_ name: String, _ bytes: [UInt8] = []) throws {
        try disk.open(directory.path(name), .create).write(bytes.span, at: 0)
    }

    /// A signal costs another call, and any other error none.
    @Test func interruptedCallsAreMadeAgain() throws {
        var calls = 0
        let answer = try retryingInterrupts { () -> Int32 in
            calls += 1
            errno = EINTR
            return calls < 4 ? -1 : 7
        }
        #expect(answer == 7 && calls == 4)
        for code in [EIO, ENOSPC, EAGAIN, EBADF] {
            calls = 0
            #expect(throws: Errno(rawValue: code)) {
                try retryingInterrupts { () -> Int32 in
                    calls += 1
                    errno = code
                    return calls < 4 ? -1 : 0
                }
            }
            #expect(calls == 1)
        }
    }

    @Test func namesAreSortedByBytes() throws {
        #expect(try disk.names(in: directory.path) == [])
        for name in ["b", "é", "a", "Z", ".hidden"] { try touch(name) }
        #expect(try disk.names(in: directory.path) == [".hidden", "Z", "a", "b", "é"])
    }

    @Test func namesOfWhatIsNoDirectory() throws {
        try touch("a")
        #expect(throws: Errno.notDirectory) { try disk.names(in: directory.path("a")) }
        #expect(throws: Errno.noSuchFile) { try disk.names(in: directory.path("b")) }
        #expect(symlink(directory.path, directory.path("link")) == 0)
        #expect(throws: Errno.self) { try disk.names(in: directory.path("link")) }
    }

    @Test func statusTellsKinds() throws {
        try touch("file", [1, 2, 3])
        try disk.makeDirectory(directory.path("folder"))
        #expect(symlink("file", directory.path("link")) == 0)
        let file = try disk.status(of: directory.path("file"))
        #expect(file?.kind == .file)
        #expect(file?.size == 3)
        #expect(try disk.status(of: directory.path("folder"))?.kind == .directory)
        #expect(try disk.status(of: directory.path("link"))?.kind == .other)
        #expect(try disk.status(of: directory.path("none")) == nil)
        #expect(throws: Errno.notDirectory) { try disk.status(of: directory.path("file/x")) }
    }

    @Test func directoriesAreMadeOnceAndSynced() throws {
        try disk.makeDirectory(directory.path("folder"))
        #expect(throws: Errno.exists) { try disk.makeDirectory(directory.path("folder")) }
        #expect(throws: Errno.noSuchFile) { try disk.makeDirectory(directory.path("x/y")) }
        try disk.syncDirectory(directory.path("folder"))
        try disk.syncDirectory(directory.path)
        #expect(throws: Errno.noSuchFile) { try disk.syncDirectory(directory.path("none")) }
        try touch("file")
        #expect(throws: Errno.notDirectory) { try disk.syncDirectory(directory.path("file")) }
    }

    @Test func renameReplacesAndRemoveRemoves() throws {
        try touch("a", [1])
        try touch("b", [2])
        try disk.rename(directory.path("a"), to: directory.path("b"))
        #expect(try disk.names(in: directory.path) == ["b"])
        #expect(try disk.open(directory.path("b"), .read).read(9, at: 0) == [1])
        #expect(throws: Errno.noSuchFile) {
            try disk.rename(directory.path("a"), to: directory.path("b"))
        }
        try disk.remove(directory.path("b"))
        #expect(throws: Errno.noSuchFile) { try disk.remove(directory.path("b")) }
        try disk.makeDirectory(directory.path("folder"))
        #expect(throws: Errno.self) { try disk.remove(directory.path("folder")) }
    }

    @Test func canonicalPathFollowsLinks() throws {
        try disk.makeDirectory(directory.path("folder"))
        #expect(symlink("folder", directory.path("link")) == 0)
        #expect(
            try PosixFileSystem.canonicalPath(directory.path("link")) == directory.path("folder"))
        #expect(throws: Errno.noSuchFile) {
            try PosixFileSystem.canonicalPath(directory.path("none"))
        }
    }

    @Test func errorsSpeak() {
        #expect(Errno.noSpace.description == "No space left on device (errno \(ENOSPC))")
        #expect(Errno.noSpace != Errno.inputOutput)
    }

    @Test func temporaryDirectoriesGo() throws {
        var place: TemporaryDirectory? = try TemporaryDirectory()
        let path = try #require(place?.path)
        try disk.makeDirectory("\(path)/inner")
        _ = try disk.open("\(path)/inner/file", .create)
        place = nil
        #expect(try disk.status(of: path) == nil)
    }
}
