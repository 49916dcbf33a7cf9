internal import Foundation
internal import SessionJournal

/// Where bytes are gathered that stand in no file as they are read: in memory, and where they are
/// many, in a file without a name, which goes with whoever holds it.
struct Spool {
    /// The most that is taken from one container, in bytes.
    static let sizeLimit: UInt64 = 4 << 30

    private(set) var size: UInt64 = 0
    private var bytes: [UInt8] = []
    private var file: UnnamedFile?
    private var hash = DigestStream()

    /// Adds bytes.
    mutating func append(_ more: Span<UInt8>) throws(TranscriptError) {
        hash.update(more)
        size += UInt64(more.count)
        if file == nil {
            bytes.append(copying: more)
            guard size > FileContent.memoryLimit else { return }
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

/// A file below `TMPDIR` that has no name, so that nothing is left of it whatever happens.
final class UnnamedFile: Sendable {
    private let descriptor: Int32

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

    deinit { close(descriptor) }

    func append(_ bytes: Span<UInt8>) throws(TranscriptError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.extracting(done..<bytes.count).withUnsafeBytes { rest in
                write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw TranscriptError(
                    .inaccessible,
                    "a temporary file cannot be written; let TMPDIR name a place with more room.",
                    path: FileManager.default.temporaryDirectory.path)
            }
            done += count
        }
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
