/// Where the lines of a sealed segment are: asked of its footer, page by page (`FooterTables`), or of
/// what its frames gave where the footer is lost (`SealedIndex`).
protocol SealedTables: Sendable {
    /// Sequence numbers that the segment stands for.
    var events: ClosedRange<UInt64> { get }

    /// The footer's front; nil where the footer was lost.
    var summary: FooterSummary? { get }

    /// What is known to be damaged or missing.
    var holes: [Hole] { get }

    /// Removed by compaction.
    var gaps: [ClosedRange<UInt64>] { get }

    /// Where an event's line is; nil where it was removed or lost.
    func place(of sequence: UInt64) throws(FormatError) -> LinePlace?

    /// A frame, with the lines in it.
    func frame(_ index: Int) throws(FormatError) -> Footer.Frame

    /// A stream's row; nil where the segment has no event of it.
    func stream(_ key: StreamKey) throws(FormatError) -> Footer.Stream?

    /// Streams in order of their keys, from `key` on, at most `limit`.
    func streams(from key: StreamKey, limit: Int) throws(FormatError) -> [Footer.Stream]

    /// The stream that a name belongs to; nil where none of this segment has it.
    func owner(of fingerprint: Identifier) throws(FormatError) -> StreamKey?

    /// Names in order of their fingerprints, from `fingerprint` on, at most `limit`.
    func names(
        from fingerprint: Identifier, limit: Int
    ) throws(FormatError) -> [(fingerprint: Identifier, owner: StreamKey)]

    /// False only where a term is certainly in no line of the segment.
    func mayContain(_ term: [UInt8]) throws(FormatError) -> Bool
}

/// A line in the content of a frame.
struct LinePlace: Hashable, Sendable {
    var frame: Int
    /// Newline included.
    var range: Range<Int>
}

extension SealedTables {
    func isGap(_ sequence: UInt64) -> Bool { gaps.holdInOrder(sequence) }

    /// Where a stream's lines lie, frame by frame, until `body` returns false.
    func forEachFrame(
        of stream: Footer.Stream,
        _ body: (_ number: Int, Footer.Frame, _ lines: Range<Int>) throws(FormatError) -> Bool
    ) throws(FormatError) {
        var left = stream.eventCount
        var number = stream.firstFrame
        var line = stream.firstLine
        while left > 0 {
            let frame = try frame(number)
            guard line < frame.events.count else { throw .invalid("stream") }
            let count = min(left, frame.events.count - line)
            guard try body(number, frame, line..<(line + count)) else { return }
            left -= count
            number += 1
            line = 0
        }
    }
}

extension [ClosedRange<UInt64>] {
    /// Whether one of the ranges, which are in order and apart, holds a number. Cost: logarithmic, for
    /// a file may name a million of them.
    package func holdInOrder(_ number: UInt64) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].contains(number)
    }
}

extension Footer.Stream {
    var extent: StreamExtent {
        StreamExtent(
            key: key, firstSequence: firstSequence, lastSequence: lastSequence,
            firstVersion: firstVersion, lastVersion: lastVersion, eventCount: eventCount)
    }
}
