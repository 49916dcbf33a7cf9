#if Archives
internal import SessionJournal

/// A file of gzip: one stream, or several of them behind each other.
struct GzipFile {
    let file: FileWalk.File

    /// What it holds.
    ///
    /// - Throws: ``TranscriptError/Code/archive`` where it is damaged, cut short, or unpacks to more
    ///   than is taken.
    func unpack() throws(TranscriptError) -> FileContent {
        var window = try FileWindow(path: file.fullPath, size: file.size)
        let inflater = try Inflater(.gzip, path: file.path)
        var budget = UnpackingBudget(path: file.path)
        var spool = Spool()
        var isAtEnd = false
        while !window.isAtEnd {
            try window.fill()
            var start = 0
            while start < window.bytes.count {
                if isAtEnd {
                    // Tapes and blocks are filled up with zeros.
                    guard window.bytes[start] != 0 else {
                        start += 1
                        continue
                    }
                    guard window.bytes[start] == 0x1F else { throw error("bytes stand behind it") }
                    inflater.reset()
                    isAtEnd = false
                }
                let base = window.base + UInt64(start)
                let rest = window.bytes.span.extracting(start..<window.bytes.count)
                let step = try inflater.inflate(rest) {
                    (page: Span<UInt8>, used: Int) throws(TranscriptError) in
                    try budget.take(page.count, packed: base + UInt64(used))
                    try spool.append(page)
                }
                start += step.used
                isAtEnd = step.isAtEnd
                if step.used == 0, !step.isAtEnd { throw error("its end is missing") }
            }
            window.discard(before: window.bytes.count)
        }
        guard isAtEnd else { throw error("its end is missing") }
        return spool.finish()
    }

    private func error(_ what: String) -> TranscriptError {
        TranscriptError(
            .archive, "\(file.path) is no whole file of gzip: \(what). Unpack what gzip can.",
            path: file.path)
    }
}
#endif
