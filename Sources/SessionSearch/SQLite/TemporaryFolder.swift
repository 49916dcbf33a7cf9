#if Search
internal import Glibc
internal import SessionJournal

/// A folder of one's own below `TMPDIR`, else `/tmp`, which others cannot read.
enum TemporaryFolder {
    static func make() throws(JournalError) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
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
