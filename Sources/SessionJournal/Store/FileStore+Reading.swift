internal import SegmentLog
internal import Synchronization

extension FileStore {
    package func read(_ query: ReadQuery) async throws -> EventPage {
        let start = instruments.begin()
        do {
            try await settle()
            var page = try reading { view throws(JournalError) in try self.page(query, view) }
            page.events = restored(page.events)
            instruments.read(start, query, page)
            if let pace = Journal.pace {
                try await pace.spend(page.events.reduce(0) { $0 + UInt64($1.line.count) })
            }
            return page
        } catch {
            instruments.failed(start, query, error)
            throw error
        }
    }

    private func page(_ query: ReadQuery, _ view: LogView) throws(JournalError) -> EventPage {
        if query.isSelective { return try selectedPage(query, view) }
        if let session = query.session { return try page(of: session, query, view) }
        if query.from == query.through { return try page(at: query.from, view) }
        var page = EventPage(events: [])
        let budget = PageBudget(query)
        var size = 0
        var failure: JournalError?
        try JournalError.wrap { () throws(LogError) in
            try view.scan(
                from: query.from, through: query.through ?? .max,
                onHole: { page.holes.append(JournalHole($0)) }
            ) { sequence, line in
                guard budget.admits(line.count, count: page.events.count, size: size) else {
                    page.next = query.continued(from: sequence, version: query.fromVersion)
                    return false
                }
                size += line.count
                return Self.append(line, to: &page.events, &failure)
            }
        }
        if let failure { throw failure }
        return page
    }

    /// The page that holds one event: no more of its segment is read than its line takes.
    private func page(at sequence: UInt64, _ view: LogView) throws(JournalError) -> EventPage {
        let found = Result { () throws(LogError) in try view.line(at: sequence) }
        switch found {
        case .success(let line):
            var page = EventPage(events: [])
            var failure: JournalError?
            if let line { _ = Self.append(line.span, to: &page.events, &failure) }
            if let failure { throw failure }
            return page
        case .failure(let error):
            guard error.code == .damaged else { throw JournalError(error) }
            // The slower way knows the extent of the damage.
            var page = EventPage(events: [])
            try JournalError.wrap { () throws(LogError) in
                try view.scan(
                    from: sequence, through: sequence,
                    onHole: { page.holes.append(JournalHole($0)) }, { _, _ in true })
            }
            return page
        }
    }

    private func page(
        of session: SessionID, _ query: ReadQuery, _ view: LogView
    ) throws(JournalError) -> EventPage {
        var page = EventPage(events: [])
        let budget = PageBudget(query)
        var failure: JournalError?
        let last = min(query.through ?? .max, view.lastSequence)
        var size = 0
        try JournalError.wrap { () throws(LogError) in
            try view.scan(
                stream: session.streamKey, in: max(query.from, 1)...max(query.from, last, 1),
                onHole: { page.holes.append(JournalHole($0)) }
            ) { sequence, line in
                guard sequence <= last else { return false }
                guard Self.append(line, to: &page.events, &failure),
                    let version = page.events.last?.version
                else { return false }
                if version < query.fromVersion {
                    page.events.removeLast()
                    return true
                }
                guard budget.admits(line.count, count: page.events.count - 1, size: size) else {
                    page.events.removeLast()
                    page.next = query.continued(from: sequence, version: version)
                    return false
                }
                size += line.count
                return true
            }
        }
        if let failure { throw failure }
        keepHoles(&page, query, last)
        return page
    }

    /// A hole in a segment matters to a session where its versions have a gap, or where more of its
    /// events may have stood behind the last that was found.
    private func keepHoles(_ page: inout EventPage, _ query: ReadQuery, _ last: UInt64) {
        guard !page.holes.isEmpty else { return }
        var expected = query.from <= 1 || query.fromVersion > 1 ? max(query.fromVersion, 1) : nil
        var before = query.from == 0 ? 0 : query.from - 1
        var gaps: [ClosedRange<UInt64>] = []
        for event in page.events {
            if event.version != expected ?? event.version, before + 1 < event.sequence {
                gaps.append((before + 1)...(event.sequence - 1))
            }
            expected = event.version == .max ? nil : event.version + 1
            before = event.sequence
        }
        if page.next == nil, before < last { gaps.append((before + 1)...last) }
        page.holes.removeAll { hole in
            hole.firstSequence > hole.lastSequence
                || !gaps.contains { $0.overlaps(hole.firstSequence...hole.lastSequence) }
        }
    }

    /// Adds the event of a line; false, and why, where it is none.
    private static func append(
        _ line: Span<UInt8>, to events: inout [Event], _ failure: inout JournalError?
    ) -> Bool {
        do throws(JournalError) {
            events.append(try Event(line: Array(copying: line)))
            return true
        } catch {
            failure = JournalError(
                .damaged, "a stored line is no event; verify says where", cause: error)
            return false
        }
    }

    package func position() async throws -> StorePosition {
        try await settle()
        let view = try openView()
        return StorePosition(lastSequence: view.lastSequence, durableSequence: view.watermark)
    }

    /// Lets a handle for reading see what was written since it was opened, as one for writing does.
    package func refresh() throws(JournalError) {
        _ = try openView()
        guard !isWritable else { return }
        try JournalError.wrap { () throws(LogError) in while try log.refresh() {} }
    }

    package func growth(past sequence: UInt64) async throws -> UInt64 {
        guard !isWritable else { return try await signal.wait(past: sequence) }
        var missingCount = 0
        while true {
            let last = try openView().lastSequence
            if last > sequence { return last }
            var hasMore = false
            do throws(LogError) {
                hasMore = try log.refresh()
                missingCount = 0
            } catch {
                // While a journal is being replaced, none stands in its place for a moment.
                missingCount += 1
                guard error.code == .notALog, missingCount < Self.missingLimit else {
                    throw JournalError(error)
                }
            }
            if !hasMore { try await Task.sleep(for: followInterval) }
        }
    }

    /// How many looks in a row may find no journal before a follower gives up.
    private static let missingLimit = 50

    package func head(of session: SessionID) async throws -> SessionHead? {
        try await settle()
        let extent = try reading { view throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in try view.extent(of: session.streamKey) }
        }
        return extent.map { SessionHead($0) }
    }

    package func heads(from first: SessionID, limit: Int) async throws -> [SessionHead] {
        try await settle()
        let extents = try reading { view throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                try view.streams(from: first.streamKey, limit: limit)
            }
        }
        return extents.map { SessionHead($0) }
    }

    package func session(forKey key: String) async throws -> SessionID? {
        try await settle()
        return try reading { view throws(JournalError) in
            if let session = try encryptedSession(forKey: key, in: view) { return session }
            return try index.session(forKey: key, in: view)
        }
    }

    package func storage() async throws -> StorageFigures {
        _ = try openView()
        let sizes = try JournalError.wrap { () throws(LogError) in try log.sizes() }
        var figures = StorageFigures(
            segmentCount: sizes.sealedCount + sizes.unsealedCount,
            sizeOnDisk: sizes.sealed + sizes.unsealed)
        figures.unsealedCount = sizes.unsealedCount
        figures.sizeUnsealed = sizes.unsealed
        figures.sizeOfIndexes = sizes.indexes
        figures.sizeOfQuarantine = sizes.quarantine
        figures.sizeOfSnapshots = sizeOfSnapshots()
        return figures
    }

    private func sizeOfSnapshots() -> UInt64 {
        let folder = SessionSnapshots.folder(of: self)
        let names = (try? fileSystem.names(in: folder)) ?? []
        return names.reduce(0) { sum, name in
            let status = (try? fileSystem.status(of: folder + "/" + name)) ?? nil
            return sum + UInt64(status?.size ?? 0)
        }
    }

    package func recompress() async throws {
        _ = try await recompress(endedBefore: nil)
    }

    /// Compresses sealed segments as well as they can be, those alone whose last event is older than a
    /// time. Returns how many were.
    func recompress(endedBefore time: Timestamp?, _ pace: IOPace? = nil) async throws -> Int {
        try checkWritable()
        return try await blocking { [log] () throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                // Read and written.
                try log.recompress(endedBefore: time?.microseconds) { pace?.spendBlocking(2 * $0) }
            }
        }
    }

    package func seal() async throws {
        try checkWritable()
        try await settle()
        try await blocking { [log] () throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in try log.rotateAndSeal() }
        }
    }
}

extension JournalHole {
    init(_ hole: Hole) {
        self.init(
            file: "segments/" + hole.file, offset: UInt64(max(0, hole.offset)),
            firstSequence: hole.events?.lowerBound ?? 1, lastSequence: hole.events?.upperBound ?? 0)
    }
}

extension SessionHead {
    init(_ extent: StreamExtent) {
        self.init(
            session: SessionID(extent.key), version: extent.lastVersion,
            firstSequence: extent.firstSequence, lastSequence: extent.lastSequence,
            count: UInt64(extent.eventCount))
    }
}
