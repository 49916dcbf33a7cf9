/// What came of holding a compaction's certificate against the journal.
public struct CompactionCheck: Sendable {
    /// What is wrong with a session, or cannot be said of it.
    public enum Finding: String, Sendable, Hashable {
        /// The hash of what was replaced is another one.
        case subtree
        /// The lines that took its place are others.
        case snapshot
        /// There are fewer or more events than were replaced.
        case count
        /// A line of those that were to be replaced stands there as it was.
        case notReplaced = "not_replaced"
        /// The session comes to something else, or the counts do.
        case fold
        /// What the archive holds is not what was replaced, or does not come to the same line.
        case archive
        /// Events are lost to damage.
        case damaged
    }

    /// The compaction.
    public let certificate: CompactionCertificate
    /// What is wrong, with the sessions.
    public internal(set) var findings: [(session: SessionID, finding: Finding)] = []
    /// Sessions of which what is kept cannot be compared, since something of it was erased later.
    public internal(set) var erasedSince: [SessionID] = []
    /// Sessions that are locked here: their hashes are checked, what they come to is not.
    public internal(set) var locked: [SessionID] = []
    /// Sessions that were erased since and whose leaves are forgotten: nothing of them is left to be
    /// checked.
    public internal(set) var forgottenSince: [SessionID] = []
    /// How many of the events that were replaced are in an archive that is attached, as they were.
    public internal(set) var archivedCount: UInt64 = 0

    /// Whether nothing is wrong.
    public var isValid: Bool { findings.isEmpty }

    /// The check as scripts read it.
    public var json: JSONValue {
        [
            "compaction": .string(certificate.id), "valid": .bool(isValid),
            "finished": .bool(certificate.isFinished), "events": JSONValue(certificate.eventCount),
            "sessions": JSONValue(certificate.parts.count), "archived": JSONValue(archivedCount),
            "erased_since": .array(erasedSince.map { .string($0.hexadecimal) }),
            "forgotten_since": .array(forgottenSince.map { .string($0.hexadecimal) }),
            "locked": .array(locked.map { .string($0.hexadecimal) }),
            "findings": .array(
                findings.map { [.string($0.session.hexadecimal), .string($0.finding.rawValue)] }),
        ]
    }
}

extension Journal {
    /// Derives again what the certificates of compactions say: the hash of what was replaced from the
    /// Merkle tree's leaves, the hash of what is kept and the counts from the lines that stand there, and
    /// what the sessions come to. With an archive attached also the lines themselves, from what was
    /// replaced.
    ///
    /// Cost: reads the sessions concerned, once for each compaction.
    ///
    /// - Parameter id: One compaction, or enough of its id to tell it from the others; nil for all.
    /// - Throws: ``JournalError/Code/invalidArgument`` where there is no such compaction.
    public func checkCompactions(_ id: String? = nil) async throws -> [CompactionCheck] {
        var certificates = try await compactions()
        if let id {
            certificates.removeAll { !$0.id.hasPrefix(id) }
            guard !certificates.isEmpty else {
                throw JournalError(
                    .invalidArgument, "there is no compaction \(id); compact --list names them")
            }
        }
        var checks: [CompactionCheck] = []
        let forgotten = Set(try await forgettings().flatMap(\.sessions))
        for certificate in certificates {
            checks.append(try await check(certificate, forgotten: forgotten))
        }
        return checks
    }

    private func check(
        _ certificate: CompactionCertificate, forgotten: Set<SessionID>
    ) async throws -> CompactionCheck {
        var check = CompactionCheck(certificate: certificate)
        var kinds: [String: UInt64] = [:]
        for part in certificate.parts {
            if forgotten.contains(part.session) {
                check.forgottenSince.append(part.session)
                continue
            }
            var held = HeldCompaction(
                against: part, version: FoldedSession.version(of: certificate.projections))
            do {
                for try await event in events(session: part.session) {
                    guard event.version <= part.version else { break }
                    held.take(event, stored: try await stored(event))
                }
            } catch let error as JournalError where error.code == .damaged {
                check.findings.append((part.session, .damaged))
                continue
            }
            let isLocked = try await protection(of: part.session) == .locked
            check.take(held, isLocked: isLocked)
            kinds.merge(held.kinds, uniquingKeysWith: +)
        }
        let isWhole = check.findings.isEmpty && check.forgottenSince.isEmpty
        if isWhole, kinds != certificate.kinds, let part = certificate.parts.first {
            check.findings.append((part.session, .count))
        }
        return check
    }

    /// The event as it stands in the segments, whatever archives say.
    private func stored(_ event: Event) async throws -> Event {
        guard let store = store as? FileStore, store.archives != nil,
            CompactedLine.kinds.contains(event.kind)
        else { return event }
        return try store.storedEvent(at: event.sequence) ?? event
    }
}

extension CompactionCheck {
    fileprivate mutating func take(_ held: HeldCompaction, isLocked: Bool) {
        let part = held.part
        func note(_ finding: Finding, unless holds: Bool) {
            if !holds { findings.append((part.session, finding)) }
        }
        note(.count, unless: held.leaves.size == part.count)
        note(.subtree, unless: held.leaves.root == part.subtree)
        note(.archive, unless: held.isArchiveRight)
        archivedCount += held.archivedCount
        if isLocked {
            locked.append(part.session)
            return
        }
        if certificate.isFinished { note(.notReplaced, unless: held.remaining == 0) }
        guard held.erased == 0, !held.hasErasures else {
            erasedSince.append(part.session)
            return
        }
        note(.snapshot, unless: held.snapshot == part.snapshot)
        note(.fold, unless: held.fold == part.fold)
    }
}

/// One session of a compaction, read again.
private struct HeldCompaction {
    let part: CompactionCertificate.Part
    private var folded: FoldedSession
    private var lines = DigestStream()
    private(set) var leaves = LeafTree()
    private(set) var kinds: [String: UInt64] = [:]
    /// Events that were to be replaced and were erased since.
    private(set) var erased = 0
    /// Whether something else of what was read was erased, redacted or outlined since.
    private(set) var hasErasures = false
    /// Events that stand there as they were.
    private(set) var remaining = 0
    private(set) var archivedCount: UInt64 = 0
    private(set) var isArchiveRight = true

    /// - Parameter version: Of what was compared.
    init(against part: CompactionCertificate.Part, version: UInt64) {
        self.part = part
        folded = FoldedSession(version: version)
    }

    /// - Parameters:
    ///   - event: The next event of the session, from an archive where one has it.
    ///   - stored: The same as the segments have it.
    mutating func take(_ event: Event, stored: Event) {
        folded.apply(stored)
        guard part.covers(event) else {
            if event.isWithheld { hasErasures = true }
            return
        }
        leaves.append(stored.leaf)
        kinds[event.kind.rawValue, default: 0] += 1
        if stored.isWithheld {
            erased += 1
            return
        }
        guard stored.isCompacted else {
            remaining += 1
            // It is not gone yet: what would stand there is as certain.
            if let line = CompactedLine.line(of: stored) { lines.update((line + [0x0A]).span) }
            return
        }
        lines.update((stored.line + [0x0A]).span)
        guard !event.isCompacted else { return }
        archivedCount += 1
        if CompactedLine.line(of: event) != stored.line { isArchiveRight = false }
    }

    var snapshot: Digest { lines.finish() }
    var fold: Digest { folded.digest }
}
