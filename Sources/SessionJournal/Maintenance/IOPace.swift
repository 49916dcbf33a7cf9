internal import Glibc
internal import SegmentLog
internal import Synchronization

/// Keeps work in the background from taking the disk for itself: so many bytes a second on average,
/// read and written together. Whoever has read or written a piece pays for it by waiting.
final class IOPace: Sendable {
    /// What was saved up by doing nothing is good for so long at most, in nanoseconds.
    private static let credit: UInt64 = 500_000_000
    /// The longest sleep of a thread, in microseconds: an ended pace is noticed so soon.
    private static let slice: UInt64 = 20_000

    private let bytesPerSecond: UInt64
    /// When everything that was paid for so far is over, by the monotonic clock.
    private let paidUntil: Mutex<UInt64>
    private let bytes = Atomic<UInt64>(0)
    private let isEnded = Atomic<Bool>(false)

    init(bytesPerSecond: UInt64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        paidUntil = Mutex(MonotonicTime.now())
    }

    /// The bytes that were paid for.
    var bytesSpent: UInt64 { bytes.load(ordering: .relaxed) }

    /// Nobody waits any more: what is under way is to come to its end.
    func end() { isEnded.store(true, ordering: .relaxed) }

    /// Waits for what was read or written, in a task.
    func spend(_ count: UInt64) async throws {
        let nanoseconds = charge(count)
        guard nanoseconds > 0, !isEnded.load(ordering: .relaxed) else { return }
        try await Task.sleep(for: .nanoseconds(Int64(clamping: nanoseconds)))
    }

    /// Waits for what was read or written, on a thread that may block.
    func spendBlocking(_ count: UInt64) {
        var rest = charge(count) / 1_000
        while rest > 0, !isEnded.load(ordering: .relaxed) {
            let part = min(rest, Self.slice)
            usleep(UInt32(part))
            rest -= part
        }
    }

    /// How long is to be waited for so many bytes, in nanoseconds.
    private func charge(_ count: UInt64) -> UInt64 {
        bytes.wrappingAdd(count, ordering: .relaxed)
        let cost = UInt64(
            min(Double(count) / Double(bytesPerSecond) * 1e9, Double(Int64.max) / 4))
        let now = MonotonicTime.now()
        return paidUntil.withLock { paidUntil in
            let begin = max(paidUntil, now - min(now, Self.credit))
            let (end, overflows) = begin.addingReportingOverflow(cost)
            // One that is ended is charged on, and nobody waits for it.
            paidUntil = overflows ? .max : end
            return paidUntil > now ? paidUntil - now : 0
        }
    }
}
