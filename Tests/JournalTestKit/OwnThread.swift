import Dispatch

/// Runs a task beside the threads that all tasks share. A test that waits for it without giving its
/// own thread back does not depend on another one being free.
package final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "a thread of its own")

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
