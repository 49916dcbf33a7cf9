internal import Glibc
package import SegmentLog

/// A real directory that is there for as long as the handle lives. It stands in `TMPDIR`, else in
/// `/tmp`; another place may be named.
package final class TemporaryDirectory: Sendable {
    /// The absolute path, without a link in it and without a slash at the end.
    package let path: String

    /// Makes an empty directory in `parent`.
    package init(in parent: String? = nil) throws(Errno) {
        let place = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var pattern = Array("\(place)/journal-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else { throw Errno(rawValue: errno) }
        let made = pattern.withUnsafeBytes { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        path = try PosixFileSystem.canonicalPath(made)
    }

    /// Removes the directory with all that is in it; what cannot be removed is left.
    deinit { Self.removeTree(path) }

    /// The path of something in the directory.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    private static func removeTree(_ path: String) {
        let disk = PosixFileSystem()
        for name in (try? disk.names(in: path)) ?? [] {
            let child = "\(path)/\(name)"
            if (try? disk.status(of: child))??.kind == .directory {
                removeTree(child)
            } else {
                try? disk.remove(child)
            }
        }
        _ = rmdir(path)
    }
}
