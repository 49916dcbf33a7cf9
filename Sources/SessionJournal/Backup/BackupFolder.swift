internal import SegmentLog

/// A folder of backups of one journal:
///
/// ```
/// LOCK           one backup at a time
/// files/         each file once, by its content: <32 hex digits of its SHA-256>-<its name>
/// generations/   <20 digits>.json: what each backup holds
/// ```
///
/// A backup counts when its manifest stands, which is the last thing that is written. What no manifest
/// names is of a backup that was interrupted, and goes with the next one.
struct BackupFolder {
    let path: String
    let fileSystem: any FileSystem

    var filesPath: String { path + "/files" }
    var generationsPath: String { path + "/generations" }
    private var lockPath: String { path + "/LOCK" }

    func path(of entry: BackupManifest.Entry) -> String { filesPath + "/" + entry.storedName }

    // MARK: Making

    /// Makes the folder where there is none, and takes its lock.
    ///
    /// - Throws: `alreadyExists` where it holds something else; `locked`.
    func prepare() throws(JournalError) -> any FileLock {
        try JournalError.wrap("create", path) { () throws(Errno) in
            if try fileSystem.status(of: path) == nil {
                try fileSystem.makeDirectory(path)
                try fileSystem.syncDirectory(JournalFile.parent(of: path))
            }
        }
        let names = try JournalError.wrap("list", path) { () throws(Errno) in
            try fileSystem.names(in: path)
        }
        guard Set(names).isSubset(of: ["LOCK", "files", "generations"]) else {
            throw JournalError(
                .alreadyExists,
                "the folder holds other files; a backup wants a folder of its own", place: path)
        }
        let lock = try JournalError.wrap("lock", lockPath) { () throws(Errno) in
            try fileSystem.lock(lockPath)
        }
        guard let lock else {
            throw JournalError(
                .locked, "another backup to this folder is under way; wait for it", place: path)
        }
        try JournalError.wrap("create", path) { () throws(Errno) in
            for folder in [filesPath, generationsPath]
            where try fileSystem.status(of: folder) == nil {
                try fileSystem.makeDirectory(folder)
            }
            try fileSystem.syncDirectory(path)
        }
        return lock
    }

    // MARK: Generations

    /// Oldest first.
    func generations() throws(JournalError) -> [UInt64] {
        let names = try JournalError.wrap("list", generationsPath) { () throws(Errno) in
            guard try fileSystem.status(of: generationsPath) != nil else { return [String]() }
            return try fileSystem.names(in: generationsPath)
        }
        return names.compactMap(BackupManifest.generation(in:)).sorted()
    }

    func manifest(_ generation: UInt64) throws(JournalError) -> BackupManifest {
        let path = generationsPath + "/" + BackupManifest.name(generation)
        let bytes = try JournalError.wrap("read", path) { () throws(Errno) -> [UInt8] in
            let file = try fileSystem.open(path, .read)
            return try file.read(min(try file.size(), BackupManifest.sizeLimit), at: 0)
        }
        return try BackupManifest(parsing: bytes, generation: generation, place: path)
    }

    /// The manifest of a generation, of the newest when nil.
    ///
    /// - Throws: `notAJournal` where there is none, `eventNotFound` for an unknown number.
    func manifest(asked generation: UInt64?) throws(JournalError) -> BackupManifest {
        let all = try generations()
        guard let newest = all.last else {
            throw JournalError(
                .notAJournal,
                "there is no backup here; name the folder that 'sjournal backup' made",
                place: path)
        }
        guard let generation else { return try manifest(newest) }
        guard all.contains(generation) else {
            throw JournalError(
                .eventNotFound,
                "there is no generation \(generation) here; the backup holds "
                    + all.map(String.init).joined(separator: ", "), place: path)
        }
        return try manifest(generation)
    }

    /// Makes a generation count. All files that it names are durable.
    func place(_ manifest: BackupManifest) throws(JournalError) {
        let target = generationsPath + "/" + BackupManifest.name(manifest.generation)
        try JournalError.wrap("write", target) { () throws(Errno) in
            try fileSystem.place(manifest.bytes, at: target)
            try fileSystem.syncDirectory(generationsPath)
        }
    }

    // MARK: Files

    /// Whether a file is there, by its size; its bytes are not read.
    func holds(_ entry: BackupManifest.Entry) -> Bool {
        guard let status = try? fileSystem.status(of: path(of: entry)) else { return false }
        return status.kind == .file && status.size == Int(clamping: entry.size)
    }

    /// Whether a file is there and is what was copied.
    func isWhole(_ entry: BackupManifest.Entry) throws(JournalError) -> Bool {
        guard holds(entry) else { return false }
        let path = path(of: entry)
        return try JournalError.wrap("read", path) { () throws(Errno) in
            do throws(Errno) {
                let file = try fileSystem.open(path, .read)
                let hash = try HashedCopy.hash(of: file, size: Int(clamping: entry.size))
                return try file.size() == Int(clamping: entry.size) && hash == entry.hash.bytes
            } catch {
                guard error == .inputOutput else { throw error }
                return false
            }
        }
    }

    /// Removes the oldest generations beyond `keep`, and then the files that no manifest names.
    /// Where a manifest cannot be read, no file is removed. Returns how many generations went.
    func prune(keep: Int?) throws(JournalError) -> Int {
        var all = try generations()
        let old = keep.map { Array(all.dropLast(max(1, $0))) } ?? []
        for number in old {
            let path = generationsPath + "/" + BackupManifest.name(number)
            try JournalError.wrap("remove", path) { () throws(Errno) in
                try fileSystem.remove(path)
            }
        }
        if !old.isEmpty {
            try JournalError.wrap("sync", generationsPath) { () throws(Errno) in
                try fileSystem.syncDirectory(generationsPath)
            }
        }
        all.removeFirst(old.count)
        var named: Set<String> = []
        for number in all {
            guard let manifest = try? manifest(number) else { return old.count }
            named.formUnion(manifest.files.map(\.storedName))
        }
        try JournalError.wrap("clear", filesPath) { () throws(Errno) in
            for name in try fileSystem.names(in: filesPath) where !named.contains(name) {
                try fileSystem.remove(filesPath + "/" + name)
            }
        }
        return old.count
    }
}
