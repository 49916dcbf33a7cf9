/// What stands in a ``PagedTable``: found by its names, and kept in snapshots as the numbers of the
/// events that made it.
protocol PagedElement: Sendable {
    /// The names by which it is found. They may become more, at the end, never less.
    var names: [String] { get }

    /// Whether a name is one of them.
    func isNamed(_ name: String) -> Bool

    /// What a snapshot keeps of it, without the hashes of its names.
    var row: PageRow { get }

    /// Makes it again from its row and its events, in their order.
    init?(_ row: PageRow, from events: [Event], isName: (String) -> Bool)

    /// What stands in its place where the events of its row cannot be read.
    init(unreadable row: PageRow)

    /// The row of one that could not be made, which goes on into later snapshots; nil for all others.
    var lost: LostRow? { get }
}

/// A row whose events could not be read.
final class LostRow: Sendable {
    let row: PageRow

    init(_ row: PageRow) { self.row = row }
}

/// Elements in the order in which they came, with their names, in pages that copies share: a copy
/// costs a reference a page, a change in an old page copies that page, and pages from a snapshot are
/// made from the journal's events when somebody looks at them.
struct PagedTable<Element: PagedElement>: Sendable {
    /// The number of elements in a full page.
    static var pageSize: Int { 128 }

    /// The pages that are full.
    private(set) var pages: [Page<Element>] = []

    /// The elements after them, as a snapshot has them.
    private var beginning: Page<Element>?

    /// Those after these.
    private var others: [Element] = []

    /// Where names may stand; shared by all copies. Nil before the first name.
    private var index: NameIndex?

    /// From what the hashes of names are drawn; the same in all states of a session.
    var seed: UInt64 = 0

    /// A table without elements.
    init() {}

    /// A table of stored pages, the last of them not full, whose names are in the index.
    init(pages: [Page<Element>], tail: Page<Element>, index: NameIndex) {
        self.pages = pages
        beginning = tail.count > 0 ? tail : nil
        self.index = index
        seed = index.seed
    }

    /// The elements behind the full pages, as rows.
    var tailRows: [PageRow] {
        (beginning?.rows(seed) ?? []) + others.map { $0.row(hashedBy: seed) }
    }

    /// The place of the element with a name; nil where there is none. Cost: a look into a table of
    /// hashes, and at the elements whose hash it is.
    func place(of name: String) -> Int? {
        index?.first(of: name) { place in place < count && self[place].isNamed(name) }
    }

    /// Adds an element at the end. Names that others have already still lead to those.
    mutating func append(_ element: Element) {
        note(element.names[...], at: count)
        others.append(element)
        guard (beginning?.count ?? 0) + others.count == Self.pageSize else { return }
        pages.append(beginning.map { Page($0, others) } ?? Page(others))
        beginning = nil
        others = []
    }

    /// Changes an element. Names that it gets are found from now on.
    mutating func update<Answer>(_ place: Int, _ change: (inout Element) -> Answer) -> Answer {
        let known = self[place].names.count
        let answer: Answer
        let tailStart = pages.count * Self.pageSize
        if place >= tailStart {
            if place < tailStart + (beginning?.count ?? 0) {
                others = (beginning?.elements ?? []) + others
                beginning = nil
            }
            answer = change(&others[place - tailStart - (beginning?.count ?? 0)])
        } else {
            var elements = pages[place / Self.pageSize].elements
            answer = change(&elements[place % Self.pageSize])
            pages[place / Self.pageSize] = Page(elements)
        }
        note(self[place].names.dropFirst(known), at: place)
        return answer
    }

    private mutating func note(_ names: ArraySlice<String>, at place: Int) {
        guard !names.isEmpty else { return }
        let index = index ?? NameIndex(seed: seed)
        self.index = index
        for name in names { index.insert(name, at: place) }
    }

    /// Passes over the elements that are in memory: nothing is read from the journal for it.
    func forEachInMemory(_ body: (Element) -> Void) {
        for page in pages { page.elementsInMemory.forEach(body) }
        beginning?.elementsInMemory.forEach(body)
        others.forEach(body)
    }

    /// How many full pages are in memory.
    var readPageCount: Int { pages.count(where: \.isRead) }

    /// The same table without what was read from the journal for its pages; nil where it holds more
    /// than a few pages in memory for good.
    func unread(atMost limit: Int) -> PagedTable? {
        guard pages.count(where: \.isInMemory) <= limit else { return nil }
        var table = self
        table.pages = pages.map(\.unread)
        table.beginning = beginning?.unread
        return table
    }
}

extension PagedTable: RandomAccessCollection {
    var startIndex: Int { 0 }

    var endIndex: Int {
        pages.count * Self.pageSize + (beginning?.count ?? 0) + others.count
    }

    subscript(place: Int) -> Element {
        let tailPlace = place - pages.count * Self.pageSize
        guard tailPlace >= 0 else {
            return pages[place / Self.pageSize].elements[place % Self.pageSize]
        }
        guard let beginning else { return others[tailPlace] }
        return tailPlace < beginning.count
            ? beginning.elements[tailPlace] : others[tailPlace - beginning.count]
    }

    /// Passes over the elements a page at a time.
    func makeIterator() -> Iterator { Iterator(table: self) }

    struct Iterator: IteratorProtocol {
        private let table: PagedTable
        private var page = 0
        private var elements: [Element] = []
        private var place = 0

        init(table: PagedTable) { self.table = table }

        mutating func next() -> Element? {
            while place == elements.count {
                let pages = table.pages
                guard page <= pages.count + 1 else { return nil }
                if page < pages.count {
                    elements = pages[page].elements
                } else {
                    elements = page == pages.count ? table.beginning?.elements ?? [] : table.others
                }
                page += 1
                place = 0
            }
            place += 1
            return elements[place - 1]
        }
    }
}
