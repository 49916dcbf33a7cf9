extension LogView {
    /// The Merkle frontier over the first `size` events: that of the last block or segment before,
    /// and the lines from there on.
    ///
    /// Cost: at most the lines of one block, or of one sealed segment.
    ///
    /// - Throws: `damaged` where one of those lines is lost.
    package func frontier(at size: UInt64) throws(LogError) -> FrontierRecord {
        guard size > 0 else { return .empty }
        let position = plan.position(holding: size)
        guard position < segments.count else {
            throw LogError(.invalid, "there are not as many events")
        }
        var frontier = FrontierRecord.empty
        switch segments[position] {
        case .active(let active):
            if let block = active.block(endingAtOrBefore: size) {
                frontier = block.frontier
            } else if position > 0 {
                return try extend(try frontierBehind(position - 1), through: size)
            }
        case .sealed(let sealed):
            if let front = try sealed.load().tables.summary {
                frontier =
                    front.lastSequence == size ? front.frontierAfter : front.frontierBefore
            } else if position > 0 {
                frontier = try frontierBehind(position - 1)
            }
        }
        return try extend(frontier, through: size)
    }

    /// The frontier behind a segment.
    private func frontierBehind(_ position: Int) throws(LogError) -> FrontierRecord {
        switch segments[position] {
        case .active(let active):
            if let frontier = active.summary.frontier { return frontier }
        case .sealed(let sealed):
            if let front = try sealed.load().tables.summary { return front.frontierAfter }
        }
        let first = segments[position].firstSequence
        let before = position > 0 ? try frontierBehind(position - 1) : .empty
        guard before.size + 1 == first || segments[position].lastSequence < first else {
            throw LogError(
                .damaged, "the Merkle tree before this segment is lost",
                path: segments[position].name)
        }
        return try extend(before, through: segments[position].lastSequence)
    }

    private func extend(
        _ frontier: FrontierRecord, through size: UInt64
    ) throws(LogError) -> FrontierRecord {
        guard frontier.size < size else { return frontier }
        var frontier = frontier
        var lost: Hole?
        var retained = try retainedLeaves(from: frontier.size + 1, through: size)[...]
        func graft(before sequence: UInt64) {
            while let next = retained.first, next.firstSequence < sequence {
                guard environment.semantics.graft(&frontier, next) else { return }
                retained.removeFirst()
            }
        }
        try scan(
            from: frontier.size + 1, through: size, onHole: { lost = lost ?? $0 }
        ) { sequence, line in
            guard lost == nil,
                let hash = environment.semantics.leafHashes(line, [0..<line.count])
            else { return false }
            graft(before: sequence)
            environment.semantics.extend(&frontier, hash.span)
            return true
        }
        if lost == nil { graft(before: .max) }
        guard lost == nil, frontier.size == size else {
            throw LogError(
                .damaged, lost?.reason ?? "event \(frontier.size + 1) cannot be hashed",
                path: lost.map { "segments/" + $0.file }, offset: lost?.offset)
        }
        return frontier
    }

    /// What is kept of the forgotten leaves among the events from `first` through `last`, in order.
    ///
    /// Cost: that of a footer for each segment concerned that has forgotten some.
    ///
    /// - Throws: `forgotten` where `first` or `last` stands within a subtree of which only the root is
    ///   kept, so that the leaves before it or behind it are not to be had.
    package func retainedLeaves(
        from first: UInt64, through last: UInt64
    ) throws(LogError) -> [RetainedSubtree] {
        var retained: [RetainedSubtree] = []
        guard first <= last else { return retained }
        for segment in segments[min(plan.position(holding: first), segments.count)...] {
            guard segment.firstSequence <= last else { break }
            guard case .sealed(let sealed) = segment, sealed.lastSequence >= first else { continue }
            for subtree in try sealed.retained()
            where subtree.lastSequence >= first && subtree.firstSequence <= last {
                guard subtree.firstSequence >= first, subtree.lastSequence <= last else {
                    throw .forgotten(subtree.events, path: sealed.path)
                }
                retained.append(subtree)
            }
        }
        return retained
    }

    /// The leaf hashes of some events.
    package struct Leaves: Sendable {
        /// 32 bytes an event; zeros stand for a leaf that is forgotten.
        package var hashes: [UInt8] = []
        /// What is kept of those, in order.
        package var subtrees: [RetainedSubtree] = []

        package init(hashes: [UInt8] = [], subtrees: [RetainedSubtree] = []) {
            self.hashes = hashes
            self.subtrees = subtrees
        }
    }

    /// The leaf hashes of the events from `first` through `last`.
    ///
    /// Cost: reads the lines, and three compressions of SHA-256 a line and more for long ones.
    ///
    /// - Throws: `damaged` where one of the lines is lost; as ``retainedLeaves(from:through:)``.
    package func leaves(from first: UInt64, through last: UInt64) throws(LogError) -> Leaves {
        guard first <= last else { return Leaves() }
        let subtrees = try retainedLeaves(from: first, through: last)
        var leaves = Leaves(subtrees: subtrees.filter { $0.height > 0 })
        var next = first
        for subtree in subtrees {
            leaves.hashes += try leafHashes(from: next, to: subtree.firstSequence)
            if subtree.height == 0 {
                leaves.hashes += subtree.root
            } else {
                let count = subtree.events.count * SegmentLogFormat.hashSize
                leaves.hashes += [UInt8](repeating: 0, count: count)
            }
            next = subtree.lastSequence + 1
        }
        leaves.hashes += try leafHashes(from: next, to: last + 1)
        return leaves
    }

    /// Those of events none of which is forgotten; `end` is not among them.
    private func leafHashes(from first: UInt64, to end: UInt64) throws(LogError) -> [UInt8] {
        var hashes: [UInt8] = []
        guard first < end else { return hashes }
        let last = end - 1
        hashes.reserveCapacity(Int(clamping: last - first + 1) * SegmentLogFormat.hashSize)
        var gathered: [UInt8] = []
        var ranges: [Range<Int>] = []
        var lost: Hole?
        // Many at once are hashed faster than one by one.
        func hashGathered() -> Bool {
            guard let part = environment.semantics.leafHashes(gathered.span, ranges) else {
                return false
            }
            hashes += part
            gathered.removeAll(keepingCapacity: true)
            ranges.removeAll(keepingCapacity: true)
            return true
        }
        var isHashable = true
        try scan(from: first, through: last, onHole: { lost = lost ?? $0 }) { _, line in
            let start = gathered.count
            gathered.append(span: line)
            ranges.append(start..<gathered.count)
            if gathered.count > SegmentLogFormat.blockSizeTarget { isHashable = hashGathered() }
            return lost == nil && isHashable
        }
        isHashable = isHashable && hashGathered()
        guard lost == nil, isHashable,
            UInt64(hashes.count) == (last - first + 1) * UInt64(SegmentLogFormat.hashSize)
        else {
            throw LogError(
                .damaged, lost?.reason ?? "events from \(first) on cannot be hashed",
                path: lost.map { "segments/" + $0.file }, offset: lost?.offset)
        }
        return hashes
    }

    /// The first event that was stored at a time or later: one behind the view's last where none
    /// was. Times never go back.
    ///
    /// Cost: the front of one footer for each halving of the segments, and one block or segment.
    package func firstSequence(notBefore time: Int64) throws(LogError) -> UInt64 {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            // A segment without events that can be read, such as a new one, is looked into.
            if try (lastTime(of: segments[middle]) ?? .max) < time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < segments.count else { return lastSequence + 1 }
        var found = lastSequence + 1
        var next = segments[low].firstSequence
        if case .active(let active) = segments[low], let block = active.block(endingBefore: time) {
            next = block.lastSequence + 1
        }
        try scan(from: next, through: lastSequence, onHole: { _ in }) { sequence, line in
            guard let record = environment.semantics.describe(line), record.time >= time else {
                return true
            }
            found = sequence
            return false
        }
        return found
    }

    private func lastTime(of segment: SegmentHandle) throws(LogError) -> Int64? {
        switch segment {
        case .active(let active): return active.summary.lastTime
        case .sealed(let sealed):
            if let front = try sealed.load().tables.summary { return front.lastTime }
            var last: Int64?
            try scan(
                from: sealed.firstSequence, through: sealed.lastSequence, onHole: { _ in }
            ) { _, line in
                last = environment.semantics.describe(line)?.time ?? last
                return true
            }
            return last
        }
    }
}
