/// Writes a sealed segment anew without the lines of some events, and keeps of their leaves what the
/// tree cannot do without: the roots of the largest perfect subtrees that they fill.
///
/// ```
/// read, compare with the footer's hash ─▶ leaf of every line ─▶ the frontier that was recorded?
///      ─▶ largest subtrees of what goes, none across a cut ─▶ frames without these lines
///      ─▶ the subtrees' roots ─▶ footer with gaps ─▶ the same frontier again?
/// ```
struct LeafForgetter {
    let journalID: JournalID
    let semantics: LineSemantics
    /// The events that are forgotten, in order and apart.
    let events: [ClosedRange<UInt64>]
    /// Sizes of trees whose roots are to stay known, in order: no subtree has leaves on both sides.
    let cuts: [UInt64]

    /// The bytes of the new file; nil where none of the events has a line there.
    ///
    /// Cost: the segment in memory, twice; the hashes of all its lines.
    ///
    /// - Throws: `damaged` where the file is not what was sealed; `invalid` where one of the events
    ///   shares a run with one that stays. Nothing is to be replaced then.
    func forget(in segment: SealedSegment) throws(LogError) -> [UInt8]? {
        let file = try SealedFile(of: segment)
        let summary = file.footer.summary
        let covered = summary.firstSequence...summary.lastSequence
        var saved = SavedLines()
        for frame in file.footer.frames {
            saved.add(try file.content(of: frame), sequences: covered, semantics)
        }
        let gone = saved.lines.keys.filter { events.holdInOrder($0) }
        guard !gone.isEmpty else { return nil }
        var leaves = SegmentLeaves()
        try take(saved, into: &leaves, path: segment.path)
        let before = try file.retained()
        leaves.take(before)
        try check(leaves, summary, path: segment.path)
        try remove(Set(gone), from: &saved, path: segment.path)
        var forgotten = Set(gone)
        for range in before.gaps { forgotten.formUnion(range) }
        var subtrees: [RetainedSubtree] = []
        for run in Self.ranges(of: forgotten) {
            subtrees += try self.subtrees(of: run, leaves, path: segment.path)
        }
        var sealer = Sealer(journalID: journalID, semantics: semantics, level: .best)
        let bytes = try sealer.seal(
            saved,
            RebuiltTerms(
                events: covered, predecessor: summary.predecessor,
                frontierBefore: summary.frontierBefore, frontierAfter: summary.frontierAfter,
                epoch: summary.epoch, filter: summary.isRepaired ? TermFilter.none : nil,
                retained: RetainedLeaves(subtrees: subtrees),
                times: summary.firstTime...max(summary.firstTime, summary.lastTime)))
        // What is kept gives the tree that all leaves gave.
        for sequence in gone { leaves.drop(sequence) }
        leaves.take(RetainedLeaves(subtrees: subtrees))
        try check(leaves, summary, path: segment.path)
        return bytes
    }

    private func take(
        _ saved: SavedLines, into leaves: inout SegmentLeaves, path: String
    ) throws(LogError) {
        var lines = [[(sequence: UInt64, range: Range<Int>)]](
            repeating: [], count: saved.contents.count)
        for (sequence, line) in saved.lines {
            lines[line.content].append((sequence, line.range.dropLast()))
        }
        for (number, content) in saved.contents.enumerated() where !lines[number].isEmpty {
            guard leaves.take(lines[number], of: content.span, semantics) else {
                throw LogError(.damaged, BlockContent.damagedReason, path: path)
            }
        }
    }

    /// Compares the leaves with the tree that the segment recorded. One that was repaired has lost
    /// some, and with them the way to do that.
    private func check(
        _ leaves: SegmentLeaves, _ summary: FooterSummary, path: String
    ) throws(LogError) {
        let frontier = leaves.frontier(
            from: summary.frontierBefore, summary.firstSequence...summary.lastSequence, semantics)
        guard frontier == summary.frontierAfter || (frontier == nil && summary.isRepaired) else {
            throw LogError(
                .damaged, "the lines do not give the Merkle tree that the segment recorded",
                path: path)
        }
    }

    /// Takes lines out, and the runs that were of them alone.
    private func remove(
        _ gone: Set<UInt64>, from saved: inout SavedLines, path: String
    ) throws(LogError) {
        struct Place: Hashable {
            var content: Int
            var stream: StreamKey
        }
        var touched: Set<Place> = []
        for sequence in gone {
            guard let line = saved.lines.removeValue(forKey: sequence) else { continue }
            touched.insert(Place(content: line.content, stream: line.record.stream))
        }
        var left: [Place: Set<UInt64>] = [:]
        for line in saved.lines.values where !saved.runs[line.content].isEmpty {
            left[Place(content: line.content, stream: line.record.stream), default: []]
                .insert(line.record.version)
        }
        for content in saved.runs.indices {
            let kept = saved.runs[content].filter { run in
                let place = Place(content: content, stream: run.stream)
                guard touched.contains(place) else { return true }
                return left[place]?.contains { $0 >= run.firstVersion && $0 <= run.lastVersion }
                    ?? false
            }
            for run in kept where touched.contains(Place(content: content, stream: run.stream)) {
                let versions = left[Place(content: content, stream: run.stream)] ?? []
                guard versions.contains(run.firstVersion), versions.contains(run.lastVersion) else {
                    throw LogError(
                        .invalid,
                        "an event that is to be forgotten is encrypted together with one that "
                            + "stays", path: path)
                }
            }
            saved.runs[content] = kept
        }
    }

    /// The largest subtrees that fill a run of events, with their roots.
    private func subtrees(
        of run: ClosedRange<UInt64>, _ leaves: SegmentLeaves, path: String
    ) throws(LogError) -> [RetainedSubtree] {
        var subtrees: [RetainedSubtree] = []
        for (first, height) in Self.division(
            of: run, cuts: cuts, known: { leaves.height(from: $0) })
        {
            guard let root = leaves.root(of: first, height: height, semantics),
                root.count == SegmentLogFormat.hashSize
            else {
                throw LogError(
                    .damaged, "the leaves from event \(first) on are not all there", path: path)
            }
            subtrees.append(RetainedSubtree(firstSequence: first, height: height, root: root))
        }
        return subtrees
    }

    /// Divides a run of events into the largest perfect subtrees, none of them higher than a tile, none
    /// with a cut within, and none smaller than the one that is known from an event on.
    static func division(
        of run: ClosedRange<UInt64>, cuts: [UInt64], known: (UInt64) -> Int?
    ) -> [(first: UInt64, height: Int)] {
        var division: [(first: UInt64, height: Int)] = []
        var first = run.lowerBound
        while first <= run.upperBound {
            var height = known(first) ?? 0
            while height < RetainedSubtree.heightLimit {
                let count = UInt64(2) << UInt64(height)
                let last = first + count - 1
                guard (first - 1) & (count - 1) == 0, last <= run.upperBound,
                    !cuts.contains(from: first, before: last)
                else { break }
                height += 1
            }
            division.append((first, height))
            first += 1 << UInt64(height)
        }
        return division
    }

    /// The roots that a sealed file keeps.
    static func rootCount(in bytes: [UInt8]) -> Int {
        guard let size = try? Footer.size(fromTrailer: bytes.span), size <= bytes.count,
            let footer = try? Footer.decode(bytes.span.extracting((bytes.count - size)...)),
            let retained = try? RetainedLeaves(
                Array(bytes[footer.endOfFrames..<(bytes.count - size)]), from: footer.endOfFrames,
                of: footer.summary.journalID)
        else { return 0 }
        return retained.subtrees.count
    }

    private static func ranges(of sequences: Set<UInt64>) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for sequence in sequences.sorted() {
            if let last = ranges.last, last.upperBound + 1 == sequence {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        return ranges
    }
}

extension [UInt64] {
    /// Whether one of the numbers, which are in order, is at least `first` and below `end`.
    fileprivate func contains(from first: UInt64, before end: UInt64) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < first { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] < end
    }
}
