extension LogView {
    /// Passes a stream's lines within a range of sequence numbers to `body`, in order or, where
    /// `backwards`, the newest first, until it returns false. What is damaged is passed to `onHole`:
    /// what is known of a segment when it is reached, the rest where it is met.
    ///
    /// Cost: the stream's own frames in sealed segments, the frames it shares, and every block that
    /// holds one of its events in the others; a few pages of the tables.
    package func scan(
        stream key: StreamKey, in range: ClosedRange<UInt64>, backwards: Bool = false,
        onHole: (Hole) -> Void, _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) {
        guard range.lowerBound <= lastSequence else { return }
        let range = range.lowerBound...min(range.upperBound, lastSequence)
        let holders = try segments(of: key).filter {
            $0.firstSequence <= range.upperBound && $0.lastSequence >= range.lowerBound
        }
        let order = backwards ? holders.reversed() : holders
        var start = 0
        // Whoever wants a line or two is done with the first segment.
        var count = 1
        while start < order.count {
            let next = order[start..<min(start + count, order.count)]
            for (segment, result) in zip(next, parts(of: key, in: next, range)) {
                let part = try result.get()
                part.holes.forEach(onHole)
                for piece in backwards ? part.pieces.reversed() : part.pieces {
                    guard try pass(piece, of: segment, backwards, onHole, body) else { return }
                }
            }
            start += count
            count = min(count * 2, Self.mostSegmentsAtOnce)
        }
    }

    /// How many segments are asked side by side.
    private static let mostSegmentsAtOnce = 16

    /// A stream's part of one segment.
    private struct Part {
        var pieces: [Piece] = []
        /// What of the segment is lost.
        var holes: [Hole] = []
    }

    /// What some segments hold of a stream. Where a session is spread over many, reading the frames
    /// that it shares with others is most of the work: that is done at once, and all cores share it.
    private func parts(
        of key: StreamKey, in segments: ArraySlice<SegmentHandle>, _ range: ClosedRange<UInt64>
    ) -> [Result<Part, LogError>] {
        Parallel.map(segments.count) { index in
            Result { () throws(LogError) in
                let segment = segments[segments.startIndex + index]
                return try part(of: key, in: segment, range, readsAhead: segments.count > 1)
            }
        }
    }

    private func part(
        of key: StreamKey, in segment: SegmentHandle, _ range: ClosedRange<UInt64>,
        readsAhead: Bool
    ) throws(LogError) -> Part {
        var part = Part()
        part.pieces = try pieces(of: key, in: segment, range) { part.holes.append($0) }
        if readsAhead, part.pieces.count == 1,
            case .frame(_, let frame, _) = part.pieces[0].place,
            frame.plainLength <= SegmentLogFormat.sharedFrameSize
        {
            do throws(LogError) {
                part.pieces[0].content = try content(of: part.pieces[0], in: segment)
            } catch {
                // The same goes wrong again where the lines are wanted, and is told there.
            }
        }
        return part
    }

    /// The part of a stream that stands in one block or frame.
    private struct Piece {
        enum Place {
            case block(Int, BlockHeader)
            case frame(Int, Footer.Frame, SealedSegment.Contents)
        }

        var place: Place
        /// In order of sequence; newlines included.
        var lines: [(sequence: UInt64, range: Range<Int>)]
        /// The plain content, where it was read ahead.
        var content: BlockContent?

        /// In the file.
        var offset: Int {
            switch place {
            case .block(_, let header): Int(header.offset)
            case .frame(_, let frame, _): frame.offset
            }
        }
    }

    private func pieces(
        of key: StreamKey, in segment: SegmentHandle, _ range: ClosedRange<UInt64>,
        _ onHole: (Hole) -> Void
    ) throws(LogError) -> [Piece] {
        switch segment {
        case .active(let active):
            for hole in active.holes where hole.events != nil { onHole(hole) }
            return active.blocks(holding: key, in: range).map { number, block in
                Piece(
                    place: .block(number, block), lines: block.lines(of: key, in: range))
            }
        case .sealed(let sealed):
            for hole in try sealed.load().tables.holes where hole.events != nil { onHole(hole) }
            return try sealed.ask { contents throws(FormatError) in
                try Self.pieces(of: key, in: contents, range)
            }
        }
    }

    private static func pieces(
        of key: StreamKey, in contents: SealedSegment.Contents, _ range: ClosedRange<UInt64>
    ) throws(FormatError) -> [Piece] {
        guard let stream = try contents.tables.stream(key) else { return [] }
        var pieces: [Piece] = []
        try contents.tables.forEachFrame(of: stream) { number, frame, lines throws(FormatError) in
            guard frame.events[lines.upperBound - 1].sequence >= range.lowerBound else {
                return true
            }
            guard frame.events[lines.lowerBound].sequence <= range.upperBound else { return false }
            var piece = Piece(place: .frame(number, frame, contents), lines: [])
            var start = frame.events[..<lines.lowerBound].reduce(0) { $0 + Int($1.lineLength) }
            for event in frame.events[lines] {
                let end = start + Int(event.lineLength)
                if range.contains(event.sequence) {
                    piece.lines.append((event.sequence, start..<end))
                }
                start = end
            }
            pieces.append(piece)
            return true
        }
        return pieces
    }

    private func pass(
        _ piece: Piece, of segment: SegmentHandle, _ backwards: Bool, _ onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) -> Bool {
        do throws(LogError) {
            let plain = try content(of: piece, in: segment)
            for line in backwards ? piece.lines.reversed() : piece.lines {
                guard let range = plain.range(of: line.sequence, storedAt: line.range) else {
                    onHole(Self.unopened(line.sequence, segment.name, piece.offset))
                    continue
                }
                guard body(line.sequence, plain.bytes.span.extracting(range.dropLast())) else {
                    return false
                }
            }
        } catch {
            guard error.code == .damaged else { throw error }
            for line in piece.lines {
                onHole(
                    Hole(
                        file: segment.name, offset: error.offset ?? 0,
                        events: line.sequence...line.sequence, reason: error.message))
            }
        }
        return true
    }

    private func content(
        of piece: Piece, in segment: SegmentHandle
    ) throws(LogError) -> BlockContent {
        if let content = piece.content { return content }
        switch (piece.place, segment) {
        case (.block(let number, let header), .active(let active)):
            return try content(of: active, block: number, header)
        case (.frame(let number, let frame, let contents), .sealed(let sealed)):
            return try sealed.content(of: frame, number, in: contents)
        default: preconditionFailure("a piece belongs to the segment it was made from")
        }
    }

    /// The newest line of a stream for which `isWanted` holds, among those whose version is not
    /// below `oldest`; nil where there is none.
    ///
    /// Every wanted line has `term` among its terms: sealed segments whose filter knows nothing of
    /// it are not read, unless the stream is encrypted and so in no filter (`isFiltered`). Cost: a page of each segment that holds the stream, and its frames in those
    /// where the line may be.
    package func newestLine(
        of key: StreamKey, withTerm term: [UInt8], isFiltered: Bool = true,
        notBelow oldest: UInt64 = 1,
        where isWanted: (Span<UInt8>) -> Bool
    ) throws(LogError) -> [UInt8]? {
        for segment in try segments(of: key).reversed() {
            if case .sealed(let sealed) = segment {
                enum Verdict { case read, skip, stop }
                let verdict: Verdict = try sealed.ask { contents throws(FormatError) in
                    if let stream = try contents.tables.stream(key), stream.lastVersion < oldest {
                        return .stop
                    }
                    guard isFiltered else { return .read }
                    return try contents.tables.mayContain(term) ? .read : .skip
                }
                if verdict == .stop { return nil }
                if verdict == .skip { continue }
            }
            var found: [UInt8]?
            var isOver = false
            for piece in try pieces(of: key, in: segment, 1...lastSequence, { _ in }).reversed() {
                _ = try pass(piece, of: segment, true, { _ in }) { _, line in
                    if isWanted(line) { found = Array(copying: line) }
                    if let record = environment.semantics.describe(line), record.version < oldest {
                        isOver = true
                    }
                    return found == nil && !isOver
                }
                if found != nil || isOver { return isOver ? nil : found }
            }
        }
        return nil
    }
}

extension LogView {
    /// Whether the stream's newest events are encrypted. Cost: a few pages of tables; in a segment that
    /// holds runs, the stream's blocks or frames there, until one with a run of it is found.
    package func holdsRuns(of key: StreamKey) throws(LogError) -> Bool {
        for segment in try segments(of: key).reversed() {
            let pieces = try pieces(of: key, in: segment, 1...max(lastSequence, 1), { _ in })
            for piece in pieces.reversed() {
                guard let stored = try encryptedContent(of: piece.place, in: segment) else {
                    continue
                }
                if stored.runs.contains(where: { $0.stream == key }) { return true }
            }
            if !pieces.isEmpty { return false }
        }
        return false
    }

    /// What stands in a place, nothing opened; nil where no run does.
    private func encryptedContent(
        of place: Piece.Place, in segment: SegmentHandle
    ) throws(LogError) -> StoredContent? {
        switch (place, segment) {
        case (.block(_, let header), .active(let active)):
            header.isEncrypted ? try active.stored(header) : nil
        case (.frame(_, let frame, let contents), .sealed(let sealed)):
            // Without a footer nobody says whether there are runs.
            contents.tables.summary?.isEncrypted ?? true
                ? try sealed.storedFrame(frame, in: contents) : nil
        default: nil
        }
    }
}

extension ActiveSegment {
    /// The blocks that hold events of a stream within a range, with their numbers, in order.
    func blocks(
        holding key: StreamKey, in range: ClosedRange<UInt64>
    ) -> [(number: Int, header: BlockHeader)] {
        var found: [(number: Int, header: BlockHeader)] = []
        for sequence in sequences(of: key, through: range.upperBound)
        where sequence >= range.lowerBound {
            if let last = found.last, sequence <= last.header.lastSequence { continue }
            if let block = block(holding: sequence) { found.append((block.index, block.header)) }
        }
        return found
    }
}

extension BlockHeader {
    /// The lines of a stream within a range of sequence numbers, newlines included.
    func lines(
        of key: StreamKey, in range: ClosedRange<UInt64>
    ) -> [(sequence: UInt64, range: Range<Int>)] {
        guard let stream = streams.firstIndex(where: { $0.key == key }) else { return [] }
        var lines: [(sequence: UInt64, range: Range<Int>)] = []
        var start = 0
        for (index, entry) in entries.enumerated() {
            let end = start + Int(entry.lineLength)
            let sequence = firstSequence + UInt64(index)
            if Int(entry.stream) == stream, range.contains(sequence) {
                lines.append((sequence, start..<end))
            }
            start = end
        }
        return lines
    }
}
