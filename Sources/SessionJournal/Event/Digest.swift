internal import CShims
internal import TransparencyLog

/// A SHA-256 digest: 32 bytes.
public struct Digest: Hashable, Sendable {
    /// The number of bytes of a digest.
    public static let size = 32

    /// The 32 bytes as four big-endian numbers.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// A digest of 32 bytes; nil for any other count.
    package init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        words = (
            bytes.word(at: 0).byteSwapped, bytes.word(at: 8).byteSwapped,
            bytes.word(at: 16).byteSwapped, bytes.word(at: 24).byteSwapped
        )
    }

    /// The digest of 64 lower-case hexadecimal digits; nil for any other text.
    public init?(hexadecimal text: String) {
        let digits = text.utf8.span
        guard digits.count == 2 * Self.size, let first = Hexadecimal.number(digits, at: 0),
            let second = Hexadecimal.number(digits, at: 16),
            let third = Hexadecimal.number(digits, at: 32),
            let fourth = Hexadecimal.number(digits, at: 48)
        else { return nil }
        words = (first, second, third, fourth)
    }

    /// The digest of 44 characters of base64, padding included; nil for any other text.
    package init?(base64 text: Span<UInt8>) {
        guard text.count == Self.base64Size, let bytes = Base64.decode(text) else { return nil }
        self.init(bytes: bytes.span)
    }

    /// The digest of bytes. Cost: one pass; about 3 µs a KiB without hardware for it.
    package init(hashing bytes: Span<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { words in
            let digest = words.assumingMemoryBound(to: UInt8.self).baseAddress
            bytes.withUnsafeBufferPointer { sj_sha256($0.baseAddress, $0.count, digest) }
        }
        self.words = (
            UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
            UInt64(bigEndian: words.3)
        )
    }

    /// The digests of parts of `bytes`, 32 bytes each, one after the other. Cost: less than hashing
    /// one by one where the machine does several at once.
    package static func hashes(of parts: [Range<Int>], in bytes: Span<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: parts.count * size) { target, count in
            bytes.withUnsafeBytes { bytes in
                let messages = parts.map { part in
                    let part = bytes[part]
                    return sj_message(
                        bytes: UnsafeRawBufferPointer(rebasing: part).baseAddress,
                        count: part.count)
                }
                sj_sha256_many(messages, messages.count, target.baseAddress)
            }
            count = parts.count * size
        }
    }

    /// The characters of a digest in base64.
    static let base64Size = 44

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        appendBytes(to: &bytes)
        return bytes
    }

    /// Appends the 32 bytes.
    package func appendBytes(to bytes: inout [UInt8]) {
        let words = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
    }

    /// 64 lower-case hexadecimal digits.
    public var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * Self.size)
        for word in [words.0, words.1, words.2, words.3] { Hexadecimal.append(word, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// 44 characters of standard base64, padding included.
    public var base64: String { Base64.string(bytes.span) }

    /// Whether the two are equal.
    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// Feeds what equality compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String { hexadecimal }
}
