internal import SegmentLog

/// Which events of one session a compaction replaces: those of the kinds that say more than their
/// shape, up to the point that the rule allows, but for what belongs to messages that are to stay.
struct SessionCompaction {
    /// What is known of an event besides what it says.
    private struct Row {
        var sequence: UInt64
        var version: UInt64
        /// Whether something of it would go.
        var isReplaceable: Bool
        /// The latest moment up to here.
        var latest: Timestamp
        /// The message that it is about.
        var message: String?
        /// Whether the message began with it.
        var isBeginning = false
        /// The pieces of content that it refers to, or that it is.
        var blobs: Set<String> = []
        var isBlob = false
    }

    private let rule: CompactionRule
    private var rows: [Row] = []
    private var state: SessionState
    private let fold = SessionProjection(keepsContent: false)
    /// Which message asks for a call, and the calls of which a message holds results.
    private var asking: [String: String] = [:]
    private var results: [String: [String]] = [:]
    private(set) var target = DestructionTarget()

    init(by rule: CompactionRule) {
        self.rule = rule
        state = fold.initialState()
    }

    // MARK: Looking

    /// Takes note of an event of the session, the next in order.
    mutating func look(at event: Event) {
        fold.apply(event, to: &state)
        var row = Row(
            sequence: event.sequence, version: event.version,
            isReplaceable: CompactedLine.kinds.contains(event.kind) && !event.isWithheld
                && !event.isCompacted,
            latest: max(rows.last?.latest ?? event.moment, event.moment))
        if let reader = try? DataReader(event) {
            if event.kind.rawValue.hasPrefix("message.") {
                row.message = reader.string("message")
                row.isBeginning = event.kind == .messageAppended
                if let message = row.message { note(reader, of: message) }
            }
            row.blobs = BlobName.names(in: event.line.span)
            row.isBlob = event.kind == .blobStored
        }
        if row.isReplaceable { target.add(event) }
        rows.append(row)
    }

    private mutating func note(_ reader: DataReader, of message: String) {
        guard let parts = reader.member("parts") else { return }
        for part in reader.elements(of: parts) {
            guard let call = reader.string("call", of: part) else { continue }
            switch reader.string("type", of: part) {
            case "tool_use": asking[call] = asking[call] ?? message
            case "tool_result": results[message, default: []].append(call)
            default: break
            }
        }
    }

    // MARK: What was found

    /// Up to which event was looked at.
    var version: UInt64 { rows.last?.version ?? 0 }

    /// The events that are replaced.
    func sequences() -> Set<UInt64> {
        guard !rule.archivedOnly || state.table.status == .archived else { return [] }
        let through = limit()
        guard through > 0 else { return [] }
        let staying = protected()
        var wanted: Set<String> = []
        var chosen: [Row] = []
        for row in rows {
            let goes =
                row.isReplaceable && row.version <= through
                && !(row.message.map(staying.contains) ?? false)
            if goes {
                chosen.append(row)
            } else if !row.isBlob || row.isReplaceable {
                // Content goes whole, or stays whole.
                wanted.formUnion(row.blobs)
            }
        }
        // A piece of content stays as long as something refers to it that does.
        return Set(
            chosen.lazy.filter { !$0.isBlob || $0.blobs.isDisjoint(with: wanted) }
                .map(\.sequence))
    }

    /// The version of the last event that may go.
    private func limit() -> UInt64 {
        var through = rows.last?.version ?? 0
        if let before = rule.before {
            through = min(
                through, (rows.first { $0.latest >= before }?.version).map { $0 - 1 } ?? .max)
        }
        if let count = rule.keptEvents { through -= min(through, UInt64(count)) }
        let beginnings = Dictionary(
            rows.lazy.filter(\.isBeginning).compactMap { row in
                row.message.map { ($0, row.version) }
            },
            uniquingKeysWith: { first, _ in first })
        if let count = rule.keptMessages {
            let first = lastMessages(count).compactMap { beginnings[$0] }.min()
            if let first { through = min(through, first - 1) }
        }
        if let name = rule.ancestorsOf {
            guard let path = state.tree.path(ofBranch: name) else { return 0 }
            let ancestors = Set(path.messages.map(\.id))
            let stranger = rows.first {
                $0.isBeginning && !($0.message.map(ancestors.contains) ?? false)
            }
            if let stranger { through = min(through, stranger.version - 1) }
        }
        // What is being said is not cut in two.
        let open = state.tree.messages.lazy.filter { $0.state == .partial }
        if let first = open.compactMap({ beginnings[$0.id] }).min() {
            through = min(through, first - 1)
        }
        return through
    }

    /// The last messages of all branches, and those that ask for what stands in them.
    private func lastMessages(_ count: Int) -> Set<String> {
        var kept: Set<String> = []
        for branch in state.tree.branches {
            for message in state.tree.lastMessages(count, ofBranch: branch.name) ?? [] {
                kept.insert(message.id)
            }
        }
        var new = kept
        while !new.isEmpty {
            let asking = Set(new.flatMap { results[$0] ?? [] }.compactMap { self.asking[$0] })
            new = asking.subtracting(kept)
            kept.formUnion(new)
        }
        return kept
    }

    /// The messages that somebody has marked to stay.
    private func protected() -> Set<String> {
        var names: Set<String> = []
        for message in state.tree.messages where Safeguard(markedBy: message.metadata) != nil {
            names.insert(message.id)
            names.formUnion(message.aliases)
        }
        return names
    }
}
