internal import Dispatch
internal import Synchronization

/// Work that several cores can share.
package enum Parallel {
    /// The results of `body` for 0 up to `count`, in that order, computed side by side. One piece of
    /// work is done right here.
    ///
    /// - Throws: the error of the first piece that throws; the others are still done.
    package static func map<Result: Sendable, Failure: Error>(
        _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        guard count > 1 else { return count == 1 ? [try body(0)] : [] }
        let results = Mutex<[Swift.Result<Result, Failure>?]>(.init(repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = Swift.Result { () throws(Failure) in try body(index) }
            results.withLock { $0[index] = result }
        }
        var values: [Result] = []
        values.reserveCapacity(count)
        for case let result? in results.withLock({ $0 }) { values.append(try result.get()) }
        return values
    }
}
