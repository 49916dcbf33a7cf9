import Glibc
import Synchronization

/// Why output could not be written.
enum OutputFailure: Error, Equatable {
    /// The reader went away (`| head`): not an error of ours, and nothing more to say.
    case readerGone
    /// The system refused, with its number.
    case refused(Int32)
}

/// A buffered file descriptor, or memory in tests. Every write is checked.
final class ByteOutput: Sendable {
    /// Buffered up to this many bytes before the system is asked.
    private static let capacity = 64 * 1024

    private struct Buffers {
        var pending: [UInt8] = []
        var collected: [UInt8] = []
    }

    private let descriptor: Int32?
    private let buffers = Mutex(Buffers())

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Output into memory.
    init() { descriptor = nil }

    /// What was written, where there is no descriptor.
    var collected: [UInt8] { buffers.withLock { $0.collected } }

    var collectedText: String { String(decoding: collected, as: UTF8.self) }

    func write(_ bytes: some Collection<UInt8>) throws(OutputFailure) {
        let isFull = buffers.withLock { buffers in
            buffers.pending.append(contentsOf: bytes)
            return buffers.pending.count >= Self.capacity
        }
        if isFull { try flush() }
    }

    /// Hands everything to the system; what could not be handed over is dropped with the error.
    func flush() throws(OutputFailure) {
        var rest = buffers.withLock { buffers in
            defer { buffers.pending.removeAll(keepingCapacity: true) }
            if descriptor == nil { buffers.collected += buffers.pending }
            return descriptor == nil ? [] : buffers.pending
        }
        guard let descriptor else { return }
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest, rest.count)
            if count == rest.count { return }
            if count >= 0 {
                rest.removeFirst(count)
            } else if errno == EPIPE {
                throw .readerGone
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, -1)
            } else if errno != EINTR {
                throw .refused(errno)
            }
        }
    }
}
