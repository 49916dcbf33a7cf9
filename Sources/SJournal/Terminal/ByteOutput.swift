import Glibc

/// Why output could not be written.
enum OutputFailure: Error, Equatable {
    /// The reader went away (`| head`): not an error of ours, and nothing more to say.
    case readerGone
    /// The system refused, with its number.
    case refused(Int32)
}

/// A buffered file descriptor, or memory in tests. Every write is checked.
final class ByteOutput {
    /// Buffered up to this many bytes before the system is asked.
    private static let capacity = 64 * 1024

    private let descriptor: Int32?
    private var pending: [UInt8] = []

    /// What was written, where there is no descriptor.
    private(set) var collected: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        pending.reserveCapacity(Self.capacity)
    }

    /// Output into memory.
    init() { descriptor = nil }

    var collectedText: String { String(decoding: collected, as: UTF8.self) }

    func write(_ bytes: some Collection<UInt8>) throws(OutputFailure) {
        pending.append(contentsOf: bytes)
        if pending.count >= Self.capacity { try flush() }
    }

    /// Hands everything to the system; what could not be handed over is dropped with the error.
    func flush() throws(OutputFailure) {
        guard let descriptor else {
            collected += pending
            pending = []
            return
        }
        var rest = pending
        pending.removeAll(keepingCapacity: true)
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
