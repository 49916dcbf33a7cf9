#if Search
internal import Glibc
internal import SegmentLog
internal import SessionJournal

/// A folder of one's own below `TMPDIR`, else `/tmp`, which others cannot read.
enum TemporaryFolder {
    /// Where files are in memory alone.
    private static let memory = "/dev/shm"

    /// Whether a file system in memory is mounted there.
    private static var hasMemory: Bool {
        let mounts = try? PosixFileSystem().open("/proc/self/mounts", .read).read(1 << 20, at: 0)
        return String(decoding: mounts ?? [], as: UTF8.self).split(separator: "\n").contains {
            let words = $0.split(separator: " ")
            return words.count > 2 && words[1] == memory && words[2] == "tmpfs"
        }
    }

    /// - Parameter inMemory: Whether nothing of it may reach a disk.
    /// - Throws: `unsupported` where that cannot be had.
    static func make(inMemory: Bool = false) throws(JournalError) -> String {
        var parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        if inMemory {
            guard hasMemory else {
                throw JournalError(
                    .unsupported,
                    "encrypted sessions are searched in memory, and \(memory) is none here; open the "
                        + "journal without its key to search the others")
            }
            parent = memory
        }
        var pattern = Array("\(parent)/sjournal-search-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else {
            throw JournalError(
                .inputOutput,
                "no folder for a temporary search index can be made; let TMPDIR name a place that "
                    + "can be written", place: parent)
        }
        let path = pattern.withUnsafeBytes { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        // Without a link in it, which SQLite would refuse.
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Removes the folder and the files of an index in it.
    static func remove(_ path: String) {
        let name = IndexHome.fileName
        for file in ["-wal", "-shm", "-journal", ""].map({ name + $0 }) + ["search.lock"] {
            unlink(path + "/" + file)
        }
        rmdir(path)
    }
}
#endif
