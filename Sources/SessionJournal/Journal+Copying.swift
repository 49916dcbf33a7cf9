extension Journal {
    /// Copies all events of this journal, as it stands now, to another one, of whatever kind of store.
    ///
    /// The lines go over byte for byte, so that sequence numbers, times, salts and ids are the same,
    /// and so is the Merkle root, which is compared at the end. What the target holds already is kept
    /// where it is the beginning of this journal, so that a copy that was interrupted, or is older,
    /// goes on where it ends. The target adds no event of its own.
    ///
    /// An encrypted session is encrypted anew, with a key of the target's: both journals must be open
    /// with their master keys.
    ///
    /// Cost: one reading here and one writing there of what is not there yet; memory for a page.
    ///
    /// - Parameters:
    ///   - target: A journal that can be written and that nobody else appends to meanwhile. One in
    ///     files is opened with ``open(copyAt:options:)``.
    ///   - progress: Called after each page.
    /// - Throws: ``JournalError/Code/conflict`` where the target holds anything else,
    ///   ``JournalError/Code/sessionLocked`` and ``JournalError/Code/unsupported`` where a key is not
    ///   at hand here or there, ``JournalError/Code/leavesForgotten`` where leaves of this journal are
    ///   forgotten, so that a copy by lines would have another root: a backup and its restoration has the
    ///   same, ``JournalError/Code/damaged`` where events of this journal are lost,
    ///   and whatever the stores throw; the target is a beginning of this journal then, and copying again goes on.
    @discardableResult
    public func copy(
        to target: Journal, progress: ((CopyProgress) -> Void)? = nil
    ) async throws -> CopyReport {
        try await copy(to: target, pageCount: JournalLimits.pageCount, progress: progress)
    }

    /// Copies in pages of so many events at most.
    package func copy(
        to target: Journal, pageCount: Int, progress: ((CopyProgress) -> Void)? = nil
    ) async throws -> CopyReport {
        let last = try await store.position().lastSequence
        let head = try await store.treeHead(at: last)
        try (store as? FileStore)?.checkNothingIsForgotten(through: last)
        let first = try await commonPrefix(with: target, through: last)
        var point = CopyProgress(event: first, lastEvent: last, bytes: 0)
        progress?(point)
        var next: ReadQuery?
        if first < last {
            next = ReadQuery(from: first + 1, through: last, maximumCount: pageCount)
        }
        while let query = next {
            let page = try await store.read(query)
            if let hole = page.holes.first { throw JournalError.lost(hole) }
            guard let end = page.events.last?.sequence else { break }
            next = page.next
            try await prepareEncrypted(page.events, in: target)
            // Only the last one needs to wait for the disk: it takes all before it along.
            try await target.store.adopt(
                page.events.map(\.line), durability: next == nil ? .durable : .buffered)
            point.event = end
            point.bytes += page.events.reduce(0) { $0 + UInt64($1.line.count) + 1 }
            progress?(point)
        }
        let copied = try await target.store.treeHead(at: nil)
        guard copied == head else {
            throw JournalError(
                .conflict,
                "the copy has \(copied.size) events and root \(copied.root.hexadecimal), the journal "
                    + "\(head.size) and \(head.root.hexadecimal); somebody else has written to it")
        }
        return CopyReport(
            events: last - first, present: first, bytes: point.bytes, head: head)
    }

    /// Sees to it that what is encrypted here is encrypted anew there.
    ///
    /// - Throws: `sessionLocked` for a session whose key is not at hand, and `unsupported` where the
    ///   target has no keys: nothing confidential goes over in clear.
    private func prepareEncrypted(_ events: [Event], in target: Journal) async throws {
        guard let source = store as? FileStore, source.holdsEncrypted else { return }
        var new: [SessionKeys.NewSession] = []
        for session in Set(events.map(\.session)) {
            switch try source.protection(of: session) {
            case .plain: continue
            // What nobody can read any more goes over as what is left of it.
            case .destroyed: continue
            case .locked: throw JournalError.sessionLocked(session)
            case .encrypted:
                guard let there = target.store as? FileStore else { throw JournalError.noMasterKey }
                guard try there.protection(of: session) != .encrypted else { continue }
                let creation = events.first {
                    $0.session == session && $0.kind == .sessionCreated
                }
                new.append(
                    .init(
                        session: session, key: try creation.flatMap { try AdoptedLines.key(of: $0) }
                    ))
            }
        }
        guard !new.isEmpty, let there = target.store as? FileStore else { return }
        try there.makeKeys(for: new)
        for new in new where try there.protection(of: new.session) != .encrypted {
            throw JournalError(
                .conflict,
                "session \(new.session) is encrypted here and stands in clear in the target; name "
                    + "another target")
        }
    }

    /// How many events the target holds, all of which are this journal's first ones.
    private func commonPrefix(with target: Journal, through last: UInt64) async throws -> UInt64 {
        let there = try await target.store.position().lastSequence
        let common = min(there, last)
        guard try await agrees(with: target, at: common) else {
            // The first event at which the two part, halving the range in which it lies.
            var same: UInt64 = 0
            var different = common
            while different - same > 1 {
                let middle = same + (different - same) / 2
                if try await agrees(with: target, at: middle) {
                    same = middle
                } else {
                    different = middle
                }
            }
            throw JournalError(
                .conflict,
                "the target is no copy of this journal: event \(different) is another one there; "
                    + "nothing was copied: name another target")
        }
        guard there <= last else {
            throw JournalError(
                .conflict,
                "the target holds \(there) events, this journal \(last): it was written to since it "
                    + "was copied; nothing was copied: name another target")
        }
        return there
    }

    private func agrees(with target: Journal, at size: UInt64) async throws -> Bool {
        try await store.treeHead(at: size) == target.store.treeHead(at: size)
    }
}

/// How far a copy has come.
public struct CopyProgress: Sendable, Hashable {
    /// The last event that the target holds.
    public var event: UInt64

    /// The last event that it is to hold.
    public var lastEvent: UInt64

    /// The size of the event lines that were copied, in bytes, with their newlines.
    public var bytes: UInt64

    /// Creates a point on the way.
    public init(event: UInt64, lastEvent: UInt64, bytes: UInt64) {
        self.event = event
        self.lastEvent = lastEvent
        self.bytes = bytes
    }
}

/// What was copied.
public struct CopyReport: Sendable, Hashable {
    /// The number of events that were copied.
    public var events: UInt64

    /// The number of events that the target held before.
    public var present: UInt64

    /// The size of the event lines that were copied, in bytes, with their newlines.
    public var bytes: UInt64

    /// Size and root of both journals.
    public var head: TreeHead

    /// Creates a report.
    public init(events: UInt64, present: UInt64, bytes: UInt64, head: TreeHead) {
        self.events = events
        self.present = present
        self.bytes = bytes
        self.head = head
    }

    /// The report as scripts read it: `events`, `present`, `bytes`, `last_seq`, `root` (hex).
    public var json: JSONValue {
        [
            "events": JSONValue(events), "present": JSONValue(present), "bytes": JSONValue(bytes),
            "last_seq": JSONValue(head.size), "root": .string(head.root.hexadecimal),
        ]
    }
}
