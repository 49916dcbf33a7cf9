#if Crypto
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// Encrypts runs with AES-256-GCM, each session under a key of its own for each time that a journal is
/// opened.
///
/// The key of an epoch is HKDF-SHA-256 of the session's data key with a salt of 32 random bytes that
/// is made with this object; the nonce is a counter that it shares among all sessions. So a key and a
/// nonce come together once: within an epoch the counter only rises, and behind a crash, whatever it
/// took along, there is another salt.
final class EpochCipher: RunCipher {
    private struct Slot: Hashable {
        var session: SessionID
        var salt: [UInt8]
    }

    private struct State {
        var ciphers: [Slot: AES256GCM] = [:]
    }

    let journalID: JournalID
    /// Of this epoch.
    let salt: [UInt8]
    /// Where data keys come from: a function in a structure, for one that stands in a lock by itself is
    /// wrapped once more at each look at it.
    struct Source { var key: @Sendable (SessionID) -> SecretBytes? = { _ in nil } }
    let source = Mutex(Source())
    private let counter = Atomic<UInt64>(0)
    private let state = Mutex(State())

    /// So many keys are kept ready; when there are more, all are made again.
    private static let cipherLimit = 1_024
    private static let purpose = Array("sjournal run 1".utf8)

    init(journalID: JournalID, salt: [UInt8] = SystemRandom.bytes(CiphertextRun.saltSize)) {
        self.journalID = journalID
        self.salt = salt
    }

    func seal(_ run: inout CiphertextRun) throws(LogError) {
        let session = SessionID(run.stream)
        do throws(CryptoError) {
            guard let cipher = try cipher(of: session, salt) else {
                throw CryptoError.unavailable("the session's key")
            }
            run.salt = salt
            run.counter = counter.wrappingAdd(1, ordering: .relaxed).newValue
            #if DEBUG
            NonceLedger.shared.note(salt, run.counter)
            #endif
            let nonce = run.nonce
            let extra = run.additionalData
            try cipher.seal(&run.payload, from: 0, nonce: nonce.span, with: extra.span)
        } catch {
            throw LogError(.failed, "a session cannot be encrypted: \(error)")
        }
    }

    func open(_ run: CiphertextRun) throws(LogError) -> [UInt8]? {
        do throws(CryptoError) {
            guard let cipher = try cipher(of: SessionID(run.stream), run.salt) else { return nil }
            var bytes = run.payload
            let nonce = run.nonce
            let extra = run.additionalData
            try cipher.open(&bytes, from: 0, nonce: nonce.span, with: extra.span)
            return bytes
        } catch {
            throw LogError(.damaged, "\(error)")
        }
    }

    /// The cipher of a session in an epoch; nil where its data key is not there.
    private func cipher(
        of session: SessionID, _ salt: [UInt8]
    ) throws(CryptoError) -> AES256GCM? {
        let slot = Slot(session: session, salt: salt)
        if let known = state.withLock({ $0.ciphers[slot] }) { return known }
        let source = source.withLock { $0.key }
        guard let dataKey = source(session) else { return nil }
        let info = Self.purpose + journalID.bytes + session.streamKey.bytes
        let key = try KeyDerivation.hkdf(
            dataKey, salt: salt.span, info: info.span, count: AES256GCM.keySize)
        let cipher = try AES256GCM(key: key)
        state.withLock { state in
            if state.ciphers.count >= Self.cipherLimit { state.ciphers = [:] }
            state.ciphers[slot] = cipher
        }
        return cipher
    }

    /// Forgets the keys of one session, or of all.
    func forget(_ session: SessionID? = nil) {
        state.withLock { state in
            guard let session else {
                state.ciphers = [:]
                return
            }
            state.ciphers = state.ciphers.filter { $0.key.session != session }
        }
    }
}

#if DEBUG
/// Watches, in debug builds, that no nonce comes twice under a key. The counter of an epoch is that of
/// all its keys, so that epochs are told apart by their salts; what is noted outlives every crash that
/// a test simulates.
final class NonceLedger: Sendable {
    static let shared = NonceLedger()

    /// The counters of one epoch that came: all up to the floor, and some above it.
    private struct Counters {
        var floor: UInt64 = 0
        var above: Set<UInt64> = []

        mutating func insert(_ counter: UInt64) -> Bool {
            guard counter > floor, above.insert(counter).inserted else { return false }
            while above.remove(floor + 1) != nil { floor += 1 }
            return true
        }
    }

    private let epochs = Mutex<[[UInt8]: Counters]>([:])

    /// Notes a nonce; false where it came before.
    func isFresh(_ salt: [UInt8], _ counter: UInt64) -> Bool {
        epochs.withLock { $0[salt, default: Counters()].insert(counter) }
    }

    /// Traps where a nonce came before.
    func note(_ salt: [UInt8], _ counter: UInt64) {
        let isFresh = isFresh(salt, counter)
        precondition(isFresh, "a nonce came twice under one key")
    }

    /// How many epochs there were, and how many nonces in all.
    var totals: (epochs: Int, nonces: UInt64) {
        epochs.withLock { epochs in
            (epochs.count, epochs.values.reduce(0) { $0 + $1.floor + UInt64($1.above.count) })
        }
    }
}
#endif
#endif
