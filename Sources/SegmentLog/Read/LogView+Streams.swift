extension LogView {
    /// Where a stream's events lie, over the whole log; nil for an unknown stream.
    ///
    /// Cost: a few pages of each index file and of each footer that none covers.
    package func extent(of key: StreamKey) throws(LogError) -> StreamExtent? {
        var whole: StreamExtent?
        try plan.forEachSource { source throws(LogError) in
            guard let extent = try extent(of: key, in: source) else { return true }
            if whole == nil { whole = extent } else { whole?.extend(by: extent) }
            return true
        }
        return whole
    }

    /// Where a stream's newest events lie; nil for an unknown stream. The extent may reach back
    /// only as far as the place where they were found.
    package func newestExtent(of key: StreamKey) throws(LogError) -> StreamExtent? {
        var newest: StreamExtent?
        try plan.forEachSource(backwards: true) { source throws(LogError) in
            newest = try extent(of: key, in: source)
            return newest == nil
        }
        return newest
    }

    /// Streams in order of their keys, from `key` on, at most `limit`, each with its extent.
    ///
    /// Cost: `limit` rows of each index file and each footer that none covers.
    package func streams(
        from key: StreamKey, limit: Int
    ) throws(LogError) -> [StreamExtent] {
        guard limit > 0 else { return [] }
        var found: [StreamKey: StreamExtent] = [:]
        // Behind the last row of a page that is full, that source may have more.
        var bound: StreamKey?
        try plan.forEachSource { source throws(LogError) in
            let page = try extents(from: key, limit: limit, in: source)
            if page.count == limit, let last = page.last?.key { bound = min(bound ?? last, last) }
            for extent in page { found[extent.key, default: extent].extend(by: extent) }
            return true
        }
        let complete = found.values.filter { extent in bound.map { extent.key <= $0 } ?? true }
        return Array(complete.sorted { $0.key < $1.key }.prefix(limit))
    }

    private func extent(
        of key: StreamKey, in source: ReadPlan.Source
    ) throws(LogError) -> StreamExtent? {
        switch source {
        case .index(let file, _):
            return try ReadPlan.ask(file) { file throws(FormatError) in
                try file.row(of: key)?.extent
            }
        case .segment(.active(let active)): return active.extent(of: key, through: lastSequence)
        case .segment(.sealed(let sealed)):
            return try sealed.ask { contents throws(FormatError) in
                try contents.tables.stream(key)?.extent
            }
        }
    }

    private func extents(
        from key: StreamKey, limit: Int, in source: ReadPlan.Source
    ) throws(LogError) -> [StreamExtent] {
        switch source {
        case .index(let file, _):
            return try ReadPlan.ask(file) { file throws(FormatError) in
                try file.rows(from: key, limit: limit).map(\.extent)
            }
        case .segment(.active(let active)):
            return active.extents(from: key, limit: limit, through: lastSequence)
        case .segment(.sealed(let sealed)):
            return try sealed.ask { contents throws(FormatError) in
                try contents.tables.streams(from: key, limit: limit).map(\.extent)
            }
        }
    }

    /// The segments that hold events of a stream, oldest first, and those that may have held some
    /// before they were damaged.
    func segments(of key: StreamKey) throws(LogError) -> [SegmentHandle] {
        var found: [SegmentHandle] = []
        try plan.forEachSource { source throws(LogError) in
            switch source {
            case .index(let file, let segments):
                let numbers = try ReadPlan.ask(file) { file throws(FormatError) in
                    try file.row(of: key)?.segments ?? []
                }
                found += try ReadPlan.segments(numbers, of: segments, in: file).map { .sealed($0) }
            case .segment(.sealed(let sealed)):
                let isConcerned = try sealed.ask { contents throws(FormatError) in
                    if !contents.tables.holes.isEmpty { return true }
                    return try contents.tables.stream(key) != nil
                }
                if isConcerned { found.append(.sealed(sealed)) }
            case .segment(.active(let active)):
                if active.firstSequence <= lastSequence { found.append(.active(active)) }
            }
            return true
        }
        return found
    }

    // MARK: Names and terms

    /// The streams that may have a name: the owner has to be asked whether it is this name or only
    /// its fingerprint. Covers sealed segments; the lines of the others have to be looked at.
    ///
    /// Cost: a few pages of each index file and of each footer that none covers.
    package func sealedOwners(ofName name: [UInt8]) throws(LogError) -> [StreamKey] {
        let fingerprint = Footer.Name.fingerprint(of: name)
        var owners: [StreamKey] = []
        try plan.forEachSource { source throws(LogError) in
            let owner: StreamKey? =
                switch source {
                case .index(let file, _):
                    try ReadPlan.ask(file) { file throws(FormatError) in
                        try file.owner(of: fingerprint)
                    }
                case .segment(.sealed(let sealed)):
                    try sealed.ask { contents throws(FormatError) in
                        try contents.tables.owner(of: fingerprint)
                    }
                case .segment(.active): nil
                }
            if let owner { owners.append(owner) }
            return true
        }
        return owners
    }

    /// Passes the first line of each stream that begins behind a sequence number, in segments that
    /// are not sealed, to `body`, in no order. Damaged ones are passed over.
    package func scanFirstLines(
        after sequence: UInt64, _ body: (Span<UInt8>) -> Void
    ) throws(LogError) {
        for case .active(let active) in segments {
            for first in active.firstSequences(after: sequence, through: lastSequence) {
                do throws(LogError) {
                    if let line = try line(at: first) { body(line.span) }
                } catch {
                    guard error.code == .damaged else { throw error }
                }
            }
        }
    }

    /// The holes of the log in which a line may be lost together with every table that would tell
    /// its names.
    package func holesThatMayHide() throws(LogError) -> [Hole] {
        var holes = missing
        try plan.forEachSource { source throws(LogError) in
            switch source {
            case .index: break
            case .segment(.active(let active)): holes += active.holes.filter { $0.events != nil }
            case .segment(.sealed(let sealed)):
                let tables = try sealed.load().tables
                let isNamed = tables.summary != nil
                holes += tables.holes.filter { hole in
                    guard let events = hole.events else { return false }
                    return !isNamed || events.lowerBound > tables.events.upperBound
                }
            }
            return true
        }
        return holes
    }

    /// The first sequence number of the segments that are not sealed, and so have no filter.
    package var firstUnsealedSequence: UInt64 {
        segments.first { !$0.isSealed }?.firstSequence ?? lastSequence + 1
    }
}

extension StreamExtent {
    /// Takes in the extent of the same stream in a later place.
    mutating func extend(by later: StreamExtent) {
        guard later != self else { return }
        lastSequence = later.lastSequence
        lastVersion = later.lastVersion
        eventCount += later.eventCount
    }
}
