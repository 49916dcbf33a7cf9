/// Checks a segment of sealed layout, byte by byte.
struct SealedVerifier {
    let segment: SealedSegment
    let semantics: LineSemantics

    private var holes: [Hole] = []

    init(segment: SealedSegment, semantics: LineSemantics) {
        self.segment = segment
        self.semantics = semantics
    }

    mutating func run(into report: inout StructureReport) throws(LogError) {
        let contents = try segment.load()
        let bytes = try read(contents.file)
        let unreadable = holes
        let index = try segment.index(inBytes: bytes, of: contents)
        holes = index.holes + unreadable
        let hadFrames = holes.count
        report.bytesChecked += bytes.count
        try checkFrames(contents, index, bytes, &report.runs)
        if let footer = index.summary {
            checkOrder(footer, index.frames, index.gaps, bytes)
            let hash = FileHash.hash(
                bytes.span.extracting(0..<min(bytes.count, Int(footer.offset))))
            if hash != footer.fileHash, holes.count == hadFrames {
                find("the file is not the one that was sealed", at: 0)
            }
            report.frontiers.append(
                .init(
                    frontier: footer.frontierBefore, place: "before it in the footer",
                    file: segment.name, offset: Int(footer.offset)))
            report.frontiers.append(
                .init(
                    frontier: footer.frontierAfter, place: "behind it in the footer",
                    file: segment.name, offset: Int(footer.offset)))
        }
        report.holes.append(contentsOf: holes)
    }

    /// The whole file. A page that the disk cannot read is damage, and zeros stand for it.
    private mutating func read(_ file: any File) throws(LogError) -> [UInt8] {
        let size = try LogError.wrap("read", segment.path) { () throws(Errno) in try file.size() }
        if file is RefusedFile { return [] }
        if let bytes = try readable(file, 0..<size) { return bytes }
        let pages = try LogError.wrap("read", segment.path) { () throws(Errno) in
            try file.readAroundDamage(0..<size)
        }
        for offset in pages.unreadable { find("the disk cannot read it", at: offset) }
        return pages.bytes
    }

    /// A part of the file; nil where the disk cannot read it.
    private func readable(_ file: any File, _ range: Range<Int>) throws(LogError) -> [UInt8]? {
        do throws(LogError) {
            return try LogError.wrapContent(segment.path, range.lowerBound) { () throws(Errno) in
                try file.read(range.count, at: range.lowerBound)
            }
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
    }

    private mutating func find(_ reason: String, at offset: Int) {
        holes.append(Hole(file: segment.name, offset: offset, events: nil, reason: reason))
    }

    /// Frame headers stand one behind the other, say what the footer says, and their contents fit.
    private mutating func checkFrames(
        _ contents: SealedSegment.Contents, _ index: SealedIndex, _ bytes: [UInt8],
        _ runs: inout [StructureReport.RunExtent]
    ) throws(LogError) {
        var next: [StreamKey: UInt64] = [:]
        for frame in index.frames {
            let header = try? SealedFrameHeader.decode(bytes.span, at: frame.offset)
            if header?.matches(frame, of: segment.environment.journalID) != true {
                find("the frame header is not what the footer says of it", at: frame.offset)
            }
            do throws(LogError) {
                let stored = try segment.storedFrame(frame, in: contents)
                var versions: [StreamKey: Set<UInt64>]? = stored.runs.isEmpty ? nil : [:]
                if !checkLines(of: frame, stored.plain, &next, &versions) {
                    lose(frame, "a line is not what the footer says of it")
                } else if let extents = stored.runExtents(versions ?? [:]) {
                    runs += extents
                } else {
                    lose(frame, StructureReport.strayRun)
                }
            } catch {
                guard error.code == .damaged else { throw error }
                lose(frame, error.message)
            }
        }
        for stream in index.allStreams {
            if let reached = next[stream.key], reached != stream.lastVersion, holes.isEmpty {
                find("the last version of a session is not what the footer says", at: 0)
            }
        }
    }

    private mutating func lose(_ frame: Footer.Frame, _ reason: String) {
        for range in SealedIndex.ranges(of: frame) {
            holes.append(
                Hole(
                    file: segment.name, offset: frame.offset, events: range, reason: reason))
        }
    }

    private func checkLines(
        of frame: Footer.Frame, _ plain: [UInt8], _ next: inout [StreamKey: UInt64],
        _ versions: inout [StreamKey: Set<UInt64>]?
    ) -> Bool {
        var start = 0
        for event in frame.events {
            let end = start + Int(event.lineLength)
            guard plain[end - 1] == 0x0A,
                let record = semantics.describe(plain.span.extracting(start..<(end - 1))),
                record.sequence == event.sequence,
                record.version > next[record.stream, default: 0]
            else { return false }
            next[record.stream] = record.version
            versions?[record.stream, default: []].insert(record.version)
            start = end
        }
        return true
    }

    /// No byte between the frames and the footer is unaccounted for.
    private mutating func checkOrder(
        _ footer: FooterSummary, _ frames: [Footer.Frame], _ gaps: [ClosedRange<UInt64>],
        _ bytes: [UInt8]
    ) {
        var offset = 0
        for frame in frames {
            if frame.offset != offset { return find("bytes between two frames", at: offset) }
            offset = frame.offset + frame.headerSize + frame.storedLength
        }
        do throws(FormatError) {
            guard offset <= Int(footer.offset), footer.offset <= UInt64(bytes.count) else {
                throw .truncated
            }
            let retained = try RetainedLeaves(
                Array(bytes[offset..<Int(footer.offset)]), from: offset, of: footer.journalID)
            let isFlagged = footer.requiredFlags & RequiredFlags.forgotten != 0
            guard retained.gaps == gaps, isFlagged != retained.subtrees.isEmpty else {
                throw .invalid("gaps")
            }
        } catch {
            find(RetainedLeaves.damagedReason, at: offset)
        }
        if bytes.count != Int(footer.offset) + footer.footerSize {
            find("bytes behind the footer", at: Int(footer.offset) + footer.footerSize)
        }
    }
}

extension SealedFrameHeader {
    /// Whether the footer's entry says the same of the frame.
    func matches(_ frame: Footer.Frame, of journalID: JournalID) -> Bool {
        self.journalID == journalID && offset == UInt64(frame.offset)
            && lowestSequence == frame.lowestSequence && highestSequence == frame.highestSequence
            && eventCount == frame.events.count && storedLength == frame.storedLength
            && plainLength == frame.plainLength && contentChecksum == frame.contentChecksum
            && frame.headerSize == Self.encodedSize
    }
}
