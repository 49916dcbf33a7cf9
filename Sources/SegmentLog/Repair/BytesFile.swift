/// Bytes in memory that are read like a file: what a repair looks at before anything is written.
final class BytesFile: File {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        guard count >= 0, offset >= 0 else { throw .invalid }
        guard offset < bytes.count else { return [] }
        return Array(bytes[offset...].prefix(count))
    }

    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
        try read(count, at: offset)
    }

    func size() throws(Errno) -> Int { bytes.count }
    func identity() throws(Errno) -> UInt64 { 0 }
    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) { throw .readOnly }
    func sync() throws(Errno) { throw .readOnly }
    func truncate(to size: Int) throws(Errno) { throw .readOnly }
}
