internal import Foundation
internal import SessionJournal

/// Where bytes are gathered that stand in no file as they are read: in memory, and where they are
/// many, in a file without a name, which goes with whoever holds it.
struct Spool {
    /// The most that is taken from one container, in bytes.
    static let sizeLimit: UInt64 = 4 << 30

    private let memoryLimit: UInt64

    private(set) var size: UInt64 = 0
    private var bytes: [UInt8] = []
    private var file: UnnamedFile?
    private var hash = DigestStream()

    /// - Parameter memoryLimit: How much is kept in memory, in bytes.
    init(memoryLimit: UInt64 = FileContent.memoryLimit) { self.memoryLimit = memoryLimit }

    /// Adds bytes.
    mutating func append(_ more: Span<UInt8>) throws(TranscriptError) {
        hash.update(more)
        size += UInt64(more.count)
        if file == nil {
            bytes.append(copying: more)
            guard size > memoryLimit else { return }
            let file = try UnnamedFile()
            try file.append(bytes.span)
            bytes = []
            self.file = file
        } else {
            try file?.append(more)
        }
    }

    /// All that was added.
    consuming func finish() -> FileContent {
        FileContent(spooled: file == nil ? bytes : nil, file, size: size, digest: hash.finish())
    }
}

/// What an archive may become: a few bytes must not fill a disk.
struct UnpackingBudget: Sendable {
    /// How many times the size of what is packed the content may have.
    static let ratioLimit: UInt64 = 250

    /// What may come of any few bytes, in bytes.
    static let freeSize: UInt64 = 16 << 20

    private let path: String
    private var unpacked: UInt64 = 0
    private var before: UInt64 = 0

    init(path: String) { self.path = path }

    /// Begins another member.
    mutating func begin() { before = unpacked }

    /// Notes that more was unpacked.
    ///
    /// - Parameters:
    ///   - count: How much, in bytes.
    ///   - packed: How much of the member was read for all of it so far, in bytes.
    mutating func take(_ count: Int, packed: UInt64) throws(TranscriptError) {
        unpacked += UInt64(count)
        guard unpacked <= Spool.sizeLimit else {
            throw error("more than \(Spool.sizeLimit >> 30) GiB")
        }
        let member = unpacked - before
        guard member <= Self.freeSize || member / Self.ratioLimit <= packed else {
            throw error("more than \(Self.ratioLimit) times its size")
        }
    }

    private func error(_ much: String) -> TranscriptError {
        TranscriptError(
            .archive,
            "\(path) unpacks to \(much), which is not taken. Unpack it yourself if you trust it.",
            path: path)
    }
}
