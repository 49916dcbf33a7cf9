#if Crypto
internal import COpenSSL

/// AES-256-KWP (RFC 5649, NIST SP 800-38F): keys encrypted by a key. It needs no nonce, and says so
/// when the key is another or a bit was changed.
package enum KeyWrap {
    /// What is wrapped may be so long, in bytes.
    package static let inputLimit = 4_096

    /// The wrapped bytes: a multiple of eight, at least eight more than `secret` has.
    ///
    /// - Throws: `invalidSize` for a key that is not 32 bytes long, and for nothing or too much to wrap.
    package static func wrap(
        _ secret: SecretBytes, with key: SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        guard key.count == AES256GCM.keySize else { throw .invalidSize("the key") }
        guard secret.count > 0, secret.count <= inputLimit else {
            throw .invalidSize("what is wrapped")
        }
        let context = try CryptoContext(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free)
        let cipher = try Algorithms.all().wrap
        var output = [UInt8](repeating: 0, count: secret.count + 16)
        let count = secret.withBytes { secret in
            key.withBytes { key in
                copenssl_kwp(
                    context.pointer, cipher, key.baseAddress, 1, secret.baseAddress,
                    Int32(secret.count), &output)
            }
        }
        guard count > 0 else { throw .unavailable("AES-KWP") }
        output.removeLast(output.count - Int(count))
        return output
    }

    /// What was wrapped.
    ///
    /// - Throws: `unauthentic` where the key is another one, or the bytes are not what was wrapped.
    package static func unwrap(
        _ wrapped: Span<UInt8>, with key: SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        guard key.count == AES256GCM.keySize else { throw .invalidSize("the key") }
        guard wrapped.count >= 16, wrapped.count % 8 == 0, wrapped.count <= inputLimit + 16 else {
            throw .unauthentic
        }
        let context = try CryptoContext(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free)
        let cipher = try Algorithms.all().wrap
        var count: Int32 = -1
        let output = SecretBytes(count: wrapped.count + 16) { output in
            count = key.withBytes { key in
                wrapped.withUnsafeBytes { wrapped in
                    copenssl_kwp(
                        context.pointer, cipher, key.baseAddress, 0, wrapped.baseAddress,
                        Int32(wrapped.count), output.baseAddress)
                }
            }
        }
        guard count > 0 else { throw .unauthentic }
        return SecretBytes(count: Int(count)) { target in
            output.withBytes { target.copyMemory(from: .init(rebasing: $0[..<Int(count)])) }
        }
    }
}
#endif
