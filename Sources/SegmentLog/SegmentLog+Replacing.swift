internal import Dispatch
internal import Synchronization

extension SegmentLog {
    /// Replaces the lines of events by others with the same leaves in the Merkle tree, so that what
    /// they said stands in no file of the log any more.
    ///
    /// Segments that are not sealed are completed and sealed first. Each segment is replaced whole:
    /// written aside, read back, synced, renamed, the directory synced. A crash leaves some of them
    /// as they were and the others replaced; doing it again does the rest. Index files that covered
    /// them go, durably, whether or not a line was left to be replaced, and are made again.
    ///
    /// Views that were made before throw `viewExpired` where they come to such a segment. Appends go
    /// on. Cost: each concerned segment read, hashed and written once.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - replacement: What takes the place of a line; the line itself where that was done before.
    /// - Returns: The files that were replaced: what stood in them is out of reach once they are
    ///   closed.
    /// - Throws: `damaged` where a segment is not what was sealed, and errors of the disk; segments
    ///   before are done then.
    package func withholdLines(
        of events: [ClosedRange<UInt64>],
        with replacement: @escaping @Sendable (Span<UInt8>) -> [UInt8]?
    ) throws(LogError) -> ReplacedFiles {
        try replaceLines(of: events, for: .withholding, with: replacement)
    }

    /// Replaces the lines of events by others that say less and have the same leaves in the Merkle
    /// tree. As ``withholdLines(of:with:)``, but for what may still be read: a view goes on with the
    /// files that it has opened, and lines in runs are replaced as the others are. What is changed is
    /// compressed as well as LZ4 can.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - replacement: What takes the place of a line; the line itself where that was done before.
    package func compactLines(
        of events: [ClosedRange<UInt64>],
        with replacement: @escaping @Sendable (Span<UInt8>) -> [UInt8]?
    ) throws(LogError) {
        _ = try replaceLines(of: events, for: .compacting, with: replacement)
    }

    private func replaceLines(
        of events: [ClosedRange<UInt64>], for purpose: LineReplacer.Purpose,
        with replacement: @escaping @Sendable (Span<UInt8>) -> [UInt8]?
    ) throws(LogError) -> ReplacedFiles {
        guard mode == .writer else { throw LogError(.readOnly, readOnlyMessage, path: directory) }
        guard !state.withLock({ $0.isClosed }) else { throw Self.closed }
        let files = ReplacedFiles()
        guard let last = events.last?.upperBound else { return files }
        guard last <= view().lastSequence else {
            throw LogError(.invalid, "there is no event \(last)")
        }
        if sealedThrough < last { try rotateAndSeal() }
        let concerned = state.withLock { state in
            state.segments.filter { !events.within($0).isEmpty }.map(\.firstSequence)
        }
        for first in concerned {
            if let foreignness { throw foreignness }
            // Beside a recompression, two files would be written for one name.
            let outcome = rewriter.sync {
                Result { () throws(LogError) in
                    guard !state.withLock({ $0.isClosed }) else { throw Self.closed }
                    try replaceLines(
                        in: first,
                        LineReplacer(
                            semantics: semantics, events: events,
                            cipher: opening.environment.cipher, purpose: purpose,
                            replacement: replacement), files)
                }
            }
            try outcome.get()
        }
        try removeIndexes(of: Set(concerned))
        indexSealed()
        return files
    }

    /// The same events, those of each segment by themselves: what can be replaced in one step.
    package func parts(of events: [ClosedRange<UInt64>]) -> [[ClosedRange<UInt64>]] {
        state.withLock { $0.segments }.map { events.within($0) }.filter { !$0.isEmpty }
    }

    private func replaceLines(
        in first: UInt64, _ start: LineReplacer, _ files: ReplacedFiles
    ) throws(LogError) {
        let found = state.withLock { state in
            state.segments.first { $0.firstSequence == first }
        }
        guard case .sealed(let segment)? = found else {
            throw LogError(.invalid, "the segment of event \(first) is not sealed")
        }
        var replacer = start
        if let bytes = try replacer.replace(in: segment) {
            // Who has begun to read goes on with what there was.
            if start.purpose == .compacting { segment.pin() }
            try placeReadingBack(bytes, as: segment)
            let renewed = SealedSegment(
                name: segment.name, path: segment.path, firstSequence: first,
                lastSequence: segment.lastSequence, environment: opening.environment)
            state.withLock { $0.replace(.sealed(renewed)) }
        }
        guard start.purpose == .withholding else { return }
        // Also those that an attempt before, which failed behind the renaming, has left.
        expireRetired(first, files)
    }

    /// Makes what views from before hold of a segment useless.
    private func expireRetired(_ first: UInt64, _ files: ReplacedFiles) {
        let retired = state.withLock { state in
            state.retired.filter { $0.firstSequence == first }.compactMap(\.handle)
        }
        for handle in retired {
            switch handle {
            case .active(let active):
                files.add(active.file)
                active.expire()
                opening.environment.forget(active.identity)
            case .sealed(let sealed):
                let (file, identity) = sealed.expire()
                if let file { files.add(file) }
                if let identity { opening.environment.forget(identity) }
            }
        }
    }

    /// An error before the renaming changes nothing. Behind it, nobody knows which of the two files a
    /// power cut would leave: then nothing is written any more.
    private func placeReadingBack(
        _ bytes: [UInt8], as segment: SealedSegment
    ) throws(LogError) {
        let before = (try? fileSystem.status(of: segment.path))??.identity
        do throws(LogError) {
            try LogError.wrap("write", segment.path) { () throws(Errno) in
                try fileSystem.place(at: segment.path) { file throws(Errno) in
                    try file.write(bytes.span, at: 0)
                    guard try file.read(bytes.count, at: 0) == bytes else { throw .inputOutput }
                }
                try fileSystem.syncDirectory(opening.segmentsPath)
            }
        } catch {
            if (try? fileSystem.status(of: segment.path))??.identity != before {
                noteFailure(error)
            } else {
                try? fileSystem.remove(segment.path + SegmentName.asideSuffix)
            }
            throw error
        }
    }

    /// Index files hold the fingerprints of names. What a merge under way makes of them goes too: it
    /// ends before.
    private func removeIndexes(of segments: Set<UInt64>) throws(LogError) {
        let remove: @Sendable () -> Result<Void, LogError> = { [self] in
            Result { () throws(LogError) in
                try indexes.remove(covering: segments)
                state.withLock { $0.plan = nil }
            }
        }
        switch sealing {
        case .background: try indexer.sync(execute: remove).get()
        case .inline: try remove().get()
        }
    }
}

extension SegmentLog.State {
    /// Puts a segment in the place of the one with the same name, and keeps an eye on that.
    mutating func replace(_ handle: SegmentHandle) {
        guard
            let index = segments.firstIndex(where: { $0.firstSequence == handle.firstSequence })
        else { return }
        retired.removeAll { $0.handle == nil }
        retired.append(RetiredSegment(segments[index]))
        segments[index] = handle
    }
}

extension LogEnvironment {
    /// Gives up what is kept in memory of a file's content.
    func forget(_ segment: SegmentIdentity) {
        cache.forget(segment)
        shelves.forget(segment)
    }
}

extension [ClosedRange<UInt64>] {
    /// What of these, which are in order and apart, lies in a segment.
    func within(_ segment: SegmentHandle) -> [ClosedRange<UInt64>] {
        guard segment.firstSequence <= segment.lastSequence else { return [] }
        let events = segment.firstSequence...segment.lastSequence
        return filter { $0.overlaps(events) }.map { $0.clamped(to: events) }
    }
}
