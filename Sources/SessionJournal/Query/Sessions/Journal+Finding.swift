internal import SegmentLog

/// The order in which sessions are listed.
public enum SessionOrder: String, Sendable, Hashable, CaseIterable {
    /// In the order in which the journal got to know them; pinned ones stand where they belong.
    case began
    /// The latest active first.
    case active
    /// The latest created first.
    case created
    /// By name, else title, else key.
    case name
    /// Those with the most messages first.
    case messages
}

/// Some of the sessions that were asked for.
public struct SessionPage: Sendable {
    /// The sessions, in order.
    public let sessions: [SessionSummary]

    /// The last of them, behind which the next page begins; nil where there are no more.
    public let next: SessionID?
}

extension Journal {
    /// The sessions that match a query, in order, by the page. Pinned ones come first, but in the order
    /// ``SessionOrder/began``.
    ///
    /// ```swift
    /// let query = try SessionQuery(parsing: "status:active tag:work messages>10")
    /// let page = try await journal.sessions(matching: query, limit: 20)
    /// ```
    ///
    /// Cost: reads the journal once for the metadata; a query for text, tools, models or actors also
    /// reads the sessions that the rest of it does not decide, until the page is full.
    ///
    /// - Parameters:
    ///   - query: Which sessions.
    ///   - order: In which order.
    ///   - isReversed: Whether that order goes the other way round.
    ///   - previous: The session behind which the page begins; nil for the first page.
    ///   - limit: How many sessions a page holds at most.
    ///   - includesPruned: Whether sessions that were put out of sight are among them.
    ///   - point: As of when.
    ///   - damage: What to do where events are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound`` where `previous` is none of them.
    public func sessions(
        matching query: SessionQuery, order: SessionOrder = .active, isReversed: Bool = false,
        after previous: SessionID? = nil, limit: Int = .max,
        includingPruned includesPruned: Bool = true, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> SessionPage {
        let prepared = PreparedQuery(query)
        let all = try await sessions(at: point, damage: damage)
        // What the metadata does not decide is decided by what was said, in order and by the page.
        var candidates = try Self.candidates(among: all, prepared, order)
        let isReversed = isReversed
        candidates.sort { left, right in
            if left.isPinned != right.isPinned { return left.isPinned }
            return isReversed ? right.precedes(left) : left.precedes(right)
        }
        var rest = candidates[...]
        if let previous {
            guard let last = all.firstIndex(where: { $0.session == previous }) else {
                throw JournalError.sessionNotFound("\(previous)")
            }
            // The last of a page may match no more by now; its place in the order counts.
            let key = SessionOrderKey(all[last], last, order, isMatch: true)
            rest = rest.drop { candidate in
                if candidate.place == last { return true }
                if candidate.isPinned != key.isPinned { return candidate.isPinned }
                return isReversed ? key.precedes(candidate) : candidate.precedes(key)
            }
        }
        var found: [SessionSummary] = []
        for candidate in rest {
            let summary = all[candidate.place]
            guard includesPruned || !summary.isPruned else { continue }
            if !candidate.isMatch {
                let content = try await fold(
                    SessionContentProjection(), over: summary.session, at: point, damage: damage)
                var places = prepared.fieldPlaces
                let facts = PreparedQuery.Facts(
                    all: all, place: candidate.place, content: content)
                guard prepared.matches(facts, &places) == true else { continue }
            }
            guard found.count < limit else {
                return SessionPage(sessions: found, next: found.last?.session)
            }
            found.append(summary)
        }
        return SessionPage(sessions: found, next: nil)
    }

    /// How many sessions one core looks at in one go.
    private static let stretch = 4_096

    /// The sessions that match, and those whose content decides. Cost: shared by all cores.
    private static func candidates(
        among all: [SessionSummary], _ query: PreparedQuery, _ order: SessionOrder
    ) throws -> [SessionOrderKey] {
        let starts = Array(stride(from: 0, to: all.count, by: stretch))
        let parts: [[SessionOrderKey]] = Parallel.map(starts.count) { number in
            let start = starts[number]
            var places = query.fieldPlaces
            return (start..<min(start + stretch, all.count)).compactMap { place in
                let matches = query.matches(.init(all: all, place: place), &places)
                guard matches != false else { return nil }
                return SessionOrderKey(all[place], place, order, isMatch: matches == true)
            }
        }
        return parts.flatMap { $0 }
    }
}

/// What orders a session among others, looked up once.
private struct SessionOrderKey: Sendable {
    /// Its place among all.
    let place: Int
    /// Whether its metadata already says that it matches.
    let isMatch: Bool
    let isPinned: Bool
    private let text: String
    private let first: Int64
    private let second: UInt64

    init(_ summary: SessionSummary, _ place: Int, _ order: SessionOrder, isMatch: Bool) {
        self.place = place
        self.isMatch = isMatch
        isPinned = order != .began && summary.isPinned
        text = order == .name ? summary.shownName.lowercased() : ""
        // What comes first has the smallest numbers.
        switch order {
        case .began, .name: (first, second) = (0, summary.firstSequence)
        case .active:
            first = -(summary.lastActive ?? .earliest).microseconds
            second = .max - summary.lastSequence
        case .created:
            first = -(summary.createdAt ?? .earliest).microseconds
            second = .max - summary.firstSequence
        case .messages:
            first = -Int64(summary.messageCount)
            second = .max - summary.lastSequence
        }
    }

    /// Sessions that are alike in what orders them go by their events.
    func precedes(_ other: SessionOrderKey) -> Bool {
        if text != other.text { return text < other.text }
        return (first, second) < (other.first, other.second)
    }
}

extension SessionSummary {
    /// Whether it stands before the others.
    public var isPinned: Bool { metadata["pinned"]?.bool ?? false }

    fileprivate var shownName: String {
        for field in ["name", "title"] {
            if let text = metadata[field]?.string, !text.isEmpty { return text }
        }
        return key ?? session.hexadecimal
    }
}
