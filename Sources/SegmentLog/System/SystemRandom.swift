internal import CShims

/// The system's random source.
package enum SystemRandom {
    /// Random bytes, in one call of the system. Traps where the system has none to give, which a
    /// running Linux always has: a salt that can be foretold would be worse.
    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let errno = buffer.baseAddress.map { sj_random($0, count) } ?? 0
            precondition(errno == 0, "the system gives no random bytes: errno \(errno)")
            filled = count
        }
    }
}
