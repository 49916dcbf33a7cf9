internal import SegmentLog
internal import Synchronization

/// What a store in files does about encrypted sessions. Which sessions those are is in the keyring;
/// where that is lost, the runs in the segments say so.
extension FileStore {
    /// What is known of the sessions that were written to.
    struct Protections {
        /// Whether `JOURNAL` says that there are encrypted sessions.
        var isMarked: Bool
        /// Sessions that have neither a key nor a run.
        var plain: Set<SessionID> = []

        /// How many of those are remembered.
        static let limit = 65_536

        init(isMarked: Bool) { self.isMarked = isMarked }
    }

    /// Whether the journal has, or had, encrypted sessions.
    var holdsEncrypted: Bool { protections.withLock { $0.isMarked } }

    /// Whether encrypted content is read here: what is folded from it belongs into no cache on disk.
    ///
    /// Cost: where there are keys and no encrypted session yet, a reader looks whether another process
    /// has begun one. `JOURNAL` says so before the first event of such a session can be read.
    var opensEncrypted: Bool {
        guard keys != nil else { return false }
        if !holdsEncrypted, !isWritable { lookForMark() }
        return holdsEncrypted
    }

    private func lookForMark() {
        guard let file = try? JournalFile.read(in: log.directory, fileSystem), file.isEncrypting
        else { return }
        protections.withLock { $0.isMarked = true }
    }

    /// How the content of a session is stored.
    ///
    /// Cost: none in a journal without encrypted sessions; for a session without a key, a look at its
    /// last block or frame, once.
    package func protection(of session: SessionID) throws(JournalError) -> SessionProtection {
        guard !session.isJournal else { return .plain }
        let known = keys?.protection(session) ?? .plain
        guard known == .plain else { return known }
        if keys != nil { _ = opensEncrypted }
        let isPlain = protections.withLock { !$0.isMarked || $0.plain.contains(session) }
        guard !isPlain else { return .plain }
        let view = log.view()
        let isEncrypted = try JournalError.wrap { () throws(LogError) in
            try view.holdsRuns(of: session.streamKey)
        }
        guard !isEncrypted else {
            guard let keys, !isWritable else { return .locked }
            // Another process may have made its key since.
            try keys.load(false)
            let again = keys.protection(session)
            return again == .plain ? .locked : again
        }
        // Of one that does not exist nobody knows what it will be.
        guard try exists(session, in: view) else { return .plain }
        protections.withLock { protections in
            if protections.plain.count >= Protections.limit { protections.plain = [] }
            protections.plain.insert(session)
        }
        return .plain
    }

    /// The sessions among those of a batch that are encrypted; new ones that are to be get their keys.
    ///
    /// - Throws: `sessionLocked` for one whose key is not at hand, and `unsupported` where a session is
    ///   to be encrypted and there are no keys.
    func encryptedSessions(in batch: PreparedBatch) throws(JournalError) -> Set<SessionID> {
        guard keys != nil || holdsEncrypted || !batch.encrypted.isEmpty else { return [] }
        var sealed: Set<SessionID> = []
        var new: [SessionKeys.NewSession] = []
        for session in Set(batch.items.map(\.session)) where !session.isJournal {
            switch try protection(of: session) {
            case .encrypted: sealed.insert(session)
            case .locked: throw JournalError.sessionLocked(session)
            case .destroyed: throw JournalError.sessionErased(session)
            case .plain:
                let creation = batch.items.first {
                    $0.session == session && $0.draft.kind == .sessionCreated
                }
                guard let creation,
                    batch.encrypted.contains(session) || keys?.encryptsAll() == true
                else { continue }
                new.append(.init(session: session, key: creation.key))
                sealed.insert(session)
            }
        }
        try makeKeys(for: new)
        return sealed
    }

    /// The same of lines of another journal. Entry lines need no key.
    func encryptedSessions(in batch: AdoptedLines) throws(JournalError) -> Set<SessionID> {
        guard keys != nil || holdsEncrypted else { return [] }
        var sealed: Set<SessionID> = []
        var new: [SessionKeys.NewSession] = []
        for session in Set(batch.events.lazy.filter { !$0.isWithheld }.map(\.session)) {
            switch try protection(of: session) {
            case .encrypted: sealed.insert(session)
            case .locked: throw JournalError.sessionLocked(session)
            case .destroyed: throw JournalError.sessionErased(session)
            case .plain:
                guard keys?.encryptsAll() == true,
                    let index = batch.events.firstIndex(where: {
                        $0.session == session && $0.kind == .sessionCreated
                    })
                else { continue }
                new.append(.init(session: session, key: batch.keys[index]))
                sealed.insert(session)
            }
        }
        try makeKeys(for: new)
        return sealed
    }

    /// Gives sessions that have no event yet their keys. Durable when this returns.
    func makeKeys(for sessions: [SessionKeys.NewSession]) throws(JournalError) {
        guard !sessions.isEmpty else { return }
        guard let keys else { throw JournalError.noMasterKey }
        let view = log.view()
        var fresh: [SessionKeys.NewSession] = []
        // One that exists is refused by and by; what it holds so far is plain.
        for new in sessions where try !exists(new.session, in: view) { fresh.append(new) }
        guard !fresh.isEmpty else { return }
        try keys.create(fresh, !holdsEncrypted)
        try mark()
        protections.withLock { protections in
            for new in fresh { protections.plain.remove(new.session) }
        }
    }

    /// Makes every new session an encrypted one.
    func encryptAll() throws(JournalError) {
        guard let keys else { throw JournalError.noMasterKey }
        try keys.begin()
        try mark()
    }

    /// Writes into `JOURNAL` that there are encrypted sessions, behind the first keyring and before
    /// the first event under it. Without it, a session whose keyring is lost would be taken for a
    /// plain one.
    func mark() throws(JournalError) {
        guard !holdsEncrypted else { return }
        try JournalFile.markEncrypting(in: log.directory, fileSystem)
        protections.withLock { $0.isMarked = true }
    }

    private func exists(_ session: SessionID, in view: LogView) throws(JournalError) -> Bool {
        try JournalError.wrap { () throws(LogError) in
            try view.newestExtent(of: session.streamKey) != nil
        }
    }

    /// The session with a caller's key that is in the keyring, if it exists.
    func encryptedSession(forKey key: String, in view: LogView) throws(JournalError) -> SessionID? {
        guard let keys, holdsEncrypted else { return nil }
        // Of a session that never came to be, the key may be left.
        for session in keys.sessions(key) where try exists(session, in: view) { return session }
        return nil
    }

    // MARK: Destroying

    /// Lets nobody append to encrypted sessions any more, for their keys are to be destroyed: what
    /// came later would go too, and nobody has asked for that.
    func beginEnding(_ sessions: [SessionID]) {
        state.withLock { $0.ending.formUnion(sessions) }
    }

    /// Takes that back: nothing was asked for.
    func stopEnding(_ sessions: [SessionID]) {
        state.withLock { $0.ending.subtract(sessions) }
    }

    /// Destroys the keys of encrypted sessions that are to end: from then on nobody can read their
    /// content, here or in any copy of the segments. Durable when this returns.
    ///
    /// Cost: the keyring is written anew, whatever the sessions' sizes.
    ///
    /// - Throws: `unsupported` without keys. Nothing is destroyed then.
    func destroyKeys(of sessions: [SessionID]) async throws {
        try checkWritable()
        guard let keys else { throw JournalError.noMasterKey }
        // A line that waits for the disk is encrypted on its way there, and needs the key.
        let last = state.withLock { $0.sequencer.lastSequence }
        if signal.position < last {
            log.commitStaged()
            _ = try await signal.wait(past: last - 1)
        }
        try keys.destroy(sessions)
        // What was decrypted with them is forgotten too.
        log.forgetContent()
        state.withLock { $0.sequencer.forget(Set(sessions)) }
    }
}

extension JournalError {
    static let noMasterKey = JournalError(
        .unsupported,
        "the journal was opened without a master key, so that it can neither encrypt a session nor "
            + "destroy the key of one; open it with its master key")

    static func sessionLocked(_ session: SessionID) -> JournalError {
        JournalError(
            .sessionLocked,
            "session \(session) is encrypted and its key is not at hand; open the journal with its "
                + "master key and keys/keyring, or write to another session")
    }

    static func sessionErased(_ session: SessionID) -> JournalError {
        JournalError(
            .sessionLocked,
            "session \(session) is erased, or about to be: its key is destroyed, and nothing can be "
                + "added to it; begin another session")
    }
}
