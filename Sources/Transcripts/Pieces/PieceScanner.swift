internal import SessionJournal

/// Takes a file apart into pieces and the white space between them, so that all of them, one
/// behind the other, are the file again, byte for byte.
///
/// Nothing in a file can make it fail; only the disk can. Memory: the longest line, or the longest
/// document over several lines, up to ``lineLimit``.
struct PieceScanner {
    /// The longest line that is read into memory, in bytes. Longer ones are read past.
    static let lineLimit = 14 << 20

    /// The longest document over several lines that is looked for, in bytes.
    static let documentLimit = 4 << 20

    /// The longest white space between two pieces; more is a piece of text of its own.
    static let gapLimit = 64

    /// The size up to which white space is gathered in one piece, in bytes.
    static let blankLimit = 64 << 10

    /// The bytes that item ranges speak of.
    var window: FileWindow

    /// The index of the object piece that was returned last, relative to its range.
    var document = JSONDocument()

    /// What the lines so far were.
    var counts = LineCounts()

    /// What is known of the line being taken apart.
    private var queue: [Piece] = []
    private var queueIndex = 0

    /// The index behind what has been returned.
    private(set) var cursor = 0

    /// The index behind the line being taken apart.
    private var lineEnd = 0

    /// White space returned since the last piece, in bytes.
    private var gapSize = 0

    /// The range of the piece that ``document`` indexes already.
    private var parsed: Range<Int>?

    /// The file offset before which no document begins: trying has shown it.
    var documentBarrier: UInt64 = 0

    init(window: FileWindow) {
        self.window = window
    }

    /// The next piece or gap; nil at the end. Ranges are valid until the next call.
    mutating func next() throws(TranscriptError) -> ScannedItem? {
        while true {
            if queueIndex < queue.count {
                let piece = queue[queueIndex]
                let gap = piece.range.lowerBound - cursor
                if gap > 0 { return gapItem(upTo: piece.range.lowerBound) }
                queueIndex += 1
                cursor = piece.range.upperBound
                gapSize = 0
                if case .object = piece.kind { try index(piece) }
                return .piece(piece)
            }
            if cursor < lineEnd { return gapItem(upTo: lineEnd) }
            guard try takeLine() else { return nil }
        }
    }

    private mutating func gapItem(upTo end: Int) -> ScannedItem {
        defer { cursor = end }
        gapSize += end - cursor
        return .gap(cursor..<end)
    }

    /// Indexes a value in ``document``. Offsets of errors count from the start of the range.
    mutating func parse(_ range: Range<Int>) throws(JSONError) {
        let bytes = window.bytes
        try document.parse(bytes.span.extracting(range))
    }

    /// Indexes the first value of a range; returns the index behind it.
    mutating func parsePrefix(_ range: Range<Int>) throws(JSONError) -> Int {
        let bytes = window.bytes
        return range.lowerBound
            + (try document.parsePrefix(bytes.span.extracting(range), from: 0))
    }

    private mutating func index(_ piece: Piece) throws(TranscriptError) {
        guard parsed != piece.range else { return }
        parsed = nil
        do {
            try parse(piece.range)
        } catch {
            // It has been parsed before, from the same bytes.
            throw TranscriptError(.changedWhileRead, "a line changed while it was read: \(error)")
        }
    }

    // MARK: Lines

    /// Takes the next line apart; false at the end of the file.
    private mutating func takeLine() throws(TranscriptError) -> Bool {
        queue.removeAll(keepingCapacity: true)
        queueIndex = 0
        parsed = nil
        if window.isMoving, cursor >= FileWindow.chunkSize || cursor == window.bytes.count {
            window.discard(before: cursor)
            cursor = 0
        }
        lineEnd = cursor
        let start = cursor
        guard let end = try endOfLine(from: start) else {
            guard start < window.bytes.count || !window.isAtEnd else { return false }
            try takeLongLine()
            return true
        }
        guard end > start || end < window.bytes.count else { return false }
        let hasNewline = end < window.bytes.count
        lineEnd = hasNewline ? end + 1 : end
        try classify(start..<end)
        return true
    }

    /// The index of the newline that ends the line at an index, or the end of the file; nil where
    /// the line is above the limit.
    private mutating func endOfLine(from start: Int) throws(TranscriptError) -> Int? {
        var index = start
        while true {
            index = window.bytes.span.firstNewline(from: index)
            if index < window.bytes.count { return index - start > Self.lineLimit ? nil : index }
            if index - start > Self.lineLimit { return nil }
            if window.isAtEnd { return index }
            try window.fill()
        }
    }

    private mutating func classify(_ line: Range<Int>) throws(TranscriptError) {
        counts.lines += 1
        let trimmed = window.bytes.span.trimmingSpace(line)
        guard !trimmed.isEmpty else {
            try takeBlank(line)
            return
        }
        do throws(JSONError) {
            try parse(trimmed)
            if document.root?.kind == .object {
                // An event has no carriage return in it, so such an object is kept as text.
                let isOneLine = !holdsReturn(trimmed)
                parsed = isOneLine ? trimmed : nil
                enqueue(
                    trimmed, isOneLine ? .object : .text, isWholeLine: true, after: line.lowerBound)
                let behind = trimmed.upperBound..<line.upperBound
                if behind.count > Self.gapLimit { append(behind, .text) }
                return
            }
            counts.malformed += 1
        } catch {
            if error.reason == .unexpectedEnd, try takeDocument(at: trimmed.lowerBound) { return }
            counts.malformed += 1
            let errorIndex = trimmed.lowerBound + error.offset
            if let pieces = takeApart(trimmed, error: errorIndex) {
                counts.glued += 1
                for piece in pieces {
                    enqueue(piece.range, piece.kind, isWholeLine: false, after: line.lowerBound)
                }
                return
            }
        }
        let last = line.upperBound - 1
        let end = window.bytes[last] == UInt8(ascii: "\r") ? last : line.upperBound
        append(line.lowerBound..<end, .text)
    }

    /// Whether a carriage return stands in a range.
    func holdsReturn(_ range: Range<Int>) -> Bool {
        window.bytes.span.extracting(range).contains(UInt8(ascii: "\r"))
    }

    /// Adds a piece, and the white space before it as another where that is long.
    mutating func enqueue(
        _ range: Range<Int>, _ kind: Piece.Kind, isWholeLine: Bool, after start: Int
    ) {
        let before = (queue.last?.range.upperBound ?? start)..<range.lowerBound
        if before.count > Self.gapLimit { append(before, .text) }
        queue.append(Piece(kind: kind, range: range, isWholeLine: isWholeLine))
    }

    private mutating func append(_ range: Range<Int>, _ kind: Piece.Kind) {
        queue.append(Piece(kind: kind, range: range, isWholeLine: false))
    }

    /// A line of white space belongs to the gap between pieces; where there is too much of it, the
    /// lines of white space from here on are a piece.
    private mutating func takeBlank(_ line: Range<Int>) throws(TranscriptError) {
        counts.malformed += 1
        guard gapSize + line.count >= Self.gapLimit else { return }
        while lineEnd - line.lowerBound < Self.blankLimit {
            guard let end = try endOfLine(from: lineEnd), end > lineEnd || end < window.bytes.count
            else { break }
            guard window.bytes.span.trimmingSpace(lineEnd..<end).isEmpty else { break }
            counts.lines += 1
            counts.malformed += 1
            lineEnd = end < window.bytes.count ? end + 1 : end
        }
        append(line.lowerBound..<lineEnd, .text)
    }

    // MARK: Documents

    /// Takes the document over several lines that begins at an index, if one does.
    private mutating func takeDocument(at start: Int) throws(TranscriptError) -> Bool {
        let first = window.bytes[start]
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            window.base + UInt64(start) >= documentBarrier,
            let end = try endOfDocument(at: start),
            let after = try endOfLine(from: end),
            window.bytes.span.trimmingSpace(end..<after).isEmpty,
            !holdsObjectLine(start..<end)
        else { return false }
        let lines = window.bytes.span.extracting(start..<end).newlineCount + 1
        counts.lines += lines - 1
        counts.malformed += lines
        counts.documents += 1
        lineEnd = after < window.bytes.count ? after + 1 : after
        let lineStart = cursor
        enqueue(start..<end, .document(lines: lines), isWholeLine: false, after: lineStart)
        return true
    }

    /// The index behind the value at an index; nil where none ends within the limit. Moves the
    /// barrier to where the trying stopped, so that all trying together is one pass.
    private mutating func endOfDocument(at start: Int) throws(TranscriptError) -> Int? {
        while true {
            let size = window.bytes.count - start
            do throws(JSONError) {
                let end = try parsePrefix(start..<window.bytes.count)
                documentBarrier = window.base + UInt64(end)
                return end
            } catch {
                let isOpen = error.reason == .unexpectedEnd && !window.isAtEnd
                if !isOpen || size >= Self.documentLimit {
                    documentBarrier = window.base + UInt64(start + error.offset)
                    return nil
                }
            }
            let wanted = min(size * 2, Self.documentLimit)
            while window.bytes.count - start < wanted, !window.isAtEnd { try window.fill() }
        }
    }

    /// Whether a line of a document is an object by itself: then it is a line, and what looks like
    /// a document is torn lines.
    private mutating func holdsObjectLine(_ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(window.bytes.span.firstNewline(from: start), range.upperBound)
            let line = window.bytes.span.trimmingSpace(start..<end)
            start = end + 1
            guard !line.isEmpty, window.bytes[line.lowerBound] == UInt8(ascii: "{"),
                window.bytes[line.upperBound - 1] == UInt8(ascii: "}")
            else { continue }
            if (try? parse(line)) != nil { return true }
        }
        return false
    }

    // MARK: Long lines

    /// Reads past a line above the limit.
    private mutating func takeLongLine() throws(TranscriptError) {
        counts.lines += 1
        let offset = window.base + UInt64(cursor)
        var hash = DigestStream()
        var size: UInt64 = 0
        var start = cursor
        var end = window.bytes.span.firstNewline(from: start)
        hash.update(window.bytes.span.extracting(start..<end))
        size += UInt64(end - start)
        while end == window.bytes.count, !window.isAtEnd {
            window.discard(before: end)
            try window.fill()
            start = 0
            end = window.bytes.span.firstNewline(from: start)
            hash.update(window.bytes.span.extracting(start..<end))
            size += UInt64(end - start)
        }
        cursor = end
        lineEnd = end < window.bytes.count ? end + 1 : end
        append(
            end..<end, .long(offset: offset, size: size, digest: hash.finish()))
    }
}

extension Span<UInt8> {
    /// The first newline at or after an index, or the end.
    func firstNewline(from index: Int) -> Int {
        var index = index
        while index < count, self[index] != UInt8(ascii: "\n") { index &+= 1 }
        return index
    }

    func contains(_ byte: UInt8) -> Bool {
        var index = 0
        while index < count {
            if self[index] == byte { return true }
            index &+= 1
        }
        return false
    }

    /// How many newlines there are.
    var newlineCount: Int {
        var count = 0
        for index in indices where self[index] == UInt8(ascii: "\n") { count += 1 }
        return count
    }

    /// A range without the JSON white space at its ends.
    func trimmingSpace(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isJSONSpace { start &+= 1 }
        while end > start, self[end &- 1].isJSONSpace { end &-= 1 }
        return start..<end
    }
}

extension UInt8 {
    /// Whether JSON takes the byte for white space.
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
