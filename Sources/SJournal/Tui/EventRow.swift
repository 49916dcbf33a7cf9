import SessionJournal

/// An event as the list shows it.
struct EventRow: Hashable, Sendable {
    let version: UInt64
    let sequence: UInt64
    let moment: Timestamp
    let kind: String
    let actor: String
    /// The branch, where it is not `main`.
    let branch: String?
    let words: String

    /// Events above this size are named by it: parsing one to show its first words takes too long.
    private static let largestParsed = 1 << 18
    private static let longestWords = 200

    init(_ event: Event) {
        version = event.version
        sequence = event.sequence
        moment = event.moment
        kind = event.kind.rawValue
        actor = event.onBehalf ?? event.actor ?? ""
        branch = event.branch == EventDraft.mainBranch ? nil : event.branch
        words = Self.words(event)
    }

    private static func words(_ event: Event) -> String {
        if event.isWithheld { return "withheld" }
        if event.isCompacted { return "compacted" }
        guard event.line.count <= largestParsed else {
            return Numbers.bytes(UInt64(event.line.count))
        }
        guard let data = try? event.data() else { return "its data cannot be read" }
        return Wrapping.flattened(EventSummary.words(event.kind, data), limit: longestWords)
    }
}

/// The events that were read for the list, by pages of their versions.
struct EventPages: Sendable {
    /// How many events a page has.
    static let pageCount: UInt64 = 128
    /// How many pages are kept.
    private static let keptPages = 64

    private struct Page: Sendable {
        var rows: [UInt64: EventRow]
        /// The last version that there was when it was read.
        var lastVersion: UInt64
    }

    private var pages: [UInt64: Page] = [:]

    static func page(of version: UInt64) -> UInt64 { (max(version, 1) - 1) / pageCount }

    /// The versions of a page.
    static func versions(of page: UInt64) -> ClosedRange<UInt64> {
        page * pageCount + 1...(page + 1) * pageCount
    }

    /// The event of a version; nil where it was not read, or is not there.
    subscript(version: UInt64) -> EventRow? { pages[Self.page(of: version)]?.rows[version] }

    /// Whether a page was read, and nothing was added to it since then.
    func isRead(_ page: UInt64, lastVersion: UInt64) -> Bool {
        guard let known = pages[page] else { return false }
        return known.lastVersion >= min(lastVersion, Self.versions(of: page).upperBound)
    }

    /// Takes in what was read; what is furthest from it is forgotten where there is too much.
    mutating func put(_ rows: [EventRow], page: UInt64, lastVersion: UInt64) {
        pages[page] = Page(
            rows: Dictionary(rows.map { ($0.version, $0) }) { $1 }, lastVersion: lastVersion)
        guard pages.count > Self.keptPages else { return }
        func distance(_ other: UInt64) -> UInt64 { other > page ? other - page : page - other }
        if let furthest = pages.keys.max(by: { distance($0) < distance($1) }) {
            pages[furthest] = nil
        }
    }
}
