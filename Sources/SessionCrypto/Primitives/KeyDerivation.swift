#if Crypto
internal import COpenSSL

/// Keys made of other keys, and of passphrases.
package enum KeyDerivation {
    /// HKDF with SHA-256 gives at most 255 hashes.
    package static let hkdfOutputLimit = 255 * 32

    /// HKDF (RFC 5869) with SHA-256. Cost: some microseconds.
    ///
    /// - Parameters:
    ///   - key: What the new key is made of.
    ///   - salt: Random, and not secret.
    ///   - info: What the new key is for.
    ///   - count: Its length, 1 to 8,160 bytes.
    /// - Throws: `invalidSize` for another length.
    package static func hkdf(
        _ key: SecretBytes, salt: Span<UInt8>, info: Span<UInt8>, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard count > 0, count <= hkdfOutputLimit else { throw .invalidSize("the derived key") }
        let context = try CryptoContext(
            EVP_KDF_CTX_new(try Algorithms.all().hkdf), EVP_KDF_CTX_free)
        return try SecretBytes(count: count) { output throws(CryptoError) in
            let done = key.withBytes { key in
                salt.withUnsafeBytes { salt in
                    info.withUnsafeBytes { info in
                        copenssl_hkdf_sha256(
                            context.pointer, key.baseAddress, key.count, salt.baseAddress,
                            salt.count, info.baseAddress, info.count, output.baseAddress,
                            output.count)
                    }
                }
            }
            guard done == 1 else { throw .unavailable("HKDF") }
        }
    }

    /// How much work one try of a passphrase is (RFC 7914). Memory is 128 × `blockSize` × `cost` bytes.
    package struct ScryptCost: Hashable, Sendable {
        /// A power of two.
        package var cost: UInt64
        package var blockSize: UInt32
        package var parallelism: UInt32

        package init(cost: UInt64, blockSize: UInt32, parallelism: UInt32) {
            self.cost = cost
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 128 MiB and some tenths of a second.
        package static let usual = ScryptCost(cost: 1 << 17, blockSize: 8, parallelism: 1)
        /// The most memory that a file may ask for, in bytes.
        package static let memoryLimit: UInt64 = 1 << 30

        /// Whether the numbers are such as RFC 7914 allows, within the limit of memory and 16 lanes.
        package var isAcceptable: Bool {
            guard cost > 1, cost.nonzeroBitCount == 1, blockSize > 0, blockSize <= 64,
                parallelism > 0, parallelism <= 16, cost <= Self.memoryLimit
            else { return false }
            return cost * UInt64(blockSize) * 128 <= Self.memoryLimit
        }
    }

    /// scrypt (RFC 7914): a key of a passphrase. Cost: as `cost` says.
    ///
    /// - Parameters:
    ///   - passphrase: What a person typed.
    ///   - salt: Random, and not secret.
    ///   - cost: How much work it is.
    ///   - count: The key's length, in bytes.
    /// - Throws: `invalidSize` for numbers beyond the limits, `unavailable` where memory is short.
    package static func scrypt(
        _ passphrase: SecretBytes, salt: Span<UInt8>, cost: ScryptCost, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard cost.isAcceptable, count > 0 else { throw .invalidSize("the cost of scrypt") }
        return try SecretBytes(count: count) { output throws(CryptoError) in
            let done = passphrase.withBytes { passphrase in
                salt.withUnsafeBytes { salt in
                    EVP_PBE_scrypt(
                        passphrase.assumingMemoryBound(to: CChar.self).baseAddress,
                        passphrase.count, salt.assumingMemoryBound(to: UInt8.self).baseAddress,
                        salt.count, cost.cost, UInt64(cost.blockSize), UInt64(cost.parallelism),
                        ScryptCost.memoryLimit + (ScryptCost.memoryLimit >> 4),
                        output.assumingMemoryBound(to: UInt8.self).baseAddress, output.count)
                }
            }
            guard done == 1 else { throw .unavailable("scrypt") }
        }
    }
}

/// HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
    package static let size = 32

    /// The code of `message`, 32 bytes.
    package static func code(
        of message: Span<UInt8>, key: SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        let context = try CryptoContext(
            EVP_MAC_CTX_new(try Algorithms.all().hmac), EVP_MAC_CTX_free)
        var code = [UInt8](repeating: 0, count: size)
        var count = 0
        let isDone = key.withBytes { key in
            message.withUnsafeBytes { message in
                copenssl_hmac_sha256_begin(context.pointer, key.baseAddress, key.count) == 1
                    && EVP_MAC_update(
                        context.pointer, message.assumingMemoryBound(to: UInt8.self).baseAddress,
                        message.count) == 1
                    && EVP_MAC_final(context.pointer, &code, &count, size) == 1
            }
        }
        guard isDone, count == size else { throw .unavailable("HMAC") }
        return code
    }

    /// Whether a code is that of `message`, or a beginning of it of at least 16 bytes. The time does
    /// not tell where it differs.
    package static func isValid(
        _ code: Span<UInt8>, of message: Span<UInt8>, key: SecretBytes
    ) throws(CryptoError) -> Bool {
        guard code.count >= 16, code.count <= size else { return false }
        let right = try self.code(of: message, key: key)
        return right.withUnsafeBytes { right in
            code.withUnsafeBytes {
                CRYPTO_memcmp(right.baseAddress, $0.baseAddress, $0.count) == 0
            }
        }
    }
}
#endif
