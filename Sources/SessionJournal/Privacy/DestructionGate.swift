internal import Synchronization

/// Lets one at a time destroy something, or forbid that. Whoever comes while another is at it waits.
final class DestructionGate: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Does something alone.
    func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
        await take()
        defer { giveBack() }
        return try await body()
    }

    private func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// Tells how far an erasure or a compaction is. How many steps there are is not known before the last.
final class DestructionSteps: Sendable {
    private let progress: (@Sendable (OperationProgress) -> Void)?
    private let count = Mutex<UInt64>(0)

    init(_ progress: (@Sendable (OperationProgress) -> Void)?) { self.progress = progress }

    func advance() {
        guard let progress else { return }
        let done = count.withLock { count in
            count += 1
            return count
        }
        progress(OperationProgress(bytesDone: done, bytesTotal: done + 1))
    }
}
