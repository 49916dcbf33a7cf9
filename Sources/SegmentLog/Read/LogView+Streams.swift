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
                guard let last = active.sequences(of: key, through: lastSequence).last else {
                    continue
                }
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

    /// The first sequence number of the segments that are not sealed, and so have no filter.
    package var firstUnsealedSequence: UInt64 {
        segments.first { !$0.isSealed }?.firstSequence ?? lastSequence + 1
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
