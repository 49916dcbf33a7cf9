/// Rewrites a complete segment of active layout once, grouped by stream.
struct Sealer {
    let journalID: JournalID
    let semantics: LineSemantics
    let level: LZ4Frame.Level

    struct Line {
        var sequence: UInt64
        var version: UInt64
        var block: Int
        var range: Range<Int>
    }

    var bytes: [UInt8] = []
    var frames: [Footer.Frame] = []
    var streams: [Footer.Stream] = []
    var plainSize: UInt64 = 0

    /// The frame being filled.
    private var content: [UInt8] = []
    private var events: [Footer.Event] = []

    init(journalID: JournalID, semantics: LineSemantics, level: LZ4Frame.Level) {
        self.journalID = journalID
        self.semantics = semantics
        self.level = level
    }

    /// The bytes of the sealed file for a segment that is complete and whole.
    ///
    /// Every line is read again, hashed again and compared with the frontier that its block's header
    /// recorded: what is sealed is what was acknowledged. Holds the segment's content in memory.
    ///
    /// - Throws: `damaged` where the segment is not what was written; nothing is sealed then.
    mutating func seal(
        _ segment: ActiveSegment, predecessor: UInt64, frontierBefore: FrontierRecord
    ) throws(LogError) -> [UInt8] {
        let blockCount = segment.blockCount
        guard blockCount > 0, segment.holes.isEmpty else {
            throw LogError(.damaged, "a segment with a hole is not sealed", path: segment.path)
        }
        var contents: [[UInt8]] = []
        var runs: [StreamKey: [Line]] = [:]
        var order: [StreamKey] = []
        var terms = SegmentTerms()
        var frontier = frontierBefore
        var blocks: [BlockHeader] = []
        for index in 0..<blockCount {
            let block = segment.block(index)
            let plain = try segment.content(of: block)
            try check(block, plain, &frontier, &terms, path: segment.path)
            collect(block, index, into: &runs, &order)
            contents.append(plain)
            blocks.append(block)
        }
        try appendRuns(order, runs, contents)
        streams.sort { $0.key < $1.key }
        let last = blocks[blocks.count - 1]
        var footer = Footer(
            summary: FooterSummary(
                journalID: journalID, offset: UInt64(bytes.count),
                firstSequence: segment.firstSequence, lastSequence: last.lastSequence,
                predecessor: predecessor, firstTime: blocks[0].firstTime,
                lastTime: last.lastTime, epoch: blocks.reduce(0) { max($0, $1.epoch) },
                eventCount: streams.reduce(0) { $0 + $1.eventCount }, level: level.rawValue,
                plainSize: plainSize, fileHash: FileHash.hash(bytes.span),
                frontierBefore: frontierBefore, frontierAfter: frontier),
            frames: frames, streams: streams, names: terms.names(in: streams),
            filter: terms.filter(for: streams))
        footer.append(to: &bytes)
        return bytes
    }

    private func check(
        _ block: BlockHeader, _ plain: [UInt8], _ frontier: inout FrontierRecord,
        _ terms: inout SegmentTerms, path: String
    ) throws(LogError) {
        let lines = block.lines
        guard lines.allSatisfy({ plain[$0.upperBound] == 0x0A }),
            let hashes = semantics.leafHashes(plain.span, lines)
        else {
            throw LogError(.damaged, "a line is not one", path: path, offset: Int(block.offset))
        }
        for (entry, line) in zip(block.entries, lines) {
            terms.add(
                semantics.terms(plain.span.extracting(line)),
                of: block.streams[Int(entry.stream)].key)
        }
        semantics.extend(&frontier, hashes.span)
        guard frontier == block.frontier else {
            throw LogError(
                .damaged, "the lines of a block do not give the Merkle tree that it recorded",
                path: path, offset: Int(block.offset))
        }
    }

    private func collect(
        _ block: BlockHeader, _ index: Int, into runs: inout [StreamKey: [Line]],
        _ order: inout [StreamKey]
    ) {
        var versions = block.streams.map(\.firstVersion)
        var start = 0
        for (position, entry) in block.entries.enumerated() {
            let stream = Int(entry.stream)
            let key = block.streams[stream].key
            let end = start + Int(entry.lineLength)
            if runs[key] == nil { order.append(key) }
            runs[key, default: []].append(
                Line(
                    sequence: block.firstSequence + UInt64(position), version: versions[stream],
                    block: index, range: start..<end))
            versions[stream] += 1
            start = end
        }
    }

    /// Long runs get frames of their own; short ones share.
    mutating func appendRuns(
        _ order: [StreamKey], _ runs: [StreamKey: [Line]], _ contents: [[UInt8]]
    ) throws(LogError) {
        var short: [StreamKey] = []
        for key in order {
            let lines = runs[key] ?? []
            if lines.reduce(0, { $0 + $1.range.count }) < SegmentLogFormat.ownFrameThreshold {
                short.append(key)
            } else {
                try append(lines, of: key, contents, frameSize: SegmentLogFormat.ownFrameSize)
                try flush()
            }
        }
        for key in short {
            try append(
                runs[key] ?? [], of: key, contents, frameSize: SegmentLogFormat.sharedFrameSize)
        }
        try flush()
    }

    private mutating func append(
        _ lines: [Line], of key: StreamKey, _ contents: [[UInt8]], frameSize: Int
    ) throws(LogError) {
        guard let first = lines.first, let last = lines.last else { return }
        var stream = Footer.Stream(
            key: key, firstVersion: first.version, lastVersion: last.version,
            firstSequence: first.sequence, lastSequence: last.sequence,
            eventCount: lines.count, firstFrame: 0, firstLine: 0)
        for (index, line) in lines.enumerated() {
            if !content.isEmpty, content.count + line.range.count > frameSize { try flush() }
            if index == 0 {
                stream.firstFrame = frames.count
                stream.firstLine = events.count
            }
            content.append(contentsOf: contents[line.block][line.range])
            events.append(
                Footer.Event(sequence: line.sequence, lineLength: UInt32(line.range.count)))
        }
        streams.append(stream)
    }

    /// Closes the frame being filled.
    private mutating func flush() throws(LogError) {
        guard !events.isEmpty else { return }
        frames.append(
            try SealedFrameHeader.appendFrame(
                of: content, events, level, journalID: journalID, to: &bytes))
        plainSize += UInt64(content.count)
        content.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
    }
}

extension SealedFrameHeader {
    /// Appends a frame header and the LZ4 frame of some lines, which is decompressed and compared
    /// first, and says where it stands.
    static func appendFrame(
        of content: [UInt8], _ events: [Footer.Event], _ level: LZ4Frame.Level,
        journalID: JournalID, to bytes: inout [UInt8]
    ) throws(LogError) -> Footer.Frame {
        var stored: [UInt8] = []
        LZ4Frame.compress(content.span, level, to: &stored)
        try LZ4Frame.confirm(stored, holds: content.span)
        let lowest = events.reduce(UInt64.max) { min($0, $1.sequence) }
        let highest = events.reduce(0) { max($0, $1.sequence) }
        let header = SealedFrameHeader(
            journalID: journalID, offset: UInt64(bytes.count), lowestSequence: lowest,
            highestSequence: highest, eventCount: events.count, storedLength: stored.count,
            plainLength: content.count, contentChecksum: CRC32C.checksum(stored.span))
        let frame = Footer.Frame(
            offset: bytes.count, headerSize: encodedSize, storedLength: stored.count,
            plainLength: content.count, contentChecksum: header.contentChecksum,
            lowestSequence: lowest, highestSequence: highest, events: events)
        header.append(to: &bytes)
        bytes.append(contentsOf: stored)
        return frame
    }
}

/// The terms of a segment's lines, gathered for its footer.
struct SegmentTerms {
    private var owners: [Identifier: StreamKey] = [:]
    private var terms: Set<[UInt8]> = []

    mutating func add(_ line: LineTerms, of stream: StreamKey) {
        for name in line.names {
            let fingerprint = Footer.Name.fingerprint(of: name)
            if owners[fingerprint] == nil { owners[fingerprint] = stream }
        }
        for term in line.others { terms.insert(term) }
    }

    /// `streams` are sorted by key.
    func names(in streams: [Footer.Stream]) -> [Footer.Name] {
        var rows: [StreamKey: Int] = [:]
        for (row, stream) in streams.enumerated() { rows[stream.key] = row }
        return owners.sorted { $0.key < $1.key }.compactMap { fingerprint, owner in
            rows[owner].map { Footer.Name(fingerprint: fingerprint, stream: $0) }
        }
    }

    func filter(for streams: [Footer.Stream]) -> TermFilter {
        TermFilter(terms: terms.union(streams.map(\.key.bytes)))
    }
}
