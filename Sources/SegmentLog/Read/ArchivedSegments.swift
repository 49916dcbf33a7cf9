/// Sealed segments that stand in a folder by themselves, as they were before a compaction replaced
/// lines in them. Nothing is written there.
package final class ArchivedSegments: Sendable {
    private let view: LogView
    private let folder: String

    /// Opens a folder. Cost: the front of each file's footer.
    ///
    /// - Throws: `damaged` where a file is no sealed segment, or one of another log.
    package init(
        in folder: String, fileSystem: any FileSystem, journalID: JournalID,
        semantics: LineSemantics, cache: BlockCache = BlockCache(), cipher: (any RunCipher)?
    ) throws(LogError) {
        self.folder = folder
        let environment = LogEnvironment(
            fileSystem: fileSystem, journalID: journalID, semantics: semantics,
            cache: cache, cipher: cipher)
        let names = try LogError.wrap("list", folder) { () throws(Errno) in
            try fileSystem.names(in: folder)
        }
        var segments: [SegmentHandle] = []
        for name in names.sorted() {
            guard let first = SegmentName.first(in: name) else { continue }
            let path = folder + "/" + name
            let file = try LogError.wrap("open", path) { () throws(Errno) in
                try fileSystem.open(path, .read)
            }
            let size = try LogError.wrap("read", path) { () throws(Errno) in try file.size() }
            guard let front = try? FooterTables.front(of: file, size: size),
                front.journalID == journalID, front.firstSequence == first
            else {
                throw LogError(
                    .damaged, "it is no archived segment of this journal", path: path)
            }
            segments.append(
                .sealed(
                    SealedSegment(
                        name: name, path: path, firstSequence: first,
                        lastSequence: front.lastSequence, environment: environment)))
        }
        let last = segments.last?.lastSequence ?? 0
        view = LogView(
            lastSequence: last, watermark: last, missing: [],
            plan: ReadPlan(
                segments: segments,
                indexes: StreamIndexes(directory: folder + "/index", environment: environment)),
            environment: environment)
    }

    /// Replaces the lines of events by others with the same leaves in the Merkle tree, as
    /// ``SegmentLog/withholdLines(of:with:)`` does in a log. Who has a file open reads on in it.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - replacement: What takes the place of a line; the line itself where that was done before.
    /// - Returns: How many files were replaced.
    package func withholdLines(
        of events: [ClosedRange<UInt64>], with replacement: @escaping (Span<UInt8>) -> [UInt8]?
    ) throws(LogError) -> Int {
        let environment = view.environment
        guard !view.segments.isEmpty else {
            throw LogError(.damaged, "no archived segment stands there", path: folder)
        }
        var count = 0
        for handle in view.segments {
            let concerned = events.within(handle)
            guard case .sealed(let segment) = handle, !concerned.isEmpty else { continue }
            var replacer = LineReplacer(
                semantics: environment.semantics, events: concerned, cipher: environment.cipher,
                replacement: replacement)
            guard let bytes = try replacer.replace(in: segment) else { continue }
            try LogError.wrap("write", segment.path) { () throws(Errno) in
                try environment.fileSystem.place(bytes, at: segment.path)
                try environment.fileSystem.syncDirectory(folder)
            }
            count += 1
        }
        return count
    }

    /// The line of an event; nil where no file here has it, and where it is damaged.
    package func line(at sequence: UInt64) -> [UInt8]? {
        (try? view.line(at: sequence)) ?? nil
    }
}

extension SegmentLog {
    /// Copies the sealed segments that hold some events to a folder, those that do not stand there yet,
    /// durably. Each is held against the hash in its footer.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart, all of them sealed.
    ///   - folder: Where to; it is made, and the folder that it stands in.
    /// - Throws: `damaged` where a segment is not what was sealed, and errors of the disk.
    package func archive(
        segmentsOf events: [ClosedRange<UInt64>], to folder: String
    ) throws(LogError) {
        try LogError.wrap("create", folder) { () throws(Errno) in
            let parent = Self.parent(of: folder)
            for path in [parent, folder] where try fileSystem.status(of: path) == nil {
                try fileSystem.makeDirectory(path)
                try fileSystem.syncDirectory(Self.parent(of: path))
            }
        }
        let plan = copyPlan()
        for item in plan.items {
            let first = item.handle.firstSequence
            guard
                events.contains(where: { $0.overlaps(first...max(first, item.handle.lastSequence)) }
                )
            else { continue }
            try archive(item, in: plan, to: folder + "/" + item.name)
        }
        try LogError.wrap("sync", folder) { () throws(Errno) in
            try fileSystem.syncDirectory(folder)
        }
    }

    private static func parent(of path: String) -> String {
        guard let end = path.lastIndex(of: "/") else { return "." }
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    private func archive(
        _ item: CopyPlan.Item, in plan: CopyPlan, to target: String
    ) throws(LogError) {
        let aside = target + SegmentName.asideSuffix
        let file = try LogError.wrap("create", aside) { () throws(Errno) -> (any File)? in
            // What stands there is what was, and not what an attempt before may have left of it here.
            guard try fileSystem.status(of: target) == nil else { return nil }
            if try fileSystem.status(of: aside) != nil { try fileSystem.remove(aside) }
            return try fileSystem.open(aside, .create)
        }
        guard let file else { return }
        var copy = HashedCopy(to: file)
        if let damage = try self.copy(item, in: plan, to: &copy).damage {
            throw LogError(.damaged, damage, path: opening.path(item.name))
        }
        try LogError.wrap("archive", target) { () throws(Errno) in
            try file.sync()
            try fileSystem.rename(aside, to: target)
        }
    }
}
