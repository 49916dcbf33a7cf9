internal import Synchronization

/// A segment of active layout as readers see it: an open file and the headers of its blocks. Blocks
/// are only ever added, so that a view needs no more than the last sequence number it may see.
package final class ActiveSegment: Sendable {
    package let name: String
    package let path: String
    package let firstSequence: UInt64
    let identity = SegmentIdentity()
    private let handle: Mutex<any File>

    private struct State {
        var blocks: [BlockHeader] = []
        var plainSize = 0
        var holes: [Hole] = []
        var isExpired = false

        /// The sequence numbers of each stream's events, in order: those of the first `indexed`
        /// blocks. Appends do not pay for it; who first asks does.
        private var known: [StreamKey: [UInt64]] = [:]
        private var indexed = 0

        var streams: [StreamKey: [UInt64]] {
            mutating get {
                for block in blocks[indexed...] {
                    for (index, entry) in block.entries.enumerated() {
                        let key = block.streams[Int(entry.stream)].key
                        known[key, default: []].append(block.firstSequence + UInt64(index))
                    }
                }
                indexed = blocks.count
                return known
            }
        }
    }

    private let state = Mutex(State())

    init(name: String, path: String, firstSequence: UInt64, file: any File) {
        self.name = name
        self.path = path
        self.firstSequence = firstSequence
        handle = Mutex(file)
    }

    /// The open file; none that can be read once it has expired.
    package var file: any File { handle.withLock { $0 } }

    /// What a writer needs to continue.
    struct Summary {
        var lastSequence: UInt64
        var blockCount: Int
        var plainSize: Int
        var lastChecksum: UInt32
        var lastTime: Int64?
        var frontier: FrontierRecord?
    }

    var summary: Summary {
        state.withLock { state in
            // An event in a hole was there: its number is not free.
            let lost = state.holes.reduce(0) { max($0, $1.events?.upperBound ?? 0) }
            return Summary(
                lastSequence: max(lost, state.blocks.last?.lastSequence ?? firstSequence - 1),
                blockCount: state.blocks.count, plainSize: state.plainSize,
                lastChecksum: state.blocks.last?.checksum ?? 0,
                lastTime: state.blocks.last?.lastTime, frontier: state.blocks.last?.frontier)
        }
    }

    /// Whether it filled faster than it could be compressed well.
    var wasFilledUnderLoad: Bool {
        state.withLock { state in
            guard let first = state.blocks.first, let last = state.blocks.last else { return false }
            return state.plainSize > SegmentLogFormat.segmentPlainSizeLimit / 2
                && last.lastTime - first.firstTime < Self.loadedTime
        }
    }

    /// In microseconds: somewhat more than LZ4 HC takes for a whole segment.
    private static let loadedTime: Int64 = 500_000

    var holes: [Hole] { state.withLock { $0.holes } }

    func add(_ blocks: [BlockHeader]) {
        state.withLock { state in
            for block in blocks {
                state.blocks.append(block)
                state.plainSize += block.plainLength
            }
        }
    }

    func add(_ hole: Hole) { state.withLock { $0.holes.append(hole) } }

    /// From now on its content is not served any more, and the file is closed, whoever holds this: what
    /// is reading it keeps it until then.
    func expire() {
        state.withLock { $0.isExpired = true }
        handle.withLock { $0 = RefusedFile(.noSuchFile) }
    }

    /// - Throws: `viewExpired` where lines that stand in it were replaced.
    func checkCurrent() throws(LogError) {
        guard !state.withLock({ $0.isExpired }) else { throw .expired(path) }
    }

    var blockCount: Int { state.withLock { $0.blocks.count } }

    func block(_ index: Int) -> BlockHeader { state.withLock { $0.blocks[index] } }

    /// The block that holds an event, and its index; nil where none does.
    func block(holding sequence: UInt64) -> (index: Int, header: BlockHeader)? {
        state.withLock { state in
            guard let index = Self.index(of: sequence, in: state.blocks) else { return nil }
            return (index, state.blocks[index])
        }
    }

    /// The first block that begins behind a sequence number.
    func block(after sequence: UInt64) -> (index: Int, header: BlockHeader)? {
        state.withLock { state in
            let index = Self.count(of: state.blocks, startingAtOrBefore: sequence)
            return index < state.blocks.count ? (index, state.blocks[index]) : nil
        }
    }

    /// A stream's events in this segment, up to a sequence number.
    func sequences(of stream: StreamKey, through last: UInt64) -> [UInt64] {
        state.withLock { state in
            guard let all = state.streams[stream] else { return [] }
            guard let newest = all.last, newest > last else { return all }
            return Array(all.prefix { $0 <= last })
        }
    }

    /// A stream's events in this segment, up to a sequence number; nil where there is none.
    func extent(of key: StreamKey, through last: UInt64) -> StreamExtent? {
        state.withLock { state in
            state.streams[key].flatMap { Self.extent(of: key, $0, through: last, in: state.blocks) }
        }
    }

    /// Streams in order of their keys, from `key` on, at most `limit`. Cost: all streams of the
    /// segment.
    func extents(from key: StreamKey, limit: Int, through last: UInt64) -> [StreamExtent] {
        state.withLock { state in
            let keys = state.streams.keys.filter { $0 >= key }.sorted()
            var extents: [StreamExtent] = []
            for key in keys where extents.count < limit {
                guard let sequences = state.streams[key],
                    let extent = Self.extent(of: key, sequences, through: last, in: state.blocks)
                else { continue }
                extents.append(extent)
            }
            return extents
        }
    }

    private static func extent(
        of key: StreamKey, _ sequences: [UInt64], through last: UInt64, in blocks: [BlockHeader]
    ) -> StreamExtent? {
        let count =
            sequences.last.map { $0 <= last } ?? false
            ? sequences.count : sequences.prefix { $0 <= last }.count
        guard count > 0 else { return nil }
        let first = sequences[0]
        let final = sequences[count - 1]
        guard let low = version(of: first, in: blocks), let high = version(of: final, in: blocks)
        else { return nil }
        return StreamExtent(
            key: key, firstSequence: first, lastSequence: final, firstVersion: low,
            lastVersion: high, eventCount: count)
    }

    /// The first event of each stream that begins in this segment behind a sequence number.
    func firstSequences(after sequence: UInt64, through last: UInt64) -> [UInt64] {
        state.withLock { state in
            state.streams.values.compactMap { $0.first }.filter { first in
                first > sequence && first <= last && Self.version(of: first, in: state.blocks) == 1
            }.sorted()
        }
    }

    /// The last block that ends at or before a sequence number.
    func block(endingAtOrBefore sequence: UInt64) -> BlockHeader? {
        lastBlock { $0.lastSequence <= sequence }
    }

    /// The last block whose events were all stored before a time.
    func block(endingBefore time: Int64) -> BlockHeader? {
        lastBlock { $0.lastTime < time }
    }

    /// The last block for which a condition holds that holds for all before it.
    private func lastBlock(where holds: (BlockHeader) -> Bool) -> BlockHeader? {
        state.withLock { state in
            var low = 0
            var high = state.blocks.count
            while low < high {
                let middle = (low + high) / 2
                if holds(state.blocks[middle]) { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? state.blocks[low - 1] : nil
        }
    }

    private static func version(of sequence: UInt64, in blocks: [BlockHeader]) -> UInt64? {
        guard let index = index(of: sequence, in: blocks) else { return nil }
        return blocks[index].version(at: Int(sequence - blocks[index].firstSequence))
    }

    private static func index(of sequence: UInt64, in blocks: [BlockHeader]) -> Int? {
        let index = count(of: blocks, startingAtOrBefore: sequence) - 1
        return index >= 0 && blocks[index].lastSequence >= sequence ? index : nil
    }

    private static func count(of blocks: [BlockHeader], startingAtOrBefore sequence: UInt64) -> Int
    {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension BlockHeader {
    /// The version of the event at an index: its stream's first, and one more for each before it.
    func version(at index: Int) -> UInt64 {
        let stream = entries[index].stream
        let earlier = entries[..<index].reduce(0) { $0 + ($1.stream == stream ? 1 : 0) }
        return streams[Int(stream)].firstVersion + UInt64(earlier)
    }

    /// Where the lines stand in the content, without newlines.
    var lines: [Range<Int>] {
        var start = 0
        return entries.map { entry in
            let end = start + Int(entry.lineLength)
            defer { start = end }
            return start..<(end - 1)
        }
    }

    /// Where the line of the event at an index stands in the content, newline included.
    func lineRange(at index: Int) -> Range<Int> {
        let start = entries[..<index].reduce(0) { $0 + Int($1.lineLength) }
        return start..<(start + Int(entries[index].lineLength))
    }
}

/// Where a stream's events lie, in a segment or in the whole log.
package struct StreamExtent: Hashable, Sendable {
    package var key: StreamKey
    package var firstSequence: UInt64
    package var lastSequence: UInt64
    package var firstVersion: UInt64
    package var lastVersion: UInt64
    package var eventCount: Int
}

extension ActiveSegment {
    /// The content of a block as it is stored, checked and decompressed.
    func content(of block: BlockHeader) throws(LogError) -> [UInt8] {
        try stored(block).plain
    }

    /// The content of a block and its runs, checked; nothing is opened.
    func stored(_ block: BlockHeader) throws(LogError) -> StoredContent {
        // The file first: once it is none any more, this has expired.
        let file = self.file
        try checkCurrent()
        let offset = Int(block.offset)
        let stored = try LogError.wrapContent(path, offset) { () throws(Errno) in
            try file.read(block.storedLength, at: offset + block.encodedSize)
        }
        guard stored.count == block.storedLength,
            CRC32C.checksum(stored.span) == block.contentChecksum
        else {
            throw LogError(
                .damaged, "the block's content does not fit its checksum", path: path,
                offset: offset)
        }
        do throws(FormatError) {
            return try StoredContent(
                stored.span, plainLength: block.plainLength, isEncrypted: block.isEncrypted,
                journalID: block.journalID)
        } catch {
            throw LogError(
                .damaged, "the block cannot be decompressed", path: path, offset: offset)
        }
    }
}
