/// What a snapshot keeps of a session's state besides its messages, merges and runs of tools, as one
/// JSON object: the same state gives the same bytes, always.
extension SessionState {
    /// The state without what its tables hold, and without the schema, which is the journal's.
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        var object: JSONObject = [
            "session": JSONValue(session?.hexadecimal), "key": JSONValue(key),
            "created": createdAt.snapshot, "active": lastActive.snapshot,
            "first": JSONValue(firstSequence), "last": JSONValue(lastSequence),
            "version": JSONValue(version), "events": JSONValue(eventCount),
            "modified": lastModified.snapshot, "modified_by": JSONValue(modifiedBy),
            "shown_modified": shownLastModified, "shown_by": shownModifiedBy,
            "life": life.snapshot, "fields": fieldLogs.snapshot(&storage),
            "metadata": table.snapshot(&storage),
            "tree": tree.snapshot(&storage),
        ]
        object["pruned"] = prunedSequence.map { JSONValue($0) }
        if accesses.count > 0 { object["accesses"] = accesses.snapshot }
        if hasWithheld { object.append("withheld", true) }
        object["template"] = template?.json
        object["clone"] = clone?.json
        object["claim"] = turnCountClaim.map { [$0.value, JSONValue($0.sequence)] }
        return .object(object)
    }

    /// The state that a snapshot says, with the tables that belong to it; nil where it makes no
    /// sense.
    init?(
        snapshot: JSONValue, _ reading: SnapshotReading, messages: PagedTable<Message>,
        merges: PagedTable<Merge>, toolRuns: PagedTable<ToolRun>
    ) {
        guard let session = snapshot["session"]?.string.flatMap({ SessionID($0) }),
            let firstSequence = snapshot["first"]?.unsigned,
            let lastSequence = snapshot["last"]?.unsigned,
            let version = snapshot["version"]?.unsigned,
            let eventCount = snapshot["events"]?.count,
            let life = snapshot["life"].flatMap({ LifecycleRecord(snapshot: $0) }),
            let fieldLogs = snapshot["fields"].flatMap({ FieldLogs(snapshot: $0, reading) }),
            let table = snapshot["metadata"].flatMap({ MetadataTable(snapshot: $0, reading) }),
            let tree = snapshot["tree"].flatMap({
                ConversationTree(
                    snapshot: $0, reading, session: session, messages: messages, merges: merges,
                    toolRuns: toolRuns)
            })
        else { return nil }
        self.init()
        self.session = session
        key = snapshot["key"]?.string
        createdAt = Timestamp(snapshot: snapshot["created"])
        lastActive = Timestamp(snapshot: snapshot["active"])
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.version = version
        self.eventCount = eventCount
        lastModified = Timestamp(snapshot: snapshot["modified"])
        modifiedBy = snapshot["modified_by"]?.string
        shownLastModified = snapshot["shown_modified"] ?? .null
        shownModifiedBy = snapshot["shown_by"] ?? .null
        template = snapshot["template"].flatMap { TemplateUse($0) }
        clone = snapshot["clone"].flatMap { CloneOrigin($0) }
        clone?.isFinished = snapshot["clone"]?["finished"]?.bool ?? false
        self.life = life
        prunedSequence = snapshot["pruned"]?.unsigned
        accesses = SessionAccesses(snapshot: snapshot["accesses"])
        hasWithheld = snapshot["withheld"]?.bool ?? false
        self.fieldLogs = fieldLogs
        self.table = table
        self.tree = tree
        if let claim = snapshot["claim"]?.array, claim.count == 2,
            let sequence = claim[1].unsigned
        {
            turnCountClaim = TurnCountClaim(value: claim[0], sequence: sequence)
        }
    }
}

extension LifecycleRecord {
    fileprivate var snapshot: JSONValue {
        [
            "phase": .string(phase.rawValue),
            "seq": phaseSequence.map { JSONValue($0) } ?? .null,
            "until": extendedUntil.snapshot, "limits": limits.map { .object($0.json) } ?? .null,
            "reached": .array(reachedLimits.map { .string($0) }),
        ]
    }

    fileprivate init?(snapshot: JSONValue) {
        guard
            let phase = snapshot["phase"]?.string.flatMap({ SessionLifecycle.Phase(rawValue: $0) })
        else { return nil }
        self.init()
        self.phase = phase
        phaseSequence = snapshot["seq"]?.unsigned
        extendedUntil = Timestamp(snapshot: snapshot["until"])
        limits = snapshot["limits"].flatMap { $0.isNull ? nil : SessionLimits($0) }
        reachedLimits = snapshot["reached"]?.array?.compactMap(\.string) ?? []
    }
}

extension JSONValue {
    /// A whole number from 0; nil for any other value.
    var unsigned: UInt64? { integer.flatMap { UInt64(exactly: $0) } }

    /// A number of things, of which there can be more; nil for any other value.
    var count: Int? { integer.flatMap { (0..<1 << 53).contains($0) ? Int($0) : nil } }
}

extension Timestamp? {
    fileprivate var snapshot: JSONValue { map { .integer($0.microseconds) } ?? .null }
}

extension Timestamp {
    fileprivate init?(snapshot: JSONValue?) {
        guard let microseconds = snapshot?.integer else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension ChangeID: SnapshotValue {
    var snapshot: JSONValue { [JSONValue(branch), JSONValue(sequence)] }

    init?(snapshot: JSONValue) {
        guard let pair = snapshot.array, pair.count == 2,
            let branch = pair[0].unsigned.flatMap({ Int(exactly: $0) }),
            let sequence = pair[1].unsigned
        else { return nil }
        self.init(branch: branch, sequence: sequence)
    }
}

extension String: SnapshotValue {
    var snapshot: JSONValue { .string(self) }

    init?(snapshot: JSONValue) {
        guard let text = snapshot.string else { return nil }
        self = text
    }
}

extension Int: SnapshotValue {
    var snapshot: JSONValue { JSONValue(self) }

    init?(snapshot: JSONValue) {
        guard let number = snapshot.integer.flatMap({ Int(exactly: $0) }) else { return nil }
        self = number
    }
}

extension UInt64: SnapshotValue {
    var snapshot: JSONValue { JSONValue(self) }

    init?(snapshot: JSONValue) {
        guard let number = snapshot.unsigned else { return nil }
        self = number
    }
}
