import SessionJournal

/// Where one stands in the list, the tree and the inspector.
extension DebuggerState {
    /// Goes to an event.
    mutating func move(to version: UInt64) {
        cursor = min(max(version, min(1, lastVersion)), lastVersion)
        settle()
    }

    /// Goes so many events further, or back.
    mutating func step(_ count: Int) {
        let distance = UInt64(count.magnitude)
        if count < 0 {
            move(to: cursor > distance ? cursor - distance : 1)
        } else {
            let (version, overflows) = cursor.addingReportingOverflow(distance)
            move(to: overflows ? lastVersion : version)
        }
    }

    /// Brings what is shown in line with the cursor: scrolls the list, and finds the place in the
    /// tree.
    mutating func settle(keepsTreeRow: Bool = false) {
        let rows = UInt64(layout.contentRows(.events))
        if cursor < topVersion { topVersion = max(cursor, 1) }
        if cursor >= topVersion + rows { topVersion = cursor - rows + 1 }
        // No empty lines below the last event while others are hidden above the first.
        let last = lastVersion >= rows ? lastVersion - rows + 1 : 1
        topVersion = max(min(topVersion, last), 1)
        if keepsTreeRow {
            placedVersion = cursor
        } else if placedVersion != cursor, let row {
            placeInTree(row.sequence)
            placedVersion = cursor
        }
        scrollTree()
        scrollInspector()
    }

    private mutating func placeInTree(_ sequence: UInt64) {
        guard let tree else { return }
        let message = tree.message(upTo: sequence)
        treeRow = message.map { treeOwners[$0] } ?? 0
    }

    /// The tree's rows, drawn anew where it or its folds have changed.
    mutating func outlineTree() {
        guard let tree else { return }
        treeRows = tree.outline.rows(folded: treeFolds)
        treeOwners = tree.outline.owners(of: treeRows)
        if let row { placeInTree(row.sequence) }
        scrollTree()
    }

    mutating func scrollTree() {
        treeRow = min(max(treeRow, 0), max(treeRows.count - 1, 0))
        treeTop = Self.top(
            treeTop, showing: treeRow, of: treeRows.count, rows: layout.contentRows(.tree))
    }

    /// The event of the row in the tree; nil for one that is no message.
    var treeSequence: UInt64? {
        guard let tree, treeRows.indices.contains(treeRow) else { return nil }
        switch treeRows[treeRow].kind {
        case .turn(let start, _, _): return tree.sequences[start]
        case .head(let end, _): return tree.sequences[end]
        case .opening: return nil
        }
    }

    // MARK: The inspector

    /// Lays the content out anew.
    mutating func layOut() {
        guard let content = contents[view] else {
            document = nil
            return
        }
        let field = self.field
        let new = InspectorDocument(
            content, columns: layout.columns(.inspector) - 1, folded: folds)
        document = new
        // The cursor stays on the field, wherever it stands now.
        if let field, let place = new.lines.firstIndex(where: { $0.field == field }) {
            lineCursors[view] = place
        }
        scrollInspector()
    }

    mutating func moveLine(_ count: Int) {
        let place = lineCursors[view] ?? 0
        let last = max((document?.lines.count ?? 0) - 1, 0)
        lineCursors[view] = min(max(place + count, 0), last)
        scrollInspector()
    }

    mutating func scrollInspector() {
        let count = document?.lines.count ?? 0
        let place = min(max(lineCursors[view] ?? 0, 0), max(count - 1, 0))
        lineCursors[view] = place
        lineTops[view] = Self.top(
            lineTops[view] ?? 0, showing: place, of: count, rows: inspectorRows)
    }

    /// The rows of the inspector that show the document: what is known of a field stands below it.
    var inspectorRows: Int {
        max(layout.contentRows(.inspector) - (view == .state ? Self.fieldRows : 0), 1)
    }

    /// A rule, and two lines.
    static let fieldRows = 3

    /// The first line to show, so that one of them is seen.
    private static func top(_ top: Int, showing place: Int, of count: Int, rows: Int) -> Int {
        var top = top
        if place < top { top = place }
        if place >= top + rows { top = place - rows + 1 }
        return max(min(top, count - rows), 0)
    }
}
