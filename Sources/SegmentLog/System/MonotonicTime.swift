internal import Glibc

/// A clock for measuring, which nobody sets.
package enum MonotonicTime {
    /// Nanoseconds since some moment of this machine. Cost: about 30 ns.
    package static func now() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
