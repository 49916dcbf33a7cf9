internal import Glibc

/// Which file something is, whatever it is called: as long as somebody holds it open, no other file
/// is the same.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
}

/// What the system says of a file.
struct FileStatus: Sendable, Hashable {
    /// What stands there.
    enum Kind: Sendable {
        case file, folder, link, other
    }

    let identity: FileIdentity
    let kind: Kind

    /// In bytes.
    let size: UInt64

    /// When it was last written to, in nanoseconds since 1970.
    let modified: Int64

    /// How many names it has.
    let linkCount: UInt64

    private init(_ raw: stat) {
        identity = FileIdentity(device: UInt64(raw.st_dev), number: UInt64(raw.st_ino))
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        size = UInt64(max(0, raw.st_size))
        modified = Int64(raw.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_mtim.tv_nsec)
        linkCount = UInt64(raw.st_nlink)
    }

    /// What stands at a path; nil for nothing that can be looked at. A symbolic link is followed
    /// where that is asked for.
    init?(at path: String, followingLinks: Bool = false) {
        var raw = stat()
        let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
        guard fstatat(AT_FDCWD, path, &raw, flags) == 0 else { return nil }
        self.init(raw)
    }

    /// What is open.
    init?(of descriptor: Int32) {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { return nil }
        self.init(raw)
    }
}

/// A file that is held open for reading: it can be read to its end whatever becomes of its name.
final class OpenFile: Sendable {
    private let descriptor: Int32

    /// Opens a file; nil where that is not allowed, or where no file stands there any more.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - followingLinks: Whether its name may be a symbolic link.
    init?(_ path: String, followingLinks: Bool) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW)
        descriptor = open(path, flags)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// A path under which the file can be opened for as long as this lives.
    var place: String { "/proc/self/fd/\(descriptor)" }

    /// What the system says of it now.
    var status: FileStatus? { FileStatus(of: descriptor) }

    /// Reads up to `count` bytes at an offset; fewer where the file ends or cannot be read.
    func read(at offset: UInt64, count: Int) -> [UInt8] {
        guard count > 0, let start = off_t(exactly: offset) else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + filled, count - filled, start + off_t(filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
        }
    }
}

/// What is in folders.
enum FolderNames {
    /// The names in a folder, in order; nil where it cannot be read.
    static func names(in path: String) -> [String]? {
        guard let stream = opendir(path) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
