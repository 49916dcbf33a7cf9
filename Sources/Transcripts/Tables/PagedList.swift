/// Elements one behind the other, in pages that do not move: a list of a million grows without a
/// second copy of itself beside it.
struct PagedList<Element: Sendable>: Sendable {
    /// How many elements a page has.
    private static var pageSize: Int { 4096 }

    private var pages: [[Element]] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// An element by its place, from 0.
    subscript(place: Int) -> Element {
        get { pages[place / Self.pageSize][place % Self.pageSize] }
        _modify { yield &pages[place / Self.pageSize][place % Self.pageSize] }
    }

    mutating func append(_ element: Element) {
        if count % Self.pageSize == 0 { pages.append([]) }
        pages[pages.count - 1].append(element)
        count += 1
    }
}
