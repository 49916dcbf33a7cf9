#if Crypto
/// What can go wrong in cryptography. Deliberately little is said: which check failed helps nobody but
/// who tries keys.
package enum CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not those that this key made, or they were changed.
    case unauthentic
    /// A key, nonce or output has a length that the algorithm does not take.
    case invalidSize(String)
    /// The library could not do it: no memory, or an algorithm that it does not have.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unauthentic: "the bytes cannot be authenticated with this key"
        case .invalidSize(let what): "\(what) has a length that cannot be"
        case .unavailable(let what): "the cryptographic library cannot provide \(what)"
        }
    }
}
#endif
