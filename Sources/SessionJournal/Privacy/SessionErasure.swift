internal import SegmentLog

/// Which events of one session an erasure takes, and what is kept of them: the outline that its tree
/// and its metadata need. Nothing of the outline was made by a person: positions of events, ids that
/// the journal drew, and names of built-in fields.
struct SessionErasure {
    /// Which events are taken.
    enum Choice {
        case everything
        case actor(String)
        case message(String)
        case events(Set<UInt64>)
    }

    /// What is known of an event besides what it says.
    private struct Row {
        var sequence: UInt64
        var kind: EventKind
        var branch: String
        var isTaken: Bool
        /// The message that it is about, and, of its own event, the one it answers.
        var message: String?
        var alias: String?
        var parent: String?
        /// Of a merge.
        var merge: String?
        /// The fields that it may have set.
        var fields: [String] = []
        /// The pieces of content that it refers to, or that it is.
        var blobs: Set<String> = []
        /// The branch that it created.
        var created: String?
        var origin: String?
    }

    let session: SessionID
    let choice: Choice
    /// The version of the last event that was looked at.
    private(set) var version: UInt64 = 0
    private(set) var target = DestructionTarget()
    private var rows: [Row] = []
    /// The messages that are taken, by their ids and by the events that they are.
    private var taken: Set<String> = []
    private var takenEvents: Set<UInt64> = []
    /// What each message answers, and the last on each branch: what a summary is of.
    private var parents: [String: String] = [:]
    private var heads: [String: String] = [:]
    /// The messages of which it is known that one that is taken is on their way to the root, or none.
    private var behindTaken: Set<String> = []
    private var clear: Set<String> = []

    init(of session: SessionID, _ choice: Choice) {
        self.session = session
        self.choice = choice
        if case .message(let id) = choice { taken.insert(id) }
    }

    /// The kinds that no erasure takes: they say what was erased.
    private static let lasting: Set<EventKind> = [.erasureOutlined]

    // MARK: Looking

    /// Takes note of an event of the session, the next in order.
    mutating func look(at event: Event) {
        version = event.version
        guard !event.isWithheld, !Self.lasting.contains(event.kind) else { return }
        let reader = try? DataReader(event)
        var row = Row(
            sequence: event.sequence, kind: event.kind,
            branch: event.branch ?? EventDraft.mainBranch, isTaken: false,
            message: reader?.string("message"))
        row.alias = reader?.string("alias")
        if event.kind == .messageAppended {
            row.parent =
                reader?.value("parent").flatMap { MessageReference($0) }?
                .local(to: session).localMessage
        }
        if event.kind == .branchMerged { row.merge = reader?.string("merge") }
        if event.kind == .branchCreated {
            row.created = reader?.string("branch")
            row.origin =
                reader?.value("from").flatMap { MessageReference($0) }?
                .local(to: session).localMessage
        }
        // What the kind alone says stays with the entry line.
        row.fields =
            MetadataChange(event)?.operations.filter { !$0.operation.isOfKind }.map(\.field) ?? []
        row.blobs = BlobName.names(in: event.line.span)
        row.isTaken = takes(event, row) || isAboutTaken(row, reader)
        if event.kind == .messageAppended, let id = row.message {
            parents[id] = row.parent
            heads[row.branch] = id
        }
        if row.isTaken {
            target.add(event)
            takenEvents.insert(event.sequence)
            if event.kind == .messageAppended, let id = row.message { take(id) }
        }
        if let id = row.message, taken.contains(id), let alias = row.alias { take(alias) }
        rows.append(row)
    }

    private func takes(_ event: Event, _ row: Row) -> Bool {
        switch choice {
        case .everything: true
        case .actor(let name): event.actor == name || event.onBehalf == name
        case .message: false
        case .events(let sequences): sequences.contains(event.sequence)
        }
    }

    /// Whether an event says something about what is taken: such words go with it. `parent` and the
    /// like only name it.
    private mutating func isAboutTaken(_ row: Row, _ reader: DataReader?) -> Bool {
        // Single events are just those: what redacts them, say, stays.
        if case .events = choice { return false }
        switch row.kind {
        case .branchCreated: return false
        case .annotationAdded:
            guard let target = reader?.value("target") else { break }
            if let id = target["message"]?.string { return taken.contains(id) }
            if let sequence = target["seq"]?.unsigned { return takenEvents.contains(sequence) }
        case .labelAdded, .labelRemoved:
            return reader?.value("seq")?.unsigned.map(takenEvents.contains) ?? false
        case .summaryRecorded:
            let leaf = reader?.value("leaf").flatMap { MessageReference($0) }?
                .local(to: session).localMessage
            return isOfTaken(summaryBehind: leaf ?? heads[row.branch])
        default: break
        }
        return row.message.map(taken.contains) ?? false
    }

    /// Whether a summary of the conversation up to a message is of one that is taken. Each message is
    /// passed once, however many summaries there are.
    private mutating func isOfTaken(summaryBehind leaf: String?) -> Bool {
        var way: Set<String> = []
        var next = leaf
        while let message = next, !clear.contains(message), way.insert(message).inserted {
            if taken.contains(message) || behindTaken.contains(message) {
                behindTaken.formUnion(way)
                return true
            }
            next = parents[message]
        }
        clear.formUnion(way)
        return false
    }

    private mutating func take(_ message: String) {
        taken.insert(message)
        // One that came behind those who answer it.
        if clear.contains(message) { clear = [] }
    }

    // MARK: What was found

    /// The events that are taken. Content that was stored by itself goes with the last that names it,
    /// whoever stored it: what others say would lose it otherwise.
    mutating func sequences() -> [UInt64] {
        var wanted: Set<String> = []
        var unwanted: Set<String> = []
        for row in rows where row.kind != .blobStored {
            if row.isTaken { unwanted.formUnion(row.blobs) } else { wanted.formUnion(row.blobs) }
        }
        let orphans = unwanted.subtracting(wanted)
        for index in rows.indices where rows[index].kind == .blobStored {
            if !rows[index].blobs.isDisjoint(with: orphans) { rows[index].isTaken = true }
            if !rows[index].blobs.isDisjoint(with: wanted) { rows[index].isTaken = false }
        }
        return rows.filter(\.isTaken).map(\.sequence)
    }

    /// What is kept of the taken events, one value for each of which something is kept.
    ///
    /// - Parameter declarations: The fields that were declared, and to what they belong.
    func outline(declarations: [String: MetadataField.Scope]) -> [JSONValue] {
        var places: [String: UInt64] = [:]
        var branches: [String: UInt64] = [:]
        var answers: [String: UInt64] = [:]
        var voices: [String: UInt64] = [:]
        for row in rows {
            if row.kind == .messageAppended, let id = row.message, places[id] == nil {
                places[id] = row.sequence
            }
            if let merge = row.merge, places[merge] == nil { places[merge] = row.sequence }
            if let created = row.created, branches[created] == nil {
                branches[created] = row.sequence
            } else if row.branch != EventDraft.mainBranch, branches[row.branch] == nil {
                branches[row.branch] = row.sequence
            }
            guard !row.isTaken, row.kind == .messageAppended else { continue }
            if let parent = row.parent, answers[parent] == nil { answers[parent] = row.sequence }
            if voices[row.branch] == nil { voices[row.branch] = row.sequence }
        }
        return rows.filter(\.isTaken).compactMap { row in
            var kept: JSONObject = ["seq": JSONValue(row.sequence)]
            if let branch = branches[row.branch] { kept.append("branch", JSONValue(branch)) }
            if row.kind == .messageAppended {
                if let id = row.message {
                    if Self.isOurs(id) { kept.append("message", .string(id)) }
                    if let answer = answers[id] { kept.append("answer", JSONValue(answer)) }
                }
                if let parent = row.parent.flatMap({ places[$0] }) {
                    kept.append("parent", JSONValue(parent))
                }
            } else if let created = row.created {
                kept.append("begins", true)
                if let origin = row.origin.flatMap({ places[$0] }) {
                    kept.append("origin", JSONValue(origin))
                }
                if let voice = voices[created] { kept.append("voice", JSONValue(voice)) }
            } else if row.fields.isEmpty {
                return nil
            }
            if !row.fields.isEmpty { Self.keep(row.fields, declarations, in: &kept) }
            return .object(kept)
        }
    }

    /// Fields by the names that every journal has, and by those that this one declared: these stand
    /// in its own events, and stay.
    private static func keep(
        _ fields: [String], _ declared: [String: MetadataField.Scope], in kept: inout JSONObject
    ) {
        let known = fields.filter { MetadataField.builtIn($0) != nil || declared[$0] != nil }
        let ofBranches = known.filter { declared[$0] == .branch }
        if !known.isEmpty { kept.append("fields", .array(known.map { .string($0) })) }
        if !ofBranches.isEmpty {
            kept.append("branch_fields", .array(ofBranches.map { .string($0) }))
        }
        if known.count < fields.count { kept.append("others", true) }
    }

    /// Whether an id has the form of those that the journal draws: 32 hexadecimal digits in the layout
    /// of UUID version 7.
    private static func isOurs(_ id: String) -> Bool {
        guard let known = SessionID(id), known.hexadecimal == id else { return false }
        let digits = Array(id.utf8)
        return digits[12] == UInt8(ascii: "7") && "89ab".utf8.contains(digits[16])
    }
}

extension MessageReference {
    /// The message's id, where it is of the session that names it.
    fileprivate var localMessage: String? { session == nil ? message : nil }
}
