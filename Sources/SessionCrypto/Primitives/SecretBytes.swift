#if Crypto
internal import COpenSSL
internal import Glibc
internal import SegmentLog

/// Bytes that nobody else should see: a key, or what a key was made of.
///
/// They lie in memory of their own, are kept out of the swap where the system allows it, and are
/// overwritten when the last reference goes. Nothing copies them into an array behind the caller's
/// back; `description` says their number only.
package final class SecretBytes: @unchecked Sendable {
    // Written in initializers only: afterwards it is read, from any thread.
    private let base: UnsafeMutableRawPointer
    package let count: Int

    /// Bytes that `fill` writes; they are zeros before.
    package init<Failure>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        self.count = count
        base = .allocate(byteCount: max(count, 1), alignment: 16)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        // Refused where the limit of locked memory is reached: then the swap is the owner's to watch.
        _ = mlock(base, max(count, 1))
        try fill(UnsafeMutableRawBufferPointer(start: base, count: count))
    }

    /// A copy. What it was copied from is the caller's to wipe.
    package convenience init(copying bytes: Span<UInt8>) {
        self.init(count: bytes.count) { target in
            bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }

    /// Random bytes of the system.
    package static func random(_ count: Int) -> SecretBytes {
        SecretBytes(count: count) { target in
            var bytes = SystemRandom.bytes(count)
            bytes.withUnsafeBytes { target.copyMemory(from: $0) }
            bytes.wipe()
        }
    }

    deinit {
        OPENSSL_cleanse(base, count)
        munlock(base, max(count, 1))
        base.deallocate()
    }

    /// Lends the bytes.
    package func withBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Whether the bytes are the same, in a time that does not depend on where they differ.
    package func isSame(as other: SecretBytes) -> Bool {
        count == other.count && CRYPTO_memcmp(base, other.base, count) == 0
    }
}

extension SecretBytes: CustomStringConvertible {
    package var description: String { "\(count) secret bytes" }
}

extension [UInt8] {
    /// Overwrites the bytes with zeros, in a way that the compiler does not leave out.
    package mutating func wipe() {
        withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
#endif
