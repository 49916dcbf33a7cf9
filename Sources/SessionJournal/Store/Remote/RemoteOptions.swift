/// How a remote store deals with time and with a server that does not answer.
package struct RemoteOptions: Sendable {
    /// How long a lease is asked for. Its holder renews it three times as often. Another writer
    /// waits so long for the next one after a holder died.
    package var leaseDuration: Duration = .seconds(15)

    /// How often a request is sent before it is given up.
    package var attemptLimit = 10

    /// The pause after the first attempt; it doubles with each, up to the longest.
    package var firstPause: Duration = .milliseconds(50)
    package var longestPause: Duration = .seconds(2)

    /// Waits before a request is sent again.
    package var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Waits until it is time to look again: for growth, for the renewal of the lease.
    package var idle: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init() {}

    /// The pause after an attempt, counted from 1.
    func pause(after attempt: Int) -> Duration {
        var pause = firstPause
        for _ in 1..<max(attempt, 1) where pause < longestPause { pause *= 2 }
        return min(pause, longestPause)
    }
}
