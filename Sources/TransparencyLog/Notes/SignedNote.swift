/// A text and the signatures under it (C2SP signed-note).
///
/// ```
/// This is an example message.
///
/// — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
/// ```
package struct SignedNote: Hashable, Sendable {
    /// One line under the text.
    package struct Signature: Hashable, Sendable {
        package var name: String
        package var id: UInt32
        package var bytes: [UInt8]

        package init(name: String, id: UInt32, bytes: [UInt8]) {
            self.name = name
            self.id = id
            self.bytes = bytes
        }

        /// Whether the line claims to be of a key. Its name and id together say so.
        package func isOf(_ key: VerifierKey) -> Bool { name == key.name && id == key.id }

        /// The line, with its newline: em dash, name, base64 of id and signature.
        package var line: String {
            let content = (0..<4).map { UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * $0)) }
            return "— \(name) \(Base64.string((content + bytes).span))\n"
        }

        /// Reads a line without its newline; nil for any other text.
        package init?(line: some StringProtocol) {
            guard line.hasPrefix("— ") else { return nil }
            let parts = line.dropFirst(2).split(
                separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, NoteText.isName(parts[0]),
                let content = Base64.decode(Array(parts[1].utf8).span), content.count > 4
            else { return nil }
            self.init(
                name: String(parts[0]), id: content.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
                bytes: Array(content.dropFirst(4)))
        }
    }

    /// The text, with the newline at its end.
    package let text: String
    package private(set) var signatures: [Signature]

    /// The largest number of signature lines that are read. The standard asks for 16 at least.
    package static let signatureLimit = 64

    /// A note that nobody has signed yet; nil where the text does not end in a newline, or holds
    /// control characters.
    package init?(text: String) {
        guard text.utf8.last == UInt8(ascii: "\n"), NoteText.checked(Array(text.utf8)) != nil else {
            return nil
        }
        self.text = text
        signatures = []
    }

    /// Reads a note: UTF-8 without control characters but newlines, a text, an empty line, and
    /// between one and ``signatureLimit`` signature lines. Nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let whole = NoteText.checked(bytes) else { return nil }
        // The text may hold empty lines: the last one divides.
        let newlines = "\n\n".utf8
        let content = whole.utf8
        var divide = content.endIndex
        while true {
            guard divide > content.startIndex else { return nil }
            content.formIndex(before: &divide)
            if content[divide...].starts(with: newlines) { break }
        }
        let textEnd = content.index(after: divide)
        guard let note = SignedNote(text: String(whole[..<textEnd])),
            let lines = NoteText.lines(of: whole[content.index(after: textEnd)...]),
            lines.count <= Self.signatureLimit
        else { return nil }
        self = note
        for line in lines {
            guard let signature = Signature(line: line) else { return nil }
            signatures.append(signature)
        }
        guard !signatures.isEmpty else { return nil }
    }

    /// Adds a line, unless there is one of that name and id with the same bytes. False where there is
    /// no room for it.
    @discardableResult
    package mutating func add(_ signature: Signature) -> Bool {
        guard !signatures.contains(signature) else { return true }
        guard signatures.count < Self.signatureLimit else { return false }
        signatures.append(signature)
        return true
    }

    /// The note as text.
    package var description: String { text + "\n" + signatures.map(\.line).joined() }

    /// The note as bytes.
    package var bytes: [UInt8] { Array(description.utf8) }
}

/// Checks whether `signature` is one of `publicKey` over `message`, by an algorithm. Made of
/// closures, so that no cryptography of public keys need be linked; nil where none was.
package struct SignatureCheck: Sendable {
    package typealias Body =
        @Sendable (
            _ algorithm: SignatureAlgorithm, _ publicKey: [UInt8], _ message: [UInt8],
            _ signature: [UInt8]
        ) -> Bool?

    private let body: Body

    /// - Parameter body: Answers nil for an algorithm that it does not know.
    package init(_ body: @escaping Body) { self.body = body }

    func callAsFunction(
        _ key: VerifierKey, _ message: [UInt8], _ signature: [UInt8]
    ) -> Bool? {
        body(key.algorithm, key.publicKey, message, signature)
    }
}

/// What a signature line under a note is worth.
package enum SignatureState: Hashable, Sendable {
    /// It is the key's. `time` is that of a cosignature, in seconds since 1970.
    case valid(time: UInt64?)
    /// It claims to be the key's and is not: the whole note is refused.
    case bad
    /// No line claims to be the key's.
    case absent
    /// There is a line, and nothing here can check it.
    case unchecked
}

extension SignedNote {
    /// What the lines that claim to be a key's are worth. Several may; one that is bad makes all so.
    package func state(of key: VerifierKey, _ check: SignatureCheck?) -> SignatureState {
        var state = SignatureState.absent
        for signature in signatures where signature.isOf(key) {
            switch self.state(of: signature, key, check) {
            case .bad: return .bad
            case let found where state == .absent: state = found
            default: break
            }
        }
        return state
    }

    private func state(
        of signature: Signature, _ key: VerifierKey, _ check: SignatureCheck?
    ) -> SignatureState {
        if key.algorithm == .ed25519Cosignature {
            guard let cosignature = Cosignature(signature.bytes) else { return .bad }
            guard let check,
                let isValid = check(
                    key, Cosignature.message(of: text, at: cosignature.time),
                    cosignature.signature)
            else { return .unchecked }
            return isValid ? .valid(time: cosignature.time) : .bad
        }
        guard let check, let isValid = check(key, Array(text.utf8), signature.bytes) else {
            return .unchecked
        }
        return isValid ? .valid(time: nil) : .bad
    }
}

/// The signature of a witness: a time and an Ed25519 signature over it and the note's text (C2SP
/// tlog-cosignature, "Ed25519 signed message").
package struct Cosignature: Hashable, Sendable {
    /// When it was made, in seconds since 1970.
    package let time: UInt64
    package let signature: [UInt8]

    /// Reads eight bytes of time, big-endian, and the signature; nil for another count, or a time
    /// above 2^63 - 1.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 8 + 64 else { return nil }
        let time = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard time <= UInt64(Int64.max) else { return nil }
        self.time = time
        signature = Array(bytes.dropFirst(8))
    }

    package init(time: UInt64, signature: [UInt8]) {
        self.time = min(time, UInt64(Int64.max))
        self.signature = signature
    }

    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) } + signature
    }

    /// What a witness signs: a line that says what it is, one with the time, and the text.
    package static func message(of text: String, at time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }
}
