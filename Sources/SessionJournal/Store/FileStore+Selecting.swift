internal import SegmentLog

extension FileStore {
    /// A page of a query that asks for times, kinds or actors, or for the newest first.
    ///
    /// Cost: a session is read by its own runs, from either end; times are found by halving the
    /// segments; the rest reads what it looks at. Holds at most twice a page in memory.
    func selectedPage(
        _ query: ReadQuery, _ view: LogView
    ) throws(JournalError) -> EventPage {
        var page = SelectedPage(query, lastSequence: view.lastSequence)
        try page.resolveTimes { time throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                try view.firstSequence(notBefore: time.microseconds)
            }
        }
        guard let range = page.range else { return try page.finished() }
        if let session = query.session {
            try JournalError.wrap { () throws(LogError) in
                var holes: [JournalHole] = []
                try view.scan(
                    stream: session.streamKey, in: range, backwards: query.order == .backwards,
                    onHole: { holes.append(JournalHole($0)) }
                ) { sequence, line in page.take(sequence, line) }
                for hole in holes { page.take(hole) }
            }
        } else if query.order == .forwards {
            try JournalError.wrap { () throws(LogError) in
                var holes: [JournalHole] = []
                try view.scan(
                    from: range.lowerBound, through: range.upperBound,
                    onHole: { holes.append(JournalHole($0)) }
                ) { sequence, line in page.take(sequence, line) }
                for hole in holes { page.take(hole) }
            }
        } else {
            try takeBackwards(range, of: view, query, &page)
        }
        return try page.finished()
    }

    /// How many events a step backwards reads forwards, when nothing says that fewer will do.
    private static let stepCount: UInt64 = 1_024

    /// Reads short stretches forwards, the last one first, and offers each the other way round. The
    /// blocks that two stretches share come from the cache.
    private func takeBackwards(
        _ range: ClosedRange<UInt64>, of view: LogView, _ query: ReadQuery,
        _ page: inout SelectedPage
    ) throws(JournalError) {
        let isNarrowed = query.kinds != nil || query.actors != nil
        let step = isNarrowed ? Self.stepCount : UInt64(max(1, query.maximumCount)) + 1
        var high = range.upperBound
        while true {
            let low = max(range.lowerBound, high - min(high, min(step, Self.stepCount)) + 1)
            var stretch = Stretch(sizeLimit: max(query.maximumSize, 1))
            var holes: [JournalHole] = []
            try JournalError.wrap { () throws(LogError) in
                try view.scan(from: low, through: high, onHole: { holes.append(JournalHole($0)) }) {
                    sequence, line in
                    stretch.add(sequence, line)
                    return true
                }
            }
            for hole in holes { page.take(hole) }
            for (sequence, line) in stretch.lines.reversed() {
                guard page.take(sequence, line.span) else { return }
            }
            // What had to give way to newer lines is read again.
            let reached = stretch.givenUp.map { $0 + 1 } ?? low
            guard reached > range.lowerBound else { return }
            high = reached - 1
        }
    }

    /// The last lines of a stretch, no more than fit.
    private struct Stretch {
        let sizeLimit: Int
        private(set) var lines: ArraySlice<(sequence: UInt64, line: [UInt8])> = []
        private var size = 0
        /// The last line that had no room.
        private(set) var givenUp: UInt64?

        init(sizeLimit: Int) { self.sizeLimit = sizeLimit }

        mutating func add(_ sequence: UInt64, _ line: Span<UInt8>) {
            lines.append((sequence, [UInt8](copying: line)))
            size += line.count
            while size > sizeLimit, lines.count > 1, let first = lines.first {
                givenUp = first.sequence
                size -= first.line.count
                lines.removeFirst()
            }
        }
    }
}
