internal import Glibc

extension PosixFileSystem {
    /// The process that holds the lock of a path, as `/proc/locks` says; nil where that says nothing:
    /// another system, another namespace, or nobody.
    package func lockHolder(_ path: String) -> Int32? {
        var found = stat()
        guard lstat(path, &found) == 0 else { return nil }
        let descriptor = Glibc.open("/proc/locks", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        // The file has no size; a system with more locks than this is asked in vain.
        while text.count < 1 << 20 {
            let got = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard got > 0 else { break }
            text += piece[..<got]
        }
        // 1: FLOCK  ADVISORY  WRITE 1234 08:02:131 0 EOF
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " ")).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count >= 6, fields[1] == "FLOCK", fields[3] == "WRITE",
                let inode = fields[5].split(separator: ":").last, inode == "\(found.st_ino)"
            else { continue }
            return Int32(fields[4])
        }
        return nil
    }
}
