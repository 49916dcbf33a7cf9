internal import CLMDB
internal import CSQLitePeer
internal import Glibc

/// What a run was made on.
enum Machine {
    /// One line each: processor, system and file system, libraries.
    static func description(directory: String) -> [String] {
        var system = utsname()
        uname(&system)
        let kernel = withUnsafePointer(to: &system.release) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
        let memory = field("MemTotal", in: "/proc/meminfo").flatMap { text in
            text.split(separator: " ").first.flatMap { Int($0) }
        }
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return [
            "\(field("model name", in: "/proc/cpuinfo") ?? "unknown processor"), \(cores) cores, "
                + "\((memory ?? 0) >> 20) GiB of memory",
            "Linux \(kernel), \(fileSystem(of: directory)) (\(directory))",
            "SQLite \(String(cString: sqlite3_libversion())), RocksDB \(library("librocksdb")), "
                + "LMDB \(lmdbVersion()), LZ4 \(library("liblz4"))",
        ]
    }

    /// Whether what is "written" to a directory stays in memory, where a sync costs nothing.
    static func isInMemory(_ directory: String) -> Bool {
        ["tmpfs", "ramfs"].contains(fileSystem(of: directory))
    }

    /// The type of the file system that a directory is on.
    private static func fileSystem(of directory: String) -> String {
        guard let path = Disk.realPath(directory) else { return "unknown file system" }
        var best = ("", "unknown file system")
        for line in lines(of: "/proc/self/mounts") {
            let parts = line.split(separator: " ")
            guard parts.count > 2 else { continue }
            let point = String(parts[1])
            let isAbove = path == point || path.hasPrefix(point == "/" ? "/" : point + "/")
            if isAbove, point.count >= best.0.count { best = (point, String(parts[2])) }
        }
        return best.1
    }

    /// The version of a library by the name of the file that was loaded.
    private static func library(_ name: String) -> String {
        for line in lines(of: "/proc/self/maps") {
            guard let file = line.split(separator: "/").last, file.hasPrefix(name + ".so.") else {
                continue
            }
            return String(file.dropFirst(name.count + 4))
        }
        return "of unknown version"
    }

    private static func lmdbVersion() -> String {
        var (major, minor, patch) = (Int32(0), Int32(0), Int32(0))
        _ = mdb_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    private static func field(_ name: String, in file: String) -> String? {
        for line in lines(of: file) where line.hasPrefix(name) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        }
        return nil
    }

    /// A field of this process in kilobytes, such as `VmRSS`.
    static func memory(_ name: String) -> Int {
        let text = field(name, in: "/proc/self/status") ?? ""
        return text.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }

    private static func lines(of path: String) -> [Substring] {
        var bytes: [UInt8] = []
        try? Disk.read(path) { piece in
            bytes.append(contentsOf: piece)
            return true
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
