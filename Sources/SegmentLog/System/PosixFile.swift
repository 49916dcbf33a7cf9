internal import CShims
internal import Glibc

/// An open file of the real disk. Its descriptor is closed when the last reference goes.
///
/// Reads and writes name their offset, so that threads may share a file.
final class PosixFile: File {
    private let descriptor: Int32

    /// Takes over a descriptor of a regular file.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Glibc.close(descriptor) }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        guard count >= 0, offset >= 0 else { throw .invalid }
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(Errno) {
                filled = try Self.fill(UnsafeMutableRawBufferPointer(buffer), descriptor, offset)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        guard count >= 0, offset >= 0 else { throw .invalid }
        guard let direct = try openDirect() else { return nil }
        defer { _ = Glibc.close(direct) }
        return try Self.readAligned(direct, count, at: offset)
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
        guard offset >= 0 else { throw .invalid }
        var failure: Errno?
        bytes.withUnsafeBytes { buffer in
            do throws(Errno) {
                try Self.drain(buffer, descriptor, offset)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func sync() throws(Errno) {
        _ = try retryingInterrupts { fdatasync(descriptor) }
    }

    func size() throws(Errno) -> Int {
        try PosixFileSystem.status(of: descriptor).size
    }

    func truncate(to size: Int) throws(Errno) {
        guard size >= 0 else { throw .invalid }
        _ = try retryingInterrupts { ftruncate(descriptor, size) }
    }

    func identity() throws(Errno) -> UInt64 {
        try PosixFileSystem.status(of: descriptor).identity
    }
}

extension PosixFile {
    /// Reads until the buffer is full or the file ends. Returns the number of bytes read.
    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int
    ) throws(Errno) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var filled = 0
        while filled < buffer.count {
            let got = try retryingInterrupts {
                pread(descriptor, base + filled, buffer.count - filled, offset &+ filled)
            }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Writes until nothing is left.
    private static func drain(
        _ buffer: UnsafeRawBufferPointer, _ descriptor: Int32, _ offset: Int
    ) throws(Errno) {
        guard let base = buffer.baseAddress else { return }
        var written = 0
        while written < buffer.count {
            let put = try retryingInterrupts {
                pwrite(descriptor, base + written, buffer.count - written, offset &+ written)
            }
            // A disk that takes nothing and says nothing would keep us here for ever.
            if put == 0 { throw .inputOutput }
            written += put
        }
    }
}

extension PosixFile {
    /// What O_DIRECT wants offsets, lengths and memory aligned to. Disks ask for 512 or 4,096.
    private static let alignment = 4_096

    /// The size of the aligned buffer through which a direct read goes.
    private static let directBufferSize = 1 << 20

    /// The same file opened past the page cache, or nil where its file system cannot do that.
    /// The way over /proc reaches this very file, also after its name has gone to another one.
    private func openDirect() throws(Errno) -> Int32? {
        let flags = O_RDONLY | O_CLOEXEC | sj_o_direct()
        guard sj_o_direct() != 0 else { return nil }
        do throws(Errno) {
            return try retryingInterrupts {
                Glibc.open("/proc/self/fd/\(descriptor)", flags)
            }
        } catch {
            // EINVAL: a file system without O_DIRECT (tmpfs). ENOENT: a system without /proc.
            if error == .invalid || error == .noSuchFile { return nil }
            throw error
        }
    }

    /// Reads any range by way of aligned pieces; nil where the disk refuses our alignment.
    private static func readAligned(
        _ descriptor: Int32, _ count: Int, at offset: Int
    ) throws(Errno) -> [UInt8]? {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow else { throw .invalid }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: directBufferSize, alignment: alignment)
        defer { buffer.deallocate() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(count, directBufferSize))
        // A piece begins on a boundary; of the first one, what lies before `offset` is dropped.
        var start = offset / alignment * alignment
        while start < end {
            let wanted = min(directBufferSize, roundedUp(end - start))
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            let got: Int
            do throws(Errno) {
                got = try retryingInterrupts {
                    pread(descriptor, piece.baseAddress, wanted, start)
                }
            } catch {
                if error == .invalid { return nil }
                throw error
            }
            let first = max(0, offset - start)
            let last = min(got, end - start)
            if first < last { bytes.append(contentsOf: piece[first..<last]) }
            // A read that ends off a boundary has met the end of the file; one on it may be short.
            if got == 0 || got % alignment != 0 { break }
            start += got
        }
        return bytes
    }

    /// The next multiple of the alignment, or the last one that there is.
    private static func roundedUp(_ count: Int) -> Int {
        let (raised, overflow) = count.addingReportingOverflow(alignment - 1)
        return (overflow ? Int.max : raised) / alignment * alignment
    }
}
