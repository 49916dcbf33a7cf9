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

    /// What a run is found by: its lines' entries, which stand in that block.
    struct RunPlace: Hashable {
        var stream: StreamKey
        var block: Int
    }

    var bytes: [UInt8] = []
    var frames: [Footer.Frame] = []
    var streams: [Footer.Stream] = []
    var plainSize: UInt64 = 0

    /// The runs of the segment. They are moved as they are: nobody needs a key for it.
    private var ciphertext: [RunPlace: [CiphertextRun]] = [:]

    /// The content of each block, let go of with the last of its lines.
    private var contents: [[UInt8]] = []

    /// How many lines of each block are in no frame yet.
    private var waitingCounts: [Int] = []

    /// The frame being filled.
    private var content: [UInt8] = []
    private var events: [Footer.Event] = []
    private var ciphertextRuns: [CiphertextRun] = []
    private var ciphertextSize = 0

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
        var runs: [StreamKey: [Line]] = [:]
        var order: [StreamKey] = []
        var terms = SegmentTerms()
        var frontier = frontierBefore
        var blocks: [BlockHeader] = []
        for index in 0..<blockCount {
            let block = segment.block(index)
            let stored = try segment.stored(block)
            try check(block, stored.plain, &frontier, &terms, path: segment.path)
            collect(block, index, into: &runs, &order)
            add(stored)
            blocks.append(block)
        }
        // About what it will be, so that it is not moved while it grows.
        bytes.reserveCapacity(blocks.reduce(0) { $0 + $1.storedLength } * 9 / 8)
        try appendRuns(order, runs)
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
        if isEncrypted { footer.summary.requiredFlags |= RequiredFlags.encrypted }
        footer.append(to: &bytes)
        return bytes
    }

    /// Whether runs stand behind the content of a frame.
    var isEncrypted: Bool { !ciphertext.isEmpty }

    /// Takes the content and the runs of the next block, whose lines come with ``appendRuns(_:_:)``.
    mutating func add(_ stored: StoredContent) {
        for run in stored.runs {
            ciphertext[RunPlace(stream: run.stream, block: contents.count), default: []].append(run)
        }
        contents.append(stored.plain)
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
        _ order: [StreamKey], _ runs: [StreamKey: [Line]]
    ) throws(LogError) {
        waitingCounts = [Int](repeating: 0, count: contents.count)
        for lines in runs.values { for line in lines { waitingCounts[line.block] += 1 } }
        var short: [StreamKey] = []
        for key in order {
            let groups = groups(of: runs[key] ?? [], of: key)
            if groups.reduce(0, { $0 + $1.size }) < SegmentLogFormat.ownFrameThreshold {
                short.append(key)
            } else {
                try append(groups, of: key, frameSize: SegmentLogFormat.ownFrameSize)
                try flush()
            }
        }
        for key in short {
            try append(
                groups(of: runs[key] ?? [], of: key), of: key,
                frameSize: SegmentLogFormat.sharedFrameSize)
        }
        try flush()
    }

    /// Lines that go into one frame together, with their runs.
    private struct Group {
        var lines: ArraySlice<Line>
        var runs: [CiphertextRun]
        /// In bytes, the runs included.
        var size: Int
    }

    /// Each line by itself, but for those that share a run.
    private func groups(of lines: [Line], of key: StreamKey) -> [Group] {
        var groups: [Group] = []
        groups.reserveCapacity(lines.count)
        var start = 0
        while start < lines.count {
            var end = start + 1
            var runs: [CiphertextRun] = []
            if !ciphertext.isEmpty {
                let block = lines[start].block
                runs = ciphertext[RunPlace(stream: key, block: block)] ?? []
                while !runs.isEmpty, end < lines.count, lines[end].block == block { end += 1 }
            }
            let size =
                lines[start..<end].reduce(0) { $0 + $1.range.count }
                + runs.reduce(0) { $0 + $1.payload.count }
            groups.append(Group(lines: lines[start..<end], runs: runs, size: size))
            start = end
        }
        return groups
    }

    private mutating func append(
        _ groups: [Group], of key: StreamKey, frameSize: Int
    ) throws(LogError) {
        guard let first = groups.first?.lines.first, let last = groups.last?.lines.last else {
            return
        }
        var stream = Footer.Stream(
            key: key, firstVersion: first.version, lastVersion: last.version,
            firstSequence: first.sequence, lastSequence: last.sequence,
            eventCount: groups.reduce(0) { $0 + $1.lines.count }, firstFrame: 0, firstLine: 0)
        for (index, group) in groups.enumerated() {
            if !content.isEmpty, content.count + ciphertextSize + group.size > frameSize {
                try flush()
            }
            if index == 0 {
                stream.firstFrame = frames.count
                stream.firstLine = events.count
            }
            // A large line is a frame by itself.
            if content.isEmpty { content.reserveCapacity(group.size) }
            for line in group.lines {
                content.append(contentsOf: contents[line.block][line.range])
                waitingCounts[line.block] -= 1
                if waitingCounts[line.block] == 0 { contents[line.block] = [] }
                events.append(
                    Footer.Event(sequence: line.sequence, lineLength: UInt32(line.range.count)))
            }
            for run in group.runs {
                ciphertextRuns.append(run)
                ciphertextSize += run.payload.count
            }
        }
        streams.append(stream)
    }

    /// Closes the frame being filled.
    private mutating func flush() throws(LogError) {
        guard !events.isEmpty else { return }
        frames.append(
            try SealedFrameHeader.appendFrame(
                of: StoredContent(plain: content, runs: ciphertextRuns), events, level,
                journalID: journalID, to: &bytes))
        plainSize += UInt64(content.count)
        content.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        ciphertextRuns = []
        ciphertextSize = 0
    }
}

extension SealedFrameHeader {
    /// Appends a frame header, the LZ4 frame of some lines, which is decompressed and compared first,
    /// and their runs as they are, and says where it stands.
    static func appendFrame(
        of content: StoredContent, _ events: [Footer.Event], _ level: LZ4Frame.Level,
        journalID: JournalID, to bytes: inout [UInt8]
    ) throws(LogError) -> Footer.Frame {
        var stored = LZ4Frame.compress(content.plain.span, level)
        try LZ4Frame.confirm(stored, holds: content.plain.span)
        for run in content.runs { run.append(to: &stored, at: stored.count) }
        let lowest = events.reduce(UInt64.max) { min($0, $1.sequence) }
        let highest = events.reduce(0) { max($0, $1.sequence) }
        var header = SealedFrameHeader(
            journalID: journalID, offset: UInt64(bytes.count), lowestSequence: lowest,
            highestSequence: highest, eventCount: events.count, storedLength: stored.count,
            plainLength: content.plain.count, contentChecksum: CRC32C.checksum(stored.span))
        if !content.runs.isEmpty { header.requiredFlags |= RequiredFlags.encrypted }
        let frame = Footer.Frame(
            offset: bytes.count, headerSize: encodedSize, storedLength: stored.count,
            plainLength: content.plain.count, contentChecksum: header.contentChecksum,
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
