#if Crypto
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// How the keyring changes: each time the whole file, so that a crash leaves the old or the new one.
extension Keyring {
    /// Makes an empty keyring under which every new session is encrypted.
    func begin() throws(JournalError) {
        try change(mayBegin: true) { file, _ throws(CryptoError) in file.encryptsAll = true }
    }

    /// Gives sessions their keys; those that have one keep it.
    func create(
        _ sessions: [SessionKeys.NewSession], mayBegin: Bool
    ) throws(JournalError) {
        let time = place.clock().microseconds
        try change(mayBegin: mayBegin) { file, master throws(CryptoError) in
            for new in sessions {
                let place = file.place(of: new.session)
                guard !place.isThere else { continue }
                let secret = SessionSecret(dataKey: .random(AES256GCM.keySize), key: new.key)
                file.entries.insert(
                    .init(
                        session: new.session, time: time,
                        wrapped: try secret.wrapped(with: master)), at: place.index)
            }
        }
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
            state.file = file
            state.identity = identity
            state.master = other ?? (key, source)
            state.secrets = [:]
            state.names = nil
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
            return try fileSystem.status(of: path)?.identity
        } catch {
            throw JournalError(
                error == .noSpace || error == .quotaExceeded ? .noSpace : .inputOutput,
                "the keyring cannot be written: \(error)", place: path)
        }
    }
}
#endif
