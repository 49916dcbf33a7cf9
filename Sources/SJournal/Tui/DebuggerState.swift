import SessionJournal

/// All that the debugger knows and shows, and what keys make of it.
///
/// A value that reads nothing, draws nothing and knows no clock: keys (`handle`) and answers
/// (`take`) change it, `needs` says what is missing, and `DebuggerScreen` draws it.
struct DebuggerState: Sendable {
    /// What a person is typing at the bottom.
    struct Prompt: Hashable, Sendable {
        enum Purpose: Hashable, Sendable {
            case jump, search, label, fork, mergePreview, branch
        }

        let purpose: Purpose
        var text = ""
    }

    /// How the session is called, and how a command line calls it.
    let names: DebuggerNames

    var layout: DebuggerLayout
    var pane = DebuggerPane.events
    var wide: DebuggerPane?
    var view = InspectorView.event

    // MARK: The record

    /// The version of the session's last event; 0 where it has none.
    var lastVersion: UInt64
    /// The version of the event one stands on: 1 to `lastVersion`; 0 where there is none.
    var cursor: UInt64
    /// The event that the diff compares with.
    var mark: UInt64?
    /// The branch that is looked at; nil for the current one.
    var branch: String?
    var isFollowing = false
    var pages = EventPages()
    /// The first event that the list shows.
    var topVersion: UInt64 = 1
    var labels: [UInt64: [String]] = [:]
    var labelsVersion: UInt64?
    var totals: TotalsContent?

    // MARK: The tree

    var tree: TreeContent?
    var treeRows: [TreeOutline.Row] = []
    /// For each message the row that it is on.
    var treeOwners: [Int] = []
    var treeFolds: Set<Int> = []
    var treeRow = 0
    var treeTop = 0
    /// The event for which the row was found: it is left alone while one stands on that.
    var placedVersion: UInt64 = 0

    // MARK: The inspector

    var contents: [InspectorView: InspectorContent] = [:]
    var folds: Set<String> = [InspectorDocument.emptyFields]
    var document: InspectorDocument?
    var lineCursors: [InspectorView: Int] = [:]
    var lineTops: [InspectorView: Int] = [:]
    var histories: [String: FieldHistory] = [:]

    // MARK: What lies over it

    var prompt: Prompt?
    var overlay: Overlay?
    var message: Shown?
    /// What is being done that keys wait for, and those that wait.
    var awaited: DebuggerEffect?
    var waitingKeys: [Key] = []
    /// The beginning of a sequence of keys.
    var pendingKeys: [Key] = []
    var lastSearch: String?
    /// What could not be read: it is not tried again until somebody asks.
    var failures: Set<DebuggerNeed> = []

    /// More keys than this are not remembered while something is done.
    static let mostWaitingKeys = 64
    static let longestPrompt = 512

    /// - Parameters:
    ///   - names: How the session is called.
    ///   - lastVersion: The version of its last event.
    ///   - cursor: The version to stand on; nil for the last.
    ///   - branch: The branch to look at; nil for the current one.
    ///   - size: Of the terminal.
    init(
        names: DebuggerNames, lastVersion: UInt64, cursor: UInt64? = nil, branch: String? = nil,
        size: ScreenSize
    ) {
        self.names = names
        self.lastVersion = lastVersion
        self.cursor = min(max(cursor ?? lastVersion, min(1, lastVersion)), lastVersion)
        self.branch = branch
        layout = DebuggerLayout(size: size, wide: nil)
        settle()
    }

    /// The event one stands on, where it was read.
    var row: EventRow? { pages[cursor] }

    /// The labels of the event one stands on.
    var labelsHere: [String] { row.flatMap { labels[$0.sequence] } ?? [] }

    /// The difference that is asked for: from the marked event, else from the one before, the
    /// earlier one first.
    var differenceEnds: (from: UInt64, to: UInt64) {
        guard let mark, mark != cursor else { return (cursor == 0 ? 0 : cursor - 1, cursor) }
        return (min(mark, cursor), max(mark, cursor))
    }

    /// What the inspector is to show; nil in a session without events.
    var contentNeed: DebuggerNeed? {
        guard cursor > 0 else { return nil }
        switch view {
        case .event: return .event(cursor)
        case .state: return .state(cursor, branch: branch)
        case .difference:
            let (from, to) = differenceEnds
            return .difference(from: from, to: to, branch: branch)
        }
    }

    /// Whether what the inspector shows is what it is to show.
    var isContentCurrent: Bool { contents[view]?.need == contentNeed }

    /// The line of the inspector that the cursor is on.
    var line: InspectorLine? {
        guard let lines = document?.lines, let cursor = lineCursors[view],
            lines.indices.contains(cursor)
        else { return nil }
        return lines[cursor]
    }

    /// The field under the cursor, where the inspector shows the state.
    var field: String? { view == .state ? line?.field : nil }

    /// The branch whose metadata the state shows.
    var shownBranch: String {
        if case .state(let content)? = contents[.state], let name = content.shownBranch {
            return name
        }
        return branch ?? EventDraft.mainBranch
    }

    /// What is known of the field under the cursor.
    var history: FieldHistory? { field.flatMap { histories[$0] } }

    /// What the screen would show and that was not read, the most urgent first.
    var needs: [DebuggerNeed] {
        var needs: [DebuggerNeed] = []
        if cursor > 0 {
            let shown = UInt64(layout.contentRows(.events))
            let end = min(lastVersion, topVersion + shown)
            var wanted = [cursor, topVersion, end].map { EventPages.page(of: $0) }
            if wanted[1] < wanted[2] { wanted += Array(wanted[1]...wanted[2]) }
            for page in wanted where !pages.isRead(page, lastVersion: lastVersion) {
                needs.append(.page(page, lastVersion: lastVersion))
            }
            if let need = contentNeed, !isContentCurrent { needs.append(need) }
            if totals?.version != cursor { needs.append(.totals(cursor)) }
            if labelsVersion != lastVersion { needs.append(.labels(lastVersion: lastVersion)) }
            if tree?.lastVersion != lastVersion || tree?.branch != branch {
                needs.append(.tree(branch: branch, lastVersion: lastVersion))
            }
        }
        if let field {
            let known = histories[field]
            if known?.lastVersion != lastVersion || known?.branch != shownBranch {
                needs.append(
                    .history(field: field, branch: shownBranch, lastVersion: lastVersion))
            }
        }
        return failures.isEmpty ? needs : needs.filter { !failures.contains($0) }
    }

    /// The terminal has another size.
    mutating func resize(to size: ScreenSize) {
        layout = DebuggerLayout(size: size, wide: wide)
        layOut()
        settle()
    }
}

/// How the session is called.
struct DebuggerNames: Hashable, Sendable {
    /// For the header.
    let title: String
    /// As a command line names journal and session: `-j /data/chats show`, quoted where a shell
    /// needs it.
    let journalOption: String
    let session: String

    /// The command line that gives an answer.
    func command(_ words: String) -> String { "sjournal \(journalOption)\(words)" }

    /// A word as a shell takes it.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:@,+=".utf8.contains(byte)
            }
        }
        if isPlain, !word.isEmpty { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
