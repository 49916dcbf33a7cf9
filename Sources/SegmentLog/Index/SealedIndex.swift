/// The tables of a sealed segment in memory: decoded from a footer for a scan of the whole segment,
/// or gathered from the frames where the footer is lost.
struct SealedIndex: SealedTables {
    let events: ClosedRange<UInt64>
    let frames: [Footer.Frame]
    /// By key.
    let allStreams: [Footer.Stream]
    let summary: FooterSummary?
    let holes: [Hole]
    let gaps: [ClosedRange<UInt64>]
    /// What is kept of forgotten leaves, as it was found without a footer.
    let salvagedSubtrees: [RetainedSubtree]
    /// By fingerprint.
    private let nameList: [Footer.Name]
    private let filter: TermFilter
    private let places: [Place]

    private struct Place: Sendable {
        var frame: UInt32
        var start: UInt32
        var length: UInt32
    }

    private static let nowhere = UInt32.max

    init(footer: Footer, holes: [Hole]) {
        events = footer.summary.firstSequence...footer.summary.lastSequence
        frames = footer.frames
        allStreams = footer.streams
        summary = footer.summary
        self.holes = holes
        gaps = footer.gaps
        salvagedSubtrees = []
        nameList = footer.names
        filter = footer.filter
        places = Self.places(of: footer.frames, in: events)
    }

    /// What was found without a footer.
    init(
        events: ClosedRange<UInt64>, frames: [Footer.Frame], streams: [Footer.Stream],
        terms: SegmentTerms, retained: RetainedLeaves = RetainedLeaves(), holes: [Hole]
    ) {
        self.events = events
        self.frames = frames
        allStreams = streams.sorted { $0.key < $1.key }
        summary = nil
        self.holes = holes
        gaps = retained.gaps
        salvagedSubtrees = retained.subtrees
        nameList = terms.names(in: allStreams)
        filter = .none
        places = Self.places(of: frames, in: events)
    }

    private static func places(
        of frames: [Footer.Frame], in events: ClosedRange<UInt64>
    ) -> [Place] {
        let first = events.lowerBound
        // What a successor's name promises may be any number: room is made for what is there.
        let last = frames.lazy.flatMap { $0.events.lazy.map(\.sequence) }.max() ?? first
        var places = [Place](
            repeating: Place(frame: nowhere, start: 0, length: 0), count: Int(last - first) + 1)
        for (index, frame) in frames.enumerated() {
            var start: UInt32 = 0
            for event in frame.events {
                places[Int(event.sequence - first)] = Place(
                    frame: UInt32(index), start: start, length: event.lineLength)
                start += event.lineLength
            }
        }
        return places
    }

    /// Behind this event none is there.
    var lastPresent: UInt64 { events.lowerBound + UInt64(places.count) - 1 }

    func place(of sequence: UInt64) -> LinePlace? {
        guard events.contains(sequence), sequence <= lastPresent else { return nil }
        let place = places[Int(sequence - events.lowerBound)]
        guard place.frame != Self.nowhere else { return nil }
        let start = Int(place.start)
        return LinePlace(frame: Int(place.frame), range: start..<(start + Int(place.length)))
    }

    func frame(_ index: Int) throws(FormatError) -> Footer.Frame {
        guard frames.indices.contains(index) else { throw .invalid("frame number") }
        return frames[index]
    }

    func stream(_ key: StreamKey) -> Footer.Stream? {
        let index = firstStream(from: key)
        return index < allStreams.count && allStreams[index].key == key ? allStreams[index] : nil
    }

    func streams(from key: StreamKey, limit: Int) -> [Footer.Stream] {
        Array(allStreams[firstStream(from: key)...].prefix(max(limit, 0)))
    }

    private func firstStream(from key: StreamKey) -> Int {
        var low = 0
        var high = allStreams.count
        while low < high {
            let middle = (low + high) / 2
            if allStreams[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func owner(of fingerprint: Identifier) -> StreamKey? {
        nameList.first { $0.fingerprint == fingerprint }.map { allStreams[$0.stream].key }
    }

    func names(
        from fingerprint: Identifier, limit: Int
    ) -> [(fingerprint: Identifier, owner: StreamKey)] {
        nameList.drop { $0.fingerprint < fingerprint }.prefix(max(limit, 0)).map {
            ($0.fingerprint, allStreams[$0.stream].key)
        }
    }

    func mayContain(_ term: [UInt8]) -> Bool { filter.mayContain(term) }

    /// The events of a frame as ranges, for a hole.
    static func ranges(of frame: Footer.Frame) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for sequence in frame.events.map(\.sequence).sorted() {
            if let last = ranges.last, last.upperBound + 1 == sequence {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        return ranges
    }
}
