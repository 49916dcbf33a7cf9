internal import Synchronization

/// The segments of a view, and for look-ups by stream the fewest places that stand for all of them:
/// index files where there are any, the segments themselves elsewhere.
final class ReadPlan: Sendable {
    let segments: [SegmentHandle]
    private let indexes: StreamIndexes
    private let known = Mutex<[Source]?>(nil)

    /// A place to look for a stream.
    enum Source: Sendable {
        case index(StreamIndexFile, [SealedSegment])
        case segment(SegmentHandle)
    }

    init(segments: [SegmentHandle], indexes: StreamIndexes) {
        self.segments = segments
        self.indexes = indexes
    }

    /// The places, oldest first. Cost: none but at first: the status of each sealed file.
    var sources: [Source] {
        if let sources = known.withLock({ $0 }) { return sources }
        let sources = makeSources()
        known.withLock { $0 = sources }
        return sources
    }

    private func makeSources() -> [Source] {
        var longest: [UInt64: StreamIndexFile] = [:]
        for file in indexes.files()
        where file.covered.count > longest[file.firstSequence]?.covered.count ?? 0 {
            longest[file.firstSequence] = file
        }
        var sources: [Source] = []
        var position = 0
        while position < segments.count {
            if let file = longest[segments[position].firstSequence],
                let covered = segments(from: position, coveredBy: file)
            {
                sources.append(.index(file, covered))
                position += covered.count
            } else {
                sources.append(.segment(segments[position]))
                position += 1
            }
        }
        return sources
    }

    /// The segments that an index file covers; nil where they are others.
    private func segments(
        from position: Int, coveredBy file: StreamIndexFile
    ) -> [SealedSegment]? {
        guard segments.count - position >= file.covered.count else { return nil }
        var found: [SealedSegment] = []
        for (covered, handle) in zip(file.covered, segments[position...]) {
            guard case .sealed(let segment) = handle,
                segment.firstSequence == covered.firstSequence,
                segment.lastSequence == covered.lastSequence,
                let status = try? segment.environment.fileSystem.status(of: segment.path),
                status.kind == .file, UInt64(status.size) == covered.fileSize
            else { return nil }
            found.append(segment)
        }
        return found
    }

    /// Asks every place until `body` returns false, starting with the newest where `backwards`. An
    /// index file that turns out to be damaged is taken out of use, and its segments are asked.
    func forEachSource(
        backwards: Bool = false, _ body: (Source) throws(LogError) -> Bool
    ) throws(LogError) {
        let sources = self.sources
        for source in backwards ? sources.reversed() : sources {
            guard try ask(source, backwards, body) else { return }
        }
    }

    private func ask(
        _ source: Source, _ backwards: Bool, _ body: (Source) throws(LogError) -> Bool
    ) throws(LogError) -> Bool {
        guard case .index(let file, let segments) = source else { return try body(source) }
        do throws(LogError) {
            return try body(source)
        } catch {
            guard error.code == .damaged, error.path == nil else { throw error }
            refuse(file)
            for segment in backwards ? segments.reversed() : segments {
                guard try body(.segment(.sealed(segment))) else { return false }
            }
            return true
        }
    }

    func refuse(_ file: StreamIndexFile) {
        indexes.refuse(file)
        known.withLock { $0 = nil }
    }
}

extension ReadPlan {
    /// Asks an index file; what is wrong with it becomes an error without a path, which
    /// `forEachSource` answers by asking the segments.
    static func ask<Answer>(
        _ file: StreamIndexFile, _ body: (StreamIndexFile) throws(FormatError) -> Answer
    ) throws(LogError) -> Answer {
        do throws(FormatError) {
            return try body(file)
        } catch {
            throw LogError(.damaged, "the index \(file.name) is damaged: \(error)")
        }
    }

    /// Those of an index's segments that hold a stream, after a look whether they are still the
    /// files that the index was made of.
    static func segments(
        _ numbers: [Int], of segments: [SealedSegment], in file: StreamIndexFile
    ) throws(LogError) -> [SealedSegment] {
        var found: [SealedSegment] = []
        for number in numbers {
            let segment = segments[number]
            guard
                try segment.load().tables.summary?.checksum == file.covered[number].footerChecksum
            else { throw LogError(.damaged, "the index \(file.name) is out of date") }
            found.append(segment)
        }
        return found
    }
}
