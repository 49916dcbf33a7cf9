/// What stands in a file of active layout: its blocks, how it ends, and what is wrong with it.
///
/// The scan reads block headers and frame headers, and content only above the highest watermark it
/// met. It changes nothing. `LogOpening` says what follows from what it finds.
struct ActiveScan {
    /// How the file ends.
    enum Ending: Equatable {
        /// With a tail: nothing is missing.
        case tail
        /// With a closed tail: the writer ended cleanly.
        case closed
        /// With an end frame that names the successor.
        case end(successor: UInt64)
        /// With bytes, or an end, that no completed commit left; they begin at `offset`.
        case torn(offset: Int, reason: String)
    }

    var blocks: [BlockHeader] = []
    var ending: Ending = .torn(offset: 0, reason: "the file is empty")
    /// Where the next commit belongs: behind the last complete commit, or behind a closed tail.
    var position = 0
    var fileSize: Int
    /// The highest watermark found in the file.
    var watermark: UInt64 = 0
    var holes: [Hole] = []
    /// The highest writer epoch found in the file.
    var epoch: UInt64 = 0
    /// The open tail that stands at `position`, where one does.
    var tail: TailFrame?
    /// Whether a closed tail stands right before `position`.
    var isBehindClosedTail = false
    /// Whether a frame of a newer format stopped the scan.
    var newer: String?

    /// The last event that is there, or was: nil where none ever was.
    var lastSequence: UInt64?
}

/// Walks a file of active layout.
struct ActiveScanner {
    let file: any File
    let name: String
    let journalID: JournalID
    let firstSequence: UInt64

    var scan: ActiveScan
    var window: FileWindow
    var offset = 0
    var expected: UInt64
    /// The header CRC that the next block must name; nil where a hole came before.
    var previousChecksum: UInt32? = 0
    /// Blocks of a commit that is not complete yet, and where it began.
    var open: [BlockHeader] = []
    var commitStart = 0
    /// What the frame before was.
    var before: TailFrame.Role?
    /// Whether the rest of the file was searched for watermarks already.
    var hasSearched = false
    /// Bytes of the block headers that the searches looked at, as their frames claim.
    var searchSize = 0
    /// How many times the file's size they may be together: more claim to be where others are.
    static let searchFactor = 16

    /// A commit whose blocks are whole, and the padding behind them is not.
    struct Unpadded {
        var commitFirst: UInt64
        var last: UInt64
        var offset: Int
    }

    var unpadded: [Unpadded] = []

    init(
        file: any File, size: Int, name: String, journalID: JournalID, firstSequence: UInt64,
        passingOverUnreadable: Bool = false
    ) {
        self.file = file
        self.name = name
        self.journalID = journalID
        self.firstSequence = firstSequence
        scan = ActiveScan(fileSize: size)
        window = FileWindow(file, size: size, passingOverUnreadable: passingOverUnreadable)
        expected = firstSequence
    }

    /// Scans the file. `floor` is the highest watermark known from elsewhere. Who only reads passes
    /// over pages that the disk cannot read: each is a hole, and what follows is never a torn tail.
    static func scan(
        _ file: any File, name: String, journalID: JournalID, firstSequence: UInt64, floor: UInt64,
        passingOverUnreadable: Bool = false
    ) throws(Errno) -> ActiveScan {
        var scanner = ActiveScanner(
            file: file, size: try file.size(), name: name, journalID: journalID,
            firstSequence: firstSequence, passingOverUnreadable: passingOverUnreadable)
        scanner.scan.watermark = floor
        return try scanner.finish()
    }

    /// Walks to the end.
    mutating func finish() throws(Errno) -> ActiveScan {
        while try step() {}
        try checkContents()
        if let offset = window.firstUnreadable {
            scan.holes.append(
                Hole(file: name, offset: offset, events: nil, reason: "the disk cannot read it"))
        }
        let lost = scan.holes.compactMap(\.events?.upperBound).max()
        scan.lastSequence = [scan.blocks.last?.lastSequence, lost].compactMap(\.self).max()
        return scan
    }

    // MARK: The walk

    enum Frame {
        case block(BlockHeader)
        case tail(TailFrame)
        /// A frame of zeros up to `end`.
        case padding(end: Int)
        case invalid(String)
    }

    /// Takes the next frame; false at the end of the walk.
    mutating func step() throws(Errno) -> Bool {
        guard offset < scan.fileSize else {
            return try judge("the file ends without a tail frame")
        }
        switch try frame(at: offset) {
        case .block(let header):
            guard let reason = objection(to: header) else {
                take(header)
                return try closeCommit()
            }
            return try judge(reason)
        case .tail(let tail): return try take(tail)
        case .padding(let end):
            // Behind a closed tail or an end frame: the file was about to be cut there.
            guard before == .closed || before == .end, end == scan.fileSize else {
                return try judge("padding where a commit or a tail should stand")
            }
            offset = end
            return false
        case .invalid(let reason): return try judge(reason)
        }
    }

    mutating func frame(at place: Int) throws(Errno) -> Frame {
        let fixed = try window.load(place..<(place + SegmentLogFormat.pageSize))
        guard let outer = SkippableFrame.parse(window.loaded.span, at: fixed.lowerBound),
            fixed.count >= SkippableFrame.headerSize
        else { return .invalid("no frame of ours begins here") }
        let end = place + SkippableFrame.headerSize + outer.size
        guard end <= scan.fileSize else { return .invalid("the frame is longer than the file") }
        switch outer.kind {
        case .blockHeader:
            guard outer.size <= SegmentLogFormat.headerSizeLimit else {
                return .invalid("the block header is longer than the format allows")
            }
            let range = try window.load(place..<end)
            return decode { () throws(FormatError) in
                .block(try BlockHeader.decode(window.loaded.span, at: range.lowerBound))
            }
        case .tail:
            let range = try window.load(place..<(place + TailFrame.encodedSize))
            do throws(FormatError) {
                return .tail(try TailFrame.decode(window.loaded.span.extracting(range), at: 0))
            } catch .unrecognised, .truncated {
                let zeros = (place + SkippableFrame.headerSize)..<end
                if try window.firstNonZero(in: zeros) == nil { return .padding(end: end) }
                return .invalid("padding that is not zero")
            } catch {
                return decode { () throws(FormatError) in throw error }
            }
        default: return .invalid("a frame that has no place in an active segment")
        }
    }

    func decode(_ body: () throws(FormatError) -> Frame) -> Frame {
        do throws(FormatError) {
            return try body()
        } catch {
            switch error {
            case .checksum: return .invalid("the header's checksum does not fit")
            case .truncated: return .invalid("the header is cut off")
            case .unrecognised: return .invalid("an unknown header")
            case .invalid(let what): return .invalid("the header is not valid: \(what)")
            case .newer(let what): return .invalid("newer: \(what)")
            case .unreadable(let errno): return .invalid("it cannot be read: \(errno)")
            }
        }
    }

    /// Why a block cannot stand here; nil where it can.
    func objection(to header: BlockHeader) -> String? {
        if header.journalID != journalID { return "a block of another journal" }
        if header.offset != UInt64(offset) { return "a block that belongs elsewhere" }
        if header.requiredFlags & RequiredFlags.active == 0 { return "a block of another layout" }
        if header.firstSequence != expected {
            return "a block of event \(header.firstSequence) where \(expected) belongs"
        }
        if let previousChecksum, header.previousChecksum != previousChecksum {
            return "a block that does not follow the one before it"
        }
        if offset + header.blockSize > scan.fileSize { return "the block is longer than the file" }
        if let first = open.first {
            if header.commitFirst != first.commitFirst || header.commitLast != first.commitLast {
                return "a block of another commit"
            }
        } else if previousChecksum != nil, header.commitFirst != header.firstSequence {
            return "a commit without its first block"
        }
        return nil
    }

    mutating func take(_ header: BlockHeader) {
        if open.isEmpty { commitStart = offset }
        open.append(header)
        offset += header.blockSize
        expected = header.lastSequence + 1
        previousChecksum = header.checksum
        before = nil
        scan.isBehindClosedTail = false
    }

    /// Takes a complete commit, and the padding behind it.
    mutating func closeCommit() throws(Errno) -> Bool {
        guard let last = open.last, last.lastSequence == last.commitLast else { return true }
        scan.watermark = max(scan.watermark, last.watermark)
        scan.epoch = max(scan.epoch, last.epoch)
        scan.blocks.append(contentsOf: open)
        open = []
        let padding = Padding.size(after: offset)
        if padding > 0 {
            let isWhole: Bool
            if case .padding(let end) = try frame(at: offset) {
                isWhole = end == offset + padding
            } else {
                isWhole = false
            }
            if !isWhole {
                // The blocks are whole, so that this commit is: only its padding is not. Where the
                // commit may be unsynced, that is a torn tail, and `checkContents` sees to it.
                unpadded.append(
                    Unpadded(
                        commitFirst: last.commitFirst, last: last.lastSequence, offset: offset))
            }
            offset += padding
        }
        commitStart = offset
        scan.position = min(offset, scan.fileSize)
        if offset > scan.fileSize { offset = scan.fileSize }
        return true
    }
}
