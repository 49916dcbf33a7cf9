/// Names in place of names: the same for the same, and nobody can try names against them.
///
/// A pseudonym is an HMAC-SHA-256 of what it stands for, cut to 64 bits, under a key of 32 random bytes.
/// The key is drawn for this value and goes with it: it is written nowhere, so that not even who made the
/// pseudonyms can make them again.
public struct Pseudonyms: Sendable {
    /// The key, filled up to a block of SHA-256 and combined with the constants of HMAC (RFC 2104).
    private let inner: [UInt8]
    private let outer: [UInt8]

    private static let keySize = 32
    private static let blockSize = 64

    /// Pseudonyms under a key of their own.
    ///
    /// - Parameter random: Gives random bytes; ``JournalOptions/random`` as a rule.
    public init(random: (Int) -> [UInt8]) {
        let key = random(Self.keySize) + [UInt8](repeating: 0, count: Self.blockSize)
        inner = key.prefix(Self.blockSize).map { $0 ^ 0x36 }
        outer = key.prefix(Self.blockSize).map { $0 ^ 0x5C }
    }

    /// The pseudonym of a name: the kind of thing and 16 hexadecimal digits.
    ///
    /// - Parameters:
    ///   - name: What it stands for.
    ///   - kind: What kind of thing that is; the same name of another kind has another pseudonym.
    public func pseudonym(of name: String, _ kind: String) -> String {
        let digest = self.digest(of: "\(kind)\u{0}\(name)")
        return kind + "-" + String(digest.hexadecimal.prefix(16))
    }

    /// How far the times of a session are moved: whole seconds, five years at most either way.
    func shift(of session: SessionID) -> Int64 {
        let digest = self.digest(of: "time\u{0}\(session.hexadecimal)")
        let number = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let span = UInt64(10 * 365 * 86_400)
        return (Int64(number % span) - Int64(span / 2)) * 1_000_000
    }

    /// The HMAC of a text.
    func digest(of text: String) -> Digest {
        let first = Digest(hashing: (inner + Array(text.utf8)).span)
        return Digest(hashing: (outer + first.bytes).span)
    }
}
