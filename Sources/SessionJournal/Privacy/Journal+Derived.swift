internal import SegmentLog
internal import Synchronization

extension Journal {
    /// Destroys what was derived from erased events: what the process remembers of them, and every
    /// file beside the segments that may hold something of them.
    func destroyDerived(
        of sessions: Set<SessionID>, events: [ClosedRange<UInt64>]
    ) async throws -> ErasureRemovals {
        forgetDerived()
        guard let store = store as? FileStore else { return ErasureRemovals() }
        var removed = ErasureRemovals()
        if let snapshots { removed.snapshots = try snapshots.destroy(of: sessions) }
        removed.projections = try derivation.withLock { _ throws(JournalError) in
            try store.clear(
                "snapshots", where: { $0.hasSuffix(ProjectionCheckpoint.suffix) || $0.isAside }
            ).count { !$0.isAside }
        }
        removed.searchIndex = try await store.destroySearchIndex()
        // A torn tail was never acknowledged, and a copy of damaged bytes has served its end: nobody
        // can say which events they hold, so that all of them go.
        removed.quarantine = try store.clear(FileStore.quarantine, where: { !$0.isRecord })
        return removed
    }

    /// Forgets what the process remembers of events.
    func forgetDerived() {
        conversations.forget()
        meters.forget()
        sessionList.forget()
        snapshots?.forgetErased()
        derivation.withLock { $0 += 1 }
        for hear in erasureListeners.withLock({ Array($0.values) }) { hear() }
    }

    /// Has something done whenever an erasure makes the process forget what it knows of events.
    ///
    /// - Parameter hear: What is done; it must not ask for anything of the journal.
    /// - Returns: What ``stopHearing(_:)`` takes.
    package func hearErasures(_ hear: @escaping @Sendable () -> Void) -> UInt64 {
        erasureListeners.withLock { listeners in
            let number = (listeners.keys.max() ?? 0) + 1
            listeners[number] = hear
            return number
        }
    }

    package func stopHearing(_ number: UInt64) {
        _ = erasureListeners.withLock { $0.removeValue(forKey: number) }
    }

    /// Notes on the disk that an erasure or a compaction is about to be certain, so that the next opening
    /// looks whether it was finished.
    func markDestruction() throws(JournalError) {
        guard let store = store as? FileStore else { return }
        try JournalError.wrap("write", store.destructionMark) { () throws(Errno) in
            // There is nothing in it that could be torn.
            if try store.fileSystem.status(of: store.destructionMark) == nil {
                _ = try store.fileSystem.open(store.destructionMark, .create)
            }
            try store.fileSystem.syncDirectory(store.log.directory)
        }
    }

    func unmarkDestruction() throws(JournalError) {
        guard let store = store as? FileStore else { return }
        try JournalError.wrap("remove", store.destructionMark) { () throws(Errno) in
            guard try store.fileSystem.status(of: store.destructionMark) != nil else { return }
            try store.fileSystem.remove(store.destructionMark)
            try store.fileSystem.syncDirectory(store.log.directory)
        }
    }

    /// Whether an erasure or a compaction may have been left unfinished.
    var hasDestructionMark: Bool {
        guard let store = store as? FileStore else { return false }
        return ((try? store.fileSystem.status(of: store.destructionMark)) ?? nil) != nil
    }
}

extension FileStore {
    /// A file without content: an erasure or a compaction may be unfinished.
    var destructionMark: String { log.directory + "/" + JournalFile.destructionMark }

    /// Removes files of a folder of the journal, durably. Returns their names.
    func clear(
        _ folder: String, where isGone: (String) -> Bool
    ) throws(JournalError) -> [String] {
        let path = log.directory + "/" + folder
        let gone = try files(of: folder, where: isGone)
        guard !gone.isEmpty else { return [] }
        try JournalError.wrap("clear", path) { () throws(Errno) in
            for name in gone { try fileSystem.remove(path + "/" + name) }
            try fileSystem.syncDirectory(path)
        }
        return gone
    }

    /// The names of files of a folder of the journal; none where there is no folder.
    private func files(
        of folder: String, where isWanted: (String) -> Bool
    ) throws(JournalError) -> [String] {
        let path = log.directory + "/" + folder
        return try JournalError.wrap("look into", path) { () throws(Errno) -> [String] in
            guard try fileSystem.status(of: path)?.kind == .directory else { return [] }
            var names: [String] = []
            for name in try fileSystem.names(in: path) where isWanted(name) {
                guard try fileSystem.status(of: path + "/" + name)?.kind == .file else { continue }
                names.append(name)
            }
            return names
        }
    }

    /// The files in quarantine that hold bytes of events, nobody knows of which.
    func quarantined() throws(JournalError) -> [String] {
        try files(of: Self.quarantine, where: { !$0.isRecord })
    }

    fileprivate static let quarantine = "quarantine"

    /// Removes the search index, when nobody is at work on it. Returns whether there was one.
    func destroySearchIndex() async throws -> Bool {
        let lockPath = log.directory + "/index/" + Self.searchLock
        while true {
            let lock: (any FileLock)?
            do throws(Errno) {
                guard try fileSystem.status(of: lockPath) != nil else { break }
                lock = try fileSystem.lock(lockPath)
            } catch {
                throw JournalError(
                    .inputOutput, "the search index cannot be locked", place: lockPath,
                    cause: error)
            }
            if let lock {
                defer { lock.release() }
                return try clear("index", where: { $0.hasPrefix(Self.searchFile) }).isEmpty == false
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try clear("index", where: { $0.hasPrefix(Self.searchFile) }).isEmpty == false
    }

    /// The files of the search index, and the lock of who makes it.
    private static let searchFile = "search.sqlite"
    private static let searchLock = "search.lock"
}

extension String {
    /// Whether a file of this name was never finished.
    fileprivate var isAside: Bool { hasSuffix(SegmentName.asideSuffix) }

    /// Whether it is the record of a repair, which names files and ranges and holds no event.
    fileprivate var isRecord: Bool { hasSuffix(RepairRecord.suffix) }
}
