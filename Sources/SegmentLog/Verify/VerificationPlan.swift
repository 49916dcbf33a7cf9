/// What a verification goes through: the segments of one view, one after the other, so that memory
/// stays that of one segment and an interrupted verification can go on behind the last.
package struct VerificationPlan: Sendable {
    /// A segment to be checked.
    package struct Item: Sendable {
        let handle: SegmentHandle
        /// Bytes of the file, as far as they can be told before it is read.
        package let size: UInt64
        /// Whether it is the segment that is written to.
        let isLast: Bool

        package var name: String { handle.name }
        package var isSealed: Bool { handle.isSealed }
        package var firstSequence: UInt64 { handle.firstSequence }
    }

    package let view: LogView
    /// Oldest first.
    package let items: [Item]
    /// What is missing as a whole, or kept the log from being opened for writing.
    package let holes: [Hole]

    /// Bytes of all items.
    package var size: UInt64 { items.reduce(0) { $0 + $1.size } }
}

/// By what a sealed segment is known again. A file that was replaced or written to since has another
/// stamp; bytes that changed on the disk by themselves have not.
package struct SegmentStamp: Hashable, Sendable {
    package var size: UInt64
    /// That of the file system's entry: another one where the file was replaced.
    package var identity: UInt64
    /// When the file was last written to, in nanoseconds since 1970.
    package var modified: Int64
    /// CRC-32C of the footer's front, which holds the SHA-256 of the rest.
    package var footer: UInt32

    package init(size: UInt64, identity: UInt64, modified: Int64, footer: UInt32) {
        self.size = size
        self.identity = identity
        self.modified = modified
        self.footer = footer
    }
}

extension SegmentLog {
    /// How often a bad place is read before it is called damaged: once more, in case the reading
    /// itself went wrong, and more often where a writer may be at work on it.
    private static let readings = 2
    private static let readingsBesideWriter = 5

    /// The segments as they stand now. Cost: the status of each file.
    package func verificationPlan() -> VerificationPlan {
        let view = self.view()
        let last = view.segments.last?.firstSequence
        let items = view.segments.map { handle in
            let status = try? fileSystem.status(of: opening.path(handle.name))
            return VerificationPlan.Item(
                handle: handle, size: UInt64(max(0, status?.size ?? 0)),
                isLast: handle.firstSequence == last)
        }
        var holes = view.missing
        if items.isEmpty {
            holes.append(
                Hole(
                    file: SegmentName.file(first: 1), offset: 0, events: nil,
                    reason: "no segment is there, not even an empty one"))
        }
        holes += recovery.holes.filter { !holes.contains($0) }
        return VerificationPlan(view: view, items: items, holes: holes)
    }

    /// Reads every byte of one segment and checks it against every checksum, table and rule of the
    /// format that covers it. What looks bad is read again before it is reported.
    ///
    /// Cost: one reading and one decompression of the segment, which is held in memory.
    package func check(
        _ item: VerificationPlan.Item, in plan: VerificationPlan
    ) throws(LogError) -> StructureReport {
        var attempt = 1
        var handle = item.handle
        // A writer that ended while its file was read was at work on it all the same.
        var isLive = isWriterAlive
        while true {
            var report = StructureReport()
            switch handle {
            case .sealed(let sealed):
                var verifier = SealedVerifier(segment: sealed, semantics: semantics)
                try verifier.run(into: &report)
            case .active(let active):
                var verifier = ActiveVerifier(
                    segment: active, isLast: item.isLast, isLive: isLive, opening: opening,
                    semantics: semantics)
                try verifier.run(through: plan.view.lastSequence, into: &report)
            }
            let looksBad = !report.holes.isEmpty || report.tornTail != nil
            let limit = isLive ? Self.readingsBesideWriter : Self.readings
            guard looksBad, attempt < limit else { return report }
            isLive = isWriterAlive
            attempt += 1
            handle = handle.reopened()
        }
    }

    private var isWriterAlive: Bool { (try? fileSystem.isLocked(directory + "/LOCK")) ?? false }

    /// Passes the lines of one segment to `body`, in order of sequence, and what is missing of them
    /// to `onHole`.
    package func scan(
        _ item: VerificationPlan.Item, in plan: VerificationPlan, onHole: (Hole) -> Void,
        _ body: (UInt64, Span<UInt8>) -> Bool
    ) throws(LogError) {
        try plan.view.scan(
            from: item.firstSequence, through: item.handle.lastSequence, onHole: onHole, body)
    }

    /// What is kept of the forgotten leaves of one segment, in order.
    package func retainedLeaves(
        of item: VerificationPlan.Item, in plan: VerificationPlan
    ) throws(LogError) -> [RetainedSubtree] {
        guard case .sealed(let sealed) = item.handle else { return [] }
        return try sealed.retained()
    }

    /// By what a segment is known again; nil for one that is not sealed, or whose footer is lost.
    package func stamp(of item: VerificationPlan.Item) -> SegmentStamp? {
        guard case .sealed(let sealed) = item.handle,
            let status = try? fileSystem.status(of: sealed.path),
            let front = try? sealed.load().tables.summary
        else { return nil }
        return SegmentStamp(
            size: UInt64(max(0, status.size)), identity: status.identity,
            modified: status.modified, footer: front.checksum)
    }

    /// What a segment that was checked earlier says of itself, without reading more than its footer.
    package struct KnownSegment: Sendable {
        package var frontierBefore: FrontierRecord
        package var frontierAfter: FrontierRecord
        package var lastSequence: UInt64
        package var lastTime: Int64
        package var eventCount: UInt64
    }

    /// The footer of a segment that was checked earlier; its streams with their last versions go to
    /// `body`. Nil where it cannot be had.
    package func known(
        _ item: VerificationPlan.Item, streams body: (StreamKey, UInt64) -> Void
    ) -> KnownSegment? {
        guard case .sealed(let sealed) = item.handle, let contents = try? sealed.load(),
            let front = contents.tables.summary, front.lastSequence == sealed.lastSequence
        else { return nil }
        var next: StreamKey? = .zero
        while let key = next {
            guard let page = try? contents.tables.streams(from: key, limit: Self.streamPage) else {
                return nil
            }
            for stream in page { body(stream.key, stream.lastVersion) }
            next = page.count == Self.streamPage ? page.last?.key.successor : nil
        }
        return KnownSegment(
            frontierBefore: front.frontierBefore, frontierAfter: front.frontierAfter,
            lastSequence: front.lastSequence, lastTime: front.lastTime,
            eventCount: UInt64(front.eventCount))
    }

    private static let streamPage = 4_096
}

extension SegmentHandle {
    /// The same segment, its file to be opened anew where it is sealed.
    fileprivate func reopened() -> SegmentHandle {
        switch self {
        case .active: self
        case .sealed(let sealed):
            .sealed(
                SealedSegment(
                    name: sealed.name, path: sealed.path, firstSequence: sealed.firstSequence,
                    lastSequence: sealed.lastSequence, environment: sealed.environment))
        }
    }
}
