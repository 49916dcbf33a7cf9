internal import Synchronization

/// Wakes those who wait for a journal to grow. Any number may wait; nobody holds a lock meanwhile.
package final class GrowthSignal: Sendable {
    private struct State {
        var position: UInt64
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        var end: JournalError?
    }

    private struct Waiter {
        var threshold: UInt64
        var continuation: CheckedContinuation<UInt64, any Error>
    }

    private let state: Mutex<State>

    package init(position: UInt64) {
        state = Mutex(State(position: position))
    }

    /// The last sequence number that was announced.
    package var position: UInt64 { state.withLock { $0.position } }

    /// Announces that all up to `position` can be read. Going back does nothing.
    package func advance(to position: UInt64) {
        let woken = state.withLock { state -> [Waiter] in
            guard position > state.position else { return [] }
            state.position = position
            let ready = state.waiters.filter { $0.value.threshold < position }
            for id in ready.keys { state.waiters[id] = nil }
            return Array(ready.values)
        }
        for waiter in woken { waiter.continuation.resume(returning: position) }
    }

    /// Ends the waiting, now and from now on, with an error.
    package func end(_ error: JournalError) {
        let woken = state.withLock { state -> [Waiter] in
            guard state.end == nil else { return [] }
            state.end = error
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in woken { waiter.continuation.resume(throwing: error) }
    }

    /// Waits until the position is above `sequence`, and answers with it.
    package func wait(past sequence: UInt64) async throws -> UInt64 {
        try Task.checkCancellation()
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = state.withLock { state -> Result<UInt64, any Error>? in
                    if let end = state.end { return .failure(end) }
                    if state.position > sequence { return .success(state.position) }
                    // A cancellation that came before this finds no waiter to wake.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(threshold: sequence, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
