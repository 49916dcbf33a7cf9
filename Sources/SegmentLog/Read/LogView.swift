/// The log as it stood at one moment: what is appended, sealed or rotated later changes nothing in
/// it. Holds the files of active layout open; sealed ones are opened when they are first read.
package struct LogView: Sendable {
    /// The last event that may be read.
    package let lastSequence: UInt64
    /// The last event known to be durable.
    package let watermark: UInt64
    /// Segments that are missing.
    let missing: [Hole]
    let plan: ReadPlan
    let environment: LogEnvironment

    package var segments: [SegmentHandle] { plan.segments }

    // MARK: In order of sequence

    /// Passes the lines from `first` through `last` to `body`, in order and without newlines, until
    /// it returns false. A damaged place is passed to `onHole`, and reading goes on behind it.
    ///
    /// Cost: one decompression of each block or frame touched; holds at most one segment's content.
    package func scan(
        from first: UInt64, through last: UInt64, onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) {
        let last = min(last, lastSequence)
        var next = max(first, 1)
        var position = plan.position(holding: next)
        while position < segments.count, next <= last {
            let segment = segments[position]
            position += 1
            guard segment.lastSequence >= next else { continue }
            if segment.firstSequence > next {
                reportMissing(next..<min(segment.firstSequence, last + 1), onHole)
                next = segment.firstSequence
                guard next <= last else { return }
            }
            let end = min(last, segment.lastSequence)
            let goesOn =
                switch segment {
                case .active(let active): try scan(active, next...end, onHole, body)
                case .sealed(let sealed): try scan(sealed, next...end, onHole, body)
                }
            guard goesOn else { return }
            next = end + 1
        }
        if next <= last { reportMissing(next..<(last + 1), onHole) }
    }

    private func reportMissing(_ range: Range<UInt64>, _ onHole: (Hole) -> Void) {
        let events = range.lowerBound...(range.upperBound - 1)
        let known = missing.first { $0.events?.contains(range.lowerBound) ?? false }
        onHole(
            Hole(
                file: known?.file ?? SegmentName.file(first: range.lowerBound), offset: 0,
                events: events, reason: known?.reason ?? FooterTables.missingReason))
    }

    private func scan(
        _ segment: ActiveSegment, _ range: ClosedRange<UInt64>, _ onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) -> Bool {
        var next = range.lowerBound
        while next <= range.upperBound {
            guard let block = segment.block(holding: next) else {
                let found = segment.block(after: next)?.header.firstSequence ?? UInt64.max
                let end = min(found, range.upperBound + 1)
                onHole(hole(in: segment, next...(end - 1)))
                next = end
                continue
            }
            let end = min(range.upperBound, block.header.lastSequence)
            do throws(LogError) {
                let plain = try content(of: segment, block: block.index, block.header)
                var lines = block.header.lineRange(at: Int(next - block.header.firstSequence))
                for sequence in next...end {
                    if let line = plain.range(of: sequence, storedAt: lines) {
                        guard body(sequence, plain.bytes.span.extracting(line.dropLast())) else {
                            return false
                        }
                    } else {
                        onHole(Self.unopened(sequence, segment.name, Int(block.header.offset)))
                    }
                    let index = Int(sequence - block.header.firstSequence) + 1
                    guard index < block.header.entries.count else { break }
                    let length = Int(block.header.entries[index].lineLength)
                    lines = lines.upperBound..<(lines.upperBound + length)
                }
            } catch {
                guard error.code == .damaged else { throw error }
                onHole(
                    Hole(
                        file: segment.name, offset: Int(block.header.offset),
                        events: block.header.firstSequence...block.header.lastSequence,
                        reason: error.message))
            }
            next = end + 1
        }
        return true
    }

    func hole(in segment: ActiveSegment, _ events: ClosedRange<UInt64>) -> Hole {
        let known = segment.holes.first { $0.events?.overlaps(events) ?? false }
        return Hole(
            file: known?.file ?? segment.name, offset: known?.offset ?? 0, events: events,
            reason: known?.reason ?? "no block holds these events")
    }

    private func scan(
        _ segment: SealedSegment, _ range: ClosedRange<UInt64>, _ onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) -> Bool {
        let (contents, index) = try segment.wholeIndex()
        var shelf =
            environment.shelves.take(contents.identity, from: range.lowerBound)
            ?? FrameShelf(of: index)
        var lost: ClosedRange<UInt64>?
        // Behind what its tables cover, files are missing, and their names may say any number.
        let reached = min(range.upperBound, index.events.upperBound)
        for sequence in stride(from: range.lowerBound, through: reached, by: 1) {
            guard let place = index.place(of: sequence) else {
                if index.isGap(sequence) { continue }
                lost = (lost?.lowerBound ?? sequence)...sequence
                continue
            }
            report(&lost, of: segment, index.holes, onHole)
            do throws(LogError) {
                guard try shelf.load(place.frame, of: segment, index, contents) else { continue }
            } catch {
                guard error.code == .damaged else { throw error }
                report(index.frames[place.frame], of: segment, error, onHole)
                continue
            }
            let goesOn = shelf.pass(sequence, place.range, of: place.frame) { body(sequence, $0) }
            if goesOn == nil {
                onHole(
                    Self.unopened(sequence, segment.name, index.frames[place.frame].offset))
            }
            guard goesOn ?? true else {
                environment.shelves.park(shelf, contents.identity, from: sequence)
                return false
            }
            shelf.finishLine(of: place.frame)
        }
        if reached < range.upperBound {
            lost = (lost?.lowerBound ?? max(reached + 1, range.lowerBound))...range.upperBound
        }
        report(&lost, of: segment, index.holes, onHole)
        return true
    }

    private func report(
        _ lost: inout ClosedRange<UInt64>?, of segment: SealedSegment, _ holes: [Hole],
        _ onHole: (Hole) -> Void
    ) {
        guard let range = lost else { return }
        let known = holes.first { $0.events?.overlaps(range) ?? false }
        onHole(
            Hole(
                file: known?.file ?? segment.name, offset: known?.offset ?? 0, events: range,
                reason: known?.reason ?? "no frame holds these events"))
        lost = nil
    }

    private func report(
        _ frame: Footer.Frame, of segment: SealedSegment, _ error: LogError,
        _ onHole: (Hole) -> Void
    ) {
        for range in SealedIndex.ranges(of: frame) {
            onHole(
                Hole(
                    file: segment.name, offset: frame.offset, events: range, reason: error.message))
        }
    }

    /// The hole that an event is whose run does not open.
    static func unopened(_ sequence: UInt64, _ file: String, _ offset: Int) -> Hole {
        Hole(
            file: file, offset: offset, events: sequence...sequence,
            reason: BlockContent.damagedReason)
    }

    func content(
        of segment: ActiveSegment, block index: Int, _ header: BlockHeader
    ) throws(LogError) -> BlockContent {
        try segment.checkCurrent()
        let key = BlockCache.Key(segment: segment.identity, kind: .content, index: index)
        if let known = environment.cache.block(key) { return known }
        let plain = try segment.stored(header).opened(with: environment)
        environment.cache.keep(plain, key)
        return plain
    }

    // MARK: One event

    /// The line of an event, without its newline; nil where it is behind the view or was removed.
    ///
    /// Cost: a few pages of one footer and one block or frame, from the cache or the disk.
    ///
    /// - Throws: `damaged` where the event is in a hole.
    package func line(at sequence: UInt64) throws(LogError) -> [UInt8]? {
        guard sequence > 0, sequence <= lastSequence else { return nil }
        let position = plan.position(holding: sequence)
        guard position < segments.count, segments[position].firstSequence <= sequence,
            segments[position].lastSequence >= sequence
        else { throw LogError(.damaged, "the segment of event \(sequence) is missing") }
        switch segments[position] {
        case .active(let active):
            guard let block = active.block(holding: sequence) else {
                let hole = hole(in: active, sequence...sequence)
                throw LogError(.damaged, hole.reason, path: active.path, offset: hole.offset)
            }
            let plain = try content(of: active, block: block.index, block.header)
            let range = block.header.lineRange(at: Int(sequence - block.header.firstSequence))
            return try line(
                at: sequence, storedAt: range, in: plain, active.path, Int(block.header.offset))
        case .sealed(let sealed): return try line(at: sequence, in: sealed)
        }
    }

    private func line(
        at sequence: UInt64, in segment: SealedSegment
    ) throws(LogError) -> [UInt8]? {
        struct Found {
            var contents: SealedSegment.Contents
            var place: LinePlace
            var frame: Footer.Frame
        }
        let found: Found? = try segment.ask { contents throws(FormatError) in
            guard let place = try contents.tables.place(of: sequence) else { return nil }
            return Found(
                contents: contents, place: place, frame: try contents.tables.frame(place.frame))
        }
        guard let found else {
            let tables = try segment.load().tables
            if tables.isGap(sequence) { return nil }
            let known = tables.holes.first { $0.events?.contains(sequence) ?? false }
            throw LogError(
                .damaged, known?.reason ?? "no frame holds event \(sequence)", path: segment.path,
                offset: known?.offset)
        }
        let plain = try segment.content(
            of: found.frame, found.place.frame, in: found.contents)
        return try line(
            at: sequence, storedAt: found.place.range, in: plain, segment.path,
            found.frame.offset)
    }

    private func line(
        at sequence: UInt64, storedAt range: Range<Int>, in content: BlockContent, _ path: String,
        _ offset: Int
    ) throws(LogError) -> [UInt8] {
        guard let line = content.range(of: sequence, storedAt: range) else {
            throw LogError(.damaged, BlockContent.damagedReason, path: path, offset: offset)
        }
        return Array(content.bytes[line.dropLast()])
    }
}

extension ReadPlan {
    /// The position of the last segment that begins at or before an event; 0 where none does.
    func position(holding sequence: UInt64) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].firstSequence <= sequence {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return max(0, low - 1)
    }
}
