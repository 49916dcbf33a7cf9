extension Footer {
    private static let frameEntrySize = 48
    private static let streamEntrySize = 44
    private static let gapEntrySize = 16

    /// Bits that a frame's number takes in the permutation: room for all of them and for "gone".
    private var frameBits: Int { UInt64(frames.count).bitWidth - frames.count.leadingZeroBitCount }

    /// Appends the footer's skippable frame.
    package mutating func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        SkippableFrame.appendHeader(.footer, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: requiredFlags, optionalFlags: optionalFlags,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        for number in [firstSequence, lastSequence, predecessor] { bytes.append(u64: number) }
        bytes.append(i64: firstTime)
        bytes.append(i64: lastTime)
        bytes.append(u64: epoch)
        let counts = [eventCount, frames.count, streams.count, gaps.count, Int(level), frameBits]
        for count in counts { bytes.append(u32: UInt32(count)) }
        bytes.append(u32: UInt32(filter.bitsPerTerm))
        bytes.append(u32: UInt32(filter.bytes.count))
        bytes.append(u64: plainSize)
        bytes.append(contentsOf: fileHash)
        frontierBefore.append(to: &bytes)
        frontierAfter.append(to: &bytes)
        appendFrames(to: &bytes)
        for stream in streams {
            bytes.append(stream.key)
            bytes.append(u64: stream.firstVersion)
            bytes.append(u64: stream.lastVersion)
            bytes.append(u32: UInt32(stream.eventCount))
            bytes.append(u32: UInt32(stream.firstFrame))
            bytes.append(u32: UInt32(stream.firstLine))
        }
        for gap in gaps {
            bytes.append(u64: gap.lowerBound)
            bytes.append(u64: gap.upperBound)
        }
        bytes.append(contentsOf: permutation())
        bytes.append(contentsOf: filter.bytes)
        let headerLength = bytes.count - start - SkippableFrame.headerSize + 4
        HeaderCoding.finish(&bytes, from: start, payloadSize: headerLength + Self.trailerSize)
        encodedSize = bytes.count - start + Self.trailerSize
        bytes.append(u32: UInt32(encodedSize))
        bytes.append(u32: Self.endMagic)
    }

    private func appendFrames(to bytes: inout [UInt8]) {
        var directories: [UInt8] = []
        for frame in frames {
            let before = directories.count
            for event in frame.events {
                directories.append(varint: event.sequence - frame.lowestSequence)
                directories.append(varint: UInt64(event.lineLength))
            }
            bytes.append(u64: UInt64(frame.offset))
            bytes.append(u32: UInt32(frame.headerSize))
            bytes.append(u32: UInt32(frame.storedLength))
            bytes.append(u32: UInt32(frame.plainLength))
            bytes.append(u32: frame.contentChecksum)
            bytes.append(u64: frame.lowestSequence)
            bytes.append(u64: frame.highestSequence)
            bytes.append(u32: UInt32(frame.events.count))
            bytes.append(u32: UInt32(directories.count - before))
        }
        bytes.append(contentsOf: directories)
    }

    /// The frame of each sequence number, packed.
    private func permutation() -> [UInt8] {
        let count = Int(lastSequence - firstSequence + 1)
        let bits = frameBits
        let gone = UInt64(1) << UInt64(bits) - 1
        var numbers = [UInt64](repeating: gone, count: count)
        for (index, frame) in frames.enumerated() {
            for event in frame.events {
                numbers[Int(event.sequence - firstSequence)] = UInt64(index)
            }
        }
        var packed = [UInt8](repeating: 0, count: (count * bits + 7) / 8)
        for (position, number) in numbers.enumerated() {
            for bit in 0..<bits where number >> UInt64(bit) & 1 == 1 {
                packed[(position * bits + bit) / 8] |= 1 << UInt8((position * bits + bit) % 8)
            }
        }
        return packed
    }

    /// The size of the footer's frame, from the last `trailerSize` bytes of a file.
    package static func size(fromTrailer bytes: Span<UInt8>) throws(FormatError) -> Int {
        guard bytes.count >= trailerSize else { throw .truncated }
        var cursor = ByteCursor((bytes.count - trailerSize)..<bytes.count)
        let size = Int(cursor.u32(bytes))
        guard cursor.u32(bytes) == endMagic else { throw .unrecognised }
        guard size <= SegmentLogFormat.footerSizeLimit else { throw .invalid("footer size") }
        return size
    }

    /// Decodes and checks the footer whose frame is all of `bytes`.
    package static func decode(_ bytes: Span<UInt8>) throws(FormatError) -> Footer {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: 0, kind: .footer, magic: magic, sizeLimit: SegmentLogFormat.footerSizeLimit)
        guard payloadSize == prefix.length + trailerSize,
            bytes.count == payloadSize + SkippableFrame.headerSize,
            try size(fromTrailer: bytes) == bytes.count
        else { throw .invalid("footer size") }
        var cursor = fields
        var footer = Footer(
            journalID: prefix.journalID, offset: prefix.offset, firstSequence: cursor.u64(bytes),
            lastSequence: cursor.u64(bytes), predecessor: cursor.u64(bytes),
            firstTime: cursor.i64(bytes), lastTime: cursor.i64(bytes), epoch: cursor.u64(bytes),
            level: 0, plainSize: 0, fileHash: [], frontierBefore: .empty, frontierAfter: .empty,
            frames: [], streams: [], gaps: [], filter: .none)
        footer.requiredFlags = prefix.requiredFlags
        footer.optionalFlags = prefix.optionalFlags
        footer.encodedSize = bytes.count
        let eventCount = Int(cursor.u32(bytes))
        let frameCount = Int(cursor.u32(bytes))
        let streamCount = Int(cursor.u32(bytes))
        let gapCount = Int(cursor.u32(bytes))
        footer.level = Int32(truncatingIfNeeded: cursor.u32(bytes))
        let bits = Int(cursor.u32(bytes))
        let bitsPerTerm = Int(cursor.u32(bytes))
        let filterLength = Int(cursor.u32(bytes))
        footer.plainSize = cursor.u64(bytes)
        footer.fileHash = cursor.array(SegmentLogFormat.hashSize, bytes)
        footer.frontierBefore = try FrontierRecord.decode(&cursor, bytes)
        footer.frontierAfter = try FrontierRecord.decode(&cursor, bytes)
        try footer.checkRange(eventCount: eventCount)
        try footer.decodeFrames(&cursor, bytes, count: frameCount, eventCount: eventCount)
        try footer.decodeStreams(&cursor, bytes, count: streamCount, eventCount: eventCount)
        try footer.decodeGaps(&cursor, bytes, count: gapCount)
        guard bits == footer.frameBits else { throw .invalid("permutation") }
        let numbers = Int(footer.lastSequence - footer.firstSequence) + 1
        let packed = cursor.array((numbers * bits + 7) / 8, bytes)
        footer.filter = TermFilter(
            bitsPerTerm: bitsPerTerm, bytes: cursor.array(filterLength, bytes))
        guard !cursor.isOverrun, cursor.remaining == 0, footer.filter.isWellFormed else {
            throw .invalid("footer length")
        }
        try footer.checkEvents()
        guard packed == footer.permutation() else { throw .invalid("permutation") }
        return footer
    }

    /// Refuses a range before anything is allocated for it.
    func checkRange(eventCount: Int) throws(FormatError) {
        guard firstSequence > 0, firstSequence <= lastSequence,
            lastSequence < SegmentLogFormat.numberLimit, offset < SegmentLogFormat.numberLimit,
            lastSequence - firstSequence < SegmentLogFormat.segmentEventLimit,
            eventCount <= Int(lastSequence - firstSequence) + 1, predecessor < firstSequence,
            frontierBefore.size == firstSequence - 1, frontierAfter.size == lastSequence
        else { throw .invalid("sequence numbers") }
    }

    private mutating func decodeFrames(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, count: Int, eventCount: Int
    ) throws(FormatError) {
        guard count <= eventCount, cursor.remaining >= count * Self.frameEntrySize else {
            throw .invalid("frame count")
        }
        var sizes: [(events: Int, directory: Int)] = []
        var total = 0
        for _ in 0..<count {
            let offset = cursor.u64(bytes)
            guard offset < self.offset else { throw .invalid("frame offset") }
            frames.append(
                Frame(
                    offset: Int(offset), headerSize: Int(cursor.u32(bytes)),
                    storedLength: Int(cursor.u32(bytes)), plainLength: Int(cursor.u32(bytes)),
                    contentChecksum: cursor.u32(bytes), lowestSequence: cursor.u64(bytes),
                    highestSequence: cursor.u64(bytes), events: []))
            sizes.append((Int(cursor.u32(bytes)), Int(cursor.u32(bytes))))
            total += sizes[sizes.count - 1].events
        }
        guard total == eventCount else { throw .invalid("event count") }
        for index in 0..<count {
            try decodeDirectory(
                &cursor, bytes, frame: index, count: sizes[index].events,
                length: sizes[index].directory)
        }
    }

    private mutating func decodeDirectory(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, frame index: Int, count: Int, length: Int
    ) throws(FormatError) {
        guard count > 0, length <= cursor.remaining, length >= count * 2 else {
            throw .invalid("directory")
        }
        let end = cursor.offset + length
        let lowest = frames[index].lowestSequence
        let span = frames[index].highestSequence &- lowest
        guard lowest >= firstSequence, frames[index].highestSequence <= lastSequence,
            lowest <= frames[index].highestSequence
        else { throw .invalid("frame range") }
        var events: [Event] = []
        events.reserveCapacity(count)
        var total: UInt64 = 0
        for _ in 0..<count {
            let delta = cursor.varint(bytes)
            let line = cursor.varint(bytes)
            guard delta <= span, line > 1, line <= UInt64(SegmentLogFormat.lineSizeLimit) else {
                throw .invalid("directory")
            }
            total += line
            events.append(Event(sequence: lowest + delta, lineLength: UInt32(line)))
        }
        guard cursor.offset == end, total == UInt64(frames[index].plainLength) else {
            throw .invalid("directory")
        }
        frames[index].events = events
    }

    private mutating func decodeStreams(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, count: Int, eventCount: Int
    ) throws(FormatError) {
        guard count <= eventCount, cursor.remaining >= count * Self.streamEntrySize else {
            throw .invalid("stream count")
        }
        var total = 0
        for _ in 0..<count {
            let stream = Stream(
                key: cursor.identifier(bytes), firstVersion: cursor.u64(bytes),
                lastVersion: cursor.u64(bytes), eventCount: Int(cursor.u32(bytes)),
                firstFrame: Int(cursor.u32(bytes)), firstLine: Int(cursor.u32(bytes)))
            if let last = streams.last, !(last.key < stream.key) { throw .invalid("stream order") }
            guard stream.firstVersion > 0, stream.firstVersion <= stream.lastVersion,
                stream.eventCount > 0, stream.lastVersion < UInt64.max,
                UInt64(stream.eventCount) <= stream.lastVersion - stream.firstVersion + 1,
                stream.firstFrame < frames.count,
                stream.firstLine < frames[stream.firstFrame].events.count
            else { throw .invalid("stream") }
            total += stream.eventCount
            streams.append(stream)
        }
        guard total == eventCount else { throw .invalid("stream events") }
    }

    private mutating func decodeGaps(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, count: Int
    ) throws(FormatError) {
        guard cursor.remaining >= count * Self.gapEntrySize else { throw .invalid("gap count") }
        for _ in 0..<count {
            let first = cursor.u64(bytes)
            let last = cursor.u64(bytes)
            guard first >= (gaps.last.map { $0.upperBound + 1 } ?? firstSequence), first <= last,
                last <= lastSequence
            else { throw .invalid("gap") }
            gaps.append(first...last)
        }
    }

    /// Every sequence number is in exactly one frame or in a gap.
    private func checkEvents() throws(FormatError) {
        let count = Int(lastSequence - firstSequence) + 1
        var isSeen = [Bool](repeating: false, count: count)
        var seen = 0
        for gap in gaps {
            for number in gap {
                isSeen[Int(number - firstSequence)] = true
                seen += 1
            }
        }
        for frame in frames {
            for event in frame.events {
                let position = Int(event.sequence - firstSequence)
                guard !isSeen[position] else { throw .invalid("sequence number twice") }
                isSeen[position] = true
                seen += 1
            }
        }
        guard seen == count else { throw .invalid("sequence numbers missing") }
    }
}
