internal import Synchronization
package import SessionJournal

/// A clock that goes on by a millisecond each time it is read, and that a test can set.
package final class ManualClock: Sendable {
    private let now: Mutex<Int64>

    /// A clock that begins at a moment: 2026-01-01T00:00:00Z unless said otherwise.
    package init(microseconds: Int64 = 1_767_225_600_000_000) {
        now = Mutex(microseconds)
    }

    /// The next reading.
    package func tick() -> Timestamp {
        now.withLock { now in
            now += 1_000
            return Timestamp(microseconds: now)
        }
    }

    /// Moves the clock, back where negative.
    package func step(microseconds: Int64) {
        now.withLock { $0 += microseconds }
    }
}
