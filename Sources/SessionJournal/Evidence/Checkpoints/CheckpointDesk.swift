internal import Synchronization

/// What signing checkpoints of a journal needs to remember: whose key, and when one was signed last.
final class CheckpointDesk: Sendable {
    private struct State {
        var signer: CheckpointSigner?
        var lastTime: Timestamp
        var isSigning = false
        var isClosed = false
    }

    /// In microseconds.
    private let interval: Int64?
    private let state: Mutex<State>
    /// Taken while a checkpoint is signed and its file written: one at a time.
    let turn = Mutex(())

    init(_ options: JournalOptions) {
        interval = options.checkpointInterval.map { interval in
            let (seconds, attoseconds) = interval.components
            let (whole, isLate) = seconds.multipliedReportingOverflow(by: 1_000_000)
            return isLate ? .max : whole + attoseconds / 1_000_000_000_000
        }
        // The clock is read only where something goes by it: each reading is the journal's to count.
        let isTimed = options.signer != nil && options.checkpointInterval != nil
        state = Mutex(
            State(signer: options.signer, lastTime: isTimed ? options.clock() : .earliest))
    }

    /// Whose key signs; nil where nobody's does.
    var signer: CheckpointSigner? { state.withLock { $0.signer } }

    /// Another key signs from here on.
    func replaceSigner(_ signer: CheckpointSigner) { state.withLock { $0.signer = signer } }

    /// Whether a checkpoint is due by time; then the caller signs it, and says ``signed(at:)``.
    func isDue(at time: () -> Timestamp) -> Bool {
        guard let interval else { return false }
        return state.withLock { state in
            guard state.signer != nil, !state.isSigning, !state.isClosed,
                time().microseconds - state.lastTime.microseconds >= interval
            else { return false }
            state.isSigning = true
            return true
        }
    }

    /// Takes note that a checkpoint was signed, or could not be: the next is due an interval later.
    func signed(at time: Timestamp) {
        state.withLock { state in
            state.lastTime = time
            state.isSigning = false
        }
    }

    /// Whether this is the first closing.
    func close() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }
}
