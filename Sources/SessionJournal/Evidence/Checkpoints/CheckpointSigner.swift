package import TransparencyLog

/// A private key that signs checkpoints, wherever it is kept: its public half, and a function that
/// signs. The library itself holds no cryptography of public keys; `SessionCrypto` makes these from key
/// files, and a program of your own may ask a device.
public struct CheckpointSigner: Sendable {
    /// The public key.
    public let publicKey: [UInt8]

    package let algorithm: SignatureAlgorithm
    private let body: @Sendable ([UInt8]) throws -> [UInt8]

    /// A key of Ed25519 (RFC 8032).
    ///
    /// - Parameters:
    ///   - publicKey: Its 32 bytes.
    ///   - sign: Signs a message with the private key: 64 bytes.
    /// - Throws: ``JournalError/Code/invalidArgument`` where the public key has another size.
    public init(
        ed25519 publicKey: [UInt8], sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) throws(JournalError) {
        guard publicKey.count == SignatureAlgorithm.ed25519.publicKeySize else {
            throw JournalError(.invalidArgument, "a public key of Ed25519 has 32 bytes")
        }
        self.publicKey = publicKey
        algorithm = .ed25519
        body = sign
    }

    /// The key as those who verify name it: `name+id+base64(algorithm ‖ key)` (C2SP signed-note,
    /// "Verifier keys").
    ///
    /// - Parameter name: The name that stands in front of the signatures: that of a journal is its
    ///   ``Journal/origin``.
    /// - Returns: Nil where the name is empty, or holds a space or a plus sign.
    public func verifierKey(named name: String) -> String? { key(named: name)?.description }

    package func key(named name: String) -> VerifierKey? {
        VerifierKey(name: name, algorithm: algorithm, publicKey: publicKey)
    }

    /// A note of a text with this key's signature under it.
    package func note(_ text: String, named name: String) throws -> SignedNote {
        guard let key = key(named: name), var note = SignedNote(text: text) else {
            throw JournalError(.invalidArgument, "\"\(name)\" cannot be the name of a key")
        }
        note.add(
            SignedNote.Signature(
                name: name, id: key.id, bytes: try body(Array(text.utf8))))
        return note
    }

    /// A witness's signature under a checkpoint (C2SP tlog-cosignature).
    ///
    /// - Parameters:
    ///   - text: The checkpoint's text.
    ///   - name: The witness's name.
    ///   - time: Seconds since 1970.
    package func cosignature(
        of text: String, named name: String, at time: UInt64
    ) throws -> SignedNote.Signature {
        guard
            let key = VerifierKey(
                name: name, algorithm: .ed25519Cosignature, publicKey: publicKey)
        else {
            throw JournalError(.invalidArgument, "\"\(name)\" cannot be the name of a key")
        }
        let signature = try body(Cosignature.message(of: text, at: time))
        return SignedNote.Signature(
            name: name, id: key.id, bytes: Cosignature(time: time, signature: signature).bytes)
    }
}

/// Checks signatures, with whatever cryptography a program links. `SessionCrypto` has one.
public struct SignatureChecker: Sendable {
    package let check: SignatureCheck

    /// A checker of Ed25519 (RFC 8032).
    ///
    /// - Parameter ed25519: Says whether a signature is one of a public key over a message. The sizes
    ///   of key and signature are not checked before.
    public init(
        ed25519:
            @escaping @Sendable (
                _ publicKey: [UInt8], _ message: [UInt8], _ signature: [UInt8]
            ) -> Bool
    ) {
        check = SignatureCheck { algorithm, key, message, signature in
            guard let size = algorithm.publicKeySize else { return nil }
            return key.count == size && signature.count == 64 && ed25519(key, message, signature)
        }
    }
}
