/// How a signature of a note is made and what of the note it signs: the byte in front of every
/// public key (C2SP signed-note, "Signature types"). Each key names its own, so that another line,
/// such as one of ML-DSA, can stand beside those of Ed25519.
package struct SignatureAlgorithm: Hashable, Sendable {
    package let identifier: UInt8

    package init(identifier: UInt8) { self.identifier = identifier }

    /// Ed25519 over the note's text: how a log signs.
    package static let ed25519 = Self(identifier: 0x01)
    /// Ed25519 over a time and the note's text: how a witness signs (C2SP tlog-cosignature).
    package static let ed25519Cosignature = Self(identifier: 0x04)

    /// The bytes of a public key; nil of an algorithm that this version does not know.
    package var publicKeySize: Int? {
        self == .ed25519 || self == .ed25519Cosignature ? 32 : nil
    }

    /// What an algorithm is called where keys are listed.
    package var name: String {
        switch self {
        case .ed25519: "ed25519"
        case .ed25519Cosignature: "ed25519 cosignature/v1"
        default: "type \(identifier)"
        }
    }
}

/// The public key of whoever signs notes: a name, an algorithm and the key (C2SP signed-note,
/// "Verifier keys").
package struct VerifierKey: Hashable, Sendable {
    package let name: String
    package let algorithm: SignatureAlgorithm
    package let publicKey: [UInt8]

    /// A key of a name; nil where the name cannot be one, or the key has not the algorithm's size.
    package init?(name: String, algorithm: SignatureAlgorithm, publicKey: [UInt8]) {
        guard NoteText.isName(name), !publicKey.isEmpty,
            publicKey.count == algorithm.publicKeySize ?? publicKey.count
        else { return nil }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
    }

    /// The first four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ key), as a big-endian number: a
    /// name for the key, and no check of it.
    package var id: UInt32 {
        var bytes = Array(name.utf8)
        bytes.append(0x0A)
        bytes.append(algorithm.identifier)
        bytes += publicKey
        return Hash(of: bytes.span).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The largest text that is read as a key, in bytes.
    private static let sizeLimit = 8 << 10

    /// Reads `name+id+base64(algorithm ‖ key)`; nil for any other text, also where the id is not the
    /// key's.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.sizeLimit else { return nil }
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64.decode(Array(parts[2].utf8).span),
            let identifier = bytes.first,
            let key = VerifierKey(
                name: String(parts[0]), algorithm: SignatureAlgorithm(identifier: identifier),
                publicKey: Array(bytes.dropFirst())),
            parts[1] == Self.hexadecimal(key.id)
        else { return nil }
        self = key
    }

    /// Eight digits.
    package static func hexadecimal(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension VerifierKey: CustomStringConvertible {
    /// The key as text: `name+id+base64(algorithm ‖ key)`.
    package var description: String {
        "\(name)+\(Self.hexadecimal(id))+"
            + Base64.string(([algorithm.identifier] + publicKey).span)
    }
}

/// A private key as text, in the form that Go's `note` package reads and writes:
/// `PRIVATE+KEY+name+id+base64(algorithm ‖ seed)`. The id is that of the public key.
package struct PrivateKeyText: Sendable {
    package var name: String
    package var id: UInt32
    package var algorithm: SignatureAlgorithm
    package var seed: [UInt8]

    package init(name: String, id: UInt32, algorithm: SignatureAlgorithm, seed: [UInt8]) {
        self.name = name
        self.id = id
        self.algorithm = algorithm
        self.seed = seed
    }

    /// Reads the text, without or with the newline at its end; nil for any other.
    package init?(_ bytes: [UInt8]) {
        guard let text = NoteText.checked(bytes, limit: 16 << 10) else { return nil }
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        let parts = line.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY",
            NoteText.isName(parts[2]), parts[3].utf8.count == 8,
            let id = UInt32(parts[3], radix: 16), VerifierKey.hexadecimal(id) == parts[3],
            let secret = Base64.decode(Array(parts[4].utf8).span), secret.count > 1
        else { return nil }
        self.init(
            name: String(parts[2]), id: id,
            algorithm: SignatureAlgorithm(identifier: secret[0]), seed: Array(secret.dropFirst()))
    }

    /// The text, with a newline at its end.
    package var text: String {
        "PRIVATE+KEY+\(name)+\(VerifierKey.hexadecimal(id))+"
            + Base64.string(([algorithm.identifier] + seed).span) + "\n"
    }
}
