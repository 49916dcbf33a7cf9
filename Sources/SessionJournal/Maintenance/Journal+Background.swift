internal import Synchronization

extension Journal {
    /// Does something in the background until it ends, the task is cancelled, or the journal closed.
    func keep(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let task = Task { await body() }
        background.withLock { $0.append(task) }
        return task
    }

    /// Whether an error says that nothing more is to be done.
    func isOver(_ error: any Error) -> Bool {
        error is CancellationError || (error as? JournalError)?.code == .closed
    }

    /// Ends what is done in the background, and waits for what is under way.
    func endBackground() async {
        let tasks = background.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
