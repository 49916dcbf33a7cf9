#if Crypto
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// How the keyring changes: by a record behind it where keys are new, else as a whole, so that a crash
/// leaves the old or the new one.
extension Keyring {
    /// Makes an empty keyring under which every new session is encrypted.
    func begin() throws(JournalError) {
        try change(mayBegin: true) { file, _ throws(CryptoError) in file.encryptsAll = true }
    }

    /// Gives sessions their keys; those that have one keep it.
    ///
    /// Cost: a write and a sync of about 160 bytes a session, however many keys there are.
    func create(
        _ sessions: [SessionKeys.NewSession], mayBegin: Bool
    ) throws(JournalError) {
        let isWhole = state.withLock { $0.file == nil || $0.isDoubtful }
        if isWhole { try change(mayBegin: mayBegin) { _, _ in } }
        let time = place.clock().microseconds
        try state.withLock { state throws(JournalError) in
            guard let master = state.master?.key else { return }
            let fresh = try Self.fresh(sessions, time, in: state.file, master, path)
            guard !fresh.isEmpty else { return }
            try append(fresh.map(\.entry), &state)
            for (entry, secret) in fresh {
                state.secrets[entry.session] = secret
                if let key = secret.key { state.names?[key, default: []].append(entry.session) }
            }
        }
    }

    /// The entries of sessions that have none yet, by session, each once.
    private static func fresh(
        _ sessions: [SessionKeys.NewSession], _ time: Int64, in file: KeyringFile?,
        _ master: SecretBytes, _ path: String
    ) throws(JournalError) -> [(entry: KeyringFile.Entry, secret: SessionSecret)] {
        var fresh: [(entry: KeyringFile.Entry, secret: SessionSecret)] = []
        for new in sessions.sorted(by: { $0.session < $1.session })
        where file?.place(of: new.session).isThere == false
            && fresh.last?.entry.session != new.session
        {
            let secret = SessionSecret(dataKey: .random(AES256GCM.keySize), key: new.key)
            do throws(CryptoError) {
                let wrapped = try secret.wrapped(with: master)
                fresh.append((.init(session: new.session, time: time, wrapped: wrapped), secret))
            } catch {
                throw JournalError(
                    .internalError, "a key cannot be wrapped: \(error)", place: path)
            }
        }
        return fresh
    }

    /// Appends a record, and takes what it says into memory once it is durable.
    private func append(_ entries: [KeyringFile.Entry], _ state: inout State) throws(JournalError) {
        guard let generation = state.file?.generation else { return }
        let record = KeyringRecord(generation: generation + 1, entries: entries).bytes
        guard state.length + record.count <= KeyringFile.sizeLimit else {
            throw JournalError(
                .tooLarge, "the keyring is full; begin another journal", place: path)
        }
        do throws(Errno) {
            let file = try place.fileSystem.open(path, .update)
            try file.write(record.span, at: state.length)
            try file.sync()
        } catch {
            // A sync that has failed may seem to succeed later: the next change writes all anew.
            state.isDoubtful = true
            throw Self.unwritable(error, path)
        }
        state.file?.take(entries)
        state.isEnded = entries.isEmpty
        state.length += record.count
        state.size = max(state.size, state.length)
    }

    /// Ends the file as that of a closed journal, so that damage in it cannot be taken for a torn end.
    func end() throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            guard !state.isEnded, !state.isDoubtful else { return }
            try append([], &state)
        }
    }

    /// Puts what a crash has left of a record beside the file, where it is until the next key is
    /// destroyed: it may hold a key that a damaged disk has taken along.
    func setTornAside() throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            guard !state.torn.isEmpty else { return }
            do throws(Errno) {
                try place.fileSystem.place(state.torn, at: tornPath)
                try place.fileSystem.syncDirectory(folder)
                let file = try place.fileSystem.open(path, .update)
                try file.truncate(to: state.length)
                try file.sync()
            } catch {
                throw Self.unwritable(error, path)
            }
            state.torn = []
            state.size = state.length
        }
    }

    /// Overwrites and removes what was set aside.
    private func removeTorn() throws(Errno) {
        guard try place.fileSystem.status(of: tornPath) != nil else { return }
        let file = try place.fileSystem.open(tornPath, .update)
        let zeros = [UInt8](repeating: 0, count: try file.size())
        try file.write(zeros.span, at: 0)
        try file.sync()
        try place.fileSystem.remove(tornPath)
        try place.fileSystem.syncDirectory(folder)
    }

    private var tornPath: String { folder + "/keyring.torn" }

    private static func unwritable(_ error: Errno, _ path: String) -> JournalError {
        JournalError(
            error == .noSpace || error == .quotaExceeded ? .noSpace : .inputOutput,
            "the keyring cannot be written: \(error)", place: path)
    }

    /// Destroys the keys of sessions. The entries stay and say when.
    ///
    /// Cost: the file is written anew, whatever the sessions' sizes.
    ///
    /// - Throws: `sessionNotFound` where one is not encrypted, and nothing is destroyed then. One whose
    ///   key is destroyed already stays as it is.
    func destroy(_ sessions: [SessionID]) throws(JournalError) {
        var left: [SessionID] = []
        for session in sessions {
            switch protection(of: session) {
            case .plain, .locked:
                throw JournalError(
                    .sessionNotFound,
                    "session \(session) has no key in the keyring: it is not encrypted",
                    place: path)
            case .destroyed: continue
            case .encrypted: left.append(session)
            }
        }
        guard !left.isEmpty else { return }
        let gone = left
        let time = place.clock().microseconds
        try change(mayBegin: false) { file, _ throws(CryptoError) in
            for session in gone {
                let place = file.place(of: session)
                file.entries[place.index].wrapped = []
                file.entries[place.index].time = time
            }
        }
        for session in gone { cipher.forget(session) }
    }

    /// Wraps every key with another master key. No segment is touched, and a crash leaves the keyring
    /// under one of the two.
    func rotate(to other: MasterKey) throws(JournalError) {
        let source = other.newSource()
        let key = try other.key(for: source)
        try change(mayBegin: false, under: (key, source)) { file, old throws(CryptoError) in
            file.source = source
            file.check = try Self.check(of: file.journalID, under: key)
            for index in file.entries.indices where !file.entries[index].isDestroyed {
                let secret = try SessionSecret(
                    unwrapping: file.entries[index].wrapped, with: old)
                file.entries[index].wrapped = try secret.wrapped(with: key)
            }
        }
    }

    private static func check(
        of journal: JournalID, under key: SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        let twice = journal.bytes + journal.bytes
        return try KeyWrap.wrap(SecretBytes(copying: twice.span), with: key)
    }

    /// Changes the file, and then what is in memory.
    private func change(
        mayBegin: Bool, under other: (key: SecretBytes, source: KeyringFile.Source)? = nil,
        _ body: (inout KeyringFile, SecretBytes) throws(CryptoError) -> Void
    ) throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            if state.file == nil, !mayBegin {
                throw JournalError(
                    .wrongKey,
                    "the keyring is missing, and the journal has encrypted sessions; bring keys/keyring "
                        + "back from where you keep a copy of it", place: path)
            }
            if state.master == nil {
                let source = master.newSource()
                state.master = (try master.key(for: source), source)
            }
            guard let (key, source) = state.master else { return }
            let file: KeyringFile
            do throws(CryptoError) {
                var changed: KeyringFile
                if let known = state.file {
                    changed = known
                } else {
                    changed = KeyringFile(
                        journalID: place.journalID, source: source,
                        check: try Self.check(of: place.journalID, under: key))
                }
                try body(&changed, key)
                changed.generation += 1
                file = changed
            } catch {
                throw JournalError(
                    error == .unauthentic ? .damaged : .internalError,
                    "the keyring cannot be changed: \(error)", place: path)
            }
            let identity = try write(file)
            var fresh = State()
            fresh.file = file
            fresh.identity = identity
            fresh.length = file.size
            fresh.size = fresh.length
            fresh.master = other ?? (key, source)
            state = fresh
        }
    }

    /// Removes what a crash left of a file that was to be the next one. It holds wrapped keys.
    func removeAside() throws(JournalError) {
        let aside = path + SegmentName.asideSuffix
        do throws(Errno) {
            if try place.fileSystem.status(of: aside) != nil {
                try place.fileSystem.remove(aside)
            }
        } catch {
            throw JournalError(
                .inputOutput, "what a crash left of the keyring cannot be removed: \(error)",
                place: aside)
        }
    }

    /// Replaces the file, durably, and overwrites what it was before.
    private func write(_ file: KeyringFile) throws(JournalError) -> UInt64? {
        let fileSystem = place.fileSystem
        do throws(Errno) {
            if try fileSystem.status(of: folder) == nil {
                try fileSystem.makeDirectory(folder)
                try fileSystem.syncDirectory(place.directory)
            }
            let old =
                try fileSystem.status(of: path) == nil ? nil : fileSystem.open(path, .update)
            try fileSystem.place(file.bytes, at: path)
            try fileSystem.syncDirectory(folder)
            // Nothing names the old file any more. Where a file system writes in place, the wrapped
            // keys that it held are gone now.
            if let old {
                let zeros = [UInt8](repeating: 0, count: try old.size())
                try old.write(zeros.span, at: 0)
                try old.sync()
            }
            try removeTorn()
            return try fileSystem.status(of: path)?.identity
        } catch {
            throw Self.unwritable(error, path)
        }
    }
}
#endif
