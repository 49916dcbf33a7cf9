/// What can be made of one damaged segment, in memory: nothing is written here.
struct SegmentRepair {
    let environment: LogEnvironment
    let name: String
    let firstSequence: UInt64
    /// The first event of the segment behind it; nil for the last one.
    let successor: UInt64?

    /// What is to stand in place of the segment.
    enum Outcome {
        /// A file with these bytes.
        case replaced([UInt8], SavedLines, lost: [ClosedRange<UInt64>])
        /// An empty segment behind this one, and then a file with these bytes. Events behind `last`
        /// are lost with the tree over them, so that their numbers are given out again.
        case ended([UInt8], SavedLines, last: UInt64, lost: [ClosedRange<UInt64>])
        /// No file: not a line could be saved.
        case removed(lost: [ClosedRange<UInt64>])
        /// The segment is left as it is, and why.
        case left(String)
    }

    private var semantics: LineSemantics { environment.semantics }
    private var journalID: JournalID { environment.journalID }

    /// How often bits are put right in one file: each time the whole is judged again.
    private static let mendingLimit = 64

    // MARK: Sealed layout

    /// - Parameters:
    ///   - before: The frontier before the segment, where another file knows it.
    ///   - after: The frontier before the successor, where its file knows it.
    func sealed(
        _ original: [UInt8], before: FrontierRecord?, after: FrontierRecord?, predecessor: UInt64
    ) throws(LogError) -> Outcome {
        var bytes = original
        var saved = SavedLines()
        mendFooter(&bytes, &saved)
        let footer = footer(of: bytes)
        mendFrames(&bytes, footer, &saved)
        let last = (successor ?? (footer?.summary.lastSequence ?? firstSequence) + 1) - 1
        let claimed = firstSequence...max(last, firstSequence)
        if let footer, footer.summary.fileHash == hash(of: bytes, footer) {
            return .replaced(bytes, saved, lost: [])
        }
        let index = try index(of: bytes, footer, claimed)
        for frame in index.frames {
            let start = frame.offset + frame.headerSize
            let range = start..<(start + frame.storedLength)
            guard range.upperBound <= bytes.count,
                CRC32C.checksum(bytes, range) == frame.contentChecksum,
                let stored = try? StoredContent(
                    bytes.span.extracting(range), plainLength: frame.plainLength,
                    isEncrypted: true, journalID: journalID)
            else { continue }
            saved.add(stored, sequences: claimed, semantics)
        }
        guard let retained = retained(in: bytes, footer, index) else {
            return .left(
                "what is kept of forgotten events is damaged beyond one bit; restore the segment "
                    + "from a backup")
        }
        guard let highest = [saved.last, retained.gaps.last?.upperBound].compactMap(\.self).max()
        else { return .removed(lost: [claimed]) }
        guard let before = footer?.summary.frontierBefore ?? before else {
            return .left("the Merkle tree before it is not known; repair what stands before it")
        }
        var end = footer?.summary.lastSequence
        var frontier = footer?.summary.frontierAfter
        if frontier == nil, let after, after.size + 1 == successor {
            (end, frontier) = (after.size, after)
        } else if frontier == nil {
            end = highest
            frontier = saved.frontier(from: before, through: highest, retained, semantics)
        }
        guard let end, let frontier, end >= highest else {
            return .left(
                "the Merkle tree behind it is not known; its events are served as they are")
        }
        let rebuilt = RebuiltTerms(
            events: firstSequence...end, predecessor: predecessor, frontierBefore: before,
            frontierAfter: frontier, epoch: footer?.summary.epoch ?? 0,
            filter: footer?.filter ?? TermFilter.none, retained: retained,
            times: footer.map {
                $0.summary.firstTime...max($0.summary.firstTime, $0.summary.lastTime)
            })
        return .replaced(
            try build(saved, rebuilt), saved,
            lost: saved.lost(
                in: firstSequence...max(end, claimed.upperBound), but: retained.gaps))
    }

    /// What is kept of forgotten events; nil where it is not what the footer says.
    private func retained(
        in bytes: [UInt8], _ footer: Footer?, _ index: SealedIndex
    ) -> RetainedLeaves? {
        guard let footer else { return RetainedLeaves(subtrees: index.salvagedSubtrees) }
        let start = footer.endOfFrames
        let end = max(start, Int(footer.summary.offset))
        guard end <= bytes.count,
            let retained = try? RetainedLeaves(
                Array(bytes[start..<end]), from: start, of: journalID),
            retained.gaps == footer.gaps
        else { return footer.gaps.isEmpty ? RetainedLeaves() : nil }
        return retained
    }

    /// Puts single bits of the frames right that hold what is kept of forgotten events.
    private func mendRetained(
        _ bytes: inout [UInt8], _ footer: Footer, _ saved: inout SavedLines
    ) {
        var offset = footer.endOfFrames
        while offset < Int(footer.summary.offset), offset < bytes.count {
            var known = RetainedLeaves()
            if (try? known.take(bytes.span, at: offset, place: offset, of: journalID)) == nil {
                guard let place = BitMending.mendHeader(&bytes, at: offset) else { return }
                saved.mended.append(place)
            }
            guard let outer = SkippableFrame.parse(bytes.span, at: offset) else { return }
            offset += SkippableFrame.headerSize + outer.size
        }
    }

    private func build(
        _ saved: SavedLines, _ rebuilt: RebuiltTerms
    ) throws(LogError) -> [UInt8] {
        var sealer = Sealer(journalID: journalID, semantics: semantics, level: .sealed)
        return try sealer.seal(saved, rebuilt)
    }

    private func hash(of bytes: [UInt8], _ footer: Footer) -> [UInt8] {
        FileHash.hash(bytes.span.extracting(0..<Int(footer.summary.offset)))
    }

    /// The footer, where it is whole and belongs here.
    private func footer(of bytes: [UInt8]) -> Footer? {
        guard let size = try? Footer.size(fromTrailer: bytes.span), size <= bytes.count,
            let footer = try? Footer.decode(bytes.span.extracting((bytes.count - size)...)),
            footer.summary.journalID == journalID,
            footer.summary.offset == UInt64(bytes.count - size),
            footer.summary.firstSequence == firstSequence,
            footer.summary.lastSequence < successor ?? .max
        else { return nil }
        return footer
    }

    /// Puts single bits of the footer right: of its front, and of each page of its body.
    private func mendFooter(_ bytes: inout [UInt8], _ saved: inout SavedLines) {
        guard footer(of: bytes) == nil, let size = try? Footer.size(fromTrailer: bytes.span),
            size <= bytes.count
        else { return }
        let start = bytes.count - size
        var mended = bytes
        var places: [Int] = []
        if let place = BitMending.mendHeader(&mended, at: start) { places.append(place) }
        guard
            let front = try? FooterSummary.decode(
                mended.span.extracting(start...), footerSize: size)
        else { return }
        for (number, checksum) in front.checksums.enumerated() {
            let page = start + front.size + number * PagedRegion.pageSize
            let end = min(page + PagedRegion.pageSize, start + front.size + front.bodySize)
            if let place = BitMending.mend(&mended, page..<end, checksum: checksum) {
                places.append(place)
            }
        }
        guard footer(of: mended) != nil else { return }
        bytes = mended
        saved.mended += places
    }

    /// Puts single bits of frames right, and headers that the footer knows.
    private func mendFrames(
        _ bytes: inout [UInt8], _ footer: Footer?, _ saved: inout SavedLines
    ) {
        if let footer {
            for frame in footer.frames {
                let header = try? SealedFrameHeader.decode(bytes.span, at: frame.offset)
                if header?.matches(frame, of: journalID) != true {
                    var known: [UInt8] = []
                    var right = SealedFrameHeader(
                        journalID: journalID, offset: UInt64(frame.offset),
                        lowestSequence: frame.lowestSequence,
                        highestSequence: frame.highestSequence, eventCount: frame.events.count,
                        storedLength: frame.storedLength, plainLength: frame.plainLength,
                        contentChecksum: frame.contentChecksum)
                    if holdsRuns(bytes, frame) { right.requiredFlags |= RequiredFlags.encrypted }
                    right.append(to: &known)
                    let range = frame.offset..<(frame.offset + known.count)
                    guard range.upperBound <= bytes.count else { continue }
                    bytes.replaceSubrange(range, with: known)
                    saved.mended.append(frame.offset)
                }
                mendContent(
                    &bytes, frame.offset + frame.headerSize, frame.storedLength,
                    frame.contentChecksum, &saved)
            }
            mendRetained(&bytes, footer, &saved)
            return
        }
        let signature = SkippableFrame.signature(of: .sealedFrameHeader)
        var offset = 0
        while let start = bytes.span.firstIndex(of: signature, from: offset) {
            offset = start + 1
            if (try? SealedFrameHeader.decode(bytes.span, at: start)) == nil,
                let place = BitMending.mendHeader(&bytes, at: start)
            {
                saved.mended.append(place)
            }
            guard let header = try? SealedFrameHeader.decode(bytes.span, at: start),
                header.offset == UInt64(start)
            else { continue }
            mendContent(
                &bytes, start + SealedFrameHeader.encodedSize, header.storedLength,
                header.contentChecksum, &saved)
        }
    }

    /// Whether something stands behind the content of a frame.
    private func holdsRuns(_ bytes: [UInt8], _ frame: Footer.Frame) -> Bool {
        let start = frame.offset + frame.headerSize
        let range = start..<(start + frame.storedLength)
        guard range.upperBound <= bytes.count,
            let end = try? LZ4Frame.decompress(
                bytes.span, at: range, plainLength: frame.plainLength
            ).end
        else { return false }
        return end < range.upperBound
    }

    private func mendContent(
        _ bytes: inout [UInt8], _ start: Int, _ size: Int, _ checksum: UInt32,
        _ saved: inout SavedLines
    ) {
        if let place = BitMending.mend(&bytes, start..<(start + size), checksum: checksum) {
            saved.mended.append(place)
        }
    }

    private func index(
        of bytes: [UInt8], _ footer: Footer?, _ claimed: ClosedRange<UInt64>
    ) throws(LogError) -> SealedIndex {
        if let footer { return SealedIndex(footer: footer, holes: []) }
        let segment = SealedSegment(
            name: name, path: name, firstSequence: firstSequence,
            lastSequence: successor == nil ? .max - 1 : claimed.upperBound,
            environment: environment)
        return try LogError.wrap("read", name) { () throws(Errno) in
            try SealedSalvage(file: BytesFile(bytes), size: bytes.count, segment: segment)
                .index(reason: "")
        }
    }

    // MARK: Active layout

    /// - Parameter before: The frontier before the segment, where another file knows it.
    func active(
        _ original: [UInt8], before: FrontierRecord?, predecessor: UInt64
    ) throws(LogError) -> Outcome {
        var bytes = original
        var saved = SavedLines()
        let scan = try mendBlocks(&bytes, &saved)
        let reached = successor.map { $0 - 1 } ?? scan.lastSequence ?? 0
        var final: BlockHeader?
        var blockCount = 0
        for block in scan.blocks {
            let start = Int(block.offset) + block.encodedSize
            let range = start..<(start + block.storedLength)
            guard range.upperBound <= bytes.count, block.lastSequence <= reached,
                CRC32C.checksum(bytes, range) == block.contentChecksum,
                let stored = try? StoredContent(
                    bytes.span.extracting(range), plainLength: block.plainLength,
                    isEncrypted: block.isEncrypted, journalID: journalID)
            else { continue }
            saved.add(stored, sequences: block.firstSequence...block.lastSequence, semantics)
            blockCount += 1
            final = block
        }
        let claimed = firstSequence...max(firstSequence, reached)
        if scan.holes.isEmpty, blockCount == scan.blocks.count, bytes != original {
            return .replaced(bytes, saved, lost: [])
        }
        guard let final else {
            let lost = reached >= firstSequence ? [claimed] : []
            if successor != nil { return .removed(lost: lost) }
            let empty = SegmentWriter.emptySegment(
                first: firstSequence, journalID: journalID, epoch: scan.epoch)
            return .replaced(empty, saved, lost: lost)
        }
        guard let before else {
            return .left("the Merkle tree before it is not known; repair what stands before it")
        }
        let rebuilt = RebuiltTerms(
            events: firstSequence...final.lastSequence, predecessor: predecessor,
            frontierBefore: before, frontierAfter: final.frontier, epoch: scan.epoch,
            filter: TermFilter.none)
        let file = try build(saved, rebuilt)
        let lost = saved.lost(in: claimed)
        if successor != nil { return .replaced(file, saved, lost: lost) }
        return .ended(file, saved, last: final.lastSequence, lost: lost)
    }

    /// Puts single bits of block headers, tails and contents right, as long as that helps.
    private func mendBlocks(
        _ bytes: inout [UInt8], _ saved: inout SavedLines
    ) throws(LogError) -> ActiveScan {
        for _ in 0..<Self.mendingLimit {
            let scan = try scan(bytes)
            var isMended = false
            for hole in scan.holes {
                if let place = BitMending.mendHeader(&bytes, at: hole.offset) {
                    saved.mended.append(place)
                    isMended = true
                    break
                }
            }
            if isMended { continue }
            for block in scan.blocks {
                let start = Int(block.offset) + block.encodedSize
                mendContent(&bytes, start, block.storedLength, block.contentChecksum, &saved)
            }
            return try self.scan(bytes)
        }
        return try scan(bytes)
    }

    private func scan(_ bytes: [UInt8]) throws(LogError) -> ActiveScan {
        let floor = (successor ?? firstSequence) - 1
        return try LogError.wrap("read", name) { () throws(Errno) in
            try ActiveScanner.scan(
                BytesFile(bytes), name: name, journalID: journalID, firstSequence: firstSequence,
                floor: floor)
        }
    }
}
