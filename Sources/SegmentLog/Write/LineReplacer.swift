/// Writes a sealed segment anew with some of its lines replaced, each by one that has the same leaf in
/// the Merkle tree: the line that stands where content is withheld.
///
/// ```
/// read, compare with the footer's hash ─▶ leaf of every line ─▶ the frontier that was recorded?
///      ─▶ replacement of each chosen line: the same leaf? ─▶ frames with such lines anew, the others
///      as they are ─▶ names and filter of what remains ─▶ footer
/// ```
/// Where a chosen line stands in a run, the run is opened and encrypted anew: without it, or with what
/// takes its place.
struct LineReplacer {
    /// Why lines are replaced.
    enum Purpose {
        /// Their content is withheld from here on: it goes from runs altogether.
        case withholding
        /// They say less from here on, and are not expected to be replaced soon again.
        case compacting
    }

    let semantics: LineSemantics
    /// The events whose lines are replaced, in order and apart.
    let events: [ClosedRange<UInt64>]
    let purpose: Purpose
    /// What takes the place of a line, without its newline; nil for what is no line.
    let replacement: (Span<UInt8>) -> [UInt8]?
    /// Opens and encrypts runs; nil where no key is at hand.
    let cipher: (any RunCipher)?

    /// Whether no line was another one before.
    private var isUnchanged = true
    private var terms = SegmentTerms()
    private var leaves = SegmentLeaves()
    private var bytes: [UInt8] = []

    init(
        semantics: LineSemantics, events: [ClosedRange<UInt64>], cipher: (any RunCipher)? = nil,
        purpose: Purpose = .withholding, replacement: @escaping (Span<UInt8>) -> [UInt8]?
    ) {
        self.semantics = semantics
        self.cipher = cipher
        self.events = events
        self.purpose = purpose
        self.replacement = replacement
    }

    /// The bytes of the new file; nil where every chosen line is its replacement already.
    ///
    /// Cost: the segment in memory, twice; the hashes of all its lines.
    ///
    /// - Throws: `damaged` where the file is not what was sealed, or its lines do not give the tree
    ///   that it recorded; `invalid` where a replacement has another leaf; `denied` where a chosen line
    ///   is encrypted and its key is not at hand. Nothing is to be replaced then.
    mutating func replace(in segment: SealedSegment) throws(LogError) -> [UInt8]? {
        let file = try SealedFile(of: segment)
        var footer = file.footer
        for (number, frame) in footer.frames.enumerated() {
            footer.frames[number] = try replace(in: frame, of: file)
        }
        guard !isUnchanged else { return nil }
        let retained = try file.retained()
        leaves.take(retained)
        try check(footer.summary, path: segment.path)
        footer.summary.plainSize = footer.frames.reduce(0) { $0 + UInt64($1.plainLength) }
        footer.names = terms.names(in: footer.streams)
        // Of a segment that lost events, nothing is said to be absent.
        footer.filter = footer.summary.isRepaired ? .none : terms.filter(for: footer.streams)
        try footer.finish(&bytes, retaining: retained)
        return bytes
    }

    private mutating func replace(
        in frame: Footer.Frame, of file: SealedFile
    ) throws(LogError) -> Footer.Frame {
        let stored = try file.content(of: frame)
        let old = stored.plain
        var gone: [StreamKey: Set<UInt64>] = [:]
        var start = 0
        var lines: [Range<Int>] = []
        for event in frame.events {
            let end = start + Int(event.lineLength)
            guard end > start, end <= old.count, old[end - 1] == 0x0A else {
                throw damage("a line is not one", file, frame)
            }
            lines.append(start..<(end - 1))
            start = end
        }
        guard let hashes = semantics.leafHashes(old.span, lines) else {
            throw damage("a line is not one", file, frame)
        }
        var content: [UInt8] = []
        var events = frame.events
        var isSame = true
        for (index, range) in lines.enumerated() {
            let line = old.span.extracting(range)
            let leaf = hashes[(index * SegmentLogFormat.hashSize)...]
                .prefix(SegmentLogFormat.hashSize)
            let sequence = events[index].sequence
            guard let record = semantics.describe(line), record.sequence == sequence else {
                throw damage("a line is not what the footer says of it", file, frame)
            }
            leaves.take(leaf, of: sequence)
            guard self.events.holdInOrder(sequence) else {
                terms.add(semantics.terms(line), of: record.stream)
                content.append(contentsOf: old[range.lowerBound...range.upperBound])
                continue
            }
            if !stored.runs.isEmpty { gone[record.stream, default: []].insert(record.version) }
            let new = try replacement(of: line, leaf, sequence)
            terms.add(semantics.terms(new.span), of: record.stream)
            isSame = isSame && new.count == range.count && new.elementsEqual(old[range])
            content.append(contentsOf: new)
            content.append(0x0A)
            events[index].lineLength = UInt32(new.count + 1)
        }
        var runs: [CiphertextRun] = []
        for run in stored.runs {
            guard let versions = gone[run.stream],
                versions.contains(where: { $0 >= run.firstVersion && $0 <= run.lastVersion })
            else {
                runs.append(run)
                continue
            }
            let rest = try self.run(run, changing: versions, path: file.path)
            if let rest { runs.append(rest) }
            isSame = isSame && rest == run
        }
        if isSame { return move(frame, of: file, isEncrypted: !stored.runs.isEmpty) }
        isUnchanged = false
        return try SealedFrameHeader.appendFrame(
            of: StoredContent(plain: content, runs: runs), events,
            purpose == .compacting ? .best : LZ4Frame.Level(rawValue: file.footer.summary.level),
            journalID: file.footer.summary.journalID, to: &bytes)
    }

    /// A run without the lines of some versions, or with what takes their places; nil where none is
    /// left.
    private func run(
        _ run: CiphertextRun, changing versions: Set<UInt64>, path: String
    ) throws(LogError) -> CiphertextRun? {
        // Of a run that goes as a whole, nobody needs the key.
        if purpose == .withholding,
            (run.firstVersion...run.lastVersion).allSatisfy(versions.contains)
        {
            return nil
        }
        guard let cipher, let compressed = try cipher.open(run) else {
            throw LogError(
                .denied,
                "an event is encrypted and its key is not at hand; open the journal with its master "
                    + "key", path: path)
        }
        guard let lines = BlockContent.lines(of: run, compressed, semantics) else {
            throw LogError(.damaged, BlockContent.damagedReason, path: path)
        }
        var kept: [UInt8] = []
        var keptVersions: [UInt64] = []
        var isSame = true
        for line in lines.ranges {
            let text = lines.bytes.span.extracting(line.range.dropLast())
            guard let record = semantics.describe(text) else { continue }
            if versions.contains(record.version) {
                guard purpose == .compacting else {
                    isSame = false
                    continue
                }
                let new = try replacement(of: text, record.sequence)
                isSame = isSame && new.elementsEqual(lines.bytes[line.range.dropLast()])
                kept += new
                kept.append(0x0A)
            } else {
                kept.append(contentsOf: lines.bytes[line.range])
            }
            keptVersions.append(record.version)
        }
        if isSame { return run }
        guard let first = keptVersions.first, let last = keptVersions.last else { return nil }
        let payload = LZ4Frame.compress(kept.span, purpose == .compacting ? .best : .fast)
        try LZ4Frame.confirm(payload, holds: kept.span)
        var rest = CiphertextRun(
            journalID: run.journalID, stream: run.stream, firstVersion: first, lastVersion: last,
            eventCount: keptVersions.count, plainLength: kept.count, payload: payload)
        try cipher.seal(&rest)
        return rest
    }

    private func replacement(
        of line: Span<UInt8>, _ sequence: UInt64
    ) throws(LogError) -> [UInt8] {
        guard let leaf = semantics.leafHashes(line, [0..<line.count]) else {
            throw LogError(.damaged, BlockContent.damagedReason)
        }
        return try replacement(of: line, leaf[...], sequence)
    }

    private func replacement(
        of line: Span<UInt8>, _ leaf: ArraySlice<UInt8>, _ sequence: UInt64
    ) throws(LogError) -> [UInt8] {
        guard let new = replacement(line), !new.contains(0x0A),
            let hash = semantics.leafHashes(new.span, [0..<new.count]), hash.elementsEqual(leaf)
        else {
            throw LogError(
                .invalid, "what is to stand for event \(sequence) has another leaf in the tree")
        }
        return new
    }

    /// A frame that stays as it is, at its new place.
    private mutating func move(
        _ frame: Footer.Frame, of file: SealedFile, isEncrypted: Bool
    ) -> Footer.Frame {
        var moved = frame
        moved.offset = bytes.count
        moved.headerSize = SealedFrameHeader.encodedSize
        var header = SealedFrameHeader(
            journalID: file.footer.summary.journalID, offset: UInt64(bytes.count),
            lowestSequence: frame.lowestSequence, highestSequence: frame.highestSequence,
            eventCount: frame.events.count, storedLength: frame.storedLength,
            plainLength: frame.plainLength, contentChecksum: frame.contentChecksum)
        if isEncrypted { header.requiredFlags |= RequiredFlags.encrypted }
        header.append(to: &bytes)
        bytes.append(contentsOf: file.bytes[file.stored(frame)])
        return moved
    }

    /// Compares the lines with the tree that the segment recorded. One that was repaired has lost
    /// some, and with them the way to do that; each line's own leaf was compared all the same.
    private func check(_ summary: FooterSummary, path: String) throws(LogError) {
        let events = summary.firstSequence...summary.lastSequence
        guard let frontier = leaves.frontier(from: summary.frontierBefore, events, semantics) else {
            guard summary.isRepaired else {
                throw LogError(.damaged, "an event of the segment stands nowhere in it", path: path)
            }
            return
        }
        guard frontier == summary.frontierAfter else {
            throw LogError(
                .damaged, "the lines do not give the Merkle tree that the segment recorded",
                path: path)
        }
    }

    private func damage(
        _ what: String, _ file: SealedFile, _ frame: Footer.Frame
    ) -> LogError {
        LogError(.damaged, what, path: file.path, offset: frame.offset)
    }
}
