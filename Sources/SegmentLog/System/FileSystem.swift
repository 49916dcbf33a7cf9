/// The seam to the disk. Everything that reaches a file goes through it, so that a test can put a
/// disk there that forgets, fills up or fails.
///
/// Paths are plain strings, joined with "/". No call follows a symbolic link in its last
/// component, and none retries after an error other than `EINTR`.
package protocol FileSystem: Sendable {
    /// Opens a regular file. Anything else at that path (link, FIFO, device, directory) is refused.
    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File

    /// The names in a directory, sorted by their bytes, without "." and "..".
    func names(in directory: String) throws(Errno) -> [String]

    /// What stands at a path, or nil where nothing does.
    func status(of path: String) throws(Errno) -> FileStatus?

    /// Makes one directory with mode 0700. An existing one is an error (`EEXIST`).
    func makeDirectory(_ path: String) throws(Errno)

    /// Renames a file, replacing what stands at the target, atomically.
    func rename(_ source: String, to target: String) throws(Errno)

    /// Removes one file.
    func remove(_ path: String) throws(Errno)

    /// Removes a directory that is empty.
    func removeDirectory(_ path: String) throws(Errno)

    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(Errno)

    /// Takes the whole-file lock of a path, creating the file if need be; nil when another holds it
    /// (found out within about 100 ms). The lock goes when the handle goes, or with its process.
    func lock(_ path: String) throws(Errno) -> (any FileLock)?

    /// Whether somebody holds the lock of a path, without waiting and without keeping it.
    func isLocked(_ path: String) throws(Errno) -> Bool

    /// The room on the file system that holds a path; nil where the disk does not say.
    func space(at path: String) throws(Errno) -> DiskSpace?

    /// The process that holds the lock of a path; nil where nobody does, or the disk does not say.
    func lockHolder(_ path: String) -> Int32?

    /// Whether this process may write to what stands at a path: false on read-only media and where
    /// the permission is missing.
    func allowsWriting(to path: String) throws(Errno) -> Bool
}

extension FileSystem {
    package func removeDirectory(_ path: String) throws(Errno) { throw .notPermitted }

    package func space(at path: String) throws(Errno) -> DiskSpace? { nil }

    package func allowsWriting(to path: String) throws(Errno) -> Bool { true }

    package func lockHolder(_ path: String) -> Int32? { nil }
}

/// How full a file system is, in bytes.
package struct DiskSpace: Sendable, Equatable {
    /// What a process without special rights may still use.
    package var available: UInt64
    package var total: UInt64

    package init(available: UInt64, total: UInt64) {
        self.available = available
        self.total = total
    }
}

/// How a file is opened.
package enum OpenMode: Sendable {
    /// An existing file, to be read.
    case read
    /// An existing file, to be read and written.
    case update
    /// A new file with mode 0600, to be read and written; an existing one is an error (`EEXIST`).
    case create
}

/// An open file. Offsets and counts are in bytes.
package protocol File: AnyObject, Sendable {
    /// Up to `count` bytes from `offset` on; fewer only where the file ends. Room for `count` bytes
    /// is allocated, so bound a count that comes from a file by the file's size.
    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]

    /// The same, read past the page cache (`O_DIRECT`); nil where this disk cannot. Any range may be
    /// asked for.
    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]?

    /// Writes all bytes at `offset`; a short write is continued.
    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno)

    /// Makes the file's bytes and its size durable (`fdatasync`).
    func sync() throws(Errno)

    /// The size in bytes.
    func size() throws(Errno) -> Int

    /// Cuts or extends (with a hole) to a size.
    func truncate(to size: Int) throws(Errno)

    /// A number that is another one where the file at a path has been replaced.
    func identity() throws(Errno) -> UInt64
}

/// A lock that is held for as long as the handle lives, by the process that took it.
package protocol FileLock: AnyObject, Sendable {
    /// The process that took the lock.
    var process: Int32 { get }

    /// Whether the calling process holds the lock: false after ``release()``, and in a child that
    /// was forked while its parent held it. Ask before each commit. Cost: one `getpid`.
    var isHeld: Bool { get }

    /// Gives the lock back. More than once does nothing, and nor does it in a forked child.
    func release()
}

/// What stands at a path.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: Sendable, Equatable { case file, directory, other }

    package var kind: Kind
    package var size: Int
    package var identity: UInt64
    /// When the bytes were last changed, in nanoseconds since 1970; 0 where the disk does not say.
    package var modified: Int64

    package init(kind: Kind, size: Int, identity: UInt64, modified: Int64 = 0) {
        self.kind = kind
        self.size = size
        self.identity = identity
        self.modified = modified
    }
}
