#if Crypto
internal import COpenSSL
internal import Synchronization

/// AES-256-GCM (NIST SP 800-38D) under one key: nonces of 12 bytes, tags of 16.
///
/// The same nonce must never come twice under a key; who calls sees to that. Contexts are made once
/// for each direction and used again. From any thread; one seals and one opens at a time.
package final class AES256GCM: Sendable {
    package static let keySize = 32
    package static let nonceSize = 12
    package static let tagSize = 16
    /// The longest input, in bytes; the library counts in 32 bits.
    package static let inputLimit = Int(Int32.max) - tagSize

    private struct Direction: @unchecked Sendable {
        // Used below its lock only.
        let context: CryptoContext
    }

    private let sealing: Mutex<Direction>
    private let opening: Mutex<Direction>

    /// - Throws: `invalidSize` where the key is not 32 bytes long.
    package init(key: SecretBytes) throws(CryptoError) {
        guard key.count == Self.keySize else { throw .invalidSize("the key") }
        sealing = Mutex(try Self.direction(key, isSealing: true))
        opening = Mutex(try Self.direction(key, isSealing: false))
    }

    private static func direction(
        _ key: SecretBytes, isSealing: Bool
    ) throws(CryptoError) -> Direction {
        let cipher = try Algorithms.all().gcm
        let context = try CryptoContext(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free)
        let done = key.withBytes {
            copenssl_gcm_begin(context.pointer, cipher, $0.baseAddress, isSealing ? 1 : 0)
        }
        guard done == 1 else { throw .unavailable("AES-256-GCM") }
        return Direction(context: context)
    }

    /// Encrypts the bytes from `start` on in place, and appends the tag. Cost: about 0.4 µs, and
    /// 0.3 ns a byte.
    ///
    /// - Parameters:
    ///   - bytes: Plain from `start` on; encrypted afterwards, and 16 bytes longer.
    ///   - start: Where the plain bytes begin.
    ///   - nonce: 12 bytes that never came with this key.
    ///   - extra: What is authenticated with them and must be given again to open them.
    /// - Throws: `invalidSize`, `unavailable`.
    package func seal(
        _ bytes: inout [UInt8], from start: Int, nonce: Span<UInt8>, with extra: Span<UInt8>
    ) throws(CryptoError) {
        let size = bytes.count - start
        guard nonce.count == Self.nonceSize else { throw .invalidSize("the nonce") }
        guard size >= 0, size <= Self.inputLimit, extra.count <= Self.inputLimit else {
            throw .invalidSize("the input")
        }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: Self.tagSize))
        let done = sealing.withLock { direction in
            bytes.withUnsafeMutableBytes { buffer in
                nonce.withUnsafeBytes { nonce in
                    extra.withUnsafeBytes { extra in
                        let base = buffer.baseAddress
                        return copenssl_gcm_seal(
                            direction.context.pointer, nonce.baseAddress, extra.baseAddress,
                            Int32(extra.count), base?.advanced(by: start), Int32(size),
                            base?.advanced(by: start + size))
                    }
                }
            }
        }
        guard done == 1 else {
            // What was encrypted halfway is nobody's to keep.
            bytes.removeLast(Self.tagSize)
            throw .unavailable("AES-256-GCM")
        }
    }

    /// Decrypts, in place, the bytes from `start` on, whose last 16 are the tag, and takes the tag off.
    ///
    /// Nothing plain is handed out before the tag fits: where it does not, the bytes are zeros.
    ///
    /// - Parameters:
    ///   - bytes: Encrypted from `start` on; plain afterwards, and 16 bytes shorter.
    ///   - start: Where the encrypted bytes begin.
    ///   - nonce: The one they were sealed with.
    ///   - extra: What was authenticated with them.
    /// - Throws: `unauthentic`; `invalidSize` for a nonce or an input that cannot be.
    package func open(
        _ bytes: inout [UInt8], from start: Int, nonce: Span<UInt8>, with extra: Span<UInt8>
    ) throws(CryptoError) {
        let size = bytes.count - start - Self.tagSize
        guard nonce.count == Self.nonceSize else { throw .invalidSize("the nonce") }
        guard size >= 0, size <= Self.inputLimit, extra.count <= Self.inputLimit else {
            throw .invalidSize("the input")
        }
        let done = opening.withLock { direction in
            bytes.withUnsafeMutableBytes { buffer in
                nonce.withUnsafeBytes { nonce in
                    extra.withUnsafeBytes { extra in
                        let base = buffer.baseAddress
                        return copenssl_gcm_open(
                            direction.context.pointer, nonce.baseAddress, extra.baseAddress,
                            Int32(extra.count), base?.advanced(by: start), Int32(size),
                            base?.advanced(by: start + size))
                    }
                }
            }
        }
        guard done == 1 else { throw .unauthentic }
        bytes.removeLast(Self.tagSize)
    }
}
#endif
