#if Archives
internal import CZlib
internal import SessionJournal

/// Unpacks a stream of deflate, chunk by chunk, with zlib.
final class Inflater {
    /// What stands around the stream.
    enum Wrapping: Int32 {
        case none = -15
        case gzip = 31
    }

    // zlib keeps the address of its state. The page is filled from its start at every step.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let page = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 128 << 10)
    private let path: String

    init(_ wrapping: Wrapping, path: String) throws(TranscriptError) {
        self.path = path
        stream.initialize(to: z_stream())
        guard czlib_inflate_init(stream, wrapping.rawValue) == Z_OK else {
            throw TranscriptError(
                .inaccessible, "zlib cannot be started; there may be too little memory.",
                path: path)
        }
    }

    deinit {
        inflateEnd(stream)
        page.deallocate()
        stream.deallocate()
    }

    /// Begins another stream.
    func reset() { inflateReset(stream) }

    /// Unpacks some bytes.
    ///
    /// - Parameter body: Gets what comes of them, page by page, and how many of them are used up.
    /// - Returns: How many bytes were used, and whether the stream is at its end.
    func inflate(
        _ input: Span<UInt8>,
        _ body: (Span<UInt8>, _ used: Int) throws(TranscriptError) -> Void
    ) throws(TranscriptError) -> (used: Int, isAtEnd: Bool) {
        var used = 0
        while true {
            let (code, read, made) = step(input.extracting(used..<input.count))
            used += read
            if made > 0 { try body(UnsafeBufferPointer(page).span.extracting(0..<made), used) }
            switch code {
            case Z_STREAM_END: return (used, true)
            case Z_OK where made == page.count || used < input.count: continue
            case Z_OK, Z_BUF_ERROR: return (used, false)
            default:
                throw TranscriptError(
                    .archive, "\(path) is damaged: its packed content is not what deflate makes.",
                    path: path)
            }
        }
    }

    private func step(_ input: Span<UInt8>) -> (code: Int32, read: Int, made: Int) {
        input.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = page.baseAddress
            stream.pointee.avail_out = UInt32(page.count)
            let code = CZlib.inflate(stream, Z_NO_FLUSH)
            return (
                code, input.count - Int(stream.pointee.avail_in),
                page.count - Int(stream.pointee.avail_out)
            )
        }
    }
}

/// The checksum of zip files and gzip.
struct CRC32 {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: Span<UInt8>) {
        value = bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: crc32(UInt(value), $0.baseAddress, UInt32($0.count)))
        }
    }
}
#endif
