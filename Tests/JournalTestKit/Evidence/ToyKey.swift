package import SessionJournal

/// Keys for tests that need signatures and no cryptography: whoever knows a key's number can sign with
/// it, and everybody does. What only looks like Ed25519 here are 64 bytes of hash.
package struct ToyKey: Sendable {
    package let number: UInt8

    package init(_ number: UInt8) { self.number = number }

    /// The largest number of a key that the checker knows.
    private static let limit: UInt8 = 64

    package var publicKey: [UInt8] {
        Digest(hashing: Array("toy key \(number)".utf8).span).bytes
    }

    package func sign(_ message: [UInt8]) -> [UInt8] {
        let hash = Digest(hashing: (Array("toy signature \(number) ".utf8) + message).span)
        return hash.bytes + hash.bytes
    }

    package var signer: CheckpointSigner {
        get throws {
            try CheckpointSigner(ed25519: publicKey) { message in sign(message) }
        }
    }

    /// Checks the signatures of all toy keys.
    package static let checker = SignatureChecker { publicKey, message, signature in
        (0..<limit).contains { number in
            let key = ToyKey(number)
            return key.publicKey == publicKey && key.sign(message) == signature
        }
    }
}
