internal import SegmentLog

/// One restoration of a backup into a directory of its own.
///
/// `JOURNAL.new` is written first and becomes `JOURNAL` last, when every file was compared with its
/// hash, the whole was verified, and the root is the one of the manifest: until then the directory is
/// no journal, and by that file an interrupted restoration is known and begun again.
struct RestoreRun {
    private let folder: BackupFolder
    private let target: String
    private let options: RestoreOptions
    private let environment: JournalOptions

    private var findings: [String] = []
    private var files = 0
    private var bytes: UInt64 = 0
    private var total: UInt64 = 0

    private var fileSystem: any FileSystem { environment.fileSystem }

    /// How far ahead of the backup's the restored copy's writer epochs begin: a random number of so
    /// many bits, and one bit more that is set.
    private static let leadBits = 40

    init(
        from path: String, to target: String, _ options: RestoreOptions,
        _ environment: JournalOptions
    ) {
        folder = BackupFolder(path: path, fileSystem: environment.fileSystem)
        self.target = target
        self.options = options
        self.environment = environment
    }

    mutating func run() throws(JournalError) -> RestoreReport {
        let manifest = try folder.manifest(asked: options.generation)
        let size = manifest.files.reduce(0) { $0 + $1.size }
        total = 2 * size
        tell(0)
        guard let first = manifest.files.first(where: { $0.path == JournalFile.name }) else {
            throw JournalError(.damaged, "the manifest names no JOURNAL", place: folder.path)
        }
        let identity = try content(of: first)
        guard try JournalFile(parsing: identity, place: first.path).journalID == manifest.journalID
        else {
            throw JournalError(
                .damaged, "the file JOURNAL of this backup is another journal's", place: folder.path
            )
        }
        try prepare(identity)
        let active = manifest.files.map(\.path).filter { $0.hasPrefix("segments/") }.max()
        for entry in manifest.files where entry.path != JournalFile.name {
            try restore(entry, isActive: entry.path == active, manifest)
            tell(bytes)
        }
        try syncFolders()
        let verification = try verify(manifest)
        try JournalError.wrap("finish", target) { () throws(Errno) in
            // The backup may have been made in the middle of an erasure: the first writer looks.
            let mark = target + "/" + JournalFile.destructionMark
            if try fileSystem.status(of: mark) == nil { _ = try fileSystem.open(mark, .create) }
        }
        try JournalError.wrap("finish", target) { () throws(Errno) in
            try fileSystem.rename(asidePath, to: target + "/" + JournalFile.name)
            try fileSystem.syncDirectory(target)
        }
        var report = RestoreReport(
            generation: manifest.generation, time: manifest.time, files: files + 1, bytes: bytes,
            verification: verification, findings: findings)
        report.laterErasures = laterErasures(than: manifest)
        return report
    }

    /// Erasures that later generations in the folder know of, and this one does not.
    private func laterErasures(than manifest: BackupManifest) -> [UInt64] {
        let later = ((try? folder.generations()) ?? []).filter { $0 > manifest.generation }
        let known = later.compactMap { try? folder.manifest($0) }.flatMap(\.erasures)
        return Set(known.filter { $0 > manifest.events }).sorted()
    }

    private func tell(_ done: UInt64) {
        options.progress?(OperationProgress(bytesDone: min(done, total), bytesTotal: total))
    }

    private var asidePath: String { target + "/" + JournalFile.asideName }

    // MARK: The target

    /// Makes the directory, or takes over what an interrupted restoration left in it.
    private func prepare(_ identity: [UInt8]) throws(JournalError) {
        let names = try JournalError.wrap("create", target) { () throws(Errno) -> [String] in
            guard let status = try fileSystem.status(of: target) else {
                try fileSystem.makeDirectory(target)
                try fileSystem.syncDirectory(JournalFile.parent(of: target))
                return []
            }
            guard status.kind == .directory else { throw .notDirectory }
            return try fileSystem.names(in: target)
        }
        let held = try read(asidePath)
        let isBegun = !names.contains(JournalFile.name) && held == identity
        guard isBegun || names.isEmpty || names == [JournalFile.asideName] else {
            throw JournalError(
                .alreadyExists,
                "the directory is not empty; a restored journal wants one of its own",
                place: target)
        }
        if isBegun { try clear(names) }
        try JournalError.wrap("create", target) { () throws(Errno) in
            // Durable before anything else is there: by it the rest is known to be ours.
            if !isBegun {
                if !names.isEmpty { try fileSystem.remove(asidePath) }
                let file = try fileSystem.open(asidePath, .create)
                try file.write(identity.span, at: 0)
                try file.sync()
            }
            try fileSystem.syncDirectory(target)
            for folder in ["segments"] + BackupManifest.Entry.folders
            where try fileSystem.status(of: target + "/" + folder) == nil {
                try fileSystem.makeDirectory(target + "/" + folder)
            }
            try fileSystem.syncDirectory(target)
        }
    }

    /// A small file; nil where there is none.
    private func read(_ path: String) throws(JournalError) -> [UInt8]? {
        try JournalError.wrap("read", path) { () throws(Errno) -> [UInt8]? in
            guard let status = try fileSystem.status(of: path), status.kind == .file else {
                return nil
            }
            return try fileSystem.open(path, .read).read(min(status.size, 1 << 20), at: 0)
        }
    }

    private func clear(_ names: [String]) throws(JournalError) {
        for folder in ["segments"] + BackupManifest.Entry.folders where names.contains(folder) {
            let path = target + "/" + folder
            try JournalError.wrap("clear", path) { () throws(Errno) in
                for name in try fileSystem.names(in: path) {
                    try fileSystem.remove(path + "/" + name)
                }
            }
        }
    }

    private func syncFolders() throws(JournalError) {
        for folder in ["segments"] + BackupManifest.Entry.folders {
            let path = target + "/" + folder
            try JournalError.wrap("sync", path) { () throws(Errno) in
                try fileSystem.syncDirectory(path)
            }
        }
    }

    // MARK: Files

    /// The bytes of a file of the backup, compared with its hash.
    private func content(of entry: BackupManifest.Entry) throws(JournalError) -> [UInt8] {
        let path = folder.path(of: entry)
        guard try folder.isWhole(entry) else {
            throw JournalError(
                .damaged, "the file is not what was copied; try an older generation", place: path)
        }
        return try JournalError.wrap("read", path) { () throws(Errno) in
            try fileSystem.open(path, .read).read(Int(clamping: entry.size), at: 0)
        }
    }

    private mutating func restore(
        _ entry: BackupManifest.Entry, isActive: Bool, _ manifest: BackupManifest
    ) throws(JournalError) {
        let path = target + "/" + entry.path
        if isActive, try folder.isWhole(entry) {
            let bytes = try content(of: entry)
            let leading =
                SegmentLog.reopened(bytes, lead: lead(), journalID: manifest.journalID) ?? bytes
            try write(path) { copy throws(Errno) in try copy.append(leading.span) }
            return
        }
        let stored = folder.path(of: entry)
        let source: any File
        do throws(Errno) {
            source = try fileSystem.open(stored, .read)
        } catch {
            return try object(
                to: entry, "its copy cannot be opened: \(error)")
        }
        var isRead = true
        let hash = try write(path) { copy throws(Errno) in
            isRead = try copy.append(0..<source.size(), of: source, aroundDamage: true)
        }
        guard isRead, Digest(bytes: hash.span) == entry.hash else {
            return try object(to: entry, "it is not what was copied (\(stored))")
        }
    }

    /// A restoration that takes no damage ends here.
    private mutating func object(
        to entry: BackupManifest.Entry, _ finding: String
    ) throws(JournalError) {
        guard options.acceptsDamage else {
            throw JournalError(
                .damaged,
                "\(finding); restore an older generation, or take what there is with --damaged",
                place: entry.path)
        }
        findings.append("\(entry.path): \(finding)")
    }

    /// A random number that no writer counts up to.
    private func lead() -> UInt64 {
        let noise = environment.random(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return 1 << UInt64(Self.leadBits) | noise >> UInt64(64 - Self.leadBits)
    }

    @discardableResult
    private mutating func write(
        _ path: String, _ body: (inout HashedCopy) throws(Errno) -> Void
    ) throws(JournalError) -> [UInt8] {
        let copy = try JournalError.wrap("write", path) { () throws(Errno) in
            if try fileSystem.status(of: path) != nil { try fileSystem.remove(path) }
            let file = try fileSystem.open(path, .create)
            var copy = HashedCopy(to: file)
            try body(&copy)
            try file.sync()
            return copy
        }
        files += 1
        bytes += UInt64(copy.size)
        return copy.hash()
    }

    // MARK: Verifying

    private mutating func verify(_ manifest: BackupManifest) throws(JournalError)
        -> VerificationReport
    {
        let log = try JournalError.wrap { () throws(LogError) in
            try SegmentLog.open(
                directory: target, fileSystem: fileSystem, journalID: manifest.journalID,
                mode: .reader, semantics: .events)
        }
        var options = VerificationOptions()
        if let progress = self.options.progress {
            let (before, all) = (total / 2, total)
            options.progress = {
                progress(
                    OperationProgress(
                        bytesDone: min(before + $0.bytesDone, all), bytesTotal: all))
            }
        }
        var run = try VerificationRun(
            of: log, options, fileSystem: fileSystem, clock: environment.clock)
        let report = try run.report()
        var found: [String] = []
        if report.verdict == .damaged { found += report.findings }
        let last = log.view().lastSequence
        if last != manifest.events {
            found.append("it ends with event \(last), and the backup with \(manifest.events)")
        } else if report.root != manifest.root {
            found.append("its Merkle root is not the one of the backup")
        }
        guard found.isEmpty || self.options.acceptsDamage else {
            throw JournalError(
                .damaged,
                "the restored files are not a whole journal (\(found[0])); restore an older "
                    + "generation, or take what there is with --damaged", place: target)
        }
        findings += found
        return report
    }
}
