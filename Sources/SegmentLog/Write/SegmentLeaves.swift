/// The leaf hashes of a segment's events, gathered in any order, and the roots that are kept of those
/// that are forgotten.
struct SegmentLeaves {
    private var hashes: [UInt64: [UInt8]] = [:]
    private var subtrees: [UInt64: RetainedSubtree] = [:]

    mutating func take(_ leaf: ArraySlice<UInt8>, of sequence: UInt64) {
        hashes[sequence] = Array(leaf)
    }

    /// Forgets the leaf of an event.
    mutating func drop(_ sequence: UInt64) { hashes[sequence] = nil }

    /// Those of lines that are gone.
    mutating func take(_ retained: RetainedLeaves) {
        for subtree in retained.subtrees { subtrees[subtree.firstSequence] = subtree }
    }

    /// Takes the leaves of all lines of a content.
    mutating func take(
        _ lines: [(sequence: UInt64, range: Range<Int>)], of content: Span<UInt8>,
        _ semantics: LineSemantics
    ) -> Bool {
        guard let found = semantics.leafHashes(content, lines.map(\.range)),
            found.count == lines.count * SegmentLogFormat.hashSize
        else { return false }
        for (index, line) in lines.enumerated() {
            let start = index * SegmentLogFormat.hashSize
            take(found[start..<(start + SegmentLogFormat.hashSize)], of: line.sequence)
        }
        return true
    }

    /// The frontier behind consecutive events, from the one that is known before them; nil where one of
    /// them is missing.
    func frontier(
        from before: FrontierRecord, _ events: ClosedRange<UInt64>, _ semantics: LineSemantics
    ) -> FrontierRecord? {
        var frontier = before
        var sequence = events.lowerBound
        var gathered: [UInt8] = []
        while sequence <= events.upperBound {
            if let hash = hashes[sequence] {
                gathered += hash
                sequence += 1
                continue
            }
            guard let subtree = subtrees[sequence], subtree.lastSequence <= events.upperBound
            else { return nil }
            semantics.extend(&frontier, gathered.span)
            gathered.removeAll(keepingCapacity: true)
            guard semantics.graft(&frontier, subtree) else { return nil }
            sequence = subtree.lastSequence + 1
        }
        semantics.extend(&frontier, gathered.span)
        return frontier
    }

    /// The root of the subtree of 2^height leaves that begins with an event; nil where one is missing.
    func root(of first: UInt64, height: Int, _ semantics: LineSemantics) -> [UInt8]? {
        let events = first...(first + (1 << UInt64(height)) - 1)
        // A perfect subtree has the same root wherever it stands.
        return frontier(from: .empty, events, semantics)?.roots
    }

    /// The height of the subtree that is kept from an event on.
    func height(from sequence: UInt64) -> Int? { subtrees[sequence]?.height }
}

extension LineSemantics {
    /// Adds a subtree to a frontier; false where it does not join on.
    func graft(_ frontier: inout FrontierRecord, _ subtree: RetainedSubtree) -> Bool {
        guard subtree.root.count == SegmentLogFormat.hashSize else { return false }
        let size = frontier.size
        graft(&frontier, subtree.height, subtree.root.span)
        return frontier.size == size + (1 << UInt64(subtree.height))
    }
}
