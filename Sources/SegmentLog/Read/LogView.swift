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

    private func hole(in segment: ActiveSegment, _ events: ClosedRange<UInt64>) -> Hole {
        let known = segment.holes.first { $0.events?.overlaps(events) ?? false }
        return Hole(
            file: segment.name, offset: known?.offset ?? 0, events: events,
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

    private func isGap(_ sequence: UInt64, in index: SealedIndex) -> Bool {
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
                file: segment.name, offset: known?.offset ?? 0, events: range,
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

    private func content(
        of segment: ActiveSegment, block index: Int, _ header: BlockHeader
    ) throws(LogError) -> [UInt8] {
        let key = BlockCache.Key(segment: ObjectIdentifier(segment), index: index)
        if let known = cache.content(key) { return known }
        let plain = try segment.content(of: header)
        cache.keep(plain, key)
        return plain
    }

    private func content(
        of segment: SealedSegment, frame index: Int, in contents: SealedSegment.Contents
    ) throws(LogError) -> [UInt8] {
        let key = BlockCache.Key(segment: ObjectIdentifier(segment), index: index)
        if let known = cache.content(key) { return known }
        let plain = try segment.content(ofFrame: index, in: contents)
        cache.keep(plain, key)
        return plain
    }
}

// MARK: - One event, one stream

extension LogView {
    /// The line of an event, without its newline; nil where it is behind the view or was removed.
    ///
    /// - Throws: `damaged` where the event is in a hole.
    package func line(at sequence: UInt64) throws(LogError) -> [UInt8]? {
        guard sequence > 0, sequence <= lastSequence else { return nil }
        guard let segment = segments.last(where: { $0.firstSequence <= sequence }),
            segment.lastSequence >= sequence
        else { throw LogError(.damaged, "the segment of event \(sequence) is missing") }
        switch segment {
        case .active(let active):
            guard let block = active.block(holding: sequence) else {
                let hole = hole(in: active, sequence...sequence)
                throw LogError(.damaged, hole.reason, path: active.path, offset: hole.offset)
            }
            let plain = try content(of: active, block: block.index, block.header)
            let range = block.header.lineRange(at: Int(sequence - block.header.firstSequence))
            return Array(plain[range.lowerBound..<(range.upperBound - 1)])
        case .sealed(let sealed):
            let contents = try sealed.load()
            guard let place = contents.index.place(of: sequence) else {
                if isGap(sequence, in: contents.index) { return nil }
                let known = contents.index.holes.first { $0.events?.contains(sequence) ?? false }
                throw LogError(
                    .damaged, known?.reason ?? "no frame holds event \(sequence)",
                    path: sealed.path, offset: known?.offset)
            }
            let plain = try content(of: sealed, frame: Int(place.frame), in: contents)
            let start = Int(place.start)
            return Array(plain[start..<(start + Int(place.length) - 1)])
        }
    }

    /// Passes a stream's lines from sequence number `first` on to `body`, in order, until it returns
    /// false. What is damaged is passed to `onHole` first, segment by segment.
    ///
    /// Cost: the stream's own frames in sealed segments; every block that holds one of its events
    /// in the others.
    package func scan(
        stream key: StreamKey, from first: UInt64, onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) {
        for segment in segments where segment.lastSequence >= first {
            let sequences: [UInt64]
            switch segment {
            case .active(let active):
                for hole in active.holes where hole.events != nil { onHole(hole) }
                sequences = active.sequences(of: key, through: lastSequence)
            case .sealed(let sealed):
                let contents = try sealed.load()
                for hole in contents.index.holes where hole.events != nil { onHole(hole) }
                sequences = contents.index.sequences(of: key)
            }
            var brokenThrough: UInt64 = 0
            for sequence in sequences where sequence >= first && sequence > brokenThrough {
                do throws(LogError) {
                    guard let line = try line(at: sequence) else { continue }
                    guard body(sequence, line.span) else { return }
                } catch {
                    guard error.code == .damaged else { throw error }
                    brokenThrough = sequence
                    onHole(
                        Hole(
                            file: segment.name, offset: error.offset ?? 0,
                            events: sequence...sequence, reason: error.message))
                }
            }
        }
    }

    /// Every stream with its extent, in no order. Cost: the footers of all sealed segments.
    package func streams() throws(LogError) -> [StreamExtent] {
        var all: [StreamKey: StreamExtent] = [:]
        for segment in segments where segment.firstSequence <= lastSequence {
            for extent in try extents(in: segment) {
                guard var known = all[extent.key] else {
                    all[extent.key] = extent
                    continue
                }
                known.lastSequence = extent.lastSequence
                known.lastVersion = extent.lastVersion
                known.eventCount += extent.eventCount
                all[extent.key] = known
            }
        }
        return Array(all.values)
    }

    /// Where a stream's newest events lie: the extent in the last segment that has any; nil for an
    /// unknown stream. Cost: the footers from the newest back to that segment.
    package func newestExtent(of key: StreamKey) throws(LogError) -> StreamExtent? {
        for segment in segments.reversed() where segment.firstSequence <= lastSequence {
            switch segment {
            case .active(let active):
                guard let last = active.sequences(of: key, through: lastSequence).last else { continue }
                return active.streams(through: last).first { $0.key == key }
            case .sealed(let sealed):
                let index = try sealed.load().index
                guard let stream = index.streams[key] else { continue }
                return extent(of: stream, in: index)
            }
        }
        return nil
    }

    private func extents(in segment: SegmentHandle) throws(LogError) -> [StreamExtent] {
        switch segment {
        case .active(let active): return active.streams(through: lastSequence)
        case .sealed(let sealed):
            let index = try sealed.load().index
            return index.streams.values.map { extent(of: $0, in: index) }
        }
    }

    private func extent(of stream: Footer.Stream, in index: SealedIndex) -> StreamExtent {
        let sequences = index.sequences(of: stream.key)
        return StreamExtent(
            key: stream.key, firstSequence: sequences.first ?? 0,
            lastSequence: sequences.last ?? 0, firstVersion: stream.firstVersion,
            lastVersion: stream.lastVersion, eventCount: stream.eventCount)
    }

    /// Whether a term can be in a segment that is not the newest: false proves that it is in none of
    /// the sealed ones.
    package func sealedSegmentsMayContain(_ term: [UInt8]) throws(LogError) -> Bool {
        for case .sealed(let sealed) in segments {
            guard let footer = try sealed.load().index.footer else { return true }
            if footer.filter.mayContain(term) { return true }
        }
        return false
    }
}
