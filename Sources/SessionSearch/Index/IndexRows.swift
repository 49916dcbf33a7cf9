#if Search
internal import SessionJournal

/// A row of values for a table, in the order of its columns.
typealias IndexRow = [SQLValue]

extension SQLValue {
    init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    init(_ number: UInt64) { self = .integer(Int64(clamping: number)) }

    init(_ number: Int) { self = .integer(Int64(number)) }

    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }

    init(_ time: Timestamp?) { self.init(time?.description) }

    /// Text as it is, any other value as JSON; null for none.
    init(shown value: JSONValue?) {
        guard let value, !value.isNull else {
            self = .null
            return
        }
        self = .text(value.string ?? value.description)
    }
}

extension Message {
    /// The event that gave the message what its row holds: another one means another row.
    var mark: UInt64 {
        let events = revision?.events ?? events
        return max(revision?.sequence ?? sequence, events.map(\.sequence).max() ?? 0)
    }
}

/// What the index holds of a message.
struct MessageRow: Sendable {
    let id: UInt64
    let message: String
    /// For `message_row`, behind its number and its session.
    let values: IndexRow
    let text: String
    let details: String

    /// Cost: the message's parts.
    init(_ message: Message) {
        let texts = MessageTexts(message.parts())
        let usage = message.isWithheld ? nil : TokenUsage(message.usage())
        id = message.sequence
        self.message = message.id
        text = texts.text
        details = texts.details
        let isRemoved = message.isRemoved
        let tools = texts.tools.map { JSONValue.string($0) }
        func count(_ number: UInt64?) -> SQLValue { number.map { SQLValue($0) } ?? .null }
        values = [
            .text(message.id), .text(message.branch), SQLValue(message.role?.rawValue),
            SQLValue(message.actor), SQLValue(message.time), SQLValue(message.occurred),
            SQLValue(message.mark), SQLValue(message.model), .text(message.state.rawValue),
            SQLValue(isRemoved), SQLValue(message.revision != nil && !isRemoved),
            SQLValue(message.isWithheld), SQLValue(message.synthetic),
            tools.isEmpty ? .null : .text(JSONValue.array(tools).description),
            count(usage?.input), count(usage?.output), count(usage?.cacheRead),
            count(usage.map { $0.inputAnew - $0.input }),
        ]
    }

    /// How much there is to write, in bytes.
    var size: Int { text.utf8.count + details.utf8.count + 200 }
}

extension Event {
    /// For `event_row`, behind its session.
    var row: IndexRow {
        [
            SQLValue(version), SQLValue(time), SQLValue(occurred), .text(kind.rawValue),
            SQLValue(branch), SQLValue(actor), SQLValue(onBehalf),
            cause.map { SQLValue($0) } ?? .null, SQLValue(reason),
        ]
    }
}

/// What the index holds of a session beside its messages and events.
struct SessionRows: Sendable {
    /// For `session_row`, from `session_key` on, without what says how far it is.
    var session: IndexRow
    var usage: [IndexRow] = []
    var audit: [IndexRow] = []
    var metadata: [IndexRow] = []

    /// Nil where the fold has seen no event.
    init?(_ state: SessionState, _ usage: SessionUsage, _ trail: AuditTrail) {
        guard let summary = state.summary else { return nil }
        let report = UsageReport(of: [usage], by: [.model, .day, .actor])
        let total = report.total
        let shown = [
            "name", "title", "status", "owner", "type", "category", "model", "agent", "tags",
        ].map { SQLValue(shown: summary.metadata[$0]) }
        session = [SQLValue(summary.key)] + shown
        session += [
            SQLValue(summary.metadata["is_starred"]?.bool ?? false),
            SQLValue(summary.createdAt), SQLValue(summary.lastActive),
            SQLValue(shown: summary.metadata["last_modified"]),
            SQLValue(shown: summary.metadata["modified_by"]), SQLValue(summary.eventCount),
            SQLValue(summary.messageCount),
            SQLValue(Int(clamping: summary.metadata["turn_count"]?.integer ?? 0)),
            SQLValue(summary.branchCount),
        ]
        session += Self.tokens(total, report.currency)
        session += [SQLValue(total.counts.errors), SQLValue(Self.toolCalls(total))]
        for row in report.rows {
            let counts = row.counts
            var values = row.group.map { SQLValue($0) }
            values += [counts.messages, counts.turns, counts.answers].map { SQLValue($0) }
            values += Self.tokens(row, report.currency)
            values += [.integer(counts.milliseconds), SQLValue(counts.timed)]
            values += [
                SQLValue(Self.toolCalls(row)),
                SQLValue(counts.tools.values.reduce(0) { $0 + $1.errors }),
                SQLValue(counts.errors),
            ]
            self.usage.append(values)
        }
        for entry in trail.entries {
            audit.append([
                SQLValue(entry.sequence), SQLValue(entry.time), SQLValue(entry.occurred),
                .text(entry.branch), SQLValue(entry.field), .text(entry.old.description),
                .text(entry.new.description), SQLValue(entry.actor), SQLValue(entry.onBehalf),
                SQLValue(entry.reason),
            ])
        }
        for member in summary.metadata {
            metadata.append([.text(member.name), .text(member.value.description)])
        }
    }

    private static func tokens(_ row: UsageReport.Row, _ currency: String) -> IndexRow {
        let tokens = row.counts.tokens
        return [
            SQLValue(tokens.input), SQLValue(tokens.output), SQLValue(tokens.cacheRead),
            SQLValue(tokens.inputAnew - tokens.input),
            .real(Double(row.cost.picounits) / 1_000_000_000_000), .text(currency),
            SQLValue(row.cost.unpricedTokens),
        ]
    }

    private static func toolCalls(_ row: UsageReport.Row) -> Int {
        row.counts.tools.values.reduce(0) { $0 + $1.calls }
    }
}
#endif
