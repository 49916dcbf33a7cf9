internal import Glibc

/// Time that only goes forward, in nanoseconds.
func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// The time of day in microseconds since 1970: what the peers store as the time of an event.
func timeOfDay() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// The seconds that something takes.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let began = nanoseconds()
    try await body()
    return Double(nanoseconds() - began) / 1e9
}
