/// The log as it stood at one moment: what is appended, sealed or rotated later changes nothing in
/// it. Holds the files of active layout open; sealed ones are opened when they are first read.
package struct LogView: Sendable {
    package let segments: [SegmentHandle]
    /// The last event that may be read.
    package let lastSequence: UInt64
    /// The last event known to be durable.
    package let watermark: UInt64
    /// Segments that are missing.
    let missing: [Hole]
    let cache: BlockCache
    let semantics: LineSemantics

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
        var reported = false
        for segment in segments where next <= last && segment.lastSequence >= next {
            if segment.firstSequence > next {
                reportMissing(next..<segment.firstSequence, onHole)
                next = segment.firstSequence
                guard next <= last else { return }
            }
            let end = min(last, segment.lastSequence)
            reported = false
            let goesOn =
                switch segment {
                case .active(let active):
                    try scan(active, next...end, onHole, body, &reported)
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
                events: events, reason: known?.reason ?? "the segment is missing"))
    }

    private func scan(
        _ segment: ActiveSegment, _ range: ClosedRange<UInt64>, _ onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool, _ reported: inout Bool
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
                    let line = plain.span.extracting(lines.lowerBound..<(lines.upperBound - 1))
                    guard body(sequence, line) else { return false }
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
        let contents = try segment.load()
        let index = contents.index
        var frames: [UInt32: [UInt8]] = [:]
        var left: [UInt32: Int] = [:]
        var broken: Set<UInt32> = []
        var lost: ClosedRange<UInt64>?
        for sequence in range {
            guard let place = index.place(of: sequence) else {
                if isGap(sequence, in: index) { continue }
                lost = (lost?.lowerBound ?? sequence)...sequence
                continue
            }
            report(&lost, of: segment, index, onHole)
            guard !broken.contains(place.frame) else { continue }
            if frames[place.frame] == nil {
                do throws(LogError) {
                    frames[place.frame] = try segment.content(
                        ofFrame: Int(place.frame), in: contents)
                } catch {
                    guard error.code == .damaged else { throw error }
                    broken.insert(place.frame)
                    report(frame: Int(place.frame), of: segment, index, error, onHole)
                    continue
                }
                left[place.frame] = index.frames[Int(place.frame)].events.count
            }
            let start = Int(place.start)
            let goesOn =
                frames[place.frame].map {
                    body(sequence, $0.span.extracting(start..<(start + Int(place.length) - 1)))
                } ?? true
            guard goesOn else { return false }
            left[place.frame, default: 0] -= 1
            if left[place.frame] == 0 { frames[place.frame] = nil }
        }
        report(&lost, of: segment, index, onHole)
        return true
    }

    func isGap(_ sequence: UInt64, in index: SealedIndex) -> Bool {
        index.footer?.gaps.contains { $0.contains(sequence) } ?? false
    }

    private func report(
        _ lost: inout ClosedRange<UInt64>?, of segment: SealedSegment, _ index: SealedIndex,
        _ onHole: (Hole) -> Void
    ) {
        guard let range = lost else { return }
        let known = index.holes.first { $0.events?.overlaps(range) ?? false }
        onHole(
            Hole(
                file: known?.file ?? segment.name, offset: known?.offset ?? 0, events: range,
                reason: known?.reason ?? "no frame holds these events"))
        lost = nil
    }

    private func report(
        frame: Int, of segment: SealedSegment, _ index: SealedIndex, _ error: LogError,
        _ onHole: (Hole) -> Void
    ) {
        for range in index.ranges(ofFrame: frame) {
            onHole(
                Hole(
                    file: segment.name, offset: index.frames[frame].offset, events: range,
                    reason: error.message))
        }
    }

    func content(
        of segment: ActiveSegment, block index: Int, _ header: BlockHeader
    ) throws(LogError) -> [UInt8] {
        let key = BlockCache.Key(segment: segment.identity, index: index)
        if let known = cache.content(key) { return known }
        let plain = try segment.content(of: header)
        cache.keep(plain, key)
        return plain
    }

    func content(
        of segment: SealedSegment, frame index: Int, in contents: SealedSegment.Contents
    ) throws(LogError) -> [UInt8] {
        let key = BlockCache.Key(segment: segment.identity, index: index)
        if let known = cache.content(key) { return known }
        let plain = try segment.content(ofFrame: index, in: contents)
        cache.keep(plain, key)
        return plain
    }
}
