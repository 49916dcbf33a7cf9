/// The tables of a footer, read page by page as they are asked for. Nothing but the footer's front is
/// kept in memory; the pages go through the block cache.
struct FooterTables: SealedTables {
    let front: FooterSummary
    let holes: [Hole]
    let gaps: [ClosedRange<UInt64>]
    private let body: PagedRegion
    private let streamRows: SortedRows
    private let nameRows: SortedRows
    private let frameCount: Int

    var summary: FooterSummary? { front }

    var events: ClosedRange<UInt64> { front.firstSequence...front.lastSequence }

    /// The bytes that are read to get at a footer's front at once.
    private static let frontGuess = 16 << 10

    /// Opens the footer at the end of a file of `size` bytes.
    ///
    /// - Parameter last: The last sequence number before the next file's: what the footer does not
    ///   cover of it stood in a file that is missing.
    init(
        _ file: any File, size: Int, through last: UInt64, cache: BlockCache,
        identity: SegmentIdentity
    ) throws(FormatError) {
        front = try Self.front(of: file, size: size)
        body = PagedRegion(
            file: file, offset: Int(front.offset) + front.size, size: front.bodySize,
            checksums: front.checksums, cache: cache, identity: identity)
        streamRows = try SortedRows(
            fences: front.range(of: .streamFences), rows: front.range(of: .streams),
            rowSize: Footer.streamRowSize)
        nameRows = try SortedRows(
            fences: front.range(of: .nameFences), rows: front.range(of: .names),
            rowSize: Footer.nameRowSize)
        let frames = front.range(of: .frames)
        frameCount = frames.count / Footer.frameRowSize
        guard frames.count % Footer.frameRowSize == 0,
            Footer.frameBits(frameCount: frameCount) == front.frameBits
        else { throw .invalid("frame count") }
        let rows = try body.bytes(front.range(of: .gaps))
        gaps = try Footer.gaps(rows.span, in: front)
        let region = body
        let lost = try Self.lost(in: front, gaps) { range throws(FormatError) in
            try region.bytes(range)
        }
        holes = lost + Self.missing(behind: front.lastSequence, through: last)
    }

    /// What is said of events whose file is gone.
    static let missingReason = "the segment is missing"

    /// What is said of an event that a repair could not save.
    static let lostReason = "the event is lost: a repair could not save it"

    /// The events that are neither there nor in a gap: a repair could not save them. Cost: nothing
    /// where none is lost, else a reading of the permutation.
    static func lost(
        in front: FooterSummary, _ gaps: [ClosedRange<UInt64>],
        _ fetch: (Range<Int>) throws(FormatError) -> [UInt8]
    ) throws(FormatError) -> [Hole] {
        let numbers = Int(front.lastSequence - front.firstSequence) + 1
        let removed = gaps.reduce(0) { $0 + $1.count }
        guard front.isRepaired, front.eventCount + removed < numbers else { return [] }
        let bits = front.frameBits
        let packed = try fetch(front.range(of: .permutation))
        var ranges: [ClosedRange<UInt64>] = []
        for index in 0..<numbers {
            let sequence = front.firstSequence + UInt64(index)
            let isGone = (0..<bits).allSatisfy { bit in
                let at = index * bits + bit
                return packed[at / 8] >> UInt8(at % 8) & 1 == 1
            }
            guard isGone, !gaps.holdInOrder(sequence) else { continue }
            if let last = ranges.last, last.upperBound + 1 == sequence {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        let file = SegmentName.file(first: front.firstSequence)
        return ranges.map { Hole(file: file, offset: 0, events: $0, reason: lostReason) }
    }

    /// The front of the footer with which a file of `size` bytes ends.
    static func front(of file: any File, size: Int) throws(FormatError) -> FooterSummary {
        let trailer = try file.part(Footer.trailerSize, at: max(0, size - Footer.trailerSize))
        let length = try Footer.size(fromTrailer: trailer.span)
        guard length <= size else { throw .truncated }
        var bytes = try file.part(min(length, frontGuess), at: size - length)
        let needed = try HeaderCoding.size(of: bytes.span)
        if needed > bytes.count {
            guard needed <= length else { throw .truncated }
            bytes = try file.part(needed, at: size - length)
        }
        let front = try FooterSummary.decode(bytes.span, footerSize: length)
        guard front.offset == UInt64(size - length) else { throw .invalid("it belongs elsewhere") }
        return front
    }

    /// The segments that are missing behind one, before the next that is there.
    static func missing(behind reached: UInt64, through last: UInt64) -> [Hole] {
        guard reached < last else { return [] }
        return [
            Hole(
                file: SegmentName.file(first: reached + 1), offset: 0,
                events: (reached + 1)...last, reason: missingReason)
        ]
    }

    private func fetch(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
        try body.bytes(range)
    }

    // MARK: Lines

    func place(of sequence: UInt64) throws(FormatError) -> LinePlace? {
        guard events.contains(sequence) else { return nil }
        let bits = front.frameBits
        let position = Int(sequence - front.firstSequence) * bits
        let start = front.range(of: .permutation).lowerBound
        let packed = try body.bytes(
            (start + position / 8)..<(start + (position + bits + 7) / 8))
        var number: UInt64 = 0
        for bit in 0..<bits {
            let at = position % 8 + bit
            number |= UInt64(packed[at / 8] >> UInt8(at % 8) & 1) << UInt64(bit)
        }
        guard number != UInt64(1) << UInt64(bits) - 1 else { return nil }
        let (row, directory) = try directory(ofFrame: Int(number))
        var lineStart = 0
        for event in try row.events(in: directory.span) {
            let end = lineStart + Int(event.lineLength)
            if event.sequence == sequence {
                return LinePlace(frame: Int(number), range: lineStart..<end)
            }
            lineStart = end
        }
        throw .invalid("permutation")
    }

    func frame(_ index: Int) throws(FormatError) -> Footer.Frame {
        let (row, directory) = try directory(ofFrame: index)
        return row.frame(events: try row.events(in: directory.span))
    }

    private func directory(
        ofFrame index: Int
    ) throws(FormatError) -> (row: FrameRow, directory: [UInt8]) {
        guard index >= 0, index < frameCount else { throw .invalid("frame number") }
        let start = front.range(of: .frames).lowerBound + index * Footer.frameRowSize
        let bytes = try body.bytes(start..<(start + Footer.frameRowSize))
        let row = try FrameRow(bytes.span, at: 0, in: front)
        let low = front.range(of: .directories).lowerBound + row.directory.lowerBound
        return (row, try body.bytes(low..<(low + row.directory.count)))
    }

    // MARK: Streams and names

    func stream(_ key: StreamKey) throws(FormatError) -> Footer.Stream? {
        let found = try streamRows.row(of: key) { range throws(FormatError) in try fetch(range) }
        guard let row = found?.bytes else { return nil }
        return try Footer.Stream(row.span, at: 0, in: front, frameCount: frameCount)
    }

    func streams(from key: StreamKey, limit: Int) throws(FormatError) -> [Footer.Stream] {
        let start = try streamRows.lowerBound(of: key) { range throws(FormatError) in
            try fetch(range)
        }
        return try streams(at: start, limit: limit)
    }

    private func streams(at index: Int, limit: Int) throws(FormatError) -> [Footer.Stream] {
        let bytes = try streamRows.bytes(from: index, limit: limit) { range throws(FormatError) in
            try fetch(range)
        }
        var found: [Footer.Stream] = []
        for start in stride(from: 0, to: bytes.count, by: Footer.streamRowSize) {
            found.append(
                try Footer.Stream(bytes.span, at: start, in: front, frameCount: frameCount))
        }
        return found
    }

    func owner(of fingerprint: Identifier) throws(FormatError) -> StreamKey? {
        let found = try nameRows.row(of: fingerprint) { range throws(FormatError) in
            try fetch(range)
        }
        guard let row = found?.bytes else { return nil }
        return try owner(inRow: row, at: 0).owner
    }

    func names(
        from fingerprint: Identifier, limit: Int
    ) throws(FormatError) -> [(fingerprint: Identifier, owner: StreamKey)] {
        let first = try nameRows.lowerBound(of: fingerprint) { range throws(FormatError) in
            try fetch(range)
        }
        let bytes = try nameRows.bytes(from: first, limit: limit) { range throws(FormatError) in
            try fetch(range)
        }
        var found: [(fingerprint: Identifier, owner: StreamKey)] = []
        for start in stride(from: 0, to: bytes.count, by: Footer.nameRowSize) {
            found.append(try owner(inRow: bytes, at: start))
        }
        return found
    }

    private func owner(
        inRow bytes: [UInt8], at offset: Int
    ) throws(FormatError) -> (fingerprint: Identifier, owner: StreamKey) {
        var cursor = ByteCursor(offset..<bytes.count)
        let fingerprint = cursor.identifier(bytes.span)
        let index = Int(cursor.u32(bytes.span))
        guard let stream = try streams(at: index, limit: 1).first else { throw .invalid("name") }
        return (fingerprint, stream.key)
    }

    func mayContain(_ term: [UInt8]) throws(FormatError) -> Bool {
        let filter = front.range(of: .filter)
        guard !filter.isEmpty else { return true }
        let probe = TermFilter.Probe(term)
        let start = filter.lowerBound + probe.block(of: filter.count)
        return probe.isHit(in: try body.bytes(start..<(start + TermFilter.blockSize)))
    }
}
