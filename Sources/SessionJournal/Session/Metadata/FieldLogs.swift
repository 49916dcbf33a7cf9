/// Which events gave each metadata field a value, and which: what blame and history are asked of.
///
/// The derived fields have values, too: `last_modified` and `modified_by` what the creation says and
/// then each change of metadata, `turn_count` each turn of a person that is said or taken away,
/// `archived` each change of `status`.
struct FieldLogs: Sendable {
    /// A value that a field took.
    struct Entry: SnapshotValue {
        var sequence: UInt64
        /// The place of the branch that it was set on.
        var branch: Int
        /// Null where the event says it: when it happened, and who did it.
        var value: JSONValue

        /// The value that the event gave a field.
        func value(of field: String, by event: Event) -> JSONValue {
            guard value.isNull, event.kind != .sessionCreated else { return value }
            switch field {
            case MetadataField.lastModified: return .string(event.moment.description)
            case MetadataField.modifiedBy: return JSONValue(event.actor)
            default: return value
            }
        }
    }

    /// The fields that were ever set, in the order in which they came.
    private(set) var names: [String] = []

    private var logs: [String: PagedLog<Entry>] = [:]

    /// Changes whose content is withheld: nobody knows which fields they set.
    private var withheld = PagedLog<Entry>()

    /// Those of them of which that is known after all, since an erasure has kept it.
    private var outlined: Set<UInt64> = []

    /// Notes the value that an event gave a field.
    mutating func note(_ field: String, _ value: JSONValue, by event: Event, branch: Int) {
        if logs[field] == nil { names.append(field) }
        logs[field, default: .init()].append(
            Entry(sequence: event.sequence, branch: branch, value: value))
    }

    /// Notes a change that nobody can read any more.
    mutating func noteWithheld(_ event: Event) {
        withheld.append(Entry(sequence: event.sequence, branch: 0, value: .null))
    }

    /// The number of values that are noted.
    var entryCount: Int { logs.values.reduce(withheld.count) { $0 + $1.count } }

    /// The events whose changes nobody can read any more.
    var withheldSequences: Set<UInt64> {
        var sequences: Set<UInt64> = []
        withheld.forEach { sequences.insert($0.sequence) }
        return sequences
    }

    private var withheldCount: Int {
        outlined.isEmpty
            ? withheld.count : withheld.suffix(.max) { !outlined.contains($0.sequence) }.count
    }

    /// Notes that an erased change set a field, and on which branch.
    mutating func noteErased(_ field: String, by sequence: UInt64, branch: Int) {
        outlined.insert(sequence)
        if logs[field] == nil { names.append(field) }
        logs[field, default: .init()].append(
            Entry(sequence: sequence, branch: branch, value: .erased))
    }

    /// Values of a field in order, the last so many, and how many there are; with them the changes
    /// that may have set it, and nobody knows.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - lineage: The branches whose values count, each up to an event; nil for all.
    ///   - limit: How many values at most.
    func values(
        of field: String, on lineage: [(branch: Int, through: UInt64)]?, limit: Int
    ) -> (entries: [(entry: Entry, isWithheld: Bool)], count: Int) {
        let log = logs[field] ?? .init()
        var count = log.count
        let entries: [Entry]
        if let lineage {
            let isWanted = { (entry: Entry) in
                lineage.contains { $0.branch == entry.branch && entry.sequence <= $0.through }
            }
            let all = log.suffix(.max, where: isWanted)
            count = all.count
            entries = all.suffix(limit)
        } else {
            entries = log.suffix(limit) { _ in true }
        }
        let first = count > entries.count ? entries.first?.sequence ?? 0 : 0
        let hidden = withheld.suffix(.max) { entry in
            entry.sequence >= first && !outlined.contains(entry.sequence)
        }
        let both = entries.map { ($0, false) } + hidden.map { ($0, true) }
        return (both.sorted { $0.0.sequence < $1.0.sequence }, count + withheldCount)
    }
}

extension FieldLogs {
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        let fields = names.map { name -> JSONValue in
            [.string(name), (logs[name] ?? .init()).snapshot(&storage)]
        }
        return [
            .array(fields), withheld.snapshot(&storage),
            .array(outlined.sorted().map { JSONValue($0) }),
        ]
    }

    init?(snapshot: JSONValue, _ reading: SnapshotReading) {
        guard let parts = snapshot.array, parts.count == 3, let fields = parts[0].array,
            let withheld = PagedLog<Entry>(snapshot: parts[1], reading)
        else { return nil }
        for field in fields {
            guard let pair = field.array, pair.count == 2, let name = pair[0].string,
                let log = PagedLog<Entry>(snapshot: pair[1], reading),
                logs.updateValue(log, forKey: name) == nil
            else { return nil }
            names.append(name)
        }
        self.withheld = withheld
        outlined = Set(parts[2].array?.compactMap(\.unsigned) ?? [])
    }
}

extension FieldLogs.Entry {
    var snapshot: JSONValue { [JSONValue(sequence), JSONValue(branch), value] }

    init?(snapshot: JSONValue) {
        guard let parts = snapshot.array, parts.count == 3, let sequence = parts[0].unsigned,
            let branch = parts[1].count
        else { return nil }
        self.init(sequence: sequence, branch: branch, value: parts[2])
    }
}
