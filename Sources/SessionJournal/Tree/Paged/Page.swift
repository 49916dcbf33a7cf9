internal import Synchronization

/// Some elements of a ``PagedTable``, which never change: in memory, or what a snapshot keeps of them
/// and the journal that they are made from again.
final class Page<Element: PagedElement>: Sendable {
    private struct State {
        var elements: [Element]?
        /// Where the page came from a snapshot.
        var stored: StoredRows?
        /// Where the first elements came from a snapshot, and the others came after it.
        var beginning: (page: Page<Element>, others: [Element])?
        var reference: StoredReference?
    }

    let count: Int
    private let state: Mutex<State>

    /// A page of elements.
    init(_ elements: [Element]) {
        count = elements.count
        state = Mutex(State(elements: elements))
    }

    /// A page that a snapshot holds; `reference` is nil for one that others do not share.
    init(_ rows: StoredRows, at reference: StoredReference?) {
        count = rows.count
        state = Mutex(State(stored: rows, reference: reference))
    }

    /// A page that goes on where another one ends.
    init(_ page: Page<Element>, _ others: [Element]) {
        count = page.count + others.count
        state = Mutex(State(beginning: (page, others)))
    }

    /// The elements. Cost: those of a stored page are read from the journal, once.
    var elements: [Element] {
        state.withLock { state in
            if let elements = state.elements { return elements }
            if let (page, others) = state.beginning {
                // What the first page could not read may be readable later.
                let elements = page.elements + others
                if page.isRead {
                    state.elements = elements
                    state.beginning = nil
                }
                return elements
            }
            let (elements, isComplete): ([Element], Bool) = state.stored?.elements() ?? ([], true)
            if isComplete { state.elements = elements }
            return elements
        }
    }

    /// Whether its elements are in memory.
    var isRead: Bool { state.withLock { $0.elements != nil } }

    /// What a snapshot keeps of the elements. Cost: nothing is read from the journal.
    func rows(_ seed: UInt64) -> [PageRow] {
        let (stored, beginning) = state.withLock { ($0.stored, $0.beginning) }
        if let stored { return stored.rows }
        if let (page, others) = beginning {
            return page.rows(seed) + others.map { $0.row(hashedBy: seed) }
        }
        return elements.map { $0.row(hashedBy: seed) }
    }

    /// Where the page stands in a file of snapshots; nil where it does in none.
    var reference: StoredReference? { state.withLock { $0.reference } }

    /// Notes where it stands now.
    func store(at reference: StoredReference) { state.withLock { $0.reference = reference } }

    /// The same page without what was read from the journal for it.
    var unread: Page<Element> {
        state.withLock { state in
            state.stored.map { Page($0, at: state.reference) } ?? self
        }
    }

    /// Those of its elements that are in memory now.
    var elementsInMemory: [Element] {
        state.withLock { state in
            if let elements = state.elements { return elements }
            guard let (page, others) = state.beginning else { return [] }
            return page.elementsInMemory + others
        }
    }

    /// Whether its elements are held in memory for good.
    var isInMemory: Bool { state.withLock { $0.stored == nil } }
}

extension PagedElement {
    /// What a snapshot keeps of it.
    func row(hashedBy seed: UInt64) -> PageRow {
        if let lost { return lost.row }
        var row = row
        row.hashes = names.map { NameIndex.hash(of: $0, seed) }
        return row
    }
}

/// Where a record stands in a file of snapshots.
struct StoredReference: Hashable, Sendable {
    /// Which file that is: a number that each file draws when it is made.
    var file: UInt64
    /// Where the record begins, in bytes.
    var offset: UInt64
    /// How long it is with its header, in bytes.
    var size: UInt64
}
