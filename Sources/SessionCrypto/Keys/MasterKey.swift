#if Crypto
internal import SegmentLog
public import SessionJournal

/// The key that wraps the keys of a journal's encrypted sessions. It is in no file of the journal: it
/// is in a file elsewhere, in a person's head, or with a service that a command asks.
///
/// ```swift
/// let master = try MasterKey(file: "/etc/sjournal/master.key")
/// var options = JournalOptions()
/// options.unlock(with: master)
/// let journal = try await Journal.open(at: path, options: options)
/// ```
public struct MasterKey: Sendable {
    enum Secret: Sendable {
        case key(SecretBytes)
        case passphrase(SecretBytes)
    }

    let secret: Secret
    /// How much work each try of a passphrase is, where a keyring is made under one.
    var cost = KeyDerivation.ScryptCost.usual

    /// A key is 32 bytes.
    public static let size = 32
    /// The fewest bytes that a passphrase has.
    public static let minimumPassphraseSize = 8

    init(_ secret: Secret) { self.secret = secret }

    /// Of its 32 bytes, as a service that keeps keys returns them.
    ///
    /// - Parameter bytes: The key; wipe your copy of it.
    /// - Throws: ``JournalError/Code/invalidArgument`` for another number of bytes.
    public init(bytes: [UInt8]) throws {
        guard bytes.count == Self.size else {
            throw JournalError(
                .invalidArgument, "a master key has \(Self.size) bytes, not \(bytes.count)")
        }
        self.init(.key(SecretBytes(copying: bytes.span)))
    }

    /// Of a passphrase, through scrypt: each opening takes some tenths of a second and 128 MiB.
    ///
    /// - Parameter passphrase: What a person remembers.
    /// - Throws: ``JournalError/Code/invalidArgument`` for one of fewer than eight bytes.
    public init(passphrase: String) throws {
        let secret = SecretBytes(copying: passphrase.utf8.span)
        guard secret.count >= Self.minimumPassphraseSize else {
            throw JournalError(
                .invalidArgument,
                "the passphrase is too short; use at least \(Self.minimumPassphraseSize) characters"
            )
        }
        self.init(.passphrase(secret))
    }

    /// Of a file: 32 bytes, or the same as 64 hexadecimal digits in one line.
    ///
    /// - Parameter file: Its path. Nobody but its owner may be allowed to read it.
    /// - Throws: ``JournalError/Code/accessDenied`` where others may, ``JournalError/Code/wrongKey``
    ///   for a file that holds no key, and what the disk says.
    public init(file: String) throws {
        try self.init(text: try Self.confidential(file), place: file)
    }

    /// Of a file whose content, without its last line break, is a passphrase.
    ///
    /// - Parameter file: Its path. Nobody but its owner may be allowed to read it.
    /// - Throws: what ``init(file:)`` and ``init(passphrase:)`` throw.
    public init(passphraseFile file: String) throws {
        var bytes = try Self.confidential(file)
        defer { bytes.wipe() }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard let passphrase = String(validating: bytes, as: UTF8.self) else {
            throw JournalError(.wrongKey, "the passphrase is not UTF-8", place: file)
        }
        try self.init(passphrase: passphrase)
    }

    /// The content of a file that only its owner may read.
    private static func confidential(_ file: String) throws -> [UInt8] {
        try ConfidentialFile.check(file, of: "the master key", .wrongKey)
        do throws(Errno) {
            return try PosixFileSystem().open(file, .read).read(textLimit, at: 0)
        } catch {
            throw JournalError(
                error == .accessDenied ? .accessDenied : .wrongKey,
                "the file of the master key cannot be read: \(error)", place: file)
        }
    }

    /// Of what a command prints: 32 bytes, or 64 hexadecimal digits. So the key stays with a service,
    /// and nothing here stores it.
    ///
    /// - Parameter command: A line for `/bin/sh`.
    /// - Throws: ``JournalError/Code/wrongKey`` where the command fails or prints no key.
    public init(command: String) throws {
        try self.init(text: try KeyCommand.output(of: command), place: command)
    }

    /// The longest text that is looked at, in bytes.
    static let textLimit = 1_024

    private init(text: [UInt8], place: String) throws {
        var bytes = text
        defer { bytes.wipe() }
        if bytes.count != Self.size {
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            guard let key = Self.key(ofDigits: bytes) else {
                throw JournalError(
                    .wrongKey,
                    "that is no master key: 32 bytes or 64 hexadecimal digits are expected",
                    place: place)
            }
            self.init(.key(key))
        } else {
            self.init(.key(SecretBytes(copying: bytes.span)))
        }
    }

    private static func key(ofDigits digits: [UInt8]) -> SecretBytes? {
        guard digits.count == 2 * size else { return nil }
        var isValid = true
        let key = SecretBytes(count: size) { target in
            for index in 0..<size {
                guard let high = value(of: digits[2 * index]),
                    let low = value(of: digits[2 * index + 1])
                else {
                    isValid = false
                    return
                }
                target[index] = high << 4 | low
            }
        }
        return isValid ? key : nil
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Makes a new key in a new file, which nobody but its owner may read. Keep a copy elsewhere: what
    /// is encrypted under it cannot be read without.
    ///
    /// - Parameter path: Where no file stands.
    /// - Throws: ``JournalError/Code/alreadyExists``, and what the disk says.
    public static func makeFile(at path: String) throws -> MasterKey {
        let key = SecretBytes.random(size)
        let fileSystem = PosixFileSystem()
        do throws(Errno) {
            guard try fileSystem.status(of: path) == nil else {
                throw Errno.exists
            }
            let file = try fileSystem.open(path, .create)
            var digits = key.withBytes { bytes in
                var digits: [UInt8] = []
                for byte in bytes {
                    for nibble in [byte >> 4, byte & 15] {
                        digits.append(nibble < 10 ? 48 + nibble : 87 + nibble)
                    }
                }
                return digits + [UInt8(ascii: "\n")]
            }
            try file.write(digits.span, at: 0)
            digits.wipe()
            try file.sync()
            try fileSystem.syncDirectory(Self.folder(of: path))
        } catch {
            throw JournalError(
                error == .exists ? .alreadyExists : .inputOutput,
                "the file of the master key cannot be made: \(error)", place: path)
        }
        return MasterKey(.key(key))
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    // MARK: Using it

    /// A source for a new keyring under this key.
    func newSource() -> KeyringFile.Source {
        switch secret {
        case .key: .key
        case .passphrase:
            .passphrase(cost, salt: SystemRandom.bytes(KeyringFile.saltSize))
        }
    }

    /// The 32 bytes that wrap, for a keyring with that source.
    func key(for source: KeyringFile.Source) throws(JournalError) -> SecretBytes {
        switch (secret, source) {
        case (.key(let key), .key): return key
        case (.passphrase(let passphrase), .passphrase(let cost, let salt)):
            do throws(CryptoError) {
                return try KeyDerivation.scrypt(
                    passphrase, salt: salt.span, cost: cost, count: Self.size)
            } catch {
                throw JournalError(
                    .unavailable, "the key cannot be made of the passphrase: \(error)",
                    cause: error)
            }
        case (.key, .passphrase):
            throw JournalError(
                .wrongKey, "the keyring is under a passphrase, not under a key; give that")
        case (.passphrase, .key):
            throw JournalError(
                .wrongKey, "the keyring is under a key, not under a passphrase; give that key")
        }
    }
}

extension JournalOptions {
    /// Opens encrypted sessions with the keys in the journal's `keys/keyring`, and gives new ones their
    /// keys there.
    ///
    /// - Parameter master: The key that wraps them. A wrong one is told when the journal is opened:
    ///   ``JournalError/Code/wrongKey``.
    public mutating func unlock(with master: MasterKey) { unlock { master } }

    /// The same with a master key that is fetched when a journal is opened, and no sooner.
    ///
    /// - Parameter master: Called at each opening; what it throws, opening throws.
    public mutating func unlock(with master: @escaping @Sendable () throws -> MasterKey) {
        keys = { place throws(JournalError) in
            do {
                return Keyring(place, master: try master()).sessionKeys
            } catch {
                throw error as? JournalError
                    ?? JournalError(.wrongKey, "the master key cannot be had", cause: error)
            }
        }
    }
}
#endif
