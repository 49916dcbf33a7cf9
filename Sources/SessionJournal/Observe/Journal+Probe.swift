internal import SegmentLog

extension Journal {
    /// Measures what a sync costs where a journal lies: writes a page over and over in a file of its
    /// own there, syncs each time, and removes the file. The journal is not touched, and may be in
    /// use.
    ///
    /// For a process that only reads, which has no syncs of its own to measure; one that writes has
    /// them in ``metrics()``.
    ///
    /// - Parameters:
    ///   - path: The journal's directory.
    ///   - count: How many syncs are measured.
    ///   - options: Whose disk and random source are used.
    /// - Throws: ``JournalError/Code/accessDenied`` where nothing can be written there, and what else
    ///   the disk says.
    public static func probeSyncs(
        at path: String, count: Int = 100, options: JournalOptions = JournalOptions()
    ) throws -> LatencyHistogram {
        let disk = options.fileSystem
        let noise = options.random(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let name = path + "/.probe-" + String(noise, radix: 16)
        var histogram = LatencyHistogram()
        let page = [UInt8](repeating: 0, count: SegmentLogFormat.pageSize)
        try JournalError.wrap("measure syncs in", name) { () throws(Errno) in
            let file = try disk.open(name, .create)
            defer { try? disk.remove(name) }
            try file.write(page.span, at: 0)
            try file.sync()
            for _ in 0..<max(0, count) {
                let start = MonotonicTime.now()
                try file.write(page.span, at: 0)
                try file.sync()
                histogram.record(nanoseconds: MonotonicTime.now() - start)
            }
        }
        return histogram
    }
}
