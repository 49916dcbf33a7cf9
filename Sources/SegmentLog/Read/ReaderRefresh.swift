internal import Synchronization

/// Where a reader goes on when the log has grown, so that it reads nothing twice.
struct ReaderPlace: Sendable {
    /// The segment that is being written, and where the next commit belongs in it.
    var segment: ActiveSegment
    var resumption: ActiveScanner.Resumption

    /// The unsealed files by path, to notice that one was replaced.
    var identities: [(path: String, identity: UInt64)]

    /// The tail frame that stood at the place, and the file's size then: while both are the same,
    /// nothing was written.
    var tail: TailFrame?
    var size: Int

    /// The last event of all whole commits, acknowledged or not.
    var committed: UInt64

    /// The page at the place, where its bytes are no commit yet, or none any more.
    var tornPage: [UInt8]?

    var isTorn: Bool { tornPage != nil }

    /// The place behind what a whole look has found; nil where it found damage, or no active segment.
    init?(_ reading: LogOpening.Reading) throws(Errno) {
        let unsealed = reading.findings.unsealed
        guard let last = unsealed.last, reading.findings.report.readOnlyReason == nil,
            unsealed.allSatisfy({ $0.scan.holes.isEmpty })
        else { return nil }
        segment = last.segment
        resumption = last.scan.resumption(
            behind: ActiveScanner.Resumption(firstSequence: last.segment.firstSequence))
        identities = []
        for one in unsealed {
            identities.append((one.segment.path, try one.segment.file.identity()))
        }
        tail = last.scan.tail
        size = last.scan.fileSize
        committed = reading.committedSequence
        if last.scan.isTorn { tornPage = try page() }
    }

    /// What stands at the place.
    func page() throws(Errno) -> [UInt8] {
        try segment.file.read(SegmentLogFormat.pageSize, at: resumption.offset)
    }
}

extension ActiveScanner {
    /// What a scan has to know of the part of a file that it does not read.
    struct Resumption: Sendable {
        var offset: Int
        var expected: UInt64
        var previousChecksum: UInt32?
        var isBehindClosedTail: Bool
        var watermark: UInt64

        init(
            offset: Int, expected: UInt64, previousChecksum: UInt32?, isBehindClosedTail: Bool,
            watermark: UInt64
        ) {
            self.offset = offset
            self.expected = expected
            self.previousChecksum = previousChecksum
            self.isBehindClosedTail = isBehindClosedTail
            self.watermark = watermark
        }

        /// The start of a segment.
        init(firstSequence: UInt64) {
            self.init(
                offset: 0, expected: firstSequence, previousChecksum: 0, isBehindClosedTail: false,
                watermark: 0)
        }
    }

    /// Scans what has come behind a place. The blocks are those behind it.
    static func scan(
        _ segment: ActiveSegment, journalID: JournalID, from place: Resumption
    ) throws(Errno) -> ActiveScan {
        var scanner = ActiveScanner(
            file: segment.file, size: try segment.file.size(), name: segment.name,
            journalID: journalID, firstSequence: segment.firstSequence)
        scanner.offset = place.offset
        scanner.commitStart = place.offset
        scanner.expected = place.expected
        scanner.previousChecksum = place.previousChecksum
        scanner.before = place.isBehindClosedTail ? .closed : nil
        scanner.scan.position = place.offset
        scanner.scan.isBehindClosedTail = place.isBehindClosedTail
        scanner.scan.watermark = place.watermark
        if place.isBehindClosedTail, place.offset == scanner.scan.fileSize {
            scanner.scan.ending = .closed
            return scanner.scan
        }
        return try scanner.finish()
    }
}

extension ActiveScan {
    var isTorn: Bool {
        if case .torn = ending { true } else { false }
    }

    /// Where the next scan goes on.
    func resumption(behind before: ActiveScanner.Resumption) -> ActiveScanner.Resumption {
        ActiveScanner.Resumption(
            offset: position, expected: blocks.last.map { $0.lastSequence + 1 } ?? before.expected,
            previousChecksum: blocks.last.map(\.checksum) ?? before.previousChecksum,
            isBehindClosedTail: isBehindClosedTail, watermark: watermark)
    }
}

extension SegmentLog {
    /// For a reader: takes in what a writer has appended, rotated or sealed since. Returns whether
    /// there is more to read than before.
    ///
    /// Cost: where nothing was written, four system calls and a page; where the active segment has
    /// grown, what was appended and the space ahead, at most a megabyte of zeros; after a rotation or
    /// a sealing, the names in `segments/` and the headers of the unsealed segments, once.
    ///
    /// - Throws: `viewExpired` where another log stands in the place of this one and does not hold
    ///   what could be read of this one.
    package func refresh() throws(LogError) -> Bool {
        guard mode == .reader else { return false }
        return try watch.measure(.refresh) { () throws(LogError) in
            try readerPlace.withLock { place throws(LogError) in
                if let hasMore = goOn(&place) { return hasMore }
                return try lookAgain(&place)
            }
        }
    }

    /// For a reader whose view has expired: looks at every file again. Cost: as after a rotation.
    package func renew() throws(LogError) {
        guard mode == .reader else { return }
        try readerPlace.withLock { place throws(LogError) in _ = try lookAgain(&place) }
    }

    /// Takes in what stands behind the place; nil where that is not all that has happened.
    private func goOn(_ known: inout ReaderPlace?) -> Bool? {
        guard var place = known else { return nil }
        let isAlive = opening.isWriterAlive
        do throws(Errno) {
            for (path, identity) in place.identities {
                guard try fileSystem.status(of: path)?.identity == identity else { return nil }
            }
            if try !isUnchanged(place, besideWriter: isAlive) {
                let scan = try ActiveScanner.scan(
                    place.segment, journalID: journalID, from: place.resumption)
                guard scan.holes.isEmpty, scan.newer == nil else { return nil }
                if case .end = scan.ending { return nil }
                // A writer may be in the middle of a commit. One that gets no further is looked at
                // more closely, and so is what nobody is at work on.
                let isStuck = !isAlive || (place.isTorn && scan.blocks.isEmpty)
                guard !scan.isTorn || !isStuck else { return nil }
                place.segment.add(scan.blocks)
                place.resumption = scan.resumption(behind: place.resumption)
                place.tail = scan.tail
                place.size = scan.fileSize
                place.tornPage = scan.isTorn ? try place.page() : nil
                place.committed = max(place.committed, place.resumption.expected - 1)
            }
        } catch {
            return nil
        }
        known = place
        let confirmed = min(place.committed, place.resumption.watermark)
        // A writer may have begun since it was asked for.
        let isConfirmed = isAlive || opening.isWriterAlive
        return publish(last: isConfirmed ? confirmed : place.committed, watermark: confirmed)
    }

    private func isUnchanged(
        _ place: ReaderPlace, besideWriter isAlive: Bool
    ) throws(Errno) -> Bool {
        guard try place.segment.file.size() == place.size else { return false }
        // A torn tail that no writer is at work on is what it was.
        if let torn = place.tornPage {
            guard !isAlive else { return false }
            return try place.page() == torn
        }
        guard let tail = place.tail else { return place.resumption.offset == place.size }
        let page = try place.page()
        return (try? TailFrame.decode(page.span, at: 0)) == tail
    }

    private func publish(last: UInt64, watermark: UInt64) -> Bool {
        state.withLock { state in
            let hasMore = last > state.lastSequence
            state.lastSequence = max(state.lastSequence, last)
            state.watermark = max(state.watermark, watermark)
            return hasMore
        }
    }

    /// Looks at everything again.
    private func lookAgain(_ place: inout ReaderPlace?) throws(LogError) -> Bool {
        let known = view()
        let reading = try opening.lookForReading(reusing: known.segments)
        indexes.forget()
        try check(reading, holds: known)
        state.withLock { state in
            state.segments = reading.findings.handles
            state.missing = reading.findings.missing
            state.report = reading.findings.report
        }
        place = try? ReaderPlace(reading)
        return publish(last: reading.lastSequence, watermark: reading.watermark)
    }

    /// A journal that was replaced, by a copy that was restored for one, goes on where it holds what
    /// could be read before. The last event tells: its line holds 16 random bytes.
    private func check(_ reading: LogOpening.Reading, holds known: LogView) throws(LogError) {
        let last = known.lastSequence
        guard last > 0 else { return }
        let replaced = LogError(
            .viewExpired,
            "the journal was replaced by one without event \(last), which could be read before; "
                + "open it again", path: directory)
        guard reading.committedSequence >= last else { throw replaced }
        let found = LogView(
            lastSequence: reading.committedSequence, watermark: reading.watermark,
            missing: reading.findings.missing,
            plan: ReadPlan(segments: reading.findings.handles, indexes: indexes),
            environment: opening.environment)
        // A line that is damaged, now or before, tells nothing.
        guard let before = leaf(of: last, in: known), let now = leaf(of: last, in: found) else {
            return
        }
        if before != now { throw replaced }
    }

    private func leaf(of sequence: UInt64, in view: LogView) -> [UInt8]? {
        guard let line = try? view.line(at: sequence) else { return nil }
        return semantics.leafHashes(line.span, [0..<line.count])
    }
}
