import Glibc

/// Why input could not be read: the system's number.
struct InputFailure: Error, Equatable {
    let number: Int32
}

/// Lines from a file descriptor, or from memory in tests.
final class ByteInput {
    /// The longest line that is read: above what any journal takes, so that a stream without a
    /// newline cannot eat the memory.
    static let longestLineBytes = 64 * 1024 * 1024
    private static let chunkBytes = 256 * 1024

    private let descriptor: Int32?
    private var buffer: [UInt8]
    private var position = 0
    private var isAtEnd = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
        buffer = []
    }

    init(bytes: [UInt8]) {
        descriptor = nil
        buffer = bytes
        isAtEnd = true
    }

    /// The next line without its newline; nil at the end. A last line without newline is a line.
    func line() throws(InputFailure) -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                let line = Array(buffer[position..<end])
                position = end + 1
                return line
            }
            searched = buffer.count
            if isAtEnd {
                guard position < buffer.count else { return nil }
                let line = Array(buffer[position...])
                position = buffer.count
                return line
            }
            guard buffer.count - position <= Self.longestLineBytes else {
                throw InputFailure(number: EMSGSIZE)
            }
            searched -= position
            try refill()
        }
    }

    private func refill() throws(InputFailure) {
        guard let descriptor else {
            isAtEnd = true
            return
        }
        buffer.removeFirst(position)
        position = 0
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                buffer += chunk[..<count]
                return
            }
            if count == 0 {
                isAtEnd = true
                return
            }
            if errno != EINTR { throw InputFailure(number: errno) }
        }
    }
}
