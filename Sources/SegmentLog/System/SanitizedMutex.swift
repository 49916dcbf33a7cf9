#if THREAD_SANITIZER
internal import Glibc

/// A lock that the thread sanitizer knows, in the place of `Synchronization.Mutex`, whose locking is
/// in code that it does not watch: it would report every use as a race. Only in the build that
/// `tools/check --full` makes for it.
package final class SanitizedMutex<Value>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: consuming sending Value) {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        self.value = value
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    package func withLock<Result, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}

typealias Mutex = SanitizedMutex
#endif
