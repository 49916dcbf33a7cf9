/// A page in the making, of a query that asks for times, kinds or actors, or for the newest first.
///
/// The store offers lines in the order of the query; the page takes what is wanted until it is full.
struct SelectedPage {
    private var query: ReadQuery
    private let lastSequence: UInt64
    private let budget: PageBudget
    private var lines: [[UInt8]] = []
    private var size = 0
    private var next: ReadQuery?
    private var holes: [JournalHole] = []

    /// Of one session: the events looked at, in the order of the query.
    private var seen: [(sequence: UInt64, version: UInt64)] = []
    private var examined = 0
    /// The last event that was looked at.
    private var position: UInt64?

    /// - Parameter lastSequence: The last event that the store has for now.
    init(_ query: ReadQuery, lastSequence: UInt64) {
        self.query = query
        self.lastSequence = lastSequence
        budget = PageBudget(query)
    }

    /// Turns times into sequence numbers.
    ///
    /// - Parameter first: The first event that the store took at a time or later; one behind its
    ///   last where there is none.
    mutating func resolveTimes<Failure: Error>(
        _ first: (Timestamp) throws(Failure) -> UInt64
    ) throws(Failure) {
        if let since = query.since {
            query.from = max(query.from, try first(since))
            // What was taken later is later still; the pages that follow need not look again.
            if query.from <= lastSequence { query.since = nil }
        }
        guard let until = query.until, until.microseconds < .max else { return }
        let bound = try first(Timestamp(microseconds: until.microseconds + 1))
        // Where nothing is later yet, events may still come that are not.
        guard bound <= lastSequence else { return }
        query.through = min(query.through ?? .max, bound - 1)
        query.until = nil
    }

    /// The sequence numbers among which to look; nil where there are none.
    var range: ClosedRange<UInt64>? {
        let low = max(query.from, 1)
        let high = min(query.through ?? .max, lastSequence)
        return low <= high ? low...high : nil
    }

    /// Looks at the next line; false where it and all behind it are not wanted any more.
    mutating func take(_ sequence: UInt64, _ line: Span<UInt8>) -> Bool {
        let envelope = try? EventEnvelope(line)
        let version = envelope?.head.version ?? 0
        if query.session != nil, version > 0, version < query.fromVersion {
            return query.order == .forwards
        }
        guard examined < JournalLimits.examinedCount else {
            next = query.continued(from: sequence, version: version)
            return false
        }
        guard admits(envelope, line) else {
            pass(sequence, version)
            return true
        }
        guard budget.admits(line.count, count: lines.count, size: size) else {
            next = query.continued(from: sequence, version: version)
            return false
        }
        pass(sequence, version)
        lines.append([UInt8](copying: line))
        size += line.count
        return true
    }

    private mutating func pass(_ sequence: UInt64, _ version: UInt64) {
        examined += 1
        position = sequence
        if query.session != nil { seen.append((sequence, version)) }
    }

    /// A line that is no event is wanted: whoever reads it hears of it.
    private func admits(_ envelope: EventEnvelope?, _ line: Span<UInt8>) -> Bool {
        guard let envelope else { return true }
        if let kinds = query.kinds, !kinds.contains(envelope.head.kind) { return false }
        guard let actors = query.actors else { return true }
        guard let field = envelope.actor.range else { return false }
        return actors.contains(JSONText.text(of: line.extracting(field)))
    }

    /// Takes note of a place that cannot be read.
    mutating func take(_ hole: JournalHole) {
        if !holes.contains(hole) { holes.append(hole) }
    }

    /// What was taken, of a store that knows no holes.
    var linePage: LinePage { LinePage(lines: lines, next: next) }

    func finished() throws(JournalError) -> EventPage {
        var page = EventPage(events: [], next: next)
        page.events = try lines.map { line throws(JournalError) in
            do throws(JournalError) {
                return try Event(line: line)
            } catch {
                throw JournalError(
                    .damaged, "a stored line is no event; verify says where", cause: error)
            }
        }
        let gaps = gaps
        page.holes = holes.filter { hole in
            hole.firstSequence <= hole.lastSequence
                && gaps.contains { $0.overlaps(hole.firstSequence...hole.lastSequence) }
        }
        page.holes.sort { left, right in
            query.order == .forwards
                ? left.firstSequence < right.firstSequence
                : left.lastSequence > right.lastSequence
        }
        return page
    }

    /// Where a hole may have taken something that this page would show. Of a session, holes matter
    /// where its versions have a gap, and where its first or last events may have stood.
    private var gaps: [ClosedRange<UInt64>] {
        guard var range else { return [] }
        if next != nil, let position {
            range =
                query.order == .forwards
                ? range.lowerBound...position : position...range.upperBound
        }
        guard query.session != nil else { return [range] }
        var gaps: [ClosedRange<UInt64>] = []
        var before = range.lowerBound - 1
        // nil: nobody knows which version the range begins with.
        var expected: UInt64? =
            query.fromVersion > 1 ? query.fromVersion : range.lowerBound == 1 ? 1 : nil
        for event in query.order == .forwards ? seen : seen.reversed() {
            if event.version != expected, before + 1 < event.sequence {
                gaps.append((before + 1)...(event.sequence - 1))
            }
            expected = event.version == .max ? nil : event.version + 1
            before = event.sequence
        }
        if before < range.upperBound { gaps.append((before + 1)...range.upperBound) }
        return gaps
    }
}
