package import SegmentLog
package import SessionJournal
internal import Synchronization

/// Keys and a cipher that need no cryptographic library: for tests of everything around them. The
/// keyring is a file beside the journal, replaced whole; the cipher adds a stream of numbers and a
/// hash. Nobody should keep anything secret with it.
package final class ToyKeys: RunCipher {
    /// What wraps a keyring: another one does not open it.
    let password: String
    /// Tells this opening's epoch from others.
    let opening: Int
    let place: SessionKeys.Place

    private struct State {
        /// The key of each session, and the caller's own name; nil for a destroyed one.
        var entries: [SessionID: (key: UInt64, name: String)?] = [:]
        var isThere = false
        var identity: UInt64?
        var encryptsAll = false
        var counter: UInt64 = 0
    }

    private let state = Mutex(State())

    package init(_ place: SessionKeys.Place, password: String = "toy", opening: Int) {
        self.place = place
        self.password = password
        self.opening = opening
    }

    /// For the options of a journal.
    package static func keys(
        password: String = "toy", opening: Int
    ) -> @Sendable (SessionKeys.Place) throws(JournalError) -> SessionKeys {
        { place throws(JournalError) in
            ToyKeys(place, password: password, opening: opening).sessionKeys
        }
    }

    package var sessionKeys: SessionKeys {
        SessionKeys(
            cipher: self,
            load: { [self] mayWrite throws(JournalError) in
                if mayWrite { removeAside() }
                try load()
            },
            refresh: { [self] in
                let known = state.withLock { $0.identity }
                guard let known, let current = try? place.fileSystem.status(of: path)?.identity,
                    current != known
                else { return false }
                return (try? load()) != nil
            },
            begin: { [self] () throws(JournalError) in try change { $0.encryptsAll = true } },
            encryptsAll: { [self] in state.withLock { $0.encryptsAll } },
            protection: { [self] session in
                state.withLock { state in
                    guard let entry = state.entries[session] else { return .plain }
                    return entry == nil ? .destroyed : .encrypted
                }
            },
            create: { [self] (sessions, mayBegin) throws(JournalError) in
                guard mayBegin || state.withLock({ $0.isThere }) else {
                    throw JournalError(.wrongKey, "the keyring is missing")
                }
                try change { state in
                    for new in sessions where state.entries[new.session] == nil {
                        let key = new.session.low &* 0x9E37_79B9_7F4A_7C15
                        state.entries[new.session] = .some((key, new.key ?? ""))
                    }
                }
            },
            sessions: { [self] name in
                state.withLock { state in
                    state.entries.compactMap { $0.value?.name == name ? $0.key : nil }.sorted()
                }
            },
            destroy: { [self] sessions throws(JournalError) in
                try change { state in
                    for session in sessions { state.entries.updateValue(nil, forKey: session) }
                }
            },
            end: {})
    }

    private var path: String { place.directory + "/keys/keyring" }

    private func removeAside() {
        let aside = path + SegmentName.asideSuffix
        if (try? place.fileSystem.status(of: aside)) ?? nil != nil {
            try? place.fileSystem.remove(aside)
        }
    }

    private func load() throws(JournalError) {
        var loaded = State()
        if let bytes = try read() {
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            guard lines.first == "\(password) \(place.journalID)" else {
                throw JournalError(.wrongKey, "another password")
            }
            loaded.isThere = true
            loaded.identity = try? place.fileSystem.status(of: path)?.identity
            for line in lines.dropFirst() {
                let words = line.split(
                    separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                if words[0] == "all" { loaded.encryptsAll = true }
                guard words.count == 3, let session = SessionID(String(words[0])) else { continue }
                loaded.entries.updateValue(
                    UInt64(words[1], radix: 16).map { ($0, String(words[2])) }, forKey: session)
            }
        }
        let fresh = loaded
        state.withLock { state in
            let counter = state.counter
            state = fresh
            state.counter = counter
        }
    }

    private func read() throws(JournalError) -> [UInt8]? {
        do throws(Errno) {
            guard let status = try place.fileSystem.status(of: path) else { return nil }
            return try place.fileSystem.open(path, .read).read(status.size, at: 0)
        } catch {
            throw JournalError(.inputOutput, "the toy keyring: \(error)", place: path)
        }
    }

    private func change(_ body: (inout State) -> Void) throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            var changed = state
            body(&changed)
            changed.isThere = true
            var text = "\(password) \(place.journalID)\n" + (changed.encryptsAll ? "all\n" : "")
            for (session, entry) in changed.entries.sorted(by: { $0.key < $1.key }) {
                let key = entry.map { String($0.key, radix: 16) } ?? "gone"
                text += "\(session.hexadecimal) \(key) \(entry?.name ?? "")\n"
            }
            let bytes = Array(text.utf8)
            do throws(Errno) {
                let folder = place.directory + "/keys"
                if try place.fileSystem.status(of: folder) == nil {
                    try place.fileSystem.makeDirectory(folder)
                    try place.fileSystem.syncDirectory(place.directory)
                }
                try place.fileSystem.place(bytes, at: path)
                try place.fileSystem.syncDirectory(folder)
            } catch {
                throw JournalError(.inputOutput, "the toy keyring: \(error)", place: path)
            }
            changed.identity = try? place.fileSystem.status(of: path)?.identity
            state = changed
        }
    }

    // MARK: The cipher

    package func seal(_ run: inout CiphertextRun) throws(LogError) {
        let session = SessionID(run.stream)
        let (key, counter) = state.withLock { state in
            state.counter += 1
            return (state.entries[session]??.key, state.counter)
        }
        guard let key else { throw LogError(.failed, "no toy key") }
        run.salt = [UInt8](repeating: UInt8(truncatingIfNeeded: opening), count: 32)
        run.counter = counter
        Self.mix(&run.payload, key, run)
        run.payload += Self.tag(of: run.payload, key, run)
    }

    package func open(_ run: CiphertextRun) throws(LogError) -> [UInt8]? {
        let session = SessionID(run.stream)
        guard let key = state.withLock({ $0.entries[session]??.key }) else { return nil }
        var bytes = Array(run.payload.dropLast(CiphertextRun.tagSize))
        guard Self.tag(of: bytes, key, run).elementsEqual(run.payload.suffix(CiphertextRun.tagSize))
        else { throw LogError(.damaged, "the toy tag does not fit") }
        Self.mix(&bytes, key, run)
        return bytes
    }

    private static func mix(_ bytes: inout [UInt8], _ key: UInt64, _ run: CiphertextRun) {
        let epoch = UInt64(run.salt.first ?? 0) << 56
        var random = SeededGenerator(seed: key ^ run.counter ^ epoch)
        for index in bytes.indices { bytes[index] ^= UInt8(truncatingIfNeeded: random.next()) }
    }

    private static func tag(of bytes: [UInt8], _ key: UInt64, _ run: CiphertextRun) -> [UInt8] {
        let content = "\(key)".utf8 + run.additionalData + bytes
        return Array(FileHash.hash(content.span).prefix(CiphertextRun.tagSize))
    }
}
