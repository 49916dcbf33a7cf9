#if Crypto
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// The keys of one journal's encrypted sessions, as `keys/keyring` holds them.
///
/// Invariants:
/// 1. What is in memory is what is durable in the file: nothing is handed out before.
/// 2. New keys are appended, and synced. Every other change replaces the file whole: written aside,
///    synced, renamed, the directory synced. What it was before is then overwritten.
/// 3. Only the journal's writer changes it.
final class Keyring: Sendable {
    static let folderName = "keys"
    static let fileName = "keyring"

    struct State {
        /// Nil where there is no file.
        var file: KeyringFile?
        /// The file system's identity of the file that was read, and its size.
        var identity: UInt64?
        var size = 0
        /// How many bytes of it hold, and whether they end as a closed journal's do.
        var length = 0
        var isEnded = true
        /// What stands behind them.
        var torn: [UInt8] = []
        /// Whether an append has failed, so that nobody knows what the file holds.
        var isDoubtful = false
        /// The 32 bytes that wrap, and what they were made of.
        var master: (key: SecretBytes, source: KeyringFile.Source)?
        /// What was unwrapped so far.
        var secrets: [SessionID: SessionSecret] = [:]
        /// The callers' own names; nil before somebody asks for one.
        var names: [String: [SessionID]]?
    }

    let place: SessionKeys.Place
    let master: MasterKey
    let state = Mutex(State())
    let cipher: EpochCipher

    init(_ place: SessionKeys.Place, master: MasterKey) {
        self.place = place
        self.master = master
        cipher = EpochCipher(journalID: place.journalID)
        // The cipher asks for keys; it does not keep this object, which keeps it.
        cipher.source.withLock { source in
            source.key = { [weak self] session in self?.dataKey(of: session) }
        }
    }

    var folder: String { place.directory + "/" + Self.folderName }
    var path: String { folder + "/" + Self.fileName }

    // MARK: Reading

    /// Reads the file, if there is one, and checks the master key against it.
    ///
    /// - Throws: `wrongKey`, `damaged`, `newerFormat`, and what the disk says.
    func load() throws(JournalError) {
        let (bytes, identity) = try read()
        guard let bytes else {
            state.withLock { state in
                let master = state.master
                state = State()
                state.master = master
            }
            return
        }
        let content = try parse(bytes)
        let file = content.file
        let known = state.withLock { $0.master }
        let key: SecretBytes
        if let known, known.source == file.source {
            key = known.key
        } else {
            key = try master.key(for: file.source)
        }
        try Self.check(key, against: file, at: path)
        state.withLock { state in
            var fresh = State()
            fresh.file = file
            fresh.identity = identity
            fresh.size = bytes.count
            fresh.length = content.length
            fresh.isEnded = content.isEnded
            fresh.torn = content.torn
            fresh.master = (key, file.source)
            state = fresh
        }
        cipher.forget()
    }

    private func read() throws(JournalError) -> (bytes: [UInt8]?, identity: UInt64?) {
        do throws(Errno) {
            guard let status = try place.fileSystem.status(of: path) else { return (nil, nil) }
            guard status.size <= KeyringFile.sizeLimit else { return ([], nil) }
            let file = try place.fileSystem.open(path, .read)
            return (try file.read(try file.size(), at: 0), try file.identity())
        } catch {
            throw JournalError(
                error == .accessDenied ? .accessDenied : .inputOutput,
                "the keyring cannot be read: \(error)", place: path)
        }
    }

    private func parse(_ bytes: [UInt8]) throws(JournalError) -> KeyringContent {
        let content: KeyringContent
        do throws(FormatError) {
            content = try KeyringContent(parsing: bytes.span)
        } catch {
            if case .newer(let what) = error {
                throw JournalError(
                    .newerFormat, "a newer sjournal wrote the keyring (\(what)); use that one",
                    place: path)
            }
            throw JournalError(
                .damaged,
                "the keyring is not what was written (\(error)); bring it back from where you keep a "
                    + "copy of it, or open the journal without a key to read what is not encrypted",
                place: path)
        }
        guard content.file.journalID == place.journalID else {
            throw JournalError(
                .wrongKey, "the keyring is that of another journal; bring back this one's",
                place: path)
        }
        return content
    }

    /// Refuses a master key that is not the one of a keyring.
    private static func check(
        _ key: SecretBytes, against file: KeyringFile, at path: String
    ) throws(JournalError) {
        let plain = try? KeyWrap.unwrap(file.check.span, with: key)
        let expected = file.journalID.bytes + file.journalID.bytes
        guard let plain, plain.isSame(as: SecretBytes(copying: expected.span)) else {
            throw JournalError(
                .wrongKey, "the master key is not the one of this journal's keyring", place: path)
        }
    }

    // MARK: Asking

    /// How many sessions have a key.
    var keyCount: Int {
        state.withLock { state in state.file?.entries.count { !$0.isDestroyed } ?? 0 }
    }

    /// How a session is stored.
    func protection(of session: SessionID) -> SessionProtection {
        state.withLock { state in
            guard let file = state.file else { return .plain }
            let place = file.place(of: session)
            guard place.isThere else { return .plain }
            return file.entries[place.index].isDestroyed ? .destroyed : .encrypted
        }
    }

    /// The data key of a session; nil where it is not there. A reader looks at the file again where it
    /// has changed since, for another process may have made the session.
    func dataKey(of session: SessionID) -> SecretBytes? {
        if let known = state.withLock({ Self.secret(of: session, &$0) }) { return known?.dataKey }
        let known = state.withLock { ($0.identity, $0.size) }
        guard let current = try? place.fileSystem.status(of: path),
            current.identity != known.0 || current.size != known.1, (try? load()) != nil
        else { return nil }
        return state.withLock { Self.secret(of: session, &$0) }??.dataKey
    }

    /// Reads the file again where another one stands in its place, so that a key that was destroyed is
    /// known here no more. One that cannot be read leaves everything as it was.
    func refresh() -> Bool {
        let identity = state.withLock { $0.identity }
        guard let identity, let current = try? place.fileSystem.status(of: path)?.identity,
            current != identity
        else { return false }
        return (try? load()) != nil
    }

    /// Nil where nothing is known of the session, and nil inside where its key was destroyed.
    private static func secret(of session: SessionID, _ state: inout State) -> SessionSecret?? {
        if let known = state.secrets[session] { return .some(known) }
        guard let file = state.file, let master = state.master?.key else { return nil }
        let place = file.place(of: session)
        guard place.isThere else { return nil }
        let secret = try? SessionSecret(
            unwrapping: file.entries[place.index].wrapped, with: master)
        if let secret { state.secrets[session] = secret }
        return .some(secret)
    }

    /// The sessions that were given a name by their caller. Cost: all keys are unwrapped, once.
    func sessions(named name: String) -> [SessionID] {
        state.withLock { state in
            if let names = state.names { return names[name] ?? [] }
            var names: [String: [SessionID]] = [:]
            for entry in state.file?.entries ?? [] where !entry.isDestroyed {
                if let secret = Self.secret(of: entry.session, &state) ?? nil, let key = secret.key
                {
                    names[key, default: []].append(entry.session)
                }
            }
            state.names = names
            return names[name] ?? []
        }
    }

    /// What the stores are handed.
    var sessionKeys: SessionKeys {
        SessionKeys(
            cipher: cipher,
            load: { [self] mayWrite throws(JournalError) in
                if mayWrite { try removeAside() }
                try load()
                if mayWrite { try setTornAside() }
            },
            refresh: { [self] in refresh() },
            begin: { [self] () throws(JournalError) in try begin() },
            encryptsAll: { [self] in state.withLock { $0.file?.encryptsAll ?? false } },
            protection: { [self] in protection(of: $0) },
            create: { [self] (sessions, mayBegin) throws(JournalError) in
                try create(sessions, mayBegin: mayBegin)
            },
            sessions: { [self] in sessions(named: $0) },
            destroy: { [self] sessions throws(JournalError) in try destroy(sessions) },
            end: { [self] () throws(JournalError) in try end() })
    }
}
#endif
