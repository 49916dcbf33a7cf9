#if Crypto
internal import COpenSSL

/// Ed25519 (RFC 8032): signatures of 64 bytes by keys of 32.
package enum Ed25519 {
    package static let keySize = 32
    package static let signatureSize = 64

    /// A key that signs. Its bytes are the 32 of the seed. From any thread.
    package final class SigningKey: @unchecked Sendable {
        // Never changed once it is made; each signature has a context of its own.
        private let key: CryptoContext
        package let seed: SecretBytes

        /// A new key, of the system's random bytes.
        package convenience init() throws(CryptoError) {
            try self.init(seed: .random(keySize))
        }

        /// - Throws: `invalidSize` where the seed is not 32 bytes long.
        package init(seed: SecretBytes) throws(CryptoError) {
            guard seed.count == keySize else { throw .invalidSize("the key") }
            self.seed = seed
            let key = seed.withBytes {
                EVP_PKEY_new_raw_private_key(
                    EVP_PKEY_ED25519, nil, $0.assumingMemoryBound(to: UInt8.self).baseAddress,
                    $0.count)
            }
            self.key = try CryptoContext(key, EVP_PKEY_free)
        }

        /// The 32 bytes that verify.
        package var verifyingKey: [UInt8] {
            get throws(CryptoError) {
                var bytes = [UInt8](repeating: 0, count: keySize)
                var count = keySize
                guard EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &count) == 1,
                    count == keySize
                else { throw .unavailable("Ed25519") }
                return bytes
            }
        }

        /// The signature of `message`, 64 bytes; always the same one. Cost: about 0.1 ms.
        package func signature(of message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
            let context = try CryptoContext(EVP_MD_CTX_new(), EVP_MD_CTX_free)
            var signature = [UInt8](repeating: 0, count: signatureSize)
            var count = signatureSize
            let isDone = message.withUnsafeBytes { message in
                EVP_DigestSignInit(context.pointer, nil, nil, nil, key.pointer) == 1
                    && EVP_DigestSign(
                        context.pointer, &signature, &count,
                        message.assumingMemoryBound(to: UInt8.self).baseAddress, message.count) == 1
            }
            guard isDone, count == signatureSize else { throw .unavailable("Ed25519") }
            return signature
        }
    }

    /// Whether a signature is that of `message` under the key with these 32 bytes. False also for
    /// bytes that are no key, and for signatures of another length. Cost: about 0.2 ms.
    package static func isValid(
        _ signature: Span<UInt8>, of message: Span<UInt8>, by verifyingKey: Span<UInt8>
    ) -> Bool {
        guard signature.count == signatureSize, verifyingKey.count == keySize else { return false }
        let raw = verifyingKey.withUnsafeBytes {
            EVP_PKEY_new_raw_public_key(
                EVP_PKEY_ED25519, nil, $0.assumingMemoryBound(to: UInt8.self).baseAddress, $0.count)
        }
        guard let key = try? CryptoContext(raw, EVP_PKEY_free),
            let context = try? CryptoContext(EVP_MD_CTX_new(), EVP_MD_CTX_free)
        else { return false }
        defer { ERR_clear_error() }
        return message.withUnsafeBytes { message in
            signature.withUnsafeBytes { signature in
                EVP_DigestVerifyInit(context.pointer, nil, nil, nil, key.pointer) == 1
                    && EVP_DigestVerify(
                        context.pointer, signature.assumingMemoryBound(to: UInt8.self).baseAddress,
                        signature.count, message.assumingMemoryBound(to: UInt8.self).baseAddress,
                        message.count) == 1
            }
        }
    }
}
#endif
