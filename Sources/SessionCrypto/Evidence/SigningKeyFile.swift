#if Crypto
package import SegmentLog
public import SessionJournal
internal import TransparencyLog

/// A key of Ed25519 in a file of its own, mode 0600, in the form that Go's `note` package reads and
/// writes: `PRIVATE+KEY+name+id+base64(type ‖ seed)`.
public struct SigningKeyFile: Sendable {
    /// Whose key it is: the journal's ``Journal/origin``, or a witness's name.
    public let name: String

    /// The public half, as those who verify name it: `name+id+base64(type ‖ public key)`.
    public let verifierKey: String

    /// Signs with the key.
    public let signer: CheckpointSigner

    /// Whether it is a witness's key, which signs a time with each checkpoint.
    public let isWitness: Bool

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 16 << 10

    private init(
        name: String, _ key: Ed25519.SigningKey, isWitness: Bool
    ) throws {
        let publicKey = try key.verifyingKey
        guard
            let verifier = VerifierKey(
                name: name, algorithm: isWitness ? .ed25519Cosignature : .ed25519,
                publicKey: publicKey)
        else {
            throw JournalError(
                .invalidArgument,
                "\"\(name)\" cannot be the name of a key: no spaces, no plus signs")
        }
        self.name = name
        self.isWitness = isWitness
        verifierKey = verifier.description
        signer = try CheckpointSigner(ed25519: publicKey) { message in
            try key.signature(of: message.span)
        }
    }

    /// Makes a key of the system's random bytes and puts it into a new file, durably.
    ///
    /// - Parameters:
    ///   - path: A file that does not exist yet. The folder that it is in is made if need be.
    ///   - name: The journal's ``Journal/origin``, or a witness's name.
    ///   - isWitness: Whether it is a witness's.
    /// - Throws: `JournalError` `alreadyExists` where a file stands there, or what the disk says.
    public static func create(
        at path: String, name: String, isWitness: Bool = false
    ) throws -> SigningKeyFile {
        try create(at: path, name: name, isWitness: isWitness, PosixFileSystem())
    }

    package static func create(
        at path: String, name: String, isWitness: Bool, _ fileSystem: any FileSystem
    ) throws -> SigningKeyFile {
        let key = try Ed25519.SigningKey()
        let made = try SigningKeyFile(name: name, key, isWitness: isWitness)
        guard let verifier = VerifierKey(made.verifierKey) else { return made }
        var seed = key.seed.withBytes { Array($0) }
        var text = Array(
            PrivateKeyText(
                name: name, id: verifier.id, algorithm: verifier.algorithm, seed: seed
            ).text.utf8)
        defer {
            seed.wipe()
            text.wipe()
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) } ?? "."
        do throws(Errno) {
            if slash != nil, !folder.isEmpty, try fileSystem.status(of: folder) == nil {
                try fileSystem.makeDirectory(folder)
            }
            let file = try fileSystem.open(path, .create)
            try file.write(text.span, at: 0)
            try file.sync()
            try fileSystem.syncDirectory(folder.isEmpty ? "/" : folder)
        } catch {
            guard error == .exists else { throw failure("write", path, error) }
            throw JournalError(
                .alreadyExists, "there is a file already, and no key is written over another",
                place: path)
        }
        return made
    }

    /// Reads a key.
    ///
    /// - Parameter path: A file that ``create(at:name:isWitness:)`` made, or another tool that writes the
    ///   same form.
    /// - Throws: `JournalError` `invalidArgument` where the file is no such key, `accessDenied` where
    ///   others may read it, or what the disk says.
    public static func read(at path: String) throws -> SigningKeyFile {
        try ConfidentialFile.check(path, of: "the signing key", .inputOutput)
        return try read(at: path, PosixFileSystem())
    }

    package static func read(
        at path: String, _ fileSystem: any FileSystem
    ) throws -> SigningKeyFile {
        var bytes: [UInt8]
        do throws(Errno) {
            bytes = try fileSystem.open(path, .read).read(sizeLimit, at: 0)
        } catch { throw failure("read", path, error) }
        defer { bytes.wipe() }
        let none = JournalError(
            .invalidArgument, "this is no file of a signing key; sjournal key new makes one",
            place: path)
        guard var text = PrivateKeyText(bytes),
            text.algorithm == .ed25519 || text.algorithm == .ed25519Cosignature,
            text.seed.count == Ed25519.keySize
        else { throw none }
        defer { text.seed.wipe() }
        let file = try SigningKeyFile(
            name: text.name, Ed25519.SigningKey(seed: SecretBytes(copying: text.seed.span)),
            isWitness: text.algorithm == .ed25519Cosignature)
        guard VerifierKey(file.verifierKey)?.id == text.id else { throw none }
        return file
    }

    private static func failure(_ action: String, _ path: String, _ errno: Errno) -> JournalError {
        JournalError(
            errno == .accessDenied ? .accessDenied : .inputOutput,
            "cannot \(action) the key: \(errno)", place: path)
    }
}

extension SignatureChecker {
    /// Checks signatures of Ed25519 with OpenSSL.
    public static let openSSL = SignatureChecker { key, message, signature in
        Ed25519.isValid(signature.span, of: message.span, by: key.span)
    }
}
#endif
