internal import Synchronization

/// Reads events where the caller stands: what a page is made from again.
protocol EventSource: Sendable {
    /// The events of a session in a range of sequence numbers, in order, as far as they can be
    /// read: what is lost is left out.
    func events(of session: SessionID, in range: ClosedRange<UInt64>) -> [Event]
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

    /// The elements of the rows. Cost: reads the events that made them, unless somebody did lately.
    func elements<Element: PagedElement>() -> [Element] {
        if let known = shelf.elements(at: place) as? [Element] { return known }
        let elements: [Element] = made()
        shelf.put(elements, at: place)
        return elements
    }

    private func made<Element: PagedElement>() -> [Element] {
        let rows = rows
        guard let first = rows.first?.sequences.first, let last = rows.last?.sequences.first
        else { return [] }
        var events: [UInt64: Event] = [:]
        for event in source.events(of: session, in: first...max(first, last)) {
            events[event.sequence] = event
        }
        for row in rows {
            for sequence in row.sequences where sequence > last && events[sequence] == nil {
                events[sequence] = source.events(of: session, in: sequence...sequence).first
            }
        }
        let seed = session.seed
        return rows.map { row in
            let made = row.sequences.compactMap { events[$0] }
            guard made.count == row.sequences.count else { return Element(unreadable: row) }
            let element = Element(row, from: made) { name in
                row.hashes.contains(NameIndex.hash(of: name, seed))
            }
            return element ?? Element(unreadable: row)
        }
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
        var pages: [Place: (use: UInt64, elements: any Sendable)] = [:]
        var uses: UInt64 = 0
    }

    private let limit: Int
    private let shelf = Mutex(Shelf())

    init(limit: Int) { self.limit = limit }

    func elements(at place: Place) -> (any Sendable)? {
        shelf.withLock { shelf in
            guard let elements = shelf.pages[place]?.elements else { return nil }
            shelf.uses += 1
            shelf.pages[place]?.use = shelf.uses
            return elements
        }
    }

    func put(_ elements: some Sendable, at place: Place) {
        shelf.withLock { shelf in
            shelf.uses += 1
            shelf.pages[place] = (shelf.uses, elements)
            guard shelf.pages.count > limit,
                let oldest = shelf.pages.min(by: { $0.value.use < $1.value.use })
            else { return }
            shelf.pages[oldest.key] = nil
        }
    }
}
