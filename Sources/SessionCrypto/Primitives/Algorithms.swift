#if Crypto
internal import COpenSSL

/// The algorithms, fetched once: OpenSSL 3 looks each up by name in its providers, which takes longer
/// than encrypting a small event does.
struct Algorithms: @unchecked Sendable {
    // The library's own objects are shared between threads; contexts are not.
    let gcm: OpaquePointer
    let wrap: OpaquePointer
    let hkdf: OpaquePointer
    let hmac: OpaquePointer

    private init?() {
        guard let gcm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil),
            let wrap = EVP_CIPHER_fetch(nil, "AES-256-WRAP-PAD", nil),
            let hkdf = EVP_KDF_fetch(nil, "HKDF", nil),
            let hmac = EVP_MAC_fetch(nil, "HMAC", nil)
        else { return nil }
        self.gcm = gcm
        self.wrap = wrap
        self.hkdf = hkdf
        self.hmac = hmac
    }

    private static let fetched = Algorithms()

    /// The algorithms; every process has one set of them, for good.
    ///
    /// - Throws: `unavailable` where the library's configuration leaves one of them out.
    static func all() throws(CryptoError) -> Algorithms {
        guard let fetched else { throw .unavailable("AES-256, HKDF and HMAC") }
        return fetched
    }
}

/// A context of the library and the way it is given back.
final class CryptoContext {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(_ pointer: OpaquePointer?, _ free: @escaping (OpaquePointer?) -> Void) throws(CryptoError)
    {
        guard let pointer else { throw .unavailable("a context") }
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
#endif
