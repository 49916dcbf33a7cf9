internal import CShims

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
        var digest: [UInt8] = .init(repeating: 0, count: Self.size)
        bytes.withUnsafeBufferPointer { sj_sha256($0.baseAddress, $0.count, &digest) }
        let span = digest.span
        words = (
            span.word(at: 0).byteSwapped, span.word(at: 8).byteSwapped,
            span.word(at: 16).byteSwapped, span.word(at: 24).byteSwapped
        )
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
        for word in [words.0, words.1, words.2, words.3] {
            var shift: UInt64 = 64
            while shift > 0 {
                shift &-= 8
                bytes.append(UInt8(truncatingIfNeeded: word &>> shift))
            }
        }
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
