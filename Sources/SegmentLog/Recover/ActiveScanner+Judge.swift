extension ActiveScanner {
    /// Decides what bytes are that should not stand at `offset`: a torn tail, where no watermark
    /// names an event that would be lost, else damage. Behind damage the walk goes on where the next
    /// whole frame begins. Returns whether there is more to walk.
    mutating func judge(_ reason: String) throws(Errno) -> Bool {
        if reason.hasPrefix("newer: ") {
            scan.newer = String(reason.dropFirst("newer: ".count))
            return false
        }
        let found = try survivors(behind: offset)
        let highest = max(scan.watermark, found.watermark)
        if expected > highest, !found.isCutShort {
            endTorn(reason)
            return false
        }
        // Acknowledged events are damaged. What is whole of an open commit is served.
        scan.blocks.append(contentsOf: open)
        open = []
        let last = found.next.map { $0.firstExpected - 1 } ?? highest
        let events = expected <= last ? expected...last : nil
        scan.holes.append(Hole(file: name, offset: offset, events: events, reason: reason))
        scan.watermark = highest
        previousChecksum = nil
        before = nil
        expected = max(expected, last + 1)
        guard let next = found.next else {
            scan.ending = .torn(offset: scan.fileSize, reason: reason)
            offset = scan.fileSize
            return false
        }
        offset = next.offset
        return true
    }

    private mutating func endTorn(_ reason: String) {
        let page = SegmentLogFormat.pageSize
        let isClosingTail =
            scan.fileSize - offset == page && offset % page == 0 && open.isEmpty && before == nil
        let start = open.isEmpty ? offset : commitStart
        open = []
        scan.position = start
        if isClosingTail {
            // One page ends a file only after a clean close: it was a closed tail.
            scan.holes.append(Hole(file: name, offset: offset, events: nil, reason: reason))
            scan.ending = .closed
        } else {
            scan.ending = .torn(offset: start, reason: reason)
        }
    }

    /// What is still whole behind a place.
    private struct Survivors {
        var watermark: UInt64 = 0
        var next: (offset: Int, firstExpected: UInt64)?
        /// There were more broken frames than are looked at: nobody knows what stands behind them.
        var isCutShort = false
    }

    /// Looks through the rest of the file for frames of this journal that say where they stand.
    ///
    /// The first time all of it, for the highest watermark; behind a hole that watermark is known,
    /// and only the next frame is asked for. So the walk stays linear in the file's size, and frames
    /// that claim to be long, one inside the other, are looked at up to a bound.
    private mutating func survivors(behind place: Int) throws(Errno) -> Survivors {
        var found = Survivors()
        var at = place + 1
        let needsWatermark = !hasSearched
        hasSearched = true
        while needsWatermark || found.next == nil, let candidate = try nextFrame(from: at) {
            at = candidate + 1
            guard searchSize <= Self.searchFactor * scan.fileSize else {
                found.isCutShort = true
                break
            }
            switch try frame(at: candidate) {
            case .block(let block)
            where block.journalID == journalID && block.offset == UInt64(candidate)
                && block.firstSequence >= expected:
                found.watermark = max(found.watermark, block.watermark)
                if found.next == nil { found.next = (candidate, block.firstSequence) }
                at = candidate + block.encodedSize
            case .tail(let tail)
            where tail.journalID == journalID && tail.offset == UInt64(candidate)
                && tail.role != .extension && tail.lastSequence + 1 >= expected:
                found.watermark = max(found.watermark, tail.watermark)
                if found.next == nil { found.next = (candidate, tail.lastSequence + 1) }
                at = candidate + TailFrame.encodedSize
            default: break
            }
        }
        return found
    }

    /// Where the next skippable frame of a block or a tail may begin.
    private mutating func nextFrame(from start: Int) throws(Errno) -> Int? {
        // Their magic numbers differ in the first byte only.
        let block = SkippableFrame.signature(of: .blockHeader)
        let tail = SkippableFrame.signature(of: .tail)
        var at = start
        while let common = try window.firstIndex(of: Array(block.dropFirst()), from: at + 1) {
            at = common
            let place = try window.load((common - 1)..<common)
            let byte = window.loaded[place.lowerBound]
            guard byte == block[0] || byte == tail[0] else { continue }
            if byte == block[0] { try countSearch(at: common - 1) }
            return common - 1
        }
        return nil
    }

    /// Adds what looking at a block header costs.
    private mutating func countSearch(at place: Int) throws(Errno) {
        let range = try window.load(place..<(place + SkippableFrame.headerSize))
        guard let outer = SkippableFrame.parse(window.loaded.span, at: range.lowerBound),
            outer.size <= SegmentLogFormat.headerSizeLimit,
            outer.size <= scan.fileSize - place
        else { return }
        searchSize += outer.size
    }

    /// Checks the content of the blocks above the watermark: nobody has promised them. A commit
    /// that is not whole is torn, with all behind it.
    mutating func checkContents() throws(Errno) {
        guard scan.newer == nil else { return }
        var tornCommit: (first: UInt64, reason: String)?
        for block in scan.blocks where block.lastSequence > scan.watermark {
            let start = Int(block.offset) + block.encodedSize
            let range = try window.load(start..<(start + block.storedLength))
            let checksum = CRC32C.checksum(window.loaded, range)
            if checksum != block.contentChecksum || range.count != block.storedLength {
                tornCommit = (block.commitFirst, "the block's content does not fit its checksum")
                break
            }
        }
        for commit in unpadded {
            if commit.last <= scan.watermark {
                scan.holes.append(
                    Hole(
                        file: name, offset: commit.offset, events: nil,
                        reason: "padding behind a commit is not as it was written"))
            } else if commit.commitFirst < tornCommit?.first ?? .max {
                tornCommit = (commit.commitFirst, "the padding behind a commit is not whole")
            }
        }
        guard let tornCommit,
            let index = scan.blocks.firstIndex(where: { $0.commitFirst == tornCommit.first })
        else { return }
        scan.position = Int(scan.blocks[index].offset)
        scan.blocks.removeSubrange(index...)
        scan.ending = .torn(offset: scan.position, reason: tornCommit.reason)
    }
}
