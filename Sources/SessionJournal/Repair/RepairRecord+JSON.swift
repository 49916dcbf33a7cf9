internal import SegmentLog

/// The record of a repair, in `quarantine/` as JSON and a line that checks it, and in the journal as
/// a `recovery.repaired` event:
///
/// ```
/// {"file":"segments/00000000000000000001.lz4","action":"rebuilt","why":"…",
///  "copy":"quarantine/00000000000000000001-1f2e3d4c5b6a7988.damaged","saved":1200,"mended":[],
///  "lost":[[17,20]],"reused_from":null}
/// ```
extension RepairRecord {
    /// The largest record that is read, in bytes.
    private static let sizeLimit = 16 << 20

    var json: JSONValue {
        [
            "file": .string("segments/" + file), "action": .string(action.rawValue),
            "why": .string(reason), "copy": JSONValue(copy.map { "quarantine/" + $0 }),
            "saved": JSONValue(saved), "mended": .array(mended.map { JSONValue($0) }),
            "lost": .array(
                lost.map { .array([JSONValue($0.lowerBound), JSONValue($0.upperBound)]) }),
            "reused_from": reused.map { JSONValue($0) } ?? .null,
        ]
    }

    var bytes: [UInt8] {
        var bytes = Array(json.description.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes += JournalFile.checkLine(of: bytes).utf8
        return bytes
    }

    /// The lost ranges that a record or an event states.
    static func lost(in value: JSONValue) -> [ClosedRange<UInt64>] {
        (value["lost"]?.array ?? []).compactMap { pair in
            guard let first = pair[0]?.integer, let last = pair[1]?.integer, first > 0,
                first <= last
            else { return nil }
            return UInt64(first)...UInt64(last)
        }
    }

    /// Whether numbers of lost events were given out again.
    static func reuses(_ value: JSONValue) -> UInt64? {
        value["reused_from"]?.integer.flatMap { $0 > 0 ? UInt64($0) : nil }
    }

    /// The records in a journal's `quarantine/` that can be read, by their names.
    static func all(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(JournalError) -> [(name: String, value: JSONValue)] {
        let path = directory + "/quarantine"
        let names = try JournalError.wrap("list", path) { () throws(Errno) -> [String] in
            guard try fileSystem.status(of: path)?.kind == .directory else { return [] }
            return try fileSystem.names(in: path)
        }
        var records: [(name: String, value: JSONValue)] = []
        for name in names where name.hasSuffix(suffix) {
            let place = path + "/" + name
            let bytes = try JournalError.wrap("read", place) { () throws(Errno) -> [UInt8] in
                let file = try fileSystem.open(place, .read)
                return try file.read(min(try file.size(), sizeLimit), at: 0)
            }
            // One that is damaged says nothing; its event does, if there is one.
            if let value = try? JournalFile.checkedValue(of: bytes, place: place) {
                records.append((name, value))
            }
        }
        return records
    }
}

extension FileStore {
    /// Records each repair in `quarantine/` that no event names yet.
    func recordRepairs() throws(JournalError) {
        let records = try RepairRecord.all(in: log.directory, fileSystem)
        guard !records.isEmpty else { return }
        var recorded: Set<String> = []
        for event in try allEvents(of: .journal) where event.kind == .recoveryRepaired {
            if let name = try event.data()["record"]?.string { recorded.insert(name) }
        }
        var drafts: [EventDraft] = []
        for (name, value) in records where !recorded.contains("quarantine/" + name) {
            guard var data = value.object else { continue }
            data["record"] = .string("quarantine/" + name)
            drafts.append(EventDraft(.recoveryRepaired, data: EventData(data)))
        }
        try record(drafts)
    }
}

/// The losses that a journal's own events record.
struct RecordedLosses {
    private(set) var ranges: [ClosedRange<UInt64>] = []

    /// Reads the `recovery.repaired` events of a view. Cost: a reading of the journal's own session.
    init(of view: LogView) {
        var found: [ClosedRange<UInt64>] = []
        // Where that session is damaged itself, what is left of it counts.
        try? view.scan(
            stream: SessionID.journal.streamKey, in: 1...(.max), onHole: { _ in }
        ) { _, line in
            if let event = try? Event(line: Array(copying: line)), event.kind == .recoveryRepaired,
                let data = try? event.data()
            {
                found += RepairRecord.lost(in: data)
            }
            return true
        }
        ranges = found
    }

    /// Whether every event of a hole is recorded as lost.
    func cover(_ events: ClosedRange<UInt64>) -> Bool {
        var next = events.lowerBound
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound })
        where range.contains(next) {
            guard range.upperBound < events.upperBound else { return true }
            next = range.upperBound + 1
        }
        return false
    }
}
