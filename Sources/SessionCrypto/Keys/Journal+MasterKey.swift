#if Crypto
internal import SegmentLog
public import SessionJournal
internal import Synchronization

extension Journal {
    /// Puts the keys of a journal's encrypted sessions under another master key. No segment is touched;
    /// a crash leaves the keyring under one of the two. Copies of the keyring that were made before
    /// open with the old master key still: destroy it, or them.
    ///
    /// Cost: opens the journal for writing, wraps every key and writes the keyring once.
    ///
    /// - Parameters:
    ///   - path: The journal, which nobody else may have open for writing.
    ///   - old: The master key that the keyring is under.
    ///   - new: The one that it is to be under.
    ///   - options: How the journal is opened.
    /// - Returns: The number of keys.
    /// - Throws: ``JournalError/Code/wrongKey`` for another master key and where there is no keyring, and
    ///   what ``open(at:options:)`` throws.
    @discardableResult
    public static func rotateMasterKey(
        at path: String, from old: MasterKey, to new: MasterKey,
        options: JournalOptions = JournalOptions()
    ) async throws -> Int {
        let ring = KeyringBox()
        let journal = try await open(
            at: path,
            options: options.keeping(old) { made in
                ring.keyring.withLock { $0 = made }
            })
        do {
            guard journal.isWritable, let keyring = ring.keyring.withLock({ $0 }) else {
                throw JournalError(
                    .readOnly, "the journal is damaged where new events would go", place: path)
            }
            try keyring.rotate(to: new)
            try await journal.close()
            return keyring.keyCount
        } catch {
            try? await journal.close()
            throw error
        }
    }
}

/// Hands the keyring of an opening over.
private final class KeyringBox: Sendable {
    let keyring = Mutex<Keyring?>(nil)
}

extension JournalOptions {
    /// The same options with keys under a master key; `made` is handed the keyring.
    fileprivate func keeping(
        _ master: MasterKey, _ made: @escaping @Sendable (Keyring) -> Void
    ) -> JournalOptions {
        var options = self
        options.keys = { place throws(JournalError) in
            let keyring = Keyring(place, master: master)
            made(keyring)
            return keyring.sessionKeys
        }
        return options
    }
}
#endif
