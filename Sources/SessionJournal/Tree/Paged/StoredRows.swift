internal import Synchronization

/// Reads events where the caller stands: what a page is made from again.
protocol EventSource: Sendable {
    /// Events of a session by their sequence numbers, as far as they can be read: what is lost is
    /// left out.
    func events(of session: SessionID, among sequences: [UInt64]) -> [Event]

    /// Notes that events of a page could not be read.
    func noteLoss()
}

/// A page as a snapshot holds it, and where its events are.
struct StoredRows: Sendable {
    let bytes: [UInt8]
    let count: Int
    let session: SessionID
    let source: any EventSource
    /// Where pages stand that were made lately, and the page's place there.
    let shelf: PageShelf
    let place: PageShelf.Place

    /// The rows; none for bytes that make no sense.
    var rows: [PageRow] { PageRow.decode(bytes.span, count: count) ?? [] }

    /// The elements of the rows, and whether all their events could be read. Cost: reads the events
    /// that made them, unless somebody did lately.
    func elements<Element: PagedElement>() -> (elements: [Element], isComplete: Bool) {
        if let known = shelf.elements(at: place) as? [Element] { return (known, true) }
        let rows = rows
        var events: [UInt64: Event] = [:]
        // First those that added the elements, which stand together; then what came later.
        let firsts = rows.map { $0.sequences[0] }
        for event in source.events(of: session, among: firsts) { events[event.sequence] = event }
        // One event may be about many of them.
        let later = Set(rows.flatMap { $0.sequences.dropFirst() }).sorted()
        for event in source.events(of: session, among: later) { events[event.sequence] = event }
        let size = events.values.reduce(0) { $0 + $1.line.count }
        let seed = session.seed
        var isComplete = true
        let elements = rows.map { row in
            let made = row.sequences.compactMap { events[$0] }
            guard made.count == row.sequences.count else {
                isComplete = false
                return Element(unreadable: row)
            }
            let element = Element(row, from: made) { name in
                row.hashes.contains(NameIndex.hash(of: name, seed))
            }
            return element ?? Element(unreadable: row)
        }
        if isComplete {
            shelf.put(elements, size: size, at: place)
        } else {
            source.noteLoss()
        }
        return (elements, isComplete)
    }
}

/// The pages that were made from the journal last, for the next state that has them.
final class PageShelf: Sendable {
    /// Where a page stands: its record, and for the rows of a snapshot behind the full pages which
    /// table they are of.
    struct Place: Hashable, Sendable {
        var record: StoredReference
        var table: Int
    }

    private struct Shelf {
        var pages: [Place: (use: UInt64, size: Int, elements: any Sendable)] = [:]
        var uses: UInt64 = 0
        var size = 0
    }

    private let sizeLimit: Int
    private let shelf = Mutex(Shelf())

    /// A shelf for pages of so many bytes of events in all.
    init(sizeLimit: Int) { self.sizeLimit = sizeLimit }

    /// Gives everything away.
    func forget() { shelf.withLock { $0 = Shelf() } }

    func elements(at place: Place) -> (any Sendable)? {
        shelf.withLock { shelf in
            guard let elements = shelf.pages[place]?.elements else { return nil }
            shelf.uses += 1
            shelf.pages[place]?.use = shelf.uses
            return elements
        }
    }

    func put(_ elements: some Sendable, size: Int, at place: Place) {
        guard size <= sizeLimit / 2 else { return }
        shelf.withLock { shelf in
            shelf.uses += 1
            shelf.size += size - (shelf.pages[place]?.size ?? 0)
            shelf.pages[place] = (shelf.uses, size, elements)
            while shelf.size > sizeLimit,
                let oldest = shelf.pages.min(by: { $0.value.use < $1.value.use })
            {
                shelf.size -= oldest.value.size
                shelf.pages[oldest.key] = nil
            }
        }
    }
}
