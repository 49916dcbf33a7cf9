internal import Synchronization

/// Brings the end of a commit from whoever writes it to the one who waits for it.
final class CommitTicket: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Void, any Error>)
        case done(JournalError?)
    }

    private let state = Mutex(State.open)

    /// Says that the commit is durable, or why it is not. The first call counts.
    func finish(_ error: JournalError?) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            switch state {
            case .open:
                state = .done(error)
                return nil
            case .waiting(let continuation):
                state = .done(error)
                return continuation
            case .done: return nil
            }
        }
        guard let waiting else { return }
        if let error { waiting.resume(throwing: error) } else { waiting.resume() }
    }

    /// Returns when the commit is durable. One task waits, once. Is not cancelled: the commit goes
    /// on without whoever asked for it, and only its end tells what became of the events.
    func wait() async throws {
        if let result = result {
            if case .failure(let error) = result { throw error }
            return
        }
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Void, JournalError>? in
                if case .done(let error) = state {
                    return error.map { .failure($0) } ?? .success(())
                }
                state = .waiting(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// How the commit ended; nil while it has not.
    var result: Result<Void, JournalError>? {
        state.withLock { state in
            guard case .done(let error) = state else { return nil }
            return error.map { .failure($0) } ?? .success(())
        }
    }
}
