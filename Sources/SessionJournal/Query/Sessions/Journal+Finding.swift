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
    ///   - point: As of when.
    ///   - damage: What to do where events are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound`` where `previous` is none of them.
    public func sessions(
        matching query: SessionQuery, order: SessionOrder = .active, isReversed: Bool = false,
        after previous: SessionID? = nil, limit: Int = .max, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> SessionPage {
        var summaries = try await sessions(at: point, damage: damage)
        summaries.sort { left, right in
            if order != .began, left.isPinned != right.isPinned { return left.isPinned }
            return isReversed
                ? order.precedes(right, left) : order.precedes(left, right)
        }
        var rest = summaries[...]
        if let previous {
            guard let place = summaries.firstIndex(where: { $0.session == previous }) else {
                throw JournalError.sessionNotFound("\(previous)")
            }
            rest = summaries[(place + 1)...]
        }
        var found: [SessionSummary] = []
        for summary in rest {
            var facts = SessionQuery.Facts(summary: summary)
            var matches = query.matches(facts)
            if matches == nil {
                facts.content = try await fold(
                    SessionContentProjection(), over: summary.session, at: point, damage: damage)
                matches = query.matches(facts)
            }
            guard matches == true else { continue }
            guard found.count < limit else {
                return SessionPage(sessions: found, next: found.last?.session)
            }
            found.append(summary)
        }
        return SessionPage(sessions: found, next: nil)
    }
}

extension SessionOrder {
    /// Sessions that are alike in what orders them go by their first events.
    fileprivate func precedes(_ left: SessionSummary, _ right: SessionSummary) -> Bool {
        switch self {
        case .began: return left.firstSequence < right.firstSequence
        case .active:
            return (left.lastActive ?? .earliest, left.lastSequence)
                > (right.lastActive ?? .earliest, right.lastSequence)
        case .created:
            return (left.createdAt ?? .earliest, left.firstSequence)
                > (right.createdAt ?? .earliest, right.firstSequence)
        case .name:
            let names = (left.shownName.lowercased(), right.shownName.lowercased())
            return names.0 == names.1
                ? left.firstSequence < right.firstSequence : names.0 < names.1
        case .messages:
            return (left.messageCount, left.lastSequence)
                > (right.messageCount, right.lastSequence)
        }
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
