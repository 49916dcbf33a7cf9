/// Something that a snapshot writes as JSON.
protocol SnapshotValue: Sendable {
    /// The same value gives the same JSON, always.
    var snapshot: JSONValue { get }

    /// Nil for JSON that makes no sense.
    init?(snapshot: JSONValue)
}

/// Entries in order, which are only ever added, in pages that copies share. Pages from a snapshot
/// are decoded when somebody looks at them.
struct PagedLog<Entry: SnapshotValue>: Sendable {
    private static var pageSize: Int { 32 }

    private var pages: [LogPage<Entry>] = []
    private var tail: [Entry] = []

    init() {}

    /// The number of entries.
    var count: Int { pages.count * Self.pageSize + tail.count }

    mutating func append(_ entry: Entry) {
        tail.append(entry)
        if tail.count == Self.pageSize {
            pages.append(LogPage(tail))
            tail = []
        }
    }

    /// Passes over the entries until told to stop, the first first.
    func forEach(_ body: (Entry) -> Void) {
        for page in pages { page.entries.forEach(body) }
        tail.forEach(body)
    }

    /// The last entry that satisfies a condition.
    func last(where isWanted: (Entry) -> Bool) -> Entry? {
        if let entry = tail.last(where: isWanted) { return entry }
        for page in pages.reversed() {
            if let entry = page.entries.last(where: isWanted) { return entry }
        }
        return nil
    }

    /// The last entries that satisfy a condition, so many at most, the first first.
    func suffix(_ count: Int, where isWanted: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        for index in stride(from: pages.count, through: 0, by: -1) {
            let entries = index == pages.count ? tail : pages[index].entries
            for entry in entries.reversed() where isWanted(entry) {
                guard found.count < count else { return found.reversed() }
                found.append(entry)
            }
        }
        return found.reversed()
    }

    // MARK: Snapshots

    /// The log as a snapshot keeps it: its full pages by reference, the rest in full.
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        let references = pages.map { page -> JSONValue in
            let reference = storage.put(.list, page.reference, { page.bytes }) {
                page.store(at: $0)
            }
            return [JSONValue(reference.offset), JSONValue(reference.size)]
        }
        return [
            .array(JSONDifferences.encode(references)),
            .array(JSONDifferences.encode(tail.map(\.snapshot))),
        ]
    }

    /// The log that a snapshot says; nil where it makes no sense.
    init?(snapshot: JSONValue, _ reading: SnapshotReading) {
        guard let lists = snapshot.array, lists.count == 2, let references = lists[0].array,
            let entries = lists[1].array, entries.count < Self.pageSize
        else { return nil }
        for reference in JSONDifferences.decode(references) {
            guard let pair = reference.array, pair.count == 2, let offset = pair[0].unsigned,
                let size = pair[1].unsigned,
                let page = reading.page(at: offset, size)
            else { return nil }
            pages.append(LogPage(page.bytes, count: Self.pageSize, at: page.reference))
        }
        tail = JSONDifferences.decode(entries).compactMap { Entry(snapshot: $0) }
        guard tail.count == entries.count else { return nil }
    }
}
