/// Merges the tables of sealed segments, or of index files, into one index file.
struct StreamIndexBuilder {
    private let indexes: StreamIndexes
    private let isCancelled: () -> Bool

    /// Rows that are taken from each source at a time.
    private static let stepSize = 1_024
    /// Above this many streams the files stay apart: a merge holds all rows in memory.
    private static let rowLimit = 1 << 20

    init(_ indexes: StreamIndexes, isCancelled: @escaping () -> Bool = { false }) {
        self.indexes = indexes
        self.isCancelled = isCancelled
    }

    /// Makes the index files that a log of these segments can have and has not. Stops where a
    /// segment has no sound footer, and goes on behind it. Returns whether it made one.
    func run(over segments: [SegmentHandle]) -> Bool {
        guard segments.count > indexes.fanout else { return false }
        var hasMerged = false
        while mergeNext(ReadPlan(segments: segments, indexes: indexes)) { hasMerged = true }
        return hasMerged
    }

    /// Merges the first run of `fanout` neighbours of the same level; false where there is none.
    private func mergeNext(_ plan: ReadPlan) -> Bool {
        guard !isCancelled() else { return false }
        var run: [Part] = []
        for source in plan.sources {
            guard let part = Part(source, indexes.fanout) else {
                run = []
                continue
            }
            if let last = run.last, last.level != part.level || last.end + 1 != part.start {
                run = []
            }
            run.append(part)
            // Where a segment was replaced meanwhile, what was made of it is of no use, and making it
            // again would end no sooner: whoever replaced it sees to the next merge.
            if run.count == indexes.fanout, merge(run) { return isUsed(run, plan.segments) }
            if run.count == indexes.fanout { run = [] }
        }
        return false
    }

    /// Whether readers would ask the file that was merged of some parts.
    private func isUsed(_ run: [Part], _ segments: [SegmentHandle]) -> Bool {
        ReadPlan(segments: segments, indexes: indexes).sources.contains { source in
            guard case .index(let file, _) = source else { return false }
            return file.firstSequence == run[0].start
                && file.covered.count >= run.reduce(0) { $0 + $1.covered.count }
        }
    }

    private func merge(_ parts: [Part]) -> Bool {
        let name = StreamIndexes.name(parts[0].start, parts[parts.count - 1].end)
        guard !indexes.isTooLarge(name) else { return false }
        var covered: [StreamIndexFile.Covered] = []
        var firsts: [Int] = []
        for part in parts {
            firsts.append(covered.count)
            covered.append(contentsOf: part.covered)
        }
        do throws(FormatError) {
            let rows = try rows(of: parts, firsts)
            guard rows.count <= Self.rowLimit else {
                indexes.giveUp(name)
                return false
            }
            let names = try names(of: parts)
            let bytes = StreamIndexFile.encode(
                rows, names: names, covered: covered,
                journalID: indexes.environment.journalID)
            indexes.replace(parts.compactMap(\.file), with: bytes, name)
            return indexes.files().contains {
                $0.firstSequence == parts[0].start && $0.covered == covered
            }
        } catch {
            guard !isCancelled() else { return false }
            for part in parts { if let file = part.file { indexes.refuse(file) } }
            return false
        }
    }

    private func rows(
        of parts: [Part], _ firsts: [Int]
    ) throws(FormatError) -> [StreamIndexFile.Row] {
        var rows: [StreamIndexFile.Row] = []
        var from: StreamKey? = .zero
        while let start = from, rows.count <= Self.rowLimit {
            guard !isCancelled() else { throw .truncated }
            var bound: StreamKey?
            var found: [StreamKey: StreamIndexFile.Row] = [:]
            var pages: [[StreamIndexFile.Row]] = []
            for part in parts {
                let page = try part.rows(from: start, limit: Self.stepSize)
                if page.count == Self.stepSize, let last = page.last?.extent.key {
                    bound = min(bound ?? last, last)
                }
                pages.append(page)
            }
            for (part, page) in pages.enumerated() {
                for row in page where bound.map({ row.extent.key <= $0 }) ?? true {
                    let numbers = row.segments.map { $0 + firsts[part] }
                    if var known = found[row.extent.key] {
                        known.extent.extend(by: row.extent)
                        known.segments += numbers
                        found[row.extent.key] = known
                    } else {
                        found[row.extent.key] = .init(extent: row.extent, segments: numbers)
                    }
                }
            }
            rows += found.values.sorted { $0.extent.key < $1.extent.key }
            from = bound?.successor
        }
        return rows
    }

    /// Names of all parts in order. Where two have the same, the older one has it.
    private func names(
        of parts: [Part]
    ) throws(FormatError) -> [(fingerprint: Identifier, owner: StreamKey)] {
        var owners: [Identifier: StreamKey] = [:]
        for part in parts {
            var from: Identifier? = .zero
            while let start = from {
                let page = try part.names(from: start, limit: Self.stepSize)
                for name in page where owners[name.fingerprint] == nil {
                    owners[name.fingerprint] = name.owner
                }
                from = page.count == Self.stepSize ? page.last?.fingerprint.successor : nil
            }
        }
        return owners.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension StreamIndexBuilder {
    /// A sealed segment or an index file, as a merge takes it.
    fileprivate struct Part {
        let file: StreamIndexFile?
        let tables: (any SealedTables)?
        let covered: [StreamIndexFile.Covered]
        /// How often `fanout` parts were merged to get it.
        let level: Int

        var start: UInt64 { covered[0].firstSequence }
        var end: UInt64 { covered[covered.count - 1].lastSequence }

        /// nil for what an index does not cover: a segment that is not sealed, or whose footer is
        /// not sound.
        init?(_ source: ReadPlan.Source, _ fanout: Int) {
            switch source {
            case .index(let file, _):
                self.file = file
                tables = nil
                covered = file.covered
                var level = 0
                var size = 1
                while size < covered.count {
                    size *= fanout
                    level += 1
                }
                self.level = level
            case .segment(.sealed(let segment)):
                guard let contents = try? segment.load(), let front = contents.tables.summary,
                    front.lastSequence == segment.lastSequence
                else { return nil }
                file = nil
                tables = contents.tables
                covered = [
                    .init(
                        firstSequence: front.firstSequence, lastSequence: front.lastSequence,
                        fileSize: UInt64(contents.size), footerChecksum: front.checksum)
                ]
                level = 0
            case .segment(.active): return nil
            }
        }

        func rows(
            from key: StreamKey, limit: Int
        ) throws(FormatError) -> [StreamIndexFile.Row] {
            if let file { return try file.rows(from: key, limit: limit) }
            guard let tables else { return [] }
            return try tables.streams(from: key, limit: limit).map {
                StreamIndexFile.Row(extent: $0.extent, segments: [0])
            }
        }

        func names(
            from fingerprint: Identifier, limit: Int
        ) throws(FormatError) -> [(fingerprint: Identifier, owner: StreamKey)] {
            if let file { return try file.names(from: fingerprint, limit: limit) }
            guard let tables else { return [] }
            return try tables.names(from: fingerprint, limit: limit)
        }
    }
}
