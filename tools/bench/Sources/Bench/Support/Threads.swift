internal import Glibc
internal import Synchronization

/// Runs a body on threads of their own, with numbers from 0, and waits for all of them. What the
/// peers offer blocks, so that 64 callers of theirs are 64 threads.
///
/// - Throws: the first error of any.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    final class Start: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
    final class Outcome: Sendable {
        let error = Mutex<(any Error)?>(nil)
    }
    let outcome = Outcome()
    var threads: [pthread_t] = []
    for number in 0..<count {
        let start = Start {
            do {
                try body(number)
            } catch {
                outcome.error.withLock { $0 = $0 ?? error }
            }
        }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(start).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        guard result == 0 else { throw BenchError("a thread cannot be started") }
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    if let error = outcome.error.withLock({ $0 }) { throw error }
}
