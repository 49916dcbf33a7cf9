internal import SegmentLog
internal import Synchronization

/// The snapshots of one session, in a file that is only appended to.
///
/// It is a cache: whatever is wrong with the file, it is as if it were not there, and a writer begins
/// a new one. One process writes at a time, the journal's writer; others read what is whole.
final class SnapshotFile: Sendable {
    /// What is known of a file.
    private struct Known {
        let records: SnapshotRecords
        var last: Snapshot
        let indexes: [NameIndex]
        /// The largest place of a branch in each page whose names are in the index.
        var indexed: [PageShelf.Place: Int] = [:]
    }

    /// Which table of a state.
    enum TableName: Int { case messages, merges, toolRuns }

    let session: SessionID
    private let path: String
    let journal: JournalID
    private let fileSystem: any FileSystem
    private let shelf: PageShelf
    private let known = Mutex<Known?>(nil)

    init(
        _ path: String, session: SessionID, journal: JournalID, fileSystem: any FileSystem,
        shelf: PageShelf
    ) {
        self.shelf = shelf
        self.path = path
        self.session = session
        self.journal = journal
        self.fileSystem = fileSystem
    }

    // MARK: Reading

    /// The snapshots that there are, the first first. Cost: a look at the end of the file.
    func marks() -> [SnapshotMark] {
        known.withLock { known in
            refresh(&known)
            guard let known else { return [] }
            return known.last.earlier.items + [known.last.mark]
        }
    }

    /// The state of a snapshot and the digest of its last event; nil where the file does not hold it
    /// whole.
    func state(at mark: SnapshotMark, from source: any EventSource) -> (SessionState, Digest)? {
        known.withLock { known -> (SessionState, Digest)? in
            guard let records = known?.records, let snapshot = read(mark.reference, known),
                let text = text(of: snapshot, records),
                let value = try? JSONValue(parsingSnapshot: text.span),
                let branchCount = value["tree"]?["branches"]?.array?.count,
                let messages: PagedTable<Message> = table(
                    snapshot.messages, .messages, of: mark.reference, &known, source, branchCount),
                let merges: PagedTable<Merge> = table(
                    snapshot.merges, .merges, of: mark.reference, &known, source, branchCount),
                let toolRuns: PagedTable<ToolRun> = table(
                    snapshot.toolRuns, .toolRuns, of: mark.reference, &known, source, branchCount),
                let state = SessionState(
                    snapshot: value,
                    SnapshotReading(file: records.file) { records.content(.list, at: $0) },
                    messages: messages, merges: merges, toolRuns: toolRuns),
                state.session == session, state.lastSequence == mark.sequence
            else { return nil }
            return (state, snapshot.digest)
        }
    }

    /// Looks whether the file has grown, or is another one.
    private func refresh(_ known: inout Known?) {
        if let records = known?.records {
            // A file that was taken away or replaced is read anew.
            let now = (try? fileSystem.status(of: path)) ?? nil
            if now?.identity != (try? records.handle.identity()) || (now?.size ?? 0) < records.size
            {
                known = nil
            } else if now?.size == records.size {
                return
            }
        }
        guard let records = known?.records ?? open(), let size = try? records.handle.size(),
            size >= SnapshotRecord.headerSize + SnapshotRecord.endSize,
            let end = try? records.handle.read(
                SnapshotRecord.endSize, at: size - SnapshotRecord.endSize),
            let offset = SnapshotRecord.lastSnapshot(end),
            offset < UInt64(size - SnapshotRecord.endSize)
        else {
            // Torn, or being written: what was known stays.
            return
        }
        let reference = StoredReference(
            file: records.file, offset: offset,
            size: UInt64(size - SnapshotRecord.endSize) - offset)
        let before = records.size
        records.size = size
        guard let content = records.read(.snapshot, at: reference),
            let last = Snapshot(
                content, at: reference, read: { records.content(.list, at: $0) })
        else {
            records.size = before
            return
        }
        if known == nil {
            known = Known(records: records, last: last, indexes: indexes())
        } else {
            known?.last = last
        }
    }

    private func open() -> SnapshotRecords? {
        guard let handle = try? fileSystem.open(path, .read),
            let header = try? handle.read(SnapshotRecord.headerSize, at: 0),
            let file = SnapshotRecord.file(of: header, journal: journal, session: session)
        else { return nil }
        return SnapshotRecords(handle, file: file, size: 0)
    }

    private func indexes() -> [NameIndex] { (0..<3).map { _ in NameIndex(seed: session.seed) } }

    private func read(_ reference: StoredReference, _ known: Known?) -> Snapshot? {
        guard let known else { return nil }
        if known.last.mark.reference == reference { return known.last }
        let records = known.records
        return records.read(.snapshot, at: reference).flatMap { content in
            Snapshot(content, at: reference) { records.content(.list, at: $0) }
        }
    }

    /// The JSON of a snapshot; nil where a piece of it is not whole.
    private func text(of snapshot: Snapshot, _ records: SnapshotRecords) -> [UInt8]? {
        var text: [UInt8] = []
        for reference in snapshot.state.items {
            let content = records.content(.list, at: reference)
            let plain = content.flatMap { SnapshotText.decompress($0, atMost: TextPieces.largest) }
            guard let piece = plain else { return nil }
            text += piece
        }
        return text
    }

    /// A table of a snapshot: its pages are made from the journal when they are looked at.
    private func table<Element: PagedElement>(
        _ table: Snapshot.Table, _ name: TableName, of record: StoredReference,
        _ known: inout Known?, _ source: any EventSource, _ branchCount: Int
    ) -> PagedTable<Element>? {
        guard let index = known?.indexes[name.rawValue], let records = known?.records else {
            return nil
        }
        let count = PagedTable<Element>.pageSize
        var pages: [Page<Element>] = []
        let references = table.pages.items
        pages.reserveCapacity(references.count)
        for (number, reference) in references.enumerated() {
            guard let bytes = records.content(.page, at: reference) else { return nil }
            let place = PageShelf.Place(record: reference, table: name.rawValue)
            if known?.indexed[place] == nil {
                known?.indexed[place] = index.insert(bytes, count: count, from: number * count)
            }
            guard let last = known?.indexed[place], last < branchCount else { return nil }
            let rows = StoredRows(
                bytes: bytes, count: count, session: session, source: source, shelf: shelf,
                place: place)
            pages.append(Page(rows, at: reference))
        }
        let last = index.insert(
            table.tail, count: table.tailCount, from: references.count * count)
        guard let last, last < branchCount else { return nil }
        let tail = StoredRows(
            bytes: table.tail, count: table.tailCount, session: session, source: source,
            shelf: shelf, place: .init(record: record, table: name.rawValue))
        return PagedTable(pages: pages, tail: Page(tail, at: nil), index: index)
    }

    // MARK: Writing

    /// Puts a state away behind the snapshots that there are; nothing where one is as new already.
    /// What cannot be written is as if it had never been tried.
    ///
    /// - Returns: The bytes that were written; nil where the disk does not take them.
    @discardableResult
    func add(_ state: SessionState, time: Timestamp, digest: Digest) -> Int? {
        known.withLock { known in
            refresh(&known)
            if let known, known.last.mark.sequence >= state.lastSequence { return 0 }
            do {
                return try write(state, time, digest, &known)
            } catch {
                // The snapshots before stay; what was half written goes.
                if let records = known?.records {
                    try? fileSystem.open(path, .update).truncate(to: records.size)
                } else {
                    try? fileSystem.remove(path + SegmentName.asideSuffix)
                }
                return nil
            }
        }
    }

    private func write(
        _ state: SessionState, _ time: Timestamp, _ digest: Digest, _ known: inout Known?
    ) throws(Errno) -> Int? {
        let file = known?.records.file ?? UInt64.random(in: 1 ... .max)
        let base = known?.records.size ?? 0
        let header =
            known == nil
            ? SnapshotRecord.header(journal: journal, session: session, file: file) : []
        var storage = SnapshotStorage(file: file, base: base, bytes: header)
        let mark = SnapshotMark(
            sequence: state.lastSequence, version: state.version, time: time,
            moment: state.lastActive ?? time,
            reference: StoredReference(file: file, offset: 0, size: 0))
        var snapshot = Snapshot(mark, digest: digest)
        let last = known?.last
        snapshot.messages = Self.fill(last?.messages, from: state.tree.messages.table, &storage)
        snapshot.merges = Self.fill(last?.merges, from: state.tree.mergeTable, &storage)
        snapshot.toolRuns = Self.fill(last?.toolRuns, from: state.tree.toolRuns, &storage)
        fillState(&snapshot, from: state, last, &storage, known?.records)
        if let last {
            snapshot.earlier = last.earlier
            snapshot.earlier.become(last.earlier.items + [last.mark]) { storage.put(.list, $0) }
        }
        snapshot.mark.reference = storage.put(.snapshot, snapshot.bytes)
        let bytes = storage.bytes + SnapshotRecord.end(at: snapshot.mark.reference.offset)

        if known == nil {
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            if try fileSystem.status(of: folder) == nil { try fileSystem.makeDirectory(folder) }
            // Without a sync: what a power cut leaves of a cache shows by its checksums.
            let aside = path + SegmentName.asideSuffix
            if try fileSystem.status(of: aside) != nil { try fileSystem.remove(aside) }
            let handle = try fileSystem.open(aside, .create)
            try handle.write(bytes.span, at: 0)
            try fileSystem.rename(aside, to: path)
            known = Known(
                records: SnapshotRecords(handle, file: file, size: bytes.count), last: snapshot,
                indexes: indexes())
        } else if let records = known?.records {
            let handle = try fileSystem.open(path, .update)
            guard try handle.identity() == records.handle.identity() else {
                known = nil
                return nil
            }
            // What an earlier attempt left behind the last snapshot must not stand behind this one.
            if try handle.size() > base { try handle.truncate(to: base) }
            try handle.write(bytes.span, at: base)
            records.size = base + bytes.count
            known?.last = snapshot
        }
        for note in storage.notes { note() }
        return bytes.count
    }

    /// What a snapshot keeps of a table: pages that the file has are not written again.
    private static func fill<Element: PagedElement>(
        _ before: Snapshot.Table?, from table: PagedTable<Element>,
        _ storage: inout SnapshotStorage
    ) -> Snapshot.Table {
        var target = Snapshot.Table()
        if let before { target.pages = before.pages }
        let references = table.pages.map { page in
            storage.put(.page, page.reference, { PageRow.encode(page.rows(table.seed)) }) {
                page.store(at: $0)
            }
        }
        target.pages.become(references) { storage.put(.list, $0) }
        let rows = table.tailRows
        target.tail = PageRow.encode(rows)
        target.tailCount = rows.count
        return target
    }

    /// Puts the rest of the state away: the pieces that the last snapshot has stay where they are.
    private func fillState(
        _ snapshot: inout Snapshot, from state: SessionState, _ last: Snapshot?,
        _ storage: inout SnapshotStorage, _ records: SnapshotRecords?
    ) {
        var pieces: [[UInt8]: StoredReference] = [:]
        for reference in last?.state.items ?? [] {
            if let piece = records?.content(.list, at: reference) { pieces[piece] = reference }
        }
        let text = Array(state.snapshot(&storage).description.utf8)
        let references = TextPieces.pieces(of: text).map { piece in
            let piece = SnapshotText.compress(Array(piece))
            return pieces[piece] ?? storage.put(.list, piece)
        }
        if let last { snapshot.state = last.state }
        snapshot.state.become(references) { storage.put(.list, $0) }
    }
}
