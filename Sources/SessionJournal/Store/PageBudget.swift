/// How much goes into one page.
package struct PageBudget: Sendable {
    private let maximumCount: Int
    private let maximumSize: Int

    package init(_ query: ReadQuery) {
        maximumCount = max(query.maximumCount, 1)
        maximumSize = max(query.maximumSize, 1)
    }

    /// Whether one more line has room in a page of `count` lines and `size` bytes. The first
    /// always has.
    package func admits(_ lineSize: Int, count: Int, size: Int) -> Bool {
        count == 0 || (count < maximumCount && lineSize <= maximumSize - size)
    }
}

extension ReadQuery {
    /// The same query, from where a page ended: at an event that had no room in it.
    package func continued(from sequence: UInt64, version: UInt64) -> ReadQuery {
        var query = self
        if order == .forwards {
            query.from = sequence
            query.fromVersion = version
        } else {
            query.through = sequence
        }
        return query
    }

    /// Whether it asks for more than a stretch, or the other way round.
    var isSelective: Bool {
        order == .backwards || since != nil || until != nil || kinds != nil || actors != nil
    }
}
