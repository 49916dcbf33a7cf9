internal import SegmentLog

/// One backup of a journal in files, beside whoever writes to it.
///
/// ```
/// lock ─▶ same journal, same history? ─▶ view ─▶ copy what is new, each file synced and named by its
///      content ─▶ sync files/ ─▶ manifest ─▶ sync generations/ ─▶ remove what nobody names
/// ```
///
/// Until the manifest stands, nothing that an earlier backup needs has been touched.
struct BackupRun {
    private let log: SegmentLog
    private let fileSystem: any FileSystem
    private let folder: BackupFolder
    private let options: BackupOptions
    private let clock: @Sendable () -> Timestamp

    private var files: [BackupManifest.Entry] = []
    private var known: [String: [BackupManifest.Entry]] = [:]
    private var report = BackupReport(generation: 1, lastSequence: 0, root: nil)
    private var sizeDone: UInt64 = 0
    private var sizeTotal: UInt64 = 0

    init(
        of log: SegmentLog, to path: String, _ options: BackupOptions, _ fileSystem: any FileSystem,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.log = log
        self.fileSystem = fileSystem
        self.options = options
        self.clock = clock
        folder = BackupFolder(path: path, fileSystem: fileSystem)
    }

    mutating func run() throws(JournalError) -> BackupReport {
        let lock = try folder.prepare()
        defer { lock.release() }
        try begin()
        let plan = log.copyPlan()
        report.lastSequence = plan.view.lastSequence
        report.root = root(of: plan.view)
        sizeTotal = plan.items.reduce(0) { $0 + $1.size }
        tell()
        try copyFile(JournalFile.name)
        for item in plan.items {
            let copied = report.bytesCopied
            try copy(item, in: plan)
            sizeDone += item.size
            tell()
            // Read and written.
            options.pace?.spendBlocking(2 * (report.bytesCopied - copied))
        }
        try copyFolders()
        try JournalError.wrap("sync", folder.filesPath) { () throws(Errno) in
            try fileSystem.syncDirectory(folder.filesPath)
        }
        var manifest = BackupManifest(
            journalID: log.journalID, generation: report.generation, time: clock(),
            events: report.lastSequence, root: report.root, files: files)
        manifest.erasures = Self.erasures(in: plan.view)
        try folder.place(manifest)
        report.generationsRemoved = try folder.prune(keep: options.keep)
        return report
    }

    /// The events that say that an erasure is finished, as far as they can be read.
    private static func erasures(in view: LogView) -> [UInt64] {
        var found: [UInt64] = []
        try? view.scan(
            stream: SessionID.journal.streamKey, in: 1...max(1, view.lastSequence),
            onHole: { _ in }
        ) { sequence, line in
            if (try? EventHead(line))?.kind == .erasureFinished { found.append(sequence) }
            return true
        }
        return found
    }

    private func tell() {
        options.progress?(OperationProgress(bytesDone: sizeDone, bytesTotal: sizeTotal))
    }

    private func root(of view: LogView) -> Digest? {
        (try? view.frontier(at: view.lastSequence)).flatMap { LeafTree($0)?.root }
    }

    // MARK: What the folder holds

    /// Reads the manifests, and sees that this is the journal that was backed up here.
    private mutating func begin() throws(JournalError) {
        var newest: BackupManifest?
        for number in try folder.generations() {
            report.generation = number + 1
            do throws(JournalError) {
                let manifest = try folder.manifest(number)
                for entry in manifest.files { known[entry.path, default: []].append(entry) }
                newest = manifest
            } catch {
                // Nothing is taken from it, and nothing is removed while it is there.
                guard error.code == .damaged || error.code == .inputOutput else { throw error }
                report.findings.append("\(error)")
            }
        }
        guard let newest else { return }
        guard newest.journalID == log.journalID else {
            throw JournalError(
                .conflict, "the folder holds backups of another journal; name another one",
                place: folder.path)
        }
        try checkHistory(newest)
    }

    /// A journal that was rolled back, or a copy that went its own way, does not go over the backup
    /// of the other one.
    private func checkHistory(_ newest: BackupManifest) throws(JournalError) {
        let view = log.view()
        let advice = "name another folder, so that neither of the two is lost"
        guard view.lastSequence >= newest.events else {
            throw JournalError(
                .conflict,
                "the journal ends with event \(view.lastSequence), and its backup of "
                    + "\(newest.time) holds \(newest.events): it was rolled back; \(advice)",
                place: folder.path)
        }
        guard let held = newest.root, let frontier = try? view.frontier(at: newest.events),
            let root = LeafTree(frontier)?.root
        else { return }
        guard root == held else {
            throw JournalError(
                .conflict,
                "the first \(newest.events) events are not those of the backup of "
                    + "\(newest.time): the journal is a copy that went its own way; \(advice)",
                place: folder.path)
        }
    }

    // MARK: Copying

    private mutating func copy(
        _ item: CopyPlan.Item, in plan: CopyPlan
    ) throws(JournalError) {
        let path = "segments/" + item.name
        if let mark = log.mark(of: item),
            let entry = known[path]?.last(where: { $0.mark == mark && $0.damage == nil }),
            folder.holds(entry)
        {
            return keep(entry)
        }
        let log = self.log
        do throws(JournalError) {
            try write(path) { copy throws(JournalError) in
                try JournalError.wrap { () throws(LogError) in
                    try log.copy(item, in: plan, to: &copy)
                }
            }
        } catch {
            // There is no file to be copied: what is left of the journal is.
            guard error.code == .damaged else { throw error }
            report.findings.append("\(path): \(error.message)")
        }
    }

    private mutating func keep(_ entry: BackupManifest.Entry) {
        files.append(entry)
        report.filesKnown += 1
        report.bytesKnown += entry.size
    }

    private mutating func copyFolders() throws(JournalError) {
        for name in BackupManifest.Entry.folders {
            let path = log.directory + "/" + name
            let names = try JournalError.wrap("list", path) { () throws(Errno) -> [String] in
                guard try fileSystem.status(of: path)?.kind == .directory else { return [] }
                return try fileSystem.names(in: path)
            }
            for file in names where !file.hasSuffix(SegmentName.asideSuffix) {
                try copyFile(name + "/" + file)
            }
        }
    }

    /// Copies a small file; one that is known by its bytes is not written again.
    private mutating func copyFile(_ path: String) throws(JournalError) {
        let source = log.directory + "/" + path
        let file: any File
        do throws(Errno) {
            file = try fileSystem.open(source, .read)
        } catch {
            guard path != JournalFile.name, error.isRefusal else {
                throw JournalError(LogError(errno: error, action: "open", path: source))
            }
            return report.findings.append("\(path): \(error)")
        }
        let size = try JournalError.wrap("read", source) { () throws(Errno) in try file.size() }
        let bytes = try JournalError.wrap("read", source) { () throws(Errno) in
            try HashedCopy.hash(of: file, size: size)
        }
        let hash = Digest(bytes: bytes.span)
        if let entry = known[path]?.last(where: { $0.hash == hash && $0.size == UInt64(size) }),
            folder.holds(entry)
        {
            return keep(entry)
        }
        try write(path) { copy throws(JournalError) in
            let isWhole = try JournalError.wrap("copy", source) { () throws(Errno) in
                try copy.append(0..<size, of: file)
            }
            return CopiedSegment(
                damage: isWhole ? nil : "it became shorter while it was copied")
        }
    }

    /// Writes a file into the folder, durably and under the name that its content gives it.
    private mutating func write(
        _ path: String,
        _ body: (inout HashedCopy) throws(JournalError) -> CopiedSegment
    ) throws(JournalError) {
        let aside = folder.filesPath + "/copy" + SegmentName.asideSuffix
        let target = try JournalError.wrap("write", aside) { () throws(Errno) in
            if try fileSystem.status(of: aside) != nil { try fileSystem.remove(aside) }
            return try fileSystem.open(aside, .create)
        }
        var copy = HashedCopy(to: target)
        let copied = try body(&copy)
        guard let hash = Digest(bytes: copy.hash().span) else { return }
        let entry = BackupManifest.Entry(
            path: path, size: UInt64(copy.size), hash: hash, mark: copied.mark,
            damage: copied.damage)
        try JournalError.wrap("write", aside) { () throws(Errno) in
            try target.sync()
            try fileSystem.rename(aside, to: folder.path(of: entry))
        }
        files.append(entry)
        report.filesCopied += 1
        report.bytesCopied += entry.size
        if let damage = copied.damage { report.findings.append("\(path): \(damage)") }
    }
}
