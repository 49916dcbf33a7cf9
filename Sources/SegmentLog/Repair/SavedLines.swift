/// The lines of a damaged segment that check, and what they were made whole with.
struct SavedLines {
    /// Where a line was found.
    struct Line {
        var record: RecordHeader
        var content: Int
        var range: Range<Int>
    }

    var contents: [[UInt8]] = []
    /// The runs of each content.
    var runs: [[CiphertextRun]] = []
    /// By sequence number.
    var lines: [UInt64: Line] = [:]
    /// Bytes in which one bit was put right.
    var mended: [Int] = []

    /// Takes the lines of a content whose checksum fits; `sequences` are those that belong there.
    mutating func add(
        _ stored: StoredContent, sequences: ClosedRange<UInt64>, _ semantics: LineSemantics
    ) {
        let content = contents.count
        let plain = stored.plain
        contents.append(plain)
        runs.append(stored.runs)
        var start = 0
        while start < plain.count, let end = plain[start...].firstIndex(of: 0x0A) {
            if let record = semantics.describe(plain.span.extracting(start..<end)),
                sequences.contains(record.sequence), lines[record.sequence] == nil
            {
                lines[record.sequence] = Line(
                    record: record, content: content, range: start..<(end + 1))
            }
            start = end + 1
        }
    }

    var last: UInt64? { lines.keys.max() }

    /// The numbers of a range that are neither among the lines nor in one of the gaps, which are in
    /// order and apart.
    func lost(
        in range: ClosedRange<UInt64>, but gaps: [ClosedRange<UInt64>] = []
    ) -> [ClosedRange<UInt64>] {
        var there = lines.keys.filter(range.contains).map { $0...$0 }
        there += gaps.filter(range.overlaps)
        there.sort { $0.lowerBound < $1.lowerBound }
        var ranges: [ClosedRange<UInt64>] = []
        var next = range.lowerBound
        for known in there {
            if known.lowerBound > next { ranges.append(next...(known.lowerBound - 1)) }
            next = max(next, known.upperBound + 1)
        }
        if next <= range.upperBound { ranges.append(next...range.upperBound) }
        return ranges
    }

    /// The frontier behind consecutive lines, and what is kept of some that are gone; nil where one is
    /// missing.
    func frontier(
        from before: FrontierRecord, through last: UInt64, _ retained: RetainedLeaves,
        _ semantics: LineSemantics
    ) -> FrontierRecord? {
        guard before.size < last else { return before }
        var leaves = SegmentLeaves()
        leaves.take(retained)
        for (sequence, line) in lines {
            let place = (sequence: sequence, range: line.range.dropLast())
            let content = contents[line.content]
            guard leaves.take([place], of: content.span, semantics) else {
                return nil
            }
        }
        return leaves.frontier(from: before, (before.size + 1)...last, semantics)
    }
}

/// What a rebuilt segment's footer says besides what its lines say.
struct RebuiltTerms {
    var events: ClosedRange<UInt64>
    var predecessor: UInt64
    var frontierBefore: FrontierRecord
    var frontierAfter: FrontierRecord
    var epoch: UInt64
    /// That of the footer that was there: it knows the terms of lost events too. Without one, nothing
    /// is said to be absent. Nil for that of the lines.
    var filter: TermFilter?
    /// What is kept of lines that are gone.
    var retained = RetainedLeaves()
    /// The first and last time; nil for those of the lines.
    var times: ClosedRange<Int64>?
}

extension Sealer {
    /// The bytes of a sealed file with the lines that were saved. The events between that are not
    /// among them stand in no frame and in no gap: they are lost, and the footer says so.
    mutating func seal(_ saved: SavedLines, _ rebuilt: RebuiltTerms) throws(LogError) -> [UInt8] {
        var runs: [StreamKey: [Line]] = [:]
        var order: [StreamKey] = []
        var terms = SegmentTerms()
        var times: (first: Int64, last: Int64) = (.max, .min)
        for sequence in saved.lines.keys.sorted() {
            guard let line = saved.lines[sequence] else { continue }
            let key = line.record.stream
            if runs[key] == nil { order.append(key) }
            runs[key, default: []].append(
                Line(
                    sequence: sequence, version: line.record.version, block: line.content,
                    range: line.range))
            let text = Array(saved.contents[line.content][line.range].dropLast())
            terms.add(semantics.terms(text.span), of: key)
            times = (min(times.first, line.record.time), max(times.last, line.record.time))
        }
        if let known = rebuilt.times { times = (known.lowerBound, known.upperBound) }
        for (content, runs) in zip(saved.contents, saved.runs) {
            add(StoredContent(plain: content, runs: runs))
        }
        try appendRuns(order, runs)
        streams.sort { $0.key < $1.key }
        var footer = Footer(
            summary: FooterSummary(
                journalID: journalID, offset: UInt64(bytes.count),
                firstSequence: rebuilt.events.lowerBound, lastSequence: rebuilt.events.upperBound,
                predecessor: rebuilt.predecessor, firstTime: times.first, lastTime: times.last,
                epoch: rebuilt.epoch, eventCount: saved.lines.count, level: level.rawValue,
                plainSize: plainSize, fileHash: [], frontierBefore: rebuilt.frontierBefore,
                frontierAfter: rebuilt.frontierAfter),
            frames: frames, streams: streams, names: terms.names(in: streams),
            gaps: rebuilt.retained.gaps, filter: rebuilt.filter ?? terms.filter(for: streams))
        if !saved.lost(in: rebuilt.events, but: rebuilt.retained.gaps).isEmpty {
            footer.summary.optionalFlags |= OptionalFlags.repaired
        }
        if isEncrypted { footer.summary.requiredFlags |= RequiredFlags.encrypted }
        try footer.finish(&bytes, retaining: rebuilt.retained)
        return bytes
    }
}
