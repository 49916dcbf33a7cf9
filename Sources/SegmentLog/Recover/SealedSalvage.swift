/// Finds the events of a sealed segment without its footer: frame headers say where the frames are,
/// and the lines say what they are.
struct SealedSalvage {
    private let segment: SealedSegment
    private var window: FileWindow
    private var frames: [Footer.Frame] = []
    private var records: [[RecordHeader]] = []
    private var terms = SegmentTerms()
    private var retained = RetainedLeaves()
    /// Bytes of content that were looked at.
    private var searchSize = 0

    /// How many times the file's size they may be: more claim to be where others are.
    private static let searchFactor = 4

    init(file: any File, size: Int, segment: SealedSegment) {
        self.segment = segment
        window = FileWindow(file, size: size, passingOverUnreadable: true)
    }

    /// An index over what is whole. Its holes name the footer and every event that is not found.
    func index(reason: String) throws(Errno) -> SealedIndex {
        var salvage = self
        try salvage.collect()
        try salvage.collectRetained()
        return salvage.makeIndex(reason: reason)
    }

    private mutating func collect() throws(Errno) {
        var offset = 0
        while let start = try nextHeader(from: offset) {
            offset = start + 1
            let range = try window.load(start..<(start + SealedFrameHeader.encodedSize))
            guard
                let header = try? SealedFrameHeader.decode(
                    window.loaded.span, at: range.lowerBound),
                header.journalID == segment.environment.journalID, header.offset == UInt64(start),
                header.lowestSequence >= segment.firstSequence,
                header.highestSequence <= lastBelieved
            else { continue }
            offset = start + SealedFrameHeader.encodedSize
            if try take(header, at: start) { offset += header.storedLength }
        }
    }

    /// Takes a frame whose content is whole.
    private mutating func take(
        _ header: SealedFrameHeader, at start: Int
    ) throws(Errno) -> Bool {
        let contentStart = start + SealedFrameHeader.encodedSize
        guard header.storedLength <= window.size - contentStart else { return false }
        searchSize += header.storedLength
        guard searchSize <= Self.searchFactor * window.size else { return false }
        let range = try window.load(contentStart..<(contentStart + header.storedLength))
        guard range.count == header.storedLength,
            CRC32C.checksum(window.loaded, range) == header.contentChecksum,
            let plain = try? LZ4Frame.decompress(
                window.loaded.span, at: range, plainLength: header.plainLength
            ).content
        else { return false }
        var events: [Footer.Event] = []
        var found: [RecordHeader] = []
        var lineStart = 0
        while lineStart < plain.count {
            guard let lineEnd = plain[lineStart...].firstIndex(of: 0x0A),
                let record = segment.environment.semantics.describe(
                    plain.span.extracting(lineStart..<lineEnd)),
                record.sequence >= header.lowestSequence,
                record.sequence <= header.highestSequence
            else { return false }
            events.append(
                Footer.Event(
                    sequence: record.sequence, lineLength: UInt32(lineEnd + 1 - lineStart)))
            found.append(record)
            terms.add(
                segment.environment.semantics.terms(plain.span.extracting(lineStart..<lineEnd)),
                of: record.stream)
            lineStart = lineEnd + 1
        }
        guard events.count == header.eventCount else { return false }
        frames.append(
            Footer.Frame(
                offset: start, headerSize: SealedFrameHeader.encodedSize,
                storedLength: header.storedLength, plainLength: header.plainLength,
                contentChecksum: header.contentChecksum, lowestSequence: header.lowestSequence,
                highestSequence: header.highestSequence, events: events))
        records.append(found)
        return true
    }

    /// What is kept of forgotten events, where no line claims to be one of them.
    private mutating func collectRetained() throws(Errno) {
        let signature = SkippableFrame.signature(of: .retainedHashes)
        let claimed = segment.firstSequence...lastBelieved
        let seen = Set(records.joined().map(\.sequence))
        var offset = 0
        while let start = try window.firstIndex(of: signature, from: offset) {
            offset = start + 1
            let front = try window.load(
                start..<min(start + SkippableFrame.headerSize, window.size))
            guard let outer = SkippableFrame.parse(window.loaded.span, at: front.lowerBound),
                outer.size <= SegmentLogFormat.headerSizeLimit,
                outer.size <= window.size - start - SkippableFrame.headerSize
            else { continue }
            searchSize += outer.size
            guard searchSize <= Self.searchFactor * window.size else { return }
            let range = try window.load(start..<(start + SkippableFrame.headerSize + outer.size))
            var more = retained
            guard
                (try? more.take(
                    window.loaded.span, at: range.lowerBound, place: start,
                    of: segment.environment.journalID)) != nil, more.isSound,
                more.gaps.allSatisfy({
                    claimed.contains($0.lowerBound) && claimed.contains($0.upperBound)
                }), !seen.contains(where: more.gaps.holdInOrder)
            else { continue }
            retained = more
            offset = start + SkippableFrame.headerSize + outer.size
        }
    }

    private mutating func nextHeader(from start: Int) throws(Errno) -> Int? {
        try window.firstIndex(of: SkippableFrame.signature(of: .sealedFrameHeader), from: start)
    }

    private func makeIndex(reason: String) -> SealedIndex {
        // A duplicated frame would give an event twice: the first one counts.
        var seen: Set<UInt64> = []
        var kept: [Footer.Frame] = []
        var streams: [StreamKey: Footer.Stream] = [:]
        for (frame, headers) in zip(frames, records)
        where headers.allSatisfy({ !seen.contains($0.sequence) }) {
            for (line, record) in headers.enumerated() {
                seen.insert(record.sequence)
                if streams[record.stream] == nil {
                    streams[record.stream] = Footer.Stream(
                        key: record.stream, firstVersion: record.version,
                        lastVersion: record.version, firstSequence: record.sequence,
                        lastSequence: record.sequence, eventCount: 0, firstFrame: kept.count,
                        firstLine: line)
                }
                streams[record.stream]?.eventCount += 1
                streams[record.stream]?.lastVersion = record.version
                streams[record.stream]?.lastSequence = record.sequence
            }
            kept.append(frame)
        }
        var holes = [
            Hole(file: segment.name, offset: window.size, events: nil, reason: reason)
        ]
        for range in lost(seen) {
            holes.append(
                Hole(
                    file: segment.name, offset: 0, events: range,
                    reason: "the frame that held these events is damaged"))
        }
        return SealedIndex(
            events: segment.firstSequence...lastBelieved, frames: kept,
            streams: Array(streams.values), terms: terms, retained: retained, holes: holes)
    }

    private func lost(_ seen: Set<UInt64>) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        var next = segment.firstSequence
        var there = seen.map { $0...$0 } + retained.gaps
        there.sort { $0.lowerBound < $1.lowerBound }
        for known in there {
            if known.lowerBound > next { ranges.append(next...(known.lowerBound - 1)) }
            next = known.upperBound + 1
        }
        if next <= segment.lastSequence { ranges.append(next...segment.lastSequence) }
        return ranges
    }

    /// The last event that the file can hold. Its successor's name may say any number, and no
    /// segment has more events than this.
    private var lastBelieved: UInt64 {
        let most = SegmentLogFormat.segmentEventLimit - 1
        return segment.lastSequence - segment.firstSequence > most
            ? segment.firstSequence + most : segment.lastSequence
    }
}
