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
    var opensEncrypted: Bool { keys != nil && holdsEncrypted }

    /// How the content of a session is stored.
    ///
    /// Cost: none in a journal without encrypted sessions; for a session without a key, a look at its
    /// last block or frame, once.
    package func protection(of session: SessionID) throws(JournalError) -> SessionProtection {
        guard !session.isJournal else { return .plain }
        let known = keys?.protection(session) ?? .plain
        guard known == .plain else { return known }
        let isPlain = protections.withLock { !$0.isMarked || $0.plain.contains(session) }
        guard !isPlain else { return .plain }
        let view = log.view()
        let isEncrypted = try JournalError.wrap { () throws(LogError) in
            try view.holdsRuns(of: session.streamKey)
        }
        guard !isEncrypted else { return .locked }
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
            case .locked, .destroyed: throw JournalError.sessionLocked(session)
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
            case .locked, .destroyed: throw JournalError.sessionLocked(session)
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

    /// Destroys the key of an encrypted session: from then on nobody can read its content, here or in
    /// any copy of the segments. Durable when this returns.
    ///
    /// Cost: the keyring is written anew, whatever the session's size.
    package func destroyKey(of session: SessionID) throws(JournalError) {
        try checkWritable()
        guard let keys else { throw JournalError.noMasterKey }
        try keys.destroy(session)
        // What was decrypted with it is forgotten too.
        log.forgetContent()
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
}
