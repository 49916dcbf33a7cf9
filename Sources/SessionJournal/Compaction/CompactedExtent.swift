/// How far a session was compacted: up to there envelope and structure are as they were, and what was
/// said is gone, but for messages that were marked to stay.
public struct CompactedExtent: Sendable, Hashable {
    /// The last version that was compacted.
    public let version: UInt64

    /// The compaction that did that.
    public let compaction: String

    /// The folder that it archived the segments to; nil where it kept none. A journal that is opened
    /// with it (``JournalOptions/archives``) answers in full.
    public let archive: String?

    /// The extent as `show --json` prints it.
    var json: JSONValue {
        [
            "version": JSONValue(version), "compaction": .string(compaction),
            "archive": JSONValue(archive),
        ]
    }
}

/// What a `compaction.began` event says about sessions.
struct CompactionNotice: Sendable {
    let id: String
    let archive: String?
    /// The last version of each session that is compacted.
    let ends: [SessionID: UInt64]

    init?(_ data: JSONValue) {
        guard let id = data["compaction"]?.string else { return nil }
        self.id = id
        archive = data["archive"]?.string
        var ends: [SessionID: UInt64] = [:]
        for item in data["sessions"]?.array ?? [] {
            guard let part = CompactionCertificate.Part(item) else { continue }
            ends[part.session] = part.versions.last?.upperBound
        }
        self.ends = ends
    }
}

extension Journal {
    /// How far a session was compacted, as far as its state at a version is concerned; nil where it was
    /// not, and where archives that are attached give back what went.
    ///
    /// Cost: what is new among the journal's own events.
    func compactedExtent(
        of session: SessionID, through version: UInt64
    ) async throws -> CompactedExtent? {
        let attached = (store as? FileStore)?.attachedCompactions ?? []
        var extent: CompactedExtent?
        for notice in try await compactionsBegun.all(in: self).map(\.content) {
            guard let end = notice.ends[session], !attached.contains(notice.id),
                end > extent?.version ?? 0
            else { continue }
            extent = CompactedExtent(
                version: end, compaction: notice.id, archive: notice.archive)
        }
        guard let extent, version > 0 else { return nil }
        return CompactedExtent(
            version: min(extent.version, version), compaction: extent.compaction,
            archive: extent.archive)
    }
}
