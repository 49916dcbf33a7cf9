internal import Dispatch
internal import Synchronization

extension SegmentLog {
    /// Completes the active segment and begins the next. The order matters, see the design:
    /// successor whole and durable, then the end frame that names it.
    func rotate(_ writer: inout SegmentWriter?) throws(LogError) {
        guard let old = writer, old.blockCount > 0 else { return }
        try watch.measure(.rotate, bytes: old.plainSize, file: old.segment.name) {
            () throws(LogError) in try complete(old, &writer)
        }
    }

    private func complete(
        _ old: SegmentWriter, _ writer: inout SegmentWriter?
    ) throws(LogError) {
        // At most two segments are unsealed: an append waits here for the one before.
        waitForSealing()
        let first = old.lastSequence + 1
        let next = SegmentName.file(first: first)
        let epoch = old.epoch
        // What is being made ahead is made under the name that this rotation would use.
        waitForPreparing()
        let spare = state.withLock { state in
            defer { state.spare = nil }
            return state.spare
        }
        let page = SegmentWriter.emptySegment(first: first, journalID: journalID, epoch: epoch)
        let made: SpareSegment
        if let spare {
            made = spare
        } else {
            made = try opening.makeSpare(space: 0, epoch: epoch)
        }
        try opening.place(made, page, as: next)
        var finished = old
        try finished.finish(successor: first)
        let segment = ActiveSegment(
            name: next, path: opening.path(next), firstSequence: first, file: made.file)
        writer = finished.successor(in: segment, fileSize: made.size)
        state.withLock { $0.segments.append(.active(segment)) }
        sealComplete()
    }

    /// Makes the file of the next segment, with space in it, before the rotation that needs it. If
    /// that fails, the rotation makes it and tells why it could not.
    func prepareSuccessor(epoch: UInt64) {
        let isNeeded = state.withLock { state in
            guard state.spare == nil, !state.isPreparing, !state.isClosed else { return false }
            state.isPreparing = true
            return true
        }
        guard isNeeded else { return }
        let make: @Sendable () -> Void = { [self] in
            let spare = try? opening.makeSpare(space: SpareSegment.space, epoch: epoch)
            state.withLock { state in
                state.spare = spare
                state.isPreparing = false
            }
        }
        switch sealing {
        case .background: preparer.async(execute: make)
        case .inline: make()
        }
    }

    /// Removes a file that was made ahead and is not needed any more. A crash leaves it to the next
    /// opening.
    func dropSpare() {
        // It is the parent's, in a child that was forked: the rotation to come would miss it.
        guard foreignness == nil else { return }
        waitForPreparing()
        let spare = state.withLock { state in
            defer { state.spare = nil }
            return state.spare
        }
        if let spare { try? fileSystem.remove(spare.path) }
    }

    /// The preparer takes no lock but the state's, so that whoever has the writer may wait for it.
    private func waitForPreparing() {
        if sealing == .background { preparer.sync {} }
    }

    func waitForSealing() {
        if sealing == .background { sealer.sync {} }
    }

    /// Seals every complete segment, in the background where that was asked for.
    func sealComplete() {
        switch sealing {
        case .background: sealer.async { self.sealPending() }
        case .inline: sealPending()
        }
    }

    private func sealPending() {
        defer { indexSealed() }
        while true {
            let segments = state.withLock { $0.isClosed || $0.failure != nil ? [] : $0.segments }
            guard foreignness == nil,
                let index = segments.indices.dropLast().first(where: { !segments[$0].isSealed }),
                case .active(let segment) = segments[index]
            else { return }
            do throws(LogError) {
                let before = index > 0 ? segments[index - 1] : nil
                let sealed = try watch.measure(
                    .seal, bytes: segment.summary.plainSize, file: segment.name
                ) { () throws(LogError) in try seal(segment, behind: before) }
                state.withLock { $0.replace(.sealed(sealed)) }
                noteSealed()
                if !segment.wasFilledUnderLoad { redoHaste() }
            } catch {
                // A segment before was replaced while its tree was read: the new one has the same.
                if error.code == .viewExpired, hasReplaced(anyOf: segments) { continue }
                state.withLock { state in
                    state.report.sealingError = error
                    if error.code == .damaged {
                        state.report.readOnlyReason = error.description
                        if state.failure == nil { state.failure = error }
                    }
                }
                return
            }
        }
    }

    /// Whether another file has taken the place of one of some sealed segments.
    private func hasReplaced(anyOf segments: [SegmentHandle]) -> Bool {
        let now = state.withLock { $0.segments }
        return zip(segments, now).contains { old, new in
            guard case .sealed(let old) = old, case .sealed(let new) = new else { return false }
            return old !== new
        }
    }

    /// Events up to this one are in sealed segments, whose tables answer for them.
    package var sealedThrough: UInt64 { sealedEnd.load(ordering: .acquiring) }

    func noteSealed() {
        let first = state.withLock { state in
            state.segments.first { !$0.isSealed }?.firstSequence ?? state.lastSequence + 1
        }
        sealedEnd.store(first - 1, ordering: .releasing)
    }

    /// Makes the index files that the sealed segments can have. Nothing waits for it.
    func indexSealed() {
        let build: @Sendable () -> Void = { [self] in
            let segments = state.withLock { $0.isClosed || $0.failure != nil ? [] : $0.segments }
            let builder = StreamIndexBuilder(indexes) { [self] in state.withLock { $0.isClosed } }
            if builder.run(over: segments) { state.withLock { $0.plan = nil } }
        }
        switch sealing {
        case .background: indexer.async(execute: build)
        case .inline: build()
        }
    }

    private func seal(
        _ segment: ActiveSegment, behind previous: SegmentHandle?
    ) throws(LogError) -> SealedSegment {
        var frontier = FrontierRecord.empty
        switch previous {
        case .sealed(let sealed)?:
            let all = state.withLock { $0.segments }.compactMap { handle -> SealedSegment? in
                if case .sealed(let sealed) = handle { sealed } else { nil }
            }
            frontier = try opening.frontier(after: sealed, among: all)
        case .active(let active)?: frontier = active.summary.frontier ?? .empty
        case nil: break
        }
        let isHasty = segment.wasFilledUnderLoad
        var sealer = Sealer(
            journalID: journalID, semantics: semantics, level: isHasty ? .fast : .sealed)
        let bytes = try sealer.seal(
            segment, predecessor: previous?.firstSequence ?? 0, frontierBefore: frontier)
        try opening.place(bytes, as: segment.name)
        if isHasty { state.withLock { $0.hasty.append(segment.firstSequence) } }
        return SealedSegment(
            name: segment.name, path: segment.path, firstSequence: segment.firstSequence,
            lastSequence: segment.summary.lastSequence, environment: opening.environment)
    }

    /// Completes the active segment and seals it, and all before it. Waits until that is done.
    ///
    /// - Throws: what kept a segment from being sealed; `failed` after an earlier failure.
    package func rotateAndSeal() throws(LogError) {
        guard mode == .writer else { throw LogError(.readOnly, readOnlyMessage, path: directory) }
        drain()
        let error: LogError? = writer.withLock { writer in
            // A writer that has failed knows no more where its file ends.
            if let failure = state.withLock({ $0.failure }) { return Self.refusal(after: failure) }
            if let foreignness { return foreignness }
            do throws(LogError) {
                try rotate(&writer)
                return nil
            } catch {
                noteFailure(error)
                return error
            }
        }
        if let error { throw error }
        state.withLock { $0.report.sealingError = nil }
        sealComplete()
        waitForSealing()
        // What was sealed in haste before is compressed again by now.
        if sealing == .background { rewriter.sync {} }
        if let error = state.withLock({ $0.failure ?? $0.report.sealingError }) { throw error }
    }

    /// Compresses every sealed segment as well as LZ4 can. Appends go on; a view keeps the files it
    /// has opened. Can be stopped at any point: each segment is replaced whole.
    ///
    /// Cost: about 30 ns a byte, once a segment.
    ///
    /// - Parameters:
    ///   - time: Only segments whose last event is older; nil for all.
    ///   - pause: Called behind each, with the bytes of the new file, while nothing waits for it.
    /// - Returns: How many were compressed anew.
    /// - Throws: `damaged` where a segment is not what was sealed; the others before it are done.
    @discardableResult
    package func recompress(
        endedBefore time: Int64? = nil, pause: (UInt64) -> Void = { _ in }
    ) throws(LogError) -> Int {
        guard mode == .writer else { throw LogError(.readOnly, readOnlyMessage, path: directory) }
        var count = 0
        for index in state.withLock({ $0.segments.indices }) {
            if let foreignness { throw foreignness }
            // Beside another rewriting, two files would be written for one name; and once the log is
            // closed, another writer may be at it.
            let outcome = rewriter.sync {
                Result { () throws(LogError) in
                    guard !state.withLock({ $0.isClosed }) else { throw Self.closed }
                    return try recompress(index, .best, endedBefore: time)
                }
            }
            guard let size = try outcome.get() else { continue }
            count += 1
            pause(UInt64(size))
        }
        if time == nil { state.withLock { $0.hasty = [] } }
        if count > 0 || time == nil {
            indexes.forget()
            indexSealed()
        }
        return count
    }

    /// Returns the size of the new file; nil where the segment stays as it is.
    @discardableResult
    private func recompress(
        _ index: Int, _ level: LZ4Frame.Level, endedBefore time: Int64? = nil
    ) throws(LogError) -> Int? {
        guard case .sealed(let segment) = state.withLock({ $0.segments[index] }) else { return nil }
        if let time {
            guard let summary = try segment.load().tables.summary, summary.lastTime < time else {
                return nil
            }
        }
        guard
            let bytes = try watch.measure(
                .recompress, file: segment.name,
                { () throws(LogError) in try Recompressor(level: level).recompress(segment) })
        else { return nil }
        try opening.place(bytes, as: segment.name)
        let renewed = SealedSegment(
            name: segment.name, path: segment.path, firstSequence: segment.firstSequence,
            lastSequence: segment.lastSequence, environment: opening.environment)
        state.withLock { $0.replace(.sealed(renewed)) }
        return bytes.count
    }

    /// Compresses one of the segments that were sealed in haste as well as the others are. One for
    /// each that took its time, so that this never becomes a load of its own.
    private func redoHaste() {
        switch sealing {
        case .background: rewriter.async { self.redoOne() }
        case .inline: redoOne()
        }
    }

    private func redoOne() {
        let index = state.withLock { state -> Int? in
            guard !state.isClosed, state.failure == nil, let first = state.hasty.popLast() else {
                return nil
            }
            return state.segments.firstIndex { $0.firstSequence == first }
        }
        guard let index else { return }
        do throws(LogError) {
            try recompress(index, .sealed)
        } catch {
            // Nothing is lost: the segment stays as it was sealed.
            state.withLock { $0.report.sealingError = error }
        }
    }
}
