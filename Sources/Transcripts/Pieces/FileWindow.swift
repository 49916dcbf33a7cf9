internal import Foundation

/// A file of which a bounded stretch is in memory, read forwards.
///
/// Offsets named `offset` are of the file, in bytes; indices are of ``bytes``.
struct FileWindow {
    /// How much is read at once, in bytes.
    static let chunkSize = 1 << 20

    /// What is in memory.
    private(set) var bytes: [UInt8] = []

    /// Where the first byte in memory stands in the file.
    private(set) var base: UInt64 = 0

    /// Whether the file has been read to its end, as far as the window goes.
    private(set) var isAtEnd: Bool

    /// The size of the file as it is to be read; what is added to it meanwhile is left alone.
    let size: UInt64

    private let path: String
    private let handle: FileHandle?

    /// A window over bytes in memory.
    init(bytes: [UInt8]) {
        self.bytes = bytes
        size = UInt64(bytes.count)
        path = ""
        handle = nil
        isAtEnd = true
    }

    /// A window over the first `size` bytes of a file.
    init(path: String, size: UInt64) throws(TranscriptError) {
        self.size = size
        self.path = path
        isAtEnd = size == 0
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw TranscriptError(
                .inaccessible, "\(path) cannot be read. Check its permissions.", path: path,
                cause: error)
        }
    }

    /// Whether the window moves over a file, so that what is behind it can be let go.
    var isMoving: Bool { handle != nil }

    /// The offset behind what is in memory.
    var end: UInt64 { base + UInt64(bytes.count) }

    /// Reads the next chunk behind what is in memory.
    mutating func fill() throws(TranscriptError) {
        guard !isAtEnd else { return }
        let wanted = Int(min(UInt64(Self.chunkSize), size - end))
        let chunk = try read(offset: nil, count: wanted)
        bytes.append(contentsOf: chunk)
        isAtEnd = end == size
    }

    /// Lets go of what stands before an index; the index becomes 0.
    mutating func discard(before index: Int) {
        bytes.removeSubrange(0..<index)
        base += UInt64(index)
    }

    /// Lets go of everything and goes on at an offset.
    mutating func skip(to offset: UInt64) throws(TranscriptError) {
        bytes.removeAll(keepingCapacity: true)
        base = min(offset, size)
        isAtEnd = base == size
        do {
            try handle?.seek(toOffset: base)
        } catch {
            throw unreadable(error)
        }
    }

    /// Reads exactly `count` bytes at an offset, and leaves the window where it is.
    func read(at offset: UInt64, count: Int) throws(TranscriptError) -> [UInt8] {
        guard handle != nil else {
            let start = Int(offset - base)
            return [UInt8](bytes[start..<start + count])
        }
        let chunk = try read(offset: offset, count: count)
        do {
            try handle?.seek(toOffset: end)
        } catch {
            throw unreadable(error)
        }
        return chunk
    }

    /// Reads exactly `count` bytes, at an offset or where the last reading ended.
    private func read(offset: UInt64?, count: Int) throws(TranscriptError) -> [UInt8] {
        guard let handle, count > 0 else { return [] }
        var chunk: [UInt8] = []
        do {
            if let offset { try handle.seek(toOffset: offset) }
            chunk.reserveCapacity(count)
            while chunk.count < count {
                guard let data = try handle.read(upToCount: count - chunk.count), !data.isEmpty
                else { break }
                chunk.append(contentsOf: data)
            }
        } catch {
            throw unreadable(error)
        }
        guard chunk.count == count else {
            throw TranscriptError(
                .changedWhileRead, "\(path) became shorter while it was read. Import it again.",
                path: path)
        }
        return chunk
    }

    private func unreadable(_ error: any Error) -> TranscriptError {
        TranscriptError(
            .inaccessible, "\(path) cannot be read to its end. Check the disk.", path: path,
            cause: error)
    }
}
