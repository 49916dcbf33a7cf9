/// The numbers of a journal as of an event.
public struct JournalStatistics: Sendable, Hashable {
    /// The number of events that can be read.
    public var events: UInt64 = 0

    /// The number of sessions, without `@journal`.
    public var sessions: UInt64 = 0

    /// The number of messages that were appended.
    public var messages: UInt64 = 0

    /// The last sequence number.
    public var lastSequence: UInt64 = 0

    /// The Merkle root over the events up to the last; nil where damage leaves it unknown.
    public var root: Digest?

    /// The number of segment files, as it is now.
    public var segments: Int = 0

    /// The size of the segment files in bytes, as it is now.
    public var bytesOnDisk: UInt64 = 0

    /// The size of the event lines in bytes, with their newlines.
    public var bytesOfEvents: UInt64 = 0

    /// The size of the files that were imported, in bytes, each file once.
    public var bytesImported: UInt64 = 0

    /// The numbers as scripts read them: `events`, `sessions`, `messages`, `last_seq`, `root` (hex,
    /// or null), `segments`, `bytes_on_disk`, `bytes_of_events`, `bytes_imported`.
    public var json: JSONValue {
        [
            "events": JSONValue(events), "sessions": JSONValue(sessions),
            "messages": JSONValue(messages), "last_seq": JSONValue(lastSequence),
            "root": root.map { .string($0.hexadecimal) } ?? .null,
            "segments": JSONValue(segments), "bytes_on_disk": JSONValue(bytesOnDisk),
            "bytes_of_events": JSONValue(bytesOfEvents),
            "bytes_imported": JSONValue(bytesImported),
        ]
    }
}

extension Journal {
    /// The numbers of the journal as of a sequence number; of all of it when nil.
    ///
    /// Cost: one reading of the events up to there.
    ///
    /// - Throws: ``JournalError/Code/eventNotFound`` where the journal ends before.
    public func statistics(at sequence: UInt64? = nil) async throws -> JournalStatistics {
        let last = try await store.position().lastSequence
        let end = sequence ?? last
        guard end <= last else { throw JournalError.beyondEnd(end, last: last) }
        var statistics = JournalStatistics()
        statistics.lastSequence = end
        var sessions: Set<SessionID> = []
        var imports: [ImportedFile: UInt64] = [:]
        for try await event in events(through: end, damage: .skip) {
            statistics.events += 1
            statistics.bytesOfEvents += UInt64(event.line.count) + 1
            if event.kind == .messageAppended { statistics.messages += 1 }
            if !event.session.isJournal { sessions.insert(event.session) }
            if event.kind == .importFinished, let data = try? event.data(),
                let size = data["bytes"]?.integer
            {
                let file = ImportedFile(root: data["root"]?.string, path: data["path"]?.string)
                imports[file] = UInt64(max(0, size))
            }
        }
        statistics.sessions = UInt64(sessions.count)
        statistics.bytesImported = imports.values.reduce(0) { sum, size in
            let (sum, overflow) = sum.addingReportingOverflow(size)
            return overflow ? .max : sum
        }
        let storage = try await store.storage()
        statistics.segments = storage.segmentCount
        statistics.bytesOnDisk = storage.sizeOnDisk
        do {
            statistics.root = try await store.treeHead(at: end).root
        } catch let error as JournalError where error.code == .damaged {
            statistics.root = nil
        }
        return statistics
    }
}

/// What an import event calls a file.
private struct ImportedFile: Hashable {
    var root: String?
    var path: String?
}
