internal import CShims
internal import Glibc

/// The real disk.
///
/// Files get mode 0600 and directories 0700. No call follows a symbolic link in the last component
/// of its path; where a journal's directory is itself reached through a link, resolve it once with
/// ``canonicalPath(_:)``. An instance holds nothing, so making one is free.
package struct PosixFileSystem: FileSystem {
    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        let access =
            switch mode {
            case .read: O_RDONLY
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            }
        return PosixFile(descriptor: try Self.openRegularFile(path, access))
    }

    package func names(in directory: String) throws(Errno) -> [String] {
        let descriptor = try Self.openDirectory(directory)
        guard let stream = fdopendir(descriptor) else {
            let failure = Errno.current
            _ = Glibc.close(descriptor)
            throw failure
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // Only errno tells the end of a directory from a failure.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        let failure = Errno.current
        if failure.rawValue != 0 { throw failure }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func status(of path: String) throws(Errno) -> FileStatus? {
        var found = sj_status()
        switch sj_status_of_path(path, &found) {
        case 0: return FileStatus(found)
        case ENOENT: return nil
        case let code: throw Errno(rawValue: code)
        }
    }

    package func makeDirectory(_ path: String) throws(Errno) {
        _ = try retryingInterrupts { mkdir(path, 0o700) }
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        _ = try retryingInterrupts { Glibc.rename(source, target) }
    }

    package func remove(_ path: String) throws(Errno) {
        _ = try retryingInterrupts { unlink(path) }
    }

    package func removeDirectory(_ path: String) throws(Errno) {
        _ = try retryingInterrupts { rmdir(path) }
    }

    package func syncDirectory(_ path: String) throws(Errno) {
        let descriptor = try Self.openDirectory(path)
        defer { _ = Glibc.close(descriptor) }
        _ = try retryingInterrupts { fsync(descriptor) }
    }

    package func space(at path: String) throws(Errno) -> DiskSpace? {
        var found = statvfs()
        _ = try retryingInterrupts { statvfs(path, &found) }
        // `f_frsize` is what the counts of blocks are in.
        let unit = UInt64(found.f_frsize)
        return DiskSpace(
            available: UInt64(found.f_bavail).multipliedSaturating(by: unit),
            total: UInt64(found.f_blocks).multipliedSaturating(by: unit))
    }

    package func allowsWriting(to path: String) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try retryingInterrupts { access(path, W_OK) }
            return true
        } catch {
            guard [.accessDenied, .readOnly, .notPermitted].contains(error) else { throw error }
            return false
        }
    }

    /// The absolute path of an existing file or directory with every link resolved.
    package static func canonicalPath(_ path: String) throws(Errno) -> String {
        guard let resolved = realpath(path, nil) else { throw Errno.current }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension PosixFileSystem {
    /// Opens a path and makes sure that a regular file stands there: `EISDIR` for a directory,
    /// `ELOOP` for a symbolic link, `EINVAL` (or `ENXIO`) for anything else.
    static func openRegularFile(_ path: String, _ access: Int32) throws(Errno) -> Int32 {
        // Without O_NONBLOCK, opening a FIFO would wait for its other end. Files do not mind it.
        let flags = access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let descriptor = try retryingInterrupts { Glibc.open(path, flags, 0o600) }
        do throws(Errno) {
            switch try status(of: descriptor).kind {
            case .file: return descriptor
            case .directory: throw .isDirectory
            case .other: throw .invalid
            }
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    static func openDirectory(_ path: String) throws(Errno) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return try retryingInterrupts { Glibc.open(path, flags) }
    }

    static func status(of descriptor: Int32) throws(Errno) -> FileStatus {
        var found = sj_status()
        let code = sj_status_of_descriptor(descriptor, &found)
        if code != 0 { throw Errno(rawValue: code) }
        return FileStatus(found)
    }
}

extension FileStatus {
    fileprivate init(_ found: sj_status) {
        let kind: Kind =
            switch found.kind {
            case SJ_KIND_FILE: .file
            case SJ_KIND_DIRECTORY: .directory
            default: .other
            }
        self.init(
            kind: kind, size: Int(clamping: found.size), identity: found.identity,
            modified: found.modified)
    }
}

extension Errno {
    /// What the last failed call of this thread left. To be read before any other call is made.
    static var current: Errno { Errno(rawValue: errno) }
}

/// Calls until the call was not interrupted by a signal. A negative answer means failure, and its
/// errno is read before anything else runs.
func retryingInterrupts<Answer: SignedInteger>(_ call: () -> Answer) throws(Errno) -> Answer {
    while true {
        let answer = call()
        if answer >= 0 { return answer }
        let code = errno
        if code != EINTR { throw Errno(rawValue: code) }
    }
}

extension UInt64 {
    fileprivate func multipliedSaturating(by other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
