internal import SegmentLog

/// Finds out, segment by segment, why events are withheld: what the runs say, what the erasures say,
/// and what neither does.
struct WithheldAccount {
    /// A run of the segment at hand, and what was read of the events that it is of.
    private struct Run {
        var extent: StructureReport.RunExtent
        var opened = 0
        var withheld: [UInt64] = []
    }

    /// Events without content that stand in no run, of one session.
    private var removed: [SessionID: [ClosedRange<UInt64>]] = [:]
    /// Events some of which are missing in a run that was not opened, and how many those are.
    private var unplaced: [(session: SessionID, events: [ClosedRange<UInt64>], count: Int)] = []
    private var locked: [SessionID: UInt64] = [:]
    private var runs: [SessionID: [Run]] = [:]
    private var compacted: UInt64 = 0
    /// Compacted events of which no compaction says so.
    private var strange: [ClosedRange<UInt64>] = []
    private let compactions: RecordedCompactions
    /// Events that are forgotten.
    private var forgotten: [ClosedRange<UInt64>] = []

    init(_ compactions: RecordedCompactions = RecordedCompactions()) {
        self.compactions = compactions
    }

    /// Takes note of events of the segment that are forgotten.
    mutating func note(forgotten events: ClosedRange<UInt64>) {
        if let last = forgotten.last, last.upperBound + 1 == events.lowerBound {
            forgotten[forgotten.count - 1] = last.lowerBound...events.upperBound
        } else {
            forgotten.append(events)
        }
    }

    /// Begins with a segment.
    mutating func begin(_ extents: [StructureReport.RunExtent]) {
        runs = [:]
        for extent in extents {
            runs[SessionID(extent.stream), default: []].append(Run(extent: extent))
        }
        for session in runs.keys {
            runs[session]?.sort { $0.extent.versions.lowerBound < $1.extent.versions.lowerBound }
        }
    }

    /// Takes note of an event of the segment.
    mutating func note(_ event: Event) {
        if event.isCompacted {
            compacted += 1
            if !compactions.cover(event) { Self.add(event.sequence, to: &strange) }
        }
        guard event.isWithheld || !runs.isEmpty else { return }
        if let index = run(of: event) {
            if event.isWithheld {
                runs[event.session]?[index].withheld.append(event.sequence)
            } else {
                runs[event.session]?[index].opened += 1
            }
        } else if event.isWithheld {
            Self.add(event.sequence, to: &removed[event.session, default: []])
        }
    }

    private func run(of event: Event) -> Int? {
        guard let own = runs[event.session] else { return nil }
        var low = 0
        var high = own.count
        while low < high {
            let middle = (low + high) / 2
            if own[middle].extent.versions.upperBound < event.version {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < own.count && own[low].extent.versions.contains(event.version) ? low : nil
    }

    private static func add(_ sequence: UInt64, to ranges: inout [ClosedRange<UInt64>]) {
        if let last = ranges.last, last.upperBound + 1 == sequence {
            ranges[ranges.count - 1] = last.lowerBound...sequence
        } else {
            ranges.append(sequence...sequence)
        }
    }

    /// Ends a segment: what was opened of a run tells whether the rest of its events was erased.
    mutating func end() {
        for (session, own) in runs {
            for run in own where !run.withheld.isEmpty {
                if run.opened > 0 {
                    removed[session, default: []] += ErasurePlan.ranges(of: run.withheld)
                    continue
                }
                let missing = max(0, run.withheld.count - run.extent.eventCount)
                locked[session, default: 0] += UInt64(run.withheld.count - missing)
                if missing > 0 {
                    unplaced.append((session, ErasurePlan.ranges(of: run.withheld), missing))
                }
            }
        }
        runs = [:]
    }

    /// What came of it, given what the journal's own events say was erased and forgotten.
    func summary(
        _ erasures: RecordedErasures, _ forgettings: RecordedErasures = RecordedErasures()
    ) -> WithheldEvents {
        var result = WithheldEvents()
        result.forgotten = forgotten.reduce(0) { $0 + UInt64($1.count) }
        result.compacted = compacted
        result.unexplained = strange
        for range in forgotten { result.unexplained += forgettings.rest(of: range) }
        for (session, ranges) in removed {
            result.removed += ranges.reduce(0) { $0 + UInt64($1.count) }
            // Where the key is gone, it says nothing that the ciphertext is gone too.
            let end = erasures.ends[session] ?? 0
            for range in ranges where range.upperBound > end {
                result.unexplained += erasures.rest(
                    of: max(range.lowerBound, end + 1)...range.upperBound)
            }
        }
        for (session, count) in locked {
            result.locked += count
            if erasures.ends[session] != nil { result.destroyed += count }
        }
        for (session, ranges, count) in unplaced {
            result.unplaced += UInt64(count)
            guard erasures.ends[session] == nil else { continue }
            let rest = ranges.flatMap { erasures.rest(of: $0) }
            let named = ranges.reduce(0) { $0 + $1.count } - rest.reduce(0) { $0 + $1.count }
            // More are missing than were erased: which ones they are, nobody can say.
            if named < count { result.unexplained += rest }
        }
        result.unexplained.sort { $0.lowerBound < $1.lowerBound }
        return result
    }
}

/// The erasures that a journal's own events ask for.
struct RecordedErasures {
    /// The events that gave way to their entry lines, in order and apart.
    private(set) var events: [ClosedRange<UInt64>] = []
    /// The last event of each session whose key was to be destroyed.
    private(set) var ends: [SessionID: UInt64] = [:]

    init() {}

    /// Reads the requests of a view. Cost: a reading of the journal's own session.
    init(of view: LogView) {
        var found: [ClosedRange<UInt64>] = []
        var ends: [SessionID: UInt64] = [:]
        // Where that session is damaged itself, what is left of it counts.
        try? view.scan(
            stream: SessionID.journal.streamKey, in: 1...(.max), onHole: { _ in }
        ) { _, line in
            if let event = try? Event(line: Array(copying: line)),
                let request = RequestedErasure(event)
            {
                found += request.events
                for key in request.keys {
                    ends[key.session] = max(ends[key.session] ?? 0, key.lastSequence)
                }
            }
            return true
        }
        self.init(taking: found)
        self.ends = ends
    }

    /// Reads what a view says was to be forgotten. Cost: a reading of the journal's own session.
    init(forgottenIn view: LogView) {
        var found: [ClosedRange<UInt64>] = []
        // Where that session is damaged itself, what is left of it counts.
        try? view.scan(
            stream: SessionID.journal.streamKey, in: 1...(.max), onHole: { _ in }
        ) { _, line in
            if let head = try? EventHead(line), head.kind == .forgettingRequested,
                let event = try? Event(line: Array(copying: line)),
                let request = RequestedForgetting(event)
            {
                found += request.events
            }
            return true
        }
        self.init(taking: found)
    }

    /// - Parameter ranges: What erasures name, in any order.
    init(taking ranges: [ClosedRange<UInt64>]) {
        events = ErasurePlan.joined(ranges)
    }

    /// What of a range no erasure has taken.
    func rest(of range: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var rest: [ClosedRange<UInt64>] = []
        var next = range.lowerBound
        var index = place(of: range.lowerBound)
        while index < events.count, events[index].lowerBound <= range.upperBound {
            let taken = events[index]
            if taken.lowerBound > next { rest.append(next...(taken.lowerBound - 1)) }
            guard taken.upperBound < range.upperBound else { return rest }
            next = taken.upperBound + 1
            index += 1
        }
        rest.append(next...range.upperBound)
        return rest
    }

    /// The first range that does not end before an event.
    private func place(of sequence: UInt64) -> Int {
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle].upperBound < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The compactions that a journal's own events make certain.
struct RecordedCompactions {
    /// By session the versions among which events were replaced.
    private var versions: [SessionID: [ClosedRange<UInt64>]] = [:]

    init() {}

    /// Reads what a view says. Cost: a reading of the journal's own session.
    init(of view: LogView) {
        var found: [SessionID: [ClosedRange<UInt64>]] = [:]
        // Where that session is damaged itself, what is left of it counts.
        try? view.scan(
            stream: SessionID.journal.streamKey, in: 1...(.max), onHole: { _ in }
        ) { _, line in
            guard let head = try? EventHead(line), head.kind == .compactionBegan,
                let event = try? Event(line: Array(copying: line)),
                let begun = BegunCompaction(event)
            else { return true }
            for part in begun.parts { found[part.session, default: []] += part.versions }
            return true
        }
        versions = found.mapValues { ErasurePlan.joined($0) }
    }

    /// Whether one of them has replaced an event.
    func cover(_ event: Event) -> Bool {
        CompactedLine.kinds.contains(event.kind)
            && versions[event.session]?.holdInOrder(event.version) ?? false
    }
}
