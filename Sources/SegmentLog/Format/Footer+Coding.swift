extension Footer {
    static let frameRowSize = 52
    static let streamRowSize = 52
    static let nameRowSize = 20
    static let gapRowSize = 16

    /// Bits that a frame's number takes in the permutation: room for all of them and for "gone".
    static func frameBits(frameCount: Int) -> Int {
        UInt64(frameCount).bitWidth - frameCount.leadingZeroBitCount
    }

    // MARK: Encoding

    /// Appends the footer's skippable frame.
    package mutating func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        summary.frameBits = Self.frameBits(frameCount: frames.count)
        let sections = sections()
        let body = Array(sections.joined())
        summary.append(sections: sections, body: body, to: &bytes)
        bytes.append(contentsOf: body)
        bytes.append(u32: UInt32(bytes.count - start + Self.trailerSize))
        bytes.append(u32: Self.endMagic)
    }

    /// The sections of the body, in the order of `FooterSummary.Section`.
    private func sections() -> [[UInt8]] {
        var frameRows: [UInt8] = []
        var directories: [UInt8] = []
        for frame in frames {
            let before = directories.count
            for event in frame.events {
                directories.append(varint: event.sequence - frame.lowestSequence)
                directories.append(varint: UInt64(event.lineLength))
            }
            FrameRow(frame, directory: before..<directories.count).append(to: &frameRows)
        }
        var streamRows: [UInt8] = []
        for stream in streams { stream.append(to: &streamRows, after: summary.firstSequence) }
        var nameRows: [UInt8] = []
        for name in names {
            nameRows.append(name.fingerprint)
            nameRows.append(u32: UInt32(name.stream))
        }
        var gapRows: [UInt8] = []
        for gap in gaps {
            gapRows.append(u64: gap.lowerBound)
            gapRows.append(u64: gap.upperBound)
        }
        return [
            frameRows, directories,
            SortedRows.fences(of: streamRows, rowSize: Self.streamRowSize), streamRows,
            SortedRows.fences(of: nameRows, rowSize: Self.nameRowSize), nameRows,
            gapRows, permutation(), filter.bytes,
        ]
    }

    /// The frame of each sequence number, packed.
    private func permutation() -> [UInt8] {
        let first = summary.firstSequence
        let count = Int(summary.lastSequence - first + 1)
        let bits = summary.frameBits
        let gone = UInt64(1) << UInt64(bits) - 1
        var numbers = [UInt64](repeating: gone, count: count)
        for (index, frame) in frames.enumerated() {
            for event in frame.events { numbers[Int(event.sequence - first)] = UInt64(index) }
        }
        var packed = [UInt8](repeating: 0, count: (count * bits + 7) / 8)
        for (position, number) in numbers.enumerated() {
            for bit in 0..<bits where number >> UInt64(bit) & 1 == 1 {
                packed[(position * bits + bit) / 8] |= 1 << UInt8((position * bits + bit) % 8)
            }
        }
        return packed
    }

    // MARK: Decoding

    /// The size of the footer's frame, from the last `trailerSize` bytes of a file.
    package static func size(fromTrailer bytes: Span<UInt8>) throws(FormatError) -> Int {
        guard bytes.count >= trailerSize else { throw .truncated }
        var cursor = ByteCursor((bytes.count - trailerSize)..<bytes.count)
        let size = Int(cursor.u32(bytes))
        guard cursor.u32(bytes) == endMagic else { throw .unrecognised }
        guard size <= SegmentLogFormat.footerSizeLimit else { throw .invalid("footer size") }
        return size
    }

    /// Decodes and checks the footer whose frame is all of `bytes`: every table, against every
    /// other. Cost: some hundred nanoseconds an event.
    package static func decode(_ bytes: Span<UInt8>) throws(FormatError) -> Footer {
        guard try size(fromTrailer: bytes) == bytes.count else { throw .invalid("footer size") }
        let summary = try FooterSummary.decode(bytes, footerSize: bytes.count)
        let body = bytes.extracting(summary.size..<(summary.size + summary.bodySize))
        for (number, checksum) in summary.checksums.enumerated() {
            let start = number * PagedRegion.pageSize
            let end = min(start + PagedRegion.pageSize, body.count)
            guard CRC32C.checksum(body.extracting(start..<end)) == checksum else {
                throw .checksum
            }
        }
        var footer = Footer(summary: summary, frames: [], streams: [], filter: .none)
        try footer.decodeFrames(body)
        try footer.decodeStreams(body)
        try footer.decodeNames(body)
        try footer.decodeGaps(body)
        footer.filter = TermFilter(
            bytes: [UInt8](copying: body.extracting(summary.range(of: .filter))))
        try footer.checkEvents()
        let packed = body.extracting(summary.range(of: .permutation))
        guard packed.isSame(as: footer.permutation().span) else { throw .invalid("permutation") }
        return footer
    }

    private mutating func decodeFrames(_ body: Span<UInt8>) throws(FormatError) {
        let rows = summary.range(of: .frames)
        let directories = summary.range(of: .directories)
        guard rows.count % Self.frameRowSize == 0,
            rows.count / Self.frameRowSize <= summary.eventCount,
            Self.frameBits(frameCount: rows.count / Self.frameRowSize) == summary.frameBits
        else { throw .invalid("frame count") }
        var reached = 0
        var total = 0
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.frameRowSize) {
            let row = try FrameRow(body, at: start, in: summary)
            guard row.directory.lowerBound == reached else { throw .invalid("directory") }
            reached = row.directory.upperBound
            total += row.eventCount
            let low = directories.lowerBound + row.directory.lowerBound
            frames.append(
                row.frame(
                    events: try row.events(
                        in: body.extracting(low..<(low + row.directory.count)))))
        }
        guard total == summary.eventCount, reached == directories.count else {
            throw .invalid("event count")
        }
    }

    private mutating func decodeStreams(_ body: Span<UInt8>) throws(FormatError) {
        let rows = summary.range(of: .streams)
        guard rows.count % Self.streamRowSize == 0 else { throw .invalid("stream count") }
        var total = 0
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.streamRowSize) {
            let stream = try Stream(body, at: start, in: summary, frameCount: frames.count)
            if let last = streams.last, !(last.key < stream.key) { throw .invalid("stream order") }
            // Counted first, so that all streams together walk over no more frames than there are.
            total += stream.eventCount
            guard total <= summary.eventCount, let ends = ends(of: stream),
                ends.first == stream.firstSequence, ends.last == stream.lastSequence
            else { throw .invalid("stream") }
            streams.append(stream)
        }
        guard total == summary.eventCount else { throw .invalid("stream events") }
        try checkFences(body, .streamFences, .streams, rowSize: Self.streamRowSize)
    }

    /// The sequence numbers of a stream's first and last event, from the frames; nil where they
    /// hold fewer lines than it has events.
    private func ends(of stream: Stream) -> (first: UInt64, last: UInt64)? {
        guard stream.firstLine < frames[stream.firstFrame].events.count else { return nil }
        let first = frames[stream.firstFrame].events[stream.firstLine].sequence
        var left = stream.eventCount
        var line = stream.firstLine
        for frame in frames[stream.firstFrame...] {
            let count = frame.events.count - line
            if left <= count { return (first, frame.events[line + left - 1].sequence) }
            left -= count
            line = 0
        }
        return nil
    }

    private mutating func decodeNames(_ body: Span<UInt8>) throws(FormatError) {
        let rows = summary.range(of: .names)
        guard rows.count % Self.nameRowSize == 0 else { throw .invalid("name count") }
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.nameRowSize) {
            var cursor = ByteCursor(start..<rows.upperBound)
            let name = Name(
                fingerprint: cursor.identifier(body), stream: Int(cursor.u32(body)))
            if let last = names.last, !(last.fingerprint < name.fingerprint) {
                throw .invalid("name order")
            }
            guard name.stream < streams.count else { throw .invalid("name") }
            names.append(name)
        }
        try checkFences(body, .nameFences, .names, rowSize: Self.nameRowSize)
    }

    private func checkFences(
        _ body: Span<UInt8>, _ fences: FooterSummary.Section, _ rows: FooterSummary.Section,
        rowSize: Int
    ) throws(FormatError) {
        let expected = SortedRows.fences(
            of: [UInt8](copying: body.extracting(summary.range(of: rows))), rowSize: rowSize)
        guard body.extracting(summary.range(of: fences)).isSame(as: expected.span) else {
            throw .invalid("fences")
        }
    }

    private mutating func decodeGaps(_ body: Span<UInt8>) throws(FormatError) {
        let rows = summary.range(of: .gaps)
        gaps = try Self.gaps(body.extracting(rows), in: summary)
    }

    /// The gaps that stand in `rows`, in order.
    static func gaps(
        _ rows: Span<UInt8>, in summary: FooterSummary
    ) throws(FormatError) -> [ClosedRange<UInt64>] {
        guard rows.count % gapRowSize == 0 else { throw .invalid("gap count") }
        var gaps: [ClosedRange<UInt64>] = []
        var cursor = ByteCursor(0..<rows.count)
        while cursor.remaining > 0 {
            let first = cursor.u64(rows)
            let last = cursor.u64(rows)
            guard first >= (gaps.last.map { $0.upperBound + 1 } ?? summary.firstSequence),
                first <= last, last <= summary.lastSequence
            else { throw .invalid("gap") }
            gaps.append(first...last)
        }
        return gaps
    }

    /// Every sequence number is in exactly one frame or in a gap, or lost where a repair says so.
    private func checkEvents() throws(FormatError) {
        let first = summary.firstSequence
        let count = Int(summary.lastSequence - first) + 1
        var isSeen = [Bool](repeating: false, count: count)
        var seen = 0
        for gap in gaps {
            for number in gap {
                isSeen[Int(number - first)] = true
                seen += 1
            }
        }
        for frame in frames {
            for event in frame.events {
                let position = Int(event.sequence - first)
                guard !isSeen[position] else { throw .invalid("sequence number twice") }
                isSeen[position] = true
                seen += 1
            }
        }
        guard seen == count || summary.isRepaired else {
            throw .invalid("sequence numbers missing")
        }
    }
}

// MARK: - Rows

/// A frame's row in the footer: all of it but the directory itself.
struct FrameRow: Sendable {
    var frame: Footer.Frame
    var eventCount: Int
    /// In the section of directories.
    var directory: Range<Int>

    init(_ frame: Footer.Frame, directory: Range<Int>) {
        self.frame = frame
        self.directory = directory
        eventCount = frame.events.count
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(u64: UInt64(frame.offset))
        bytes.append(u32: UInt32(frame.headerSize))
        bytes.append(u32: UInt32(frame.storedLength))
        bytes.append(u32: UInt32(frame.plainLength))
        bytes.append(u32: frame.contentChecksum)
        bytes.append(u64: frame.lowestSequence)
        bytes.append(u64: frame.highestSequence)
        bytes.append(u32: UInt32(eventCount))
        bytes.append(u32: UInt32(directory.lowerBound))
        bytes.append(u32: UInt32(directory.count))
    }

    /// Decodes a row and bounds everything in it.
    init(_ bytes: Span<UInt8>, at offset: Int, in summary: FooterSummary) throws(FormatError) {
        var cursor = ByteCursor(offset..<bytes.count)
        let place = cursor.u64(bytes)
        guard place < summary.offset else { throw .invalid("frame offset") }
        frame = Footer.Frame(
            offset: Int(place), headerSize: Int(cursor.u32(bytes)),
            storedLength: Int(cursor.u32(bytes)), plainLength: Int(cursor.u32(bytes)),
            contentChecksum: cursor.u32(bytes), lowestSequence: cursor.u64(bytes),
            highestSequence: cursor.u64(bytes), events: [])
        eventCount = Int(cursor.u32(bytes))
        let start = Int(cursor.u32(bytes))
        let length = Int(cursor.u32(bytes))
        directory = start..<(start + length)
        guard !cursor.isOverrun, eventCount > 0, eventCount <= summary.eventCount,
            length >= eventCount * 2, directory.upperBound <= summary.range(of: .directories).count,
            frame.lowestSequence >= summary.firstSequence,
            frame.lowestSequence <= frame.highestSequence,
            frame.highestSequence <= summary.lastSequence,
            frame.plainLength <= SegmentLogFormat.ownFrameSize + SegmentLogFormat.lineSizeLimit,
            frame.offset + frame.headerSize + frame.storedLength <= Int(summary.offset)
        else { throw .invalid("frame") }
    }

    func frame(events: [Footer.Event]) -> Footer.Frame {
        var frame = frame
        frame.events = events
        return frame
    }

    /// The lines of the frame, from its directory.
    func events(in directory: Span<UInt8>) throws(FormatError) -> [Footer.Event] {
        var cursor = ByteCursor(0..<directory.count)
        let span = frame.highestSequence - frame.lowestSequence
        var events: [Footer.Event] = []
        events.reserveCapacity(eventCount)
        var total: UInt64 = 0
        for _ in 0..<eventCount {
            let delta = cursor.varint(directory)
            let line = cursor.varint(directory)
            guard delta <= span, line > 1, line <= UInt64(SegmentLogFormat.lineSizeLimit) else {
                throw .invalid("directory")
            }
            total += line
            events.append(
                Footer.Event(sequence: frame.lowestSequence + delta, lineLength: UInt32(line)))
        }
        guard cursor.remaining == 0, !cursor.isOverrun, total == UInt64(frame.plainLength) else {
            throw .invalid("directory")
        }
        return events
    }
}

extension Footer.Stream {
    /// Appends the stream's row in the footer of a segment that begins at `first`.
    func append(to bytes: inout [UInt8], after first: UInt64) {
        bytes.append(key)
        bytes.append(u64: firstVersion)
        bytes.append(u64: lastVersion)
        bytes.append(u32: UInt32(firstSequence - first))
        bytes.append(u32: UInt32(lastSequence - first))
        for number in [eventCount, firstFrame, firstLine] { bytes.append(u32: UInt32(number)) }
    }

    /// Decodes a row and bounds what can be bounded without the frames.
    init(
        _ bytes: Span<UInt8>, at offset: Int, in summary: FooterSummary, frameCount: Int
    ) throws(FormatError) {
        var cursor = ByteCursor(offset..<bytes.count)
        let first = summary.firstSequence
        self.init(
            key: cursor.identifier(bytes), firstVersion: cursor.u64(bytes),
            lastVersion: cursor.u64(bytes), firstSequence: first + UInt64(cursor.u32(bytes)),
            lastSequence: first + UInt64(cursor.u32(bytes)), eventCount: Int(cursor.u32(bytes)),
            firstFrame: Int(cursor.u32(bytes)), firstLine: Int(cursor.u32(bytes)))
        guard !cursor.isOverrun, firstVersion > 0, firstVersion <= lastVersion, eventCount > 0,
            lastVersion < SegmentLogFormat.numberLimit, eventCount <= summary.eventCount,
            UInt64(eventCount) <= lastVersion - firstVersion + 1,
            firstSequence <= lastSequence, lastSequence <= summary.lastSequence,
            firstFrame < frameCount
        else { throw .invalid("stream") }
    }
}
