internal import SegmentLog

extension Journal {
    /// Copies the journal to a folder, beside whoever writes to it. The first time all of it is
    /// copied, later only what is new: sealed segments that the folder holds are known by their
    /// footers. Every backup is a generation of its own, and can be restored.
    ///
    /// The backup holds everything up to the last event that is durable when it begins. One that is
    /// interrupted does not count and harms no other. `keys/` are not copied, and nor are caches.
    ///
    /// Cost: reads and writes what is new, and reads one footer a segment.
    ///
    /// - Parameters:
    ///   - path: A folder that does not exist yet, is empty, or holds backups of this journal.
    ///   - options: How many generations are kept.
    /// - Throws: ``JournalError/Code/conflict`` where the folder holds the backup of another journal,
    ///   or of this one after it was rolled back or went another way; `alreadyExists`, `locked`, or
    ///   what the disk says. ``JournalError/Code/unsupported`` for a journal that is not in files.
    public func backup(
        to path: String, options: BackupOptions = BackupOptions()
    ) async throws -> BackupReport {
        guard let store = store as? FileStore else {
            throw JournalError(
                .unsupported, "only a journal in files can be backed up; copy its events instead")
        }
        return try await store.backup(to: path, options)
    }

    /// Writes a backup into a directory of its own and verifies it: every file against its hash, the
    /// structure, each event, and the root. Only then the directory is a journal.
    ///
    /// The copy keeps the journal's id. Its writer epochs begin far ahead of the backup's, so that
    /// blocks that are appended to it are told from those of any other copy.
    ///
    /// Cost: reads the backup twice, and writes it once.
    ///
    /// - Parameters:
    ///   - path: A folder that ``backup(to:options:)`` made.
    ///   - target: A directory that does not exist yet, or is empty.
    ///   - options: Which generation, and whether a damaged one will do.
    ///   - opening: How the journal is opened when it is verified.
    /// - Throws: ``JournalError/Code/alreadyExists`` where the target is not empty,
    ///   ``JournalError/Code/damaged`` where the backup is not what was copied, or what the disk says.
    public static func restore(
        from path: String, to target: String, options: RestoreOptions = RestoreOptions(),
        opening: JournalOptions = JournalOptions()
    ) async throws -> RestoreReport {
        let instruments = Instruments(opening)
        defer { instruments.flush() }
        return try await instruments.measure(.restore, bytes: \.bytes) {
            try await FileStore.offload { () throws(JournalError) in
                var run = RestoreRun(from: path, to: target, options, opening)
                return try run.run()
            }
        }
    }

    /// Reads every file of every generation in a folder of backups and compares it with its hash.
    ///
    /// Cost: one reading of the folder.
    public static func verifyBackup(
        at path: String, opening: JournalOptions = JournalOptions(),
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> BackupVerification {
        try await FileStore.offload { () throws(JournalError) in
            try BackupFolder(path: path, fileSystem: opening.fileSystem).verify(progress)
        }
    }
}

extension FileStore {
    func backup(to path: String, _ options: BackupOptions) async throws -> BackupReport {
        try? await settle()
        _ = try openView()
        return try await instruments.measure(.backup, bytes: \.bytesCopied) {
            try await blocking { [self] () throws(JournalError) in
                var run = BackupRun(of: log, to: path, options, fileSystem, clock: clock)
                return try run.run()
            }
        }
    }
}

extension BackupFolder {
    /// Reads everything that a manifest names, each file once.
    func verify(
        _ progress: (@Sendable (OperationProgress) -> Void)?
    ) throws(JournalError) -> BackupVerification {
        var verification = BackupVerification()
        var manifests: [BackupManifest] = []
        for number in try generations() {
            do throws(JournalError) {
                manifests.append(try manifest(number))
            } catch {
                guard [.damaged, .inputOutput].contains(error.code) else { throw error }
                verification.findings.append("\(error)")
            }
        }
        guard !manifests.isEmpty || !verification.findings.isEmpty else {
            throw JournalError(
                .notAJournal,
                "there is no backup here; name the folder that 'sjournal backup' made",
                place: path)
        }
        var sizes: [String: UInt64] = [:]
        for entry in manifests.flatMap(\.files) { sizes[entry.storedName] = entry.size }
        let total = sizes.values.reduce(0, +)
        var known: [String: Bool] = [:]
        for manifest in manifests {
            var isWhole = true
            for entry in manifest.files {
                if known[entry.storedName] == nil {
                    let isSame = try self.isWhole(entry)
                    known[entry.storedName] = isSame
                    verification.bytesChecked += entry.size
                    progress?(
                        OperationProgress(
                            bytesDone: verification.bytesChecked, bytesTotal: total))
                    if !isSame {
                        verification.findings.append(
                            "files/\(entry.storedName) is missing, or is not what was copied")
                    } else if let damage = entry.damage {
                        verification.findings.append(
                            "\(entry.path) was damaged when generation \(manifest.generation) was "
                                + "made: \(damage)")
                    }
                }
                if known[entry.storedName] != true || entry.damage != nil { isWhole = false }
            }
            verification.generations.append(
                .init(
                    number: manifest.generation, time: manifest.time,
                    lastSequence: manifest.events, root: manifest.root,
                    files: manifest.files.count,
                    bytes: manifest.files.reduce(0) { $0 + $1.size }, isWhole: isWhole))
        }
        return verification
    }
}
