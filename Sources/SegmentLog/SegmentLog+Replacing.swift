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
        try replaceSegments(
            of: events, expiring: purpose == .withholding
        ) { [semantics, opening] segment throws(LogError) in
            var replacer = LineReplacer(
                semantics: semantics, events: events, cipher: opening.environment.cipher,
                purpose: purpose, replacement: replacement)
            return try replacer.replace(in: segment)
        }
    }

    /// Writes the segments of some events anew. Where what they held is to be out of reach, views from
    /// before are `expiring`; else who has begun to read goes on with what there was.
    ///
    /// - Parameter rewrite: Gives the bytes of the new file; nil where the old one stays.
    private func replaceSegments(
        of events: [ClosedRange<UInt64>], expiring: Bool,
        _ rewrite: @escaping @Sendable (SealedSegment) throws(LogError) -> [UInt8]?
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
                    try replace(first, expiring: expiring, files, rewrite)
                }
            }
            try outcome.get()
        }
        try removeIndexes(of: Set(concerned))
        indexSealed()
        return files
    }

    /// Takes the lines of events out of their segments, for good, and keeps of their leaves the roots of
    /// the largest perfect subtrees that they fill: the tree, its frontiers and the proofs of all other
    /// events stay as they are. As ``withholdLines(of:with:)``.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - cuts: Sizes of trees whose roots are to stay known, in order.
    /// - Throws: also `invalid` where one of the events is encrypted together with one that stays.
    package func forgetLeaves(
        of events: [ClosedRange<UInt64>], cuts: [UInt64]
    ) throws(LogError) -> ReplacedFiles {
        try replaceSegments(of: events, expiring: true) { [opening] segment throws(LogError) in
            try LeafForgetter(
                journalID: opening.environment.journalID, semantics: opening.environment.semantics,
                events: events, cuts: cuts
            ).forget(in: segment)
        }
    }

    /// What ``forgetLeaves(of:cuts:)`` would come to, in the segments that are sealed. Writes nothing.
    ///
    /// - Returns: Bytes of the files that would be written anew, bytes of the new ones, and the number
    ///   of roots that these keep.
    package func measureForgetting(
        of events: [ClosedRange<UInt64>], cuts: [UInt64]
    ) throws(LogError) -> (before: UInt64, after: UInt64, roots: Int) {
        var measured: (before: UInt64, after: UInt64, roots: Int) = (0, 0, 0)
        for handle in view().segments where !events.within(handle).isEmpty {
            guard case .sealed(let segment) = handle else { continue }
            let forgetter = LeafForgetter(
                journalID: opening.environment.journalID, semantics: semantics, events: events,
                cuts: cuts)
            guard let bytes = try forgetter.forget(in: segment) else { continue }
            measured.before += UInt64(try segment.load().size)
            measured.after += UInt64(bytes.count)
            measured.roots += LeafForgetter.rootCount(in: bytes)
        }
        return measured
    }

    /// The same events, those of each segment by themselves: what can be replaced in one step.
    package func parts(of events: [ClosedRange<UInt64>]) -> [[ClosedRange<UInt64>]] {
        state.withLock { $0.segments }.map { events.within($0) }.filter { !$0.isEmpty }
    }

    private func replace(
        _ first: UInt64, expiring: Bool, _ files: ReplacedFiles,
        _ rewrite: (SealedSegment) throws(LogError) -> [UInt8]?
    ) throws(LogError) {
        let found = state.withLock { state in
            state.segments.first { $0.firstSequence == first }
        }
        guard case .sealed(let segment)? = found else {
            throw LogError(.invalid, "the segment of event \(first) is not sealed")
        }
        if let bytes = try rewrite(segment) {
            if !expiring { segment.pin() }
            try placeReadingBack(bytes, as: segment)
            let renewed = SealedSegment(
                name: segment.name, path: segment.path, firstSequence: first,
                lastSequence: segment.lastSequence, environment: opening.environment)
            state.withLock { $0.replace(.sealed(renewed)) }
        }
        guard expiring else { return }
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
