internal import SessionJournal

/// What a shape has a place for, beside what is said, thought and called. What it has none for is
/// counted.
struct ShapePlaces: OptionSet, Sendable {
    let rawValue: Int

    /// Every branch.
    static let branches = ShapePlaces(rawValue: 1 << 0)
    /// Which model gave an answer.
    static let models = ShapePlaces(rawValue: 1 << 1)
    /// What an answer cost in tokens.
    static let usage = ShapePlaces(rawValue: 1 << 2)
    /// When a message was said.
    static let times = ShapePlaces(rawValue: 1 << 3)
    /// Whether a client said something by itself.
    static let marks = ShapePlaces(rawValue: 1 << 4)
    /// What is said about a message: its importance, its category.
    static let messageMetadata = ShapePlaces(rawValue: 1 << 5)
    /// The summaries and merges of the journal.
    static let records = ShapePlaces(rawValue: 1 << 6)
    /// All metadata of the session.
    static let metadata = ShapePlaces(rawValue: 1 << 7)

    /// All of it.
    static let all = ShapePlaces(rawValue: 0xFF)
}

/// What is said of what a shape has no place for.
enum ExportLosses {
    static let signatures = "signatures of thoughts are left out"
    static let unknownParts = "parts of an unknown kind are left out, or stand as text"
    static let attachments =
        "attachments of a kind that is not taken, or beyond 256 MiB in all, are named only"
    static let inputs = "what a tool was called with is made an object"
    static let origins = "texts made from other parts stand as texts"
    static let resultsJoined = "parts of a result are joined"
    static let resultAttachments = "attachments in results stand behind them, or are named only"
    static let failures = "marks of failed calls are left out"
    static let cacheWrites = "tokens put into a cache are counted as read"
    static let current = "which branch is the current one is left out"
    static let order = "attachments among texts stand behind them"
    static let branches = "messages on other branches are left out"
    static let models = "names of models are left out"
    static let usage = "counts of tokens are left out"
    static let times = "times of messages are left out"
    static let marks = "marks of what a client said by itself are left out"
    static let messageMetadata = "metadata of messages is left out"
    static let summaries = "summaries are left out"
    static let merges = "merges are left out"
    static let fields = "fields of the session's metadata are left out"
    static let withheld = "messages whose content is withheld are left out"

    /// Counts what of a session has no place in a shape, but for what its parts say.
    static func count(_ session: ExportedSession, _ format: ExportFormat) -> [String: Int] {
        var lost: [String: Int] = [:]
        func add(_ what: String, _ count: Int) {
            if count > 0 { lost[what, default: 0] += count }
        }
        let places = format.places
        let path = Set(session.messages.map(\.id))
        let selected = session.nodes.map(\.message)
        let kept = places.contains(.branches) ? selected : session.messages
        if !places.contains(.branches) {
            add(branches, selected.count { !path.contains($0.id) && !$0.isRemoved })
        } else if places != .all {
            add(withheld, kept.count { $0.isWithheld })
        }
        for message in kept where !message.isRemoved && !message.isWithheld {
            // What stands as it came has lost nothing.
            if message.revision == nil, session.originals[message.sequence] != nil { continue }
            if !places.contains(.models), message.model != nil { add(models, 1) }
            if !places.contains(.usage), message.usage() != nil { add(usage, 1) }
            if !places.contains(.times) { add(times, 1) }
            if !places.contains(.marks), message.synthetic != nil { add(marks, 1) }
            if !places.contains(.messageMetadata), !message.metadata.isEmpty {
                add(messageMetadata, 1)
            }
        }
        if !places.contains(.records) {
            let sent = format.sendsSummaries ? session.sentSummaries : []
            add(
                summaries,
                session.summaries.count {
                    session.originals[$0.sequence] == nil && !sent.contains($0.sequence)
                })
            add(merges, session.tree.merges.count)
        }
        if !places.contains(.metadata), session.originals.isEmpty {
            add(fields, lostFields(session, format).count)
        }
        return lost
    }

    /// The names of the fields that say something and have no place.
    static func lostFields(_ session: ExportedSession, _ format: ExportFormat) -> [String] {
        session.state.metadata(on: session.branch).compactMap { member -> String? in
            let field = MetadataField.builtIn(member.name)
            guard !(field?.isDerived ?? false), member.value != field?.initialValue,
                !member.value.isNull, member.value != [], member.value != "",
                member.value != .object([:]),
                // What each message says is counted there.
                member.name != "model", !format.fields.contains(member.name)
            else { return nil }
            return member.name
        }
    }
}

extension ExportedSession {
    /// The summaries that stand for messages in what a model is sent, by their events.
    fileprivate var sentSummaries: Set<UInt64> {
        Set(
            elements.compactMap {
                if case .summary(let summary) = $0 { summary.sequence } else { nil }
            })
    }
}
