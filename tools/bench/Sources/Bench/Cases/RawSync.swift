internal import Glibc

/// The least that durability can cost here: a page is written over zeros that were written before,
/// and synced.
final class RawSync {
    private let file: Int32
    private let size: Int
    private var offset = 0
    private let page: [UInt8]

    static let pageSize = 4_096

    init(path: String, size: Int = 64 << 20) throws {
        self.size = size
        page = Array(repeating: 0x5A, count: Self.pageSize)
        file = try Disk.check(
            Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644), path)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for place in stride(from: 0, to: size, by: zeros.count) {
            try zeros.withUnsafeBytes { try Disk.write($0, to: file, at: place) }
        }
        try Disk.check(fsync(file), path)
    }

    deinit { Glibc.close(file) }

    func write() throws {
        try page.withUnsafeBytes { try Disk.write($0, to: file, at: offset) }
        try Disk.check(fdatasync(file), "sync")
        offset = (offset + Self.pageSize) % size
    }
}
