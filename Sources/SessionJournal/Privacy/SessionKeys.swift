package import SegmentLog

/// How the content of a session is stored.
public enum SessionProtection: String, Sendable, Hashable {
    /// As it is: whoever has the files can read it.
    case plain

    /// Encrypted, and the key is at hand.
    case encrypted

    /// Encrypted, and the key is not at hand: counts, kinds and times can be read, content cannot.
    case locked

    /// Encrypted, and the key was destroyed: nobody can read the content any more.
    case destroyed
}

/// The keys of a journal's encrypted sessions, as far as the stores know of keys. Made by the target
/// that has the cryptography; nothing here encrypts anything.
package struct SessionKeys: Sendable {
    /// Where the keys of a journal are kept.
    package struct Place: Sendable {
        package var directory: String
        package var fileSystem: any FileSystem
        package var journalID: JournalID
        package var clock: @Sendable () -> Timestamp

        package init(
            directory: String, fileSystem: any FileSystem, journalID: JournalID,
            clock: @escaping @Sendable () -> Timestamp
        ) {
            self.directory = directory
            self.fileSystem = fileSystem
            self.journalID = journalID
            self.clock = clock
        }
    }

    /// A session that is to have a key, and the caller's own name for it.
    package struct NewSession: Sendable {
        package var session: SessionID
        package var key: String?

        package init(session: SessionID, key: String?) {
            self.session = session
            self.key = key
        }
    }

    /// Encrypts and opens runs.
    package var cipher: any RunCipher
    /// Reads the keys that there are: called before anything is opened, and again once the writer has
    /// its lock (`mayWrite`), when what a crash left unfinished may be removed.
    package var load: @Sendable (_ mayWrite: Bool) throws(JournalError) -> Void
    /// Looks whether another process has replaced the keyring, and reads it then: true where keys that
    /// were known may be gone. Cost: a look at the file.
    package var refresh: @Sendable () -> Bool
    /// Makes an empty keyring, under which every new session gets a key. Durable when this returns.
    package var begin: @Sendable () throws(JournalError) -> Void
    /// Whether every new session gets a key.
    package var encryptsAll: @Sendable () -> Bool
    /// How a session is stored; `plain` for one that has no key.
    package var protection: @Sendable (SessionID) -> SessionProtection
    /// Gives sessions their keys. They are durable when this returns. `mayBegin` says whether a keyring
    /// is made where there is none: where there was one, it is lost and must be brought back.
    package var create: @Sendable ([NewSession], _ mayBegin: Bool) throws(JournalError) -> Void
    /// The sessions that were given a caller's key, among those whose keys are at hand: those that
    /// exist, and perhaps some that never came to be.
    package var sessions: @Sendable (_ key: String) -> [SessionID]
    /// Destroys the keys of sessions, for good, all in one step. Durable when this returns.
    package var destroy: @Sendable ([SessionID]) throws(JournalError) -> Void
    /// Leaves the keys as those of a closed journal: the writer is about to give its lock back.
    package var end: @Sendable () throws(JournalError) -> Void

    package init(
        cipher: any RunCipher, load: @escaping @Sendable (Bool) throws(JournalError) -> Void,
        refresh: @escaping @Sendable () -> Bool,
        begin: @escaping @Sendable () throws(JournalError) -> Void,
        encryptsAll: @escaping @Sendable () -> Bool,
        protection: @escaping @Sendable (SessionID) -> SessionProtection,
        create: @escaping @Sendable ([NewSession], Bool) throws(JournalError) -> Void,
        sessions: @escaping @Sendable (_ key: String) -> [SessionID],
        destroy: @escaping @Sendable ([SessionID]) throws(JournalError) -> Void,
        end: @escaping @Sendable () throws(JournalError) -> Void
    ) {
        self.cipher = cipher
        self.load = load
        self.refresh = refresh
        self.begin = begin
        self.encryptsAll = encryptsAll
        self.protection = protection
        self.create = create
        self.sessions = sessions
        self.destroy = destroy
        self.end = end
    }
}
