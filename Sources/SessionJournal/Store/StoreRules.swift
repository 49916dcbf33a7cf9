/// What all stores refuse alike.
enum StoreRules {
    /// - Parameters:
    ///   - events: What is to be withheld.
    ///   - lastSequence: The last event that there is.
    static func checkWithholding(
        _ events: [ClosedRange<UInt64>], lastSequence: UInt64
    ) throws(JournalError) {
        var before: UInt64 = 0
        for range in events {
            guard range.lowerBound > before, before < .max else {
                throw JournalError(
                    .invalidArgument, "the events to be withheld do not stand in order, and apart")
            }
            before = range.upperBound
        }
        guard before <= lastSequence else {
            throw JournalError.beyondEnd(before, last: lastSequence)
        }
    }
}
