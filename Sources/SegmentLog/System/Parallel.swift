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

    /// Begins a piece of work beside the caller, who asks for its result later.
    package static func begin<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Result
    ) -> BegunWork<Result, Failure> {
        BegunWork(body)
    }
}

/// A piece of work that another thread is doing.
package final class BegunWork<Result: Sendable, Failure: Error>: Sendable {
    private let result = Mutex<Swift.Result<Result, Failure>?>(nil)
    private let group = DispatchGroup()

    fileprivate init(_ body: @escaping @Sendable () throws(Failure) -> Result) {
        DispatchQueue.global().async(group: group) { [self] in
            let found = Swift.Result { () throws(Failure) in try body() }
            result.withLock { $0 = found }
        }
    }

    /// The result. Blocks the thread until it is there.
    package func value() throws(Failure) -> Result {
        while true {
            group.wait()
            if let result = result.withLock({ $0 }) { return try result.get() }
        }
    }
}
