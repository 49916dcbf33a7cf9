internal import SessionJournal

/// A file of lines that is followed, as far as it has been imported.
struct SourceState {
    var file: SourceFile

    /// How it is followed.
    var mode = SourceMode.lines

    /// What has been read of it and is not imported yet: a line without its end, or all of it as long
    /// as it is not known what the file is.
    var buffer: [UInt8] = []

    /// What has been imported of it, once it is known what it is.
    var pass: FilePass?
    var watch: PieceWatch?
    var counts = LineCounts()
    var events = 0

    /// The hash of the bytes that were imported, and how many they are.
    var hash = DigestStream()
    var size: UInt64 = 0

    /// Whether something was imported since an event said what the file is made of.
    var isUnfinished = false

    init(_ file: SourceFile) {
        self.file = file
    }

    /// How much may be held back until the file says which session it is, in bytes.
    static let patience = 8 << 20

    /// How much of the buffer is whole lines, in bytes.
    var lineEnd: Int { (buffer.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 }
}

/// What one look at a file that is known says: whether it still begins as it was, and where its last
/// whole line ends.
struct SourceReading {
    /// The hash of the first bytes that were asked for; nil where there are fewer.
    private(set) var prior: Digest?
    /// The hash of the whole lines.
    private(set) var lines = DigestStream()
    /// Where these end.
    private(set) var lineEnd: UInt64 = 0
    /// The last bytes of the file.
    private(set) var tail: [UInt8] = []

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - window: The file, from its start.
    ///   - priorSize: How many of its first bytes are to be hashed by themselves.
    init(_ window: consuming FileWindow, priorSize: UInt64?) throws(TranscriptError) {
        var window = window
        var hash = DigestStream()
        var offset: UInt64 = 0
        repeat {
            try window.fill()
            let bytes = window.bytes
            let end = offset + UInt64(bytes.count)
            if let priorSize, priorSize >= offset, priorSize <= end, prior == nil {
                var first = hash
                first.update(bytes.span.extracting(0..<Int(priorSize - offset)))
                prior = first.finish()
            }
            let lineEnd = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            hash.update(bytes.span.extracting(0..<lineEnd))
            if lineEnd > 0 {
                lines = hash
                self.lineEnd = offset + UInt64(lineEnd)
            }
            hash.update(bytes.span.extracting(lineEnd..<bytes.count))
            tail = Array((tail + bytes.suffix(FollowedFile.tailSize)).suffix(FollowedFile.tailSize))
            offset = end
            window.discard(before: bytes.count)
        } while !window.isAtEnd
    }
}
