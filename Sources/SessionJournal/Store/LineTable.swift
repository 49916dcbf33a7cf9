package import SegmentLog

/// The lines of a journal in memory, found by position and by session. A value without rules of its
/// own: whoever fills it has checked what goes in.
package struct LineTable: Sendable {
    /// The line of the event with sequence number `index + 1`.
    package private(set) var lines: [[UInt8]] = []

    /// The leaf hash of the event with sequence number `index + 1`.
    package private(set) var leaves: [Digest] = []

    /// The sequence numbers of each session, by version.
    private var sessions: [SessionID: [UInt64]] = [:]

    package init() {}

    /// The sequence number of the last line; 0 where there is none.
    package var lastSequence: UInt64 { UInt64(lines.count) }

    /// The line at a sequence number; nil where there is none.
    package func line(at sequence: UInt64) -> [UInt8]? {
        let index = Int(clamping: sequence) - 1
        return lines.indices.contains(index) ? lines[index] : nil
    }

    /// Adds lines that follow the last one.
    package mutating func append(_ staged: StagedLines) {
        var start = 0
        for (index, record) in staged.records.enumerated() {
            let end = start + record.lineLength
            lines.append(Array(staged.bytes[start..<(end - 1)]))
            start = end
            if let leaf = Digest(bytes: staged.leafHash(at: index).span) { leaves.append(leaf) }
            sessions[SessionID(record.header.stream), default: []].append(record.header.sequence)
        }
    }

    /// Puts the entry lines of events in the places of their lines.
    ///
    /// - Parameter events: In order and apart, none behind the last.
    package mutating func withhold(_ events: [ClosedRange<UInt64>]) throws(JournalError) {
        for range in events {
            for sequence in range {
                let index = Int(sequence) - 1
                let line = lines[index]
                lines[index] = try EventLine.entryLine(of: line.span)
            }
        }
    }

    /// Puts their compacted lines in the places of lines.
    package mutating func compact(_ events: [ClosedRange<UInt64>]) {
        for sequence in events.joined() {
            let index = Int(sequence) - 1
            let line = lines[index]
            lines[index] = CompactedLine.line(of: line.span) ?? line
        }
    }

    /// Where a session stands; nil where it has no event.
    package func head(of session: SessionID) -> SessionHead? {
        guard let sequences = sessions[session], let first = sequences.first,
            let last = sequences.last
        else { return nil }
        let count = UInt64(sequences.count)
        return SessionHead(
            session: session, version: count, firstSequence: first, lastSequence: last,
            count: count)
    }

    /// Where the sessions stand, in order of their ids, from `first` on. Cost: all sessions.
    package func heads(from first: SessionID, limit: Int) -> [SessionHead] {
        sessions.keys.filter { $0 >= first }.sorted().prefix(max(limit, 0))
            .compactMap { head(of: $0) }
    }

    /// One page of lines. Cost: what it holds.
    package func page(_ query: ReadQuery) -> LinePage {
        if query.isSelective { return selectedPage(query) }
        let last = min(query.through ?? .max, lastSequence)
        let budget = PageBudget(query)
        var page = LinePage()
        var size = 0
        func take(_ sequence: UInt64) -> Bool {
            let line = lines[Int(sequence) - 1]
            guard budget.admits(line.count, count: page.lines.count, size: size) else {
                return false
            }
            page.lines.append(line)
            size += line.count
            return true
        }
        if let session = query.session {
            let sequences = sessions[session] ?? []
            var index = Int(clamping: max(query.fromVersion, 1) - 1)
            while index < sequences.count, sequences[index] <= last {
                if sequences[index] >= query.from, !take(sequences[index]) {
                    page.next = query.continued(from: sequences[index], version: UInt64(index + 1))
                    break
                }
                index += 1
            }
        } else {
            var sequence = max(query.from, 1)
            while sequence <= last {
                guard take(sequence) else {
                    page.next = query.continued(from: sequence, version: query.fromVersion)
                    break
                }
                sequence += 1
            }
        }
        return page
    }

    /// A page of a query that is selective. Cost: what is looked at.
    private func selectedPage(_ query: ReadQuery) -> LinePage {
        var page = SelectedPage(query, lastSequence: lastSequence)
        page.resolveTimes { first(notBefore: $0) }
        guard let range = page.range else { return page.linePage }
        let isBackwards = query.order == .backwards
        if let session = query.session {
            let mine = (sessions[session] ?? []).filter { range.contains($0) }
            offer(isBackwards ? mine.reversed() : mine, to: &page)
        } else if isBackwards {
            offer(range.reversed(), to: &page)
        } else {
            offer(range, to: &page)
        }
        return page.linePage
    }

    private func offer(_ sequences: some Sequence<UInt64>, to page: inout SelectedPage) {
        for sequence in sequences {
            let line = lines[Int(sequence) - 1]
            guard page.take(sequence, line.span) else { return }
        }
    }

    /// The first line that was taken at a time or later; one behind the last where there is none.
    private func first(notBefore time: Timestamp) -> UInt64 {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            let line = lines[middle]
            if let head = try? EventHead(line.span), head.time < time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return UInt64(low + 1)
    }
}

/// A stretch of lines, and where it goes on; nil where it does not.
package struct LinePage: Sendable {
    package var lines: [[UInt8]] = []
    package var next: ReadQuery?
}
