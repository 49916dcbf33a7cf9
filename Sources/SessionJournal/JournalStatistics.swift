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

    /// The number of events of each kind.
    public var eventsByKind: [EventKind: UInt64] = [:]

    /// How many of the segments are not sealed, as it is now.
    public var unsealedSegments = 0

    /// The size of those that are not sealed in bytes, as it is now.
    public var bytesUnsealed: UInt64 = 0

    /// The size of the indexes in bytes, as it is now.
    public var bytesOfIndexes: UInt64 = 0

    /// The size of what was put away of states in bytes, as it is now.
    public var bytesOfSnapshots: UInt64 = 0

    /// The size of what was set aside as torn in bytes, as it is now.
    public var bytesInQuarantine: UInt64 = 0

    /// The last sequence number that is known to be durable, as it is now.
    public var durableSequence: UInt64 = 0

    /// When the journal took its first event, by its own clock.
    public var firstTime: Timestamp?

    /// When the journal took the last event, by its own clock.
    public var lastTime: Timestamp?

    /// Events a day, over the seven days (UTC) up to that of the last event, or as many as there are.
    public var eventsPerDay = 0.0

    /// The growth on the disk in bytes a day, over the same days: the events' lines, at the ratio that
    /// all of them have on the disk.
    public var bytesPerDay = 0.0

    /// The numbers as scripts read them: `events`, `sessions`, `messages`, `last_seq`, `root` (hex,
    /// or null), `segments`, `bytes_on_disk`, `bytes_of_events`, `bytes_imported`,
    /// `kinds` (an object), `segments_unsealed`, `bytes_unsealed`, `bytes_of_indexes`,
    /// `bytes_of_snapshots`, `bytes_in_quarantine`, `durable_seq`, `first_time`, `last_time`, `events_per_day`,
    /// `bytes_per_day`.
    public var json: JSONValue {
        [
            "events": JSONValue(events), "sessions": JSONValue(sessions),
            "messages": JSONValue(messages), "last_seq": JSONValue(lastSequence),
            "root": root.map { .string($0.hexadecimal) } ?? .null,
            "segments": JSONValue(segments), "bytes_on_disk": JSONValue(bytesOnDisk),
            "bytes_of_events": JSONValue(bytesOfEvents),
            "bytes_imported": JSONValue(bytesImported),
            "kinds": .object(
                JSONObject(
                    eventsByKind.sorted { $0.key.rawValue < $1.key.rawValue }
                        .map { ($0.key.rawValue, JSONValue($0.value)) })),
            "segments_unsealed": JSONValue(unsealedSegments),
            "bytes_unsealed": JSONValue(bytesUnsealed),
            "bytes_of_indexes": JSONValue(bytesOfIndexes),
            "bytes_of_snapshots": JSONValue(bytesOfSnapshots),
            "bytes_in_quarantine": JSONValue(bytesInQuarantine),
            "durable_seq": JSONValue(durableSequence),
            "first_time": JSONValue(firstTime?.description),
            "last_time": JSONValue(lastTime?.description),
            "events_per_day": JSONValue(eventsPerDay), "bytes_per_day": JSONValue(bytesPerDay),
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
        let position = try await store.position()
        let last = position.lastSequence
        let end = sequence ?? last
        guard end <= last else { throw JournalError.beyondEnd(end, last: last) }
        var statistics = JournalStatistics()
        statistics.lastSequence = end
        statistics.durableSequence = position.durableSequence
        var days: [Int64: (events: UInt64, bytes: UInt64)] = [:]
        var sessions: Set<SessionID> = []
        var imports: [ImportedFile: UInt64] = [:]
        for try await event in events(through: end, damage: .skip) {
            statistics.events += 1
            statistics.bytesOfEvents += UInt64(event.line.count) + 1
            statistics.eventsByKind[event.kind, default: 0] += 1
            statistics.firstTime = statistics.firstTime ?? event.time
            statistics.lastTime = event.time
            let day = event.time.day
            days[day, default: (0, 0)].events += 1
            days[day, default: (0, 0)].bytes += UInt64(event.line.count) + 1
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
        statistics.unsealedSegments = storage.unsealedCount
        statistics.bytesUnsealed = storage.sizeUnsealed
        statistics.bytesOfIndexes = storage.sizeOfIndexes
        statistics.bytesOfSnapshots = storage.sizeOfSnapshots
        statistics.bytesInQuarantine = storage.sizeOfQuarantine
        statistics.takeGrowth(of: days)
        do {
            statistics.root = try await store.treeHead(at: end).root
        } catch let error as JournalError where error.code == .damaged {
            statistics.root = nil
        }
        return statistics
    }
}

extension JournalStatistics {
    /// Averages over the last seven days, or as many as there are.
    fileprivate mutating func takeGrowth(of days: [Int64: (events: UInt64, bytes: UInt64)]) {
        guard let first = days.keys.min(), let last = days.keys.max(), bytesOfEvents > 0 else {
            return
        }
        let count = min(7, last - first + 1)
        let recent = days.filter { $0.key > last - count }.values
        eventsPerDay = Double(recent.reduce(0) { $0 + $1.events }) / Double(count)
        let lines = Double(recent.reduce(0) { $0 + $1.bytes }) / Double(count)
        bytesPerDay = lines * Double(bytesOnDisk) / Double(bytesOfEvents)
    }
}

/// What an import event calls a file.
private struct ImportedFile: Hashable {
    var root: String?
    var path: String?
}
