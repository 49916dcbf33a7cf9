internal import Synchronization

/// The frames of a sealed segment that a scan in order of sequence has open: all at once, since a
/// frame holds a session's events and those lie far apart. A frame is given up with its last line.
struct FrameShelf: Sendable {
    private enum Slot: Sendable {
        case unread
        case open(BlockContent)
        case damaged
    }

    private var slots: [Slot]
    /// How many lines of each frame are still to come.
    private var left: [Int]
    /// What this scan has put into the cache, in bytes: a short one may come again, a long one would
    /// only push out what others read.
    private var cached = 0

    private static let cacheLimit = 1 << 20

    init(of index: SealedIndex) {
        slots = .init(repeating: .unread, count: index.frames.count)
        left = index.frames.map(\.events.count)
    }

    /// Makes a frame's content ready; false where it was found damaged before.
    ///
    /// - Throws: `damaged` the first time.
    mutating func load(
        _ number: Int, of segment: SealedSegment, _ index: SealedIndex,
        _ contents: SealedSegment.Contents
    ) throws(LogError) -> Bool {
        switch slots[number] {
        case .open: return true
        case .damaged: return false
        case .unread: break
        }
        slots[number] = .damaged
        let plain = try segment.content(
            of: index.frames[number], number, in: contents, isKept: cached < Self.cacheLimit)
        cached += plain.size
        slots[number] = .open(plain)
        return true
    }

    /// Passes a line of a frame that is loaded, and that is stored at `range`, to `body`; nil where its
    /// encrypted content is damaged.
    func pass(
        _ sequence: UInt64, _ range: Range<Int>, of number: Int, to body: (Span<UInt8>) -> Bool
    ) -> Bool? {
        guard case .open(let plain) = slots[number] else { return true }
        guard let line = plain.range(of: sequence, storedAt: range) else { return nil }
        return body(plain.bytes.span.extracting(line.dropLast()))
    }

    /// Takes note that a line of a frame was read.
    mutating func finishLine(of number: Int) {
        left[number] -= 1
        if left[number] <= 0 { slots[number] = .unread }
    }
}

/// Shelves of scans between two pages. Whoever goes on where a page ended finds the frames open,
/// rather than to decompress a whole segment again for each page.
final class FrameShelves: Sendable {
    private struct Parked {
        var segment: SegmentIdentity
        var next: UInt64
        var shelf: FrameShelf
    }

    private let parked = Mutex<[Parked]>([])

    /// A shelf holds a segment's content at most: this bounds the memory.
    private static let limit = 2

    /// The shelf of a scan that ended before `sequence`, if it is still there.
    func take(_ segment: SegmentIdentity, from sequence: UInt64) -> FrameShelf? {
        parked.withLock { parked in
            let index = parked.firstIndex { $0.segment == segment && $0.next == sequence }
            return index.map { parked.remove(at: $0).shelf }
        }
    }

    /// Gives up the shelves of a segment.
    func forget(_ segment: SegmentIdentity) {
        parked.withLock { $0.removeAll { $0.segment == segment } }
    }

    /// Gives up all of them.
    func forget() { parked.withLock { $0 = [] } }

    /// Keeps a shelf for whoever goes on at `sequence`; the one kept longest is given up.
    func park(_ shelf: FrameShelf, _ segment: SegmentIdentity, from sequence: UInt64) {
        parked.withLock { parked in
            if parked.count >= Self.limit { parked.removeFirst() }
            parked.append(Parked(segment: segment, next: sequence, shelf: shelf))
        }
    }
}
