internal import SegmentLog

/// The records of a file of snapshots, those that were read lately from memory. Whoever uses it holds
/// the file's lock.
final class SnapshotRecords {
    let handle: any File
    /// The number that the file drew.
    let file: UInt64
    /// Up to where the file is known to be whole, in bytes.
    var size: Int

    private var contents: [UInt64: [UInt8]] = [:]
    private var bytes = 0

    /// The bytes of records that are kept in memory.
    private static let limit = 8 << 20

    init(_ handle: any File, file: UInt64, size: Int) {
        self.handle = handle
        self.file = file
        self.size = size
    }

    /// The content of a record, from memory where it was read before; nil where it is not whole.
    func content(_ kind: SnapshotRecord.Kind, at reference: StoredReference) -> [UInt8]? {
        if reference.file == file, let content = contents[reference.offset] { return content }
        guard let content = read(kind, at: reference) else { return nil }
        if bytes + content.count > Self.limit {
            contents = [:]
            bytes = 0
        }
        contents[reference.offset] = content
        bytes += content.count
        return content
    }

    /// The content of a record, from the disk; nil where it is not whole.
    func read(_ kind: SnapshotRecord.Kind, at reference: StoredReference) -> [UInt8]? {
        let (end, overflows) = reference.offset.addingReportingOverflow(reference.size)
        guard reference.file == file, !overflows, end <= UInt64(size),
            reference.size <= SnapshotRecord.sizeLimit,
            let bytes = try? handle.read(Int(reference.size), at: Int(reference.offset))
        else { return nil }
        return SnapshotRecord.content(kind, of: bytes)
    }
}
