internal import SegmentLog

/// Where the pages of a state go when a snapshot is written.
struct SnapshotStorage {
    /// The number of the file; 0 for none, where pages are only collected to be compared.
    let file: UInt64
    /// Where in the file the bytes begin that are collected here.
    private let base: Int
    /// What is to be written.
    var bytes: [UInt8]
    /// What was collected, where there is no file.
    private(set) var pages: [[UInt8]] = []
    /// Notes where the pages stand, for when they do.
    private(set) var notes: [() -> Void] = []

    init(file: UInt64, base: Int, bytes: [UInt8] = []) {
        self.file = file
        self.base = base
        self.bytes = bytes
    }

    /// A storage that collects pages to compare them.
    init() { self.init(file: 0, base: 0) }

    /// Where a page stands: where it stood before, or behind what is to be written.
    mutating func put(
        _ kind: SnapshotRecord.Kind, _ known: StoredReference?, _ page: () -> [UInt8],
        _ note: @escaping (StoredReference) -> Void
    ) -> StoredReference {
        if file == 0 {
            // As text: what it compresses to depends on the library.
            pages.append(SnapshotText.decompress(page()) ?? [])
            return StoredReference(file: 0, offset: UInt64(pages.count), size: 0)
        }
        if let known, known.file == file { return known }
        let reference = put(kind, page())
        notes.append { note(reference) }
        return reference
    }

    mutating func put(_ kind: SnapshotRecord.Kind, _ content: [UInt8]) -> StoredReference {
        let (offset, size) = SnapshotRecord.append(kind, content, to: &bytes)
        return StoredReference(file: file, offset: UInt64(base + offset), size: UInt64(size))
    }
}

/// Where the pages of a state come from when a snapshot is read.
struct SnapshotReading {
    let file: UInt64
    let read: (StoredReference) -> [UInt8]?

    /// A page by its place; nil where it is not whole.
    func page(at offset: UInt64, _ size: UInt64) -> (bytes: [UInt8], reference: StoredReference)? {
        let reference = StoredReference(file: file, offset: offset, size: size)
        return read(reference).map { ($0, reference) }
    }
}
