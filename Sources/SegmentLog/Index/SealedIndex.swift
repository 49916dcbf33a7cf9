/// Where the lines of a sealed segment are: the footer's tables, or what its frames gave without it.
struct SealedIndex: Sendable {
    struct Place: Sendable {
        var frame: UInt32
        /// The line in the frame's content, newline included.
        var start: UInt32
        var length: UInt32
    }

    let firstSequence: UInt64
    let lastSequence: UInt64
    let frames: [Footer.Frame]
    let streams: [StreamKey: Footer.Stream]
    /// nil where the footer was lost.
    let footer: Footer?
    let holes: [Hole]
    private let places: [Place]

    private static let nowhere = UInt32.max

    /// `last` is the sequence number before the next file's: what the footer does not cover of it
    /// stood in a file that is missing.
    init(footer: Footer, name: String, through last: UInt64) {
        var holes: [Hole] = []
        if footer.lastSequence < last {
            holes.append(
                Hole(
                    file: SegmentName.file(first: footer.lastSequence + 1), offset: 0,
                    events: (footer.lastSequence + 1)...last, reason: "the segment is missing"))
        }
        self.init(
            first: footer.firstSequence, last: footer.lastSequence, frames: footer.frames,
            streams: footer.streams, footer: footer, holes: holes)
    }

    init(
        first: UInt64, last: UInt64, frames: [Footer.Frame], streams: [Footer.Stream],
        footer: Footer?, holes: [Hole]
    ) {
        firstSequence = first
        lastSequence = last
        self.frames = frames
        self.streams = Dictionary(uniqueKeysWithValues: streams.map { ($0.key, $0) })
        self.footer = footer
        self.holes = holes
        var places = [Place](
            repeating: Place(frame: Self.nowhere, start: 0, length: 0),
            count: Int(last - first) + 1)
        for (index, frame) in frames.enumerated() {
            var start: UInt32 = 0
            for event in frame.events {
                places[Int(event.sequence - first)] = Place(
                    frame: UInt32(index), start: start, length: event.lineLength)
                start += event.lineLength
            }
        }
        self.places = places
    }

    /// Where an event's line is; nil where it was removed or lost.
    func place(of sequence: UInt64) -> Place? {
        guard sequence >= firstSequence, sequence <= lastSequence else { return nil }
        let place = places[Int(sequence - firstSequence)]
        return place.frame == Self.nowhere ? nil : place
    }

    /// The sequence numbers of a stream's events, in order.
    func sequences(of key: StreamKey) -> [UInt64] {
        guard let stream = streams[key] else { return [] }
        var found: [UInt64] = []
        found.reserveCapacity(stream.eventCount)
        var frame = stream.firstFrame
        var line = stream.firstLine
        while found.count < stream.eventCount, frame < frames.count {
            let events = frames[frame].events
            let count = min(stream.eventCount - found.count, events.count - line)
            for event in events[line..<(line + count)] { found.append(event.sequence) }
            frame += 1
            line = 0
        }
        return found
    }

    /// The events of a frame as ranges, for a hole.
    func ranges(ofFrame index: Int) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for sequence in frames[index].events.map(\.sequence).sorted() {
            if let last = ranges.last, last.upperBound + 1 == sequence {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        return ranges
    }
}
