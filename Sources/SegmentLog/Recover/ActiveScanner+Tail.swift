extension ActiveScanner {
    mutating func take(_ tail: TailFrame) throws(Errno) -> Bool {
        let page = SegmentLogFormat.pageSize
        guard open.isEmpty else { return try judge("a tail inside a commit") }
        guard tail.journalID == journalID, tail.offset == UInt64(offset), offset % page == 0,
            tail.requiredFlags & RequiredFlags.active != 0,
            offset + tail.frameSize <= scan.fileSize, tail.frameSize >= page
        else { return try judge("a tail frame that belongs elsewhere") }
        if tail.role == .extension {
            guard before != nil, offset + tail.frameSize == scan.fileSize,
                try isBlank(from: offset + TailFrame.encodedSize)
            else { return try judge("added space that is not blank") }
            if before == .closed { scan.ending = .tail }
            offset = scan.fileSize
            return false
        }
        guard tail.lastSequence == expected - 1,
            tail.lastBlockChecksum == previousChecksum ?? tail.lastBlockChecksum
        else { return try judge("a tail frame of another state of the file") }
        scan.watermark = max(scan.watermark, tail.watermark)
        scan.epoch = max(scan.epoch, tail.epoch)
        scan.position = offset
        switch tail.role {
        case .tail: return try takeOpenTail(tail)
        case .closed, .end:
            guard tail.frameSize == page,
                try window.firstNonZero(in: (offset + TailFrame.encodedSize)..<(offset + page))
                    == nil
            else { return try judge("a closing tail that is not blank behind its header") }
            offset += page
            commitStart = offset
            before = tail.role
            if tail.role == .end {
                scan.ending = .end(successor: tail.successor)
                return try finishEnd()
            }
            scan.position = offset
            scan.isBehindClosedTail = true
            scan.ending = .closed
            return offset < scan.fileSize
        case .extension: return false
        }
    }

    mutating func takeOpenTail(_ tail: TailFrame) throws(Errno) -> Bool {
        let end = offset + tail.frameSize
        guard try isBlank(from: offset + TailFrame.encodedSize, to: end) else {
            return try judge("the space behind the tail frame is not blank")
        }
        before = .tail
        scan.ending = .tail
        scan.tail = tail
        guard end < scan.fileSize else { return false }
        // Space was being added when the writer stopped.
        guard case .tail(let added) = try frame(at: end), added.role == .extension,
            added.offset == UInt64(end), added.journalID == journalID,
            end + added.frameSize == scan.fileSize,
            try isBlank(from: end + TailFrame.encodedSize)
        else { return try judge("bytes behind the tail frame") }
        return false
    }

    mutating func finishEnd() throws(Errno) -> Bool {
        guard offset < scan.fileSize else { return false }
        if case .padding(let end) = try frame(at: offset), end == scan.fileSize { return false }
        return try judge("bytes behind the end frame")
    }

    /// Whether only zeros, and the frame headers of added space, stand from `start` to `end`.
    mutating func isBlank(from start: Int, to limit: Int? = nil) throws(Errno) -> Bool {
        let end = limit ?? scan.fileSize
        var at = start
        while let stray = try window.firstNonZero(in: at..<end) {
            guard stray % SegmentLogFormat.pageSize == 0,
                case .tail(let added) = try frame(at: stray), added.role == .extension,
                added.offset == UInt64(stray), added.journalID == journalID
            else { return false }
            at = stray + TailFrame.encodedSize
        }
        return true
    }
}
