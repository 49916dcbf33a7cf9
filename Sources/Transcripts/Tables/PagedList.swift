/// How much an import keeps in memory of what it knows.
enum TableRoom {
    /// Of each table, in bytes, about.
    @TaskLocal static var bytes = 4 << 20

    /// Of all sessions that are not in use, in bytes, about.
    @TaskLocal static var sessions = 32 << 20

    /// Makes a file for what does not fit; nil where there is no room.
    @TaskLocal static var file: @Sendable () -> UnnamedFile? = { try? UnnamedFile() }
}

/// Elements one behind the other. The last ones are in memory, in pages that do not move; those before
/// them go to a file without a name. Where that has no room, they stay.
///
/// Cost: one read of a file for an element that is not among the last ones.
struct PagedList<Element: BitwiseCopyable & Sendable>: RandomAccessCollection, Sendable {
    /// How many pages stay in memory.
    private static var pageLimit: Int { 64 }

    /// How many elements a page has.
    private let pageSize = Swift.max(
        1, TableRoom.bytes / Self.pageLimit / MemoryLayout<Element>.stride)

    /// The pages behind those that the file has.
    private var pages: [[Element]] = []
    private var file: UnnamedFile?
    private var storedCount = 0
    private(set) var count = 0

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    /// How much memory it takes, in bytes.
    var weight: Int { (count - storedCount) * Self.stride }

    /// Whether elements that it had could not be read again.
    var hasLost: Bool { file?.hasLost ?? false }

    private static var stride: Int { MemoryLayout<Element>.stride }

    /// An element by its place, from 0.
    subscript(place: Int) -> Element {
        get {
            guard place < storedCount else {
                let place = place - storedCount
                return pages[place / pageSize][place % pageSize]
            }
            // Any element, where it cannot be read: `hasLost` tells.
            return elements(place..<place + 1).first ?? pages[0][0]
        }
        set {
            guard place < storedCount else {
                let place = place - storedCount
                pages[place / pageSize][place % pageSize] = newValue
                return
            }
            ownFile()
            let element = [newValue]
            if file?.store(element.span, at: place * Self.stride) == false { file?.markLost() }
        }
    }

    /// Elements one behind the other.
    func elements(_ range: Range<Int>) -> [Element] {
        let stored = range.clamped(to: 0..<storedCount)
        var elements: [Element] = []
        if !stored.isEmpty, let file {
            elements = file.read(stored.count, at: stored.lowerBound * Self.stride)
        }
        for place in range.clamped(to: storedCount..<Swift.max(storedCount, range.upperBound)) {
            elements.append(self[place])
        }
        return elements
    }

    mutating func append(_ element: Element) {
        if (count - storedCount) % pageSize == 0 {
            if pages.count >= Self.pageLimit { store() }
            pages.append([])
        }
        pages[pages.count - 1].append(element)
        count += 1
    }

    /// Hands the first page in memory to the file.
    private mutating func store() {
        ownFile()
        if file == nil { file = TableRoom.file() }
        let page = pages[0]
        guard file?.store(page.span, at: storedCount * Self.stride) == true else { return }
        pages.removeFirst()
        storedCount += pageSize
    }

    /// Sees to it that no copy of this list has the same file.
    private mutating func ownFile() {
        // In this order: a second reference here would make it shared.
        guard file != nil, !isKnownUniquelyReferenced(&file), let shared = file else { return }
        if let copy = shared.copy(size: storedCount * Self.stride) {
            file = copy
        } else {
            shared.markLost()
        }
    }
}
