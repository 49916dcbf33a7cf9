internal import Foundation
internal import SessionJournal
internal import Synchronization

/// A file below `TMPDIR` that has no name, so that nothing is left of it whatever happens.
final class UnnamedFile: Sendable {
    private let descriptor: Int32
    private let isBroken = Atomic(false)

    /// A path that leads to it while it is held.
    var path: String { "/proc/self/fd/\(descriptor)" }

    init() throws(TranscriptError) {
        let folder = FileManager.default.temporaryDirectory.path
        var pattern = Array("\(folder)/sjournal-XXXXXX".utf8CString)
        descriptor = mkstemp(&pattern)
        guard descriptor >= 0 else {
            throw TranscriptError(
                .inaccessible,
                "no temporary file can be made; let TMPDIR name a place that can be written.",
                path: folder)
        }
        unlink(pattern)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// - Parameter descriptor: Of an open file, which is closed with this.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Adds bytes behind those that are there.
    func append(_ bytes: Span<UInt8>) throws(TranscriptError) {
        guard put(bytes.bytes, { write(self.descriptor, $0, $1) }) else {
            throw TranscriptError(
                .inaccessible,
                "a temporary file cannot be written; let TMPDIR name a place with more room.",
                path: FileManager.default.temporaryDirectory.path)
        }
    }

    private func put(
        _ bytes: RawSpan, _ write: (UnsafeRawPointer?, Int) -> Int
    ) -> Bool {
        var done = 0
        while done < bytes.byteCount {
            let count = bytes.extracting(done..<bytes.byteCount).withUnsafeBytes { rest in
                write(rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    // MARK: Elements

    /// Whether something that was written could not be read again. What was answered in its place is
    /// wrong.
    var hasLost: Bool { isBroken.load(ordering: .relaxed) }

    func markLost() { isBroken.store(true, ordering: .relaxed) }

    /// Writes elements at a place in bytes; false where there is no room.
    func store<Element: BitwiseCopyable>(_ elements: Span<Element>, at offset: Int) -> Bool {
        var place = offset
        return put(elements.bytes) { bytes, count in
            let done = pwrite(self.descriptor, bytes, count, off_t(place))
            if done > 0 { place += done }
            return done
        }
    }

    /// The elements that were written at a place in bytes; fewer of them, where they cannot be read.
    func read<Element: BitwiseCopyable>(_ count: Int, at offset: Int) -> [Element] {
        let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var done = 0
            while done < count * MemoryLayout<Element>.stride {
                let rest = count * MemoryLayout<Element>.stride - done
                let read = pread(
                    self.descriptor, bytes.baseAddress.map { $0 + done }, rest, off_t(offset + done)
                )
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                done += read
            }
            initialized = done / MemoryLayout<Element>.stride
        }
        if elements.count < count { markLost() }
        return elements
    }

    /// Another one with the same bytes, of which there are so many; nil where there is no room.
    func copy(size: Int) -> UnnamedFile? {
        guard let copy = TableRoom.file() else { return nil }
        var done = 0
        while done < size {
            let bytes: [UInt8] = read(min(1 << 20, size - done), at: done)
            guard !bytes.isEmpty, copy.store(bytes.span, at: done) else { return nil }
            done += bytes.count
        }
        return copy
    }
}
