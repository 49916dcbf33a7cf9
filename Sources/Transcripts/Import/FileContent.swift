internal import Foundation
internal import SessionJournal

/// What a file holds: in memory where it is small, else by its path; and its hash.
struct FileContent: Sendable {
    /// The largest that is kept in memory, as a rule, in bytes.
    static let memoryLimit: UInt64 = 32 << 20

    let size: UInt64
    let digest: Digest
    private let path: String
    private let bytes: [UInt8]?

    /// What holds the content, where it is no file of the source.
    private let spool: UnnamedFile?

    /// Reads a file and hashes it.
    ///
    /// - Parameter memoryLimit: The largest that is kept in memory, in bytes.
    init(_ file: FileWalk.File, memoryLimit: UInt64) throws(TranscriptError) {
        path = file.place
        size = file.size
        spool = nil
        (digest, bytes) = try Self.read(
            file.place, file.size, isKept: file.size <= memoryLimit)
    }

    /// What was read already.
    init(bytes: [UInt8]) {
        path = ""
        size = UInt64(bytes.count)
        digest = Digest(hashing: bytes.span)
        self.bytes = bytes
        spool = nil
    }

    /// What was gathered from elsewhere: in memory, or in a file without a name.
    init(
        spooled bytes: [UInt8]?, _ spool: UnnamedFile?, path: String? = nil, size: UInt64,
        digest: Digest
    ) {
        self.bytes = bytes
        self.spool = spool
        self.size = size
        self.digest = digest
        self.path = path ?? spool?.path ?? ""
    }

    private static func read(
        _ path: String, _ size: UInt64, isKept: Bool
    ) throws(TranscriptError) -> (Digest, [UInt8]?) {
        var window = try FileWindow(path: path, size: size)
        var hash = DigestStream()
        var bytes: [UInt8] = []
        if isKept { bytes.reserveCapacity(Int(size)) }
        while !window.isAtEnd {
            try window.fill()
            hash.update(window.bytes.span)
            if isKept { bytes.append(copying: window.bytes.span) }
            window.discard(before: window.bytes.count)
        }
        return (hash.finish(), isKept ? bytes : nil)
    }

    /// Whether it is in memory.
    var isInMemory: Bool { bytes != nil }

    /// A window over the content, at its start.
    func window() throws(TranscriptError) -> FileWindow {
        if let bytes { return FileWindow(bytes: bytes) }
        return try FileWindow(path: path, size: size)
    }

    /// The first bytes of the content, hashed for themselves.
    func prefix(_ end: UInt64) throws(TranscriptError) -> FileContent {
        if end == size { return self }
        if let bytes { return FileContent(bytes: Array(bytes.prefix(Int(clamping: end)))) }
        let digest = try Self.read(path, end, isKept: false).0
        return FileContent(spooled: nil, spool, path: path, size: end, digest: digest)
    }

    /// A window over the first bytes of the content.
    func window(upTo end: UInt64) throws(TranscriptError) -> FileWindow {
        if let bytes { return FileWindow(bytes: Array(bytes.prefix(Int(clamping: end)))) }
        return try FileWindow(path: path, size: min(end, size))
    }

    /// All of it, where it is small enough to be taken for a document; else nil.
    func whole() throws(TranscriptError) -> [UInt8]? {
        if let bytes { return bytes }
        guard size <= DocumentShape.sizeLimit else { return nil }
        var window = try FileWindow(path: path, size: size)
        while !window.isAtEnd { try window.fill() }
        return window.bytes
    }

    /// Reads a file that was too large for memory once more, so that its hash is that of the lines
    /// that were taken from it.
    func checkUnchanged() throws(TranscriptError) {
        guard bytes == nil, spool == nil else { return }
        guard try Self.read(path, size, isKept: false).0 == digest else {
            throw TranscriptError(
                .changedWhileRead, "\(path) changed while it was read. Import it again.",
                path: path)
        }
    }
}
