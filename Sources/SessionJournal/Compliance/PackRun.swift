/// The tree that a pack is about, and who has signed it.
struct PackHead: Sendable {
    var head: TreeHead
    var checkpoint: SignedCheckpoint?
    /// Changes of metadata.
    var changes: UInt64 = 0
}

/// One query's answer while it is counted.
struct PackCount: Sendable {
    /// An event of which the page shows a row.
    struct Sample: Sendable {
        var sequence: UInt64
        var time: Timestamp
        var kind: EventKind
        var actor: String?
        var reason: String?

        init(_ event: Event) {
            sequence = event.sequence
            time = event.time
            kind = event.kind
            let represented = event.onBehalf.map { " for " + $0 } ?? ""
            actor = event.actor.map { PackText.cut($0 + represented) }
            reason = event.reason.map { PackText.cut($0) }
        }
    }

    let query: ComplianceQuery
    private(set) var tally = PackTally()
    /// Stretches of sequence numbers without a gap.
    private(set) var ranges: UInt64 = 0
    private var firstSamples: [Sample] = []
    /// The latest ones, written over in turn.
    private var lastSamples: [Sample] = []
    private(set) var file: PackFile
    private var current: ClosedRange<UInt64>?

    private static let sampleCount = 8

    var fileName: String { Self.fileName(of: query) }

    static func fileName(of query: ComplianceQuery) -> String {
        PackFolder.sequences + "/" + query.name + ".csv"
    }

    init(_ query: ComplianceQuery, _ file: PackFile) throws(JournalError) {
        self.query = query
        self.file = file
        try self.file.append(row: ["first", "last"])
    }

    mutating func add(_ event: Event) throws(JournalError) {
        tally.add(event)
        if firstSamples.count < Self.sampleCount {
            firstSamples.append(Sample(event))
        } else if lastSamples.count < Self.sampleCount {
            lastSamples.append(Sample(event))
        } else {
            lastSamples[Int(tally.count % UInt64(Self.sampleCount))] = Sample(event)
        }
        if let range = current, range.upperBound + 1 == event.sequence {
            current = range.lowerBound...event.sequence
        } else {
            try endRange()
            current = event.sequence...event.sequence
        }
    }

    /// Rows for the page: the first events and the last ones.
    var samples: [Sample] {
        (firstSamples + lastSamples).sorted { $0.sequence < $1.sequence }
    }

    /// Writes the stretch that is under way.
    mutating func endRange() throws(JournalError) {
        guard let range = current else { return }
        ranges += 1
        try file.append(line: "\(range.lowerBound),\(range.upperBound)")
        current = nil
    }

    var json: JSONValue {
        [
            "query": .string(query.name), "asks": .string(query.asks),
            "kinds": .array(query.kinds.map { .string($0) }), "where": query.conditionJSON,
            "checkable": .bool(query.isCheckable), "count": JSONValue(tally.count),
            "first": tally.count > 0 ? JSONValue(tally.first) : .null,
            "last": tally.count > 0 ? JSONValue(tally.last) : .null,
            "first_time": JSONValue(tally.firstTime?.description),
            "last_time": JSONValue(tally.lastTime?.description), "ranges": JSONValue(ranges),
            "file": .string(fileName),
        ]
    }
}

/// One pack while it is made: takes the events of the journal one after the other, and writes.
struct PackRun {
    static let eventsName = "events.jsonl"
    static let leavesName = "leaves.bin"
    static let shownName = "shown.csv"
    static let changesName = "changes"
    static let actorsName = "actors.csv"
    static let modelsName = "models.csv"
    static let sessionsName = "sessions.csv"
    static let erasuresName = "erasures.jsonl"
    static let queriesName = "queries.jsonl"
    static let controlsName = "controls"
    static let checkpointName = "checkpoint"
    static let headName = "tree-head"
    static let manifestName = "manifest.json"
    static let hashName = "manifest.sha256"

    var folder: PackFolder
    let options: ComplianceOptions
    let size: UInt64
    let checkpoint: SignedCheckpoint?
    let origin: String?

    private(set) var facts = PackFacts()
    private(set) var counts: [PackCount] = []
    private(set) var head: PackHead
    private(set) var reported: UInt64 = 0
    private(set) var hashed: UInt64 = 0
    private(set) var provedSequences: [UInt64] = []

    private var tree = LeafTree()
    private var expected: UInt64 = 1
    private var events: PackFile
    private var leaves: PackFile
    private var shown: PackFile
    private var changes: PackChanges
    /// By kind, the queries that its events may answer, and whether its lines are shown.
    private var known: [EventKind: (queries: [Int], isShown: Bool)] = [:]

    /// Where no more events than this are shown, each has a proof of its own.
    static let proofLimit = 256

    init(
        folder: PackFolder, _ options: ComplianceOptions, size: UInt64,
        checkpoint: SignedCheckpoint?, origin: String?
    ) throws(JournalError) {
        self.folder = folder
        self.options = options
        self.size = size
        self.checkpoint = checkpoint
        self.origin = origin
        head = PackHead(head: TreeHead(size: size, root: LeafTree().root), checkpoint: checkpoint)
        events = try folder.begin(Self.eventsName)
        leaves = try folder.begin(Self.leavesName)
        shown = try folder.begin(Self.shownName)
        try shown.append(row: [
            "seq", "time", "session", "version", "kind", "actor", "onbehalf", "reason",
        ])
        changes = try PackChanges(
            table: folder.begin(Self.changesName + ".csv"),
            lines: folder.begin(Self.changesName + ".jsonl"))
        let wanted = Set(options.regimes.flatMap(\.controls).flatMap(\.queries))
        for query in ComplianceQuery.all where wanted.contains(query.name) {
            counts.append(
                try PackCount(query, folder.begin(PackCount.fileName(of: query))))
        }
    }

    // MARK: Reading

    /// Takes the next event of the journal.
    mutating func take(_ event: Event) throws(JournalError) {
        if event.sequence > expected { facts.lose(expected...event.sequence - 1) }
        expected = event.sequence + 1
        var entry = [0] + (try EventLine.entryLine(of: event.line.span))
        let leaf = Digest(hashing: entry.span)
        tree.append(leaf)
        let isReported = options.admits(event)
        facts.apply(event, isReported: isReported)
        if options.sessions?.contains(event.session) ?? true {
            head.changes += try changes.take(event, isReported: isReported)
        }
        guard isReported else {
            hashed += 1
            return try leaves.append(leaf.bytes)
        }
        reported += 1
        let (queries, isShown) = uses(of: event.kind)
        if isShown, !event.isWithheld {
            try events.append(event.line + [UInt8(ascii: "\n")])
            try show(event)
        } else {
            entry.removeFirst()
            entry.append(UInt8(ascii: "\n"))
            try events.append(entry)
        }
        for index in queries where counts[index].query.isAnswered(by: event) {
            try counts[index].add(event)
        }
    }

    private mutating func uses(of kind: EventKind) -> (queries: [Int], isShown: Bool) {
        if let uses = known[kind] { return uses }
        let name = kind.rawValue
        let uses = (
            queries: counts.indices.filter { counts[$0].query.admits(kind: name) },
            isShown: ComplianceQuery.showsLine(of: name)
        )
        known[kind] = uses
        return uses
    }

    private mutating func show(_ event: Event) throws(JournalError) {
        if provedSequences.count <= Self.proofLimit { provedSequences.append(event.sequence) }
        try shown.append(row: [
            "\(event.sequence)", event.time.description, event.session.hexadecimal,
            "\(event.version)", event.kind.rawValue, event.actor ?? "", event.onBehalf ?? "",
            event.reason ?? "",
        ])
    }

    /// Compares what was read with the tree that the journal has recorded.
    mutating func endReading(_ recorded: TreeHead) throws(JournalError) {
        if expected <= size { facts.lose(expected...size) }
        guard !facts.lost.isEmpty || tree.root == recorded.root else {
            throw JournalError(
                .damaged,
                "the events do not come to the tree that was recorded; see sjournal verify")
        }
        head.head = recorded
        let limit = checkpoint?.head.size ?? 0
        if provedSequences.count > Self.proofLimit || !facts.lost.isEmpty { provedSequences = [] }
        provedSequences.removeAll { $0 > limit }
        for index in counts.indices { try counts[index].endRange() }
    }

    // MARK: Writing

    /// Adds the proof of one event.
    mutating func add(proof: String, of sequence: UInt64) throws(JournalError) {
        try folder.put("\(PackFolder.proofs)/\(sequence).tlog-proof", Array(proof.utf8))
    }

    /// Writes what was counted, and makes the pack appear.
    mutating func finish(
        erasures: [ErasureCertificate], time: Timestamp, journal: String?
    ) throws(JournalError) -> ComplianceReport {
        for file in [events, leaves, shown] { try folder.take(file) }
        for file in changes.files { try folder.take(file) }
        for count in counts { try folder.take(count.file) }
        try writeTables(erasures)
        try writeControls()
        try writeTree(journal)
        try folder.put("verify.py", PackageResources.verify_py)
        try folder.put("verify_pack.py", PackageResources.verify_pack_py)
        let pages = PackPages(run: self, time: time, journal: journal)
        for (name, page) in pages.all { try folder.put(name, page) }
        let hash = try writeManifest(time, journal)
        try folder.finish()
        var numbers: [String: UInt64] = [:]
        for count in counts { numbers[count.query.name] = count.tally.count }
        return ComplianceReport(
            path: folder.target, files: folder.entries.count,
            bytes: folder.entries.reduce(0) { $0 + UInt64($1.size) }, head: head.head,
            checkpoint: checkpoint, events: reported,
            lost: facts.lost.reduce(0) { $0 + UInt64($1.count) }, counts: numbers, manifest: hash)
    }

    private mutating func writeTables(_ erasures: [ErasureCertificate]) throws(JournalError) {
        for (name, title, rows) in [
            (Self.actorsName, "actor", facts.actors), (Self.modelsName, "model", facts.models),
        ] {
            var file = try folder.begin(name)
            try file.append(row: [title, "events", "first", "first_time", "last", "last_time"])
            for (name, tally) in rows.sorted {
                try file.append(row: [name, "\(tally.count)"] + Self.cells(of: tally))
            }
            try folder.take(file)
        }
        var file = try folder.begin(Self.sessionsName)
        try file.append(row: [
            "session", "events", "messages", "from", "to", "first", "first_time", "last",
            "last_time", "ended_by", "ended_as",
        ])
        for (session, period) in facts.periods.sorted(by: Self.isEarlier) {
            try file.append(
                row: [session.hexadecimal, "\(period.tally.count)", "\(period.messages)"]
                    + [period.from?.description ?? "", period.to?.description ?? ""]
                    + Self.cells(of: period.tally)
                    + [
                        period.end.map { "\($0.sequence)" } ?? "",
                        period.end?.kind.rawValue ?? "",
                    ])
        }
        try folder.take(file)
        var certificates = try folder.begin(Self.erasuresName)
        for erasure in erasures { try certificates.append(erasure.json) }
        try folder.take(certificates)
    }

    private static func isEarlier(
        _ one: (key: SessionID, value: PackFacts.Period),
        _ other: (key: SessionID, value: PackFacts.Period)
    ) -> Bool {
        one.value.tally.first < other.value.tally.first
    }

    private static func cells(of tally: PackTally) -> [String] {
        [
            "\(tally.first)", tally.firstTime?.description ?? "", "\(tally.last)",
            tally.lastTime?.description ?? "",
        ]
    }

    /// The answer to a query.
    func count(_ name: String) -> PackCount? { counts.first { $0.query.name == name } }

    private mutating func writeControls() throws(JournalError) {
        var queries = try folder.begin(Self.queriesName)
        for count in counts { try queries.append(count.json) }
        try folder.take(queries)
        var lines = try folder.begin(Self.controlsName + ".jsonl")
        var table = try folder.begin(Self.controlsName + ".csv")
        try table.append(row: [
            "regime", "control", "asks", "evidence", "name", "says", "count", "first", "last",
            "file",
        ])
        for regime in options.regimes {
            for control in regime.controls {
                try lines.append(json(of: control, regime))
                for row in rows(of: control) {
                    try table.append(row: [regime.rawValue, control.id, control.asks] + row)
                }
            }
        }
        try folder.take(lines)
        try folder.take(table)
    }

    private func json(of control: ComplianceControl, _ regime: ComplianceRegime) -> JSONValue {
        [
            "regime": .string(regime.rawValue), "control": .string(control.id),
            "asks": .string(control.asks),
            "evidence": .array(control.queries.compactMap { count($0)?.json }),
            "facts": .array(control.facts.map { facts.statement($0, of: head).json }),
            "outside": JSONValue(control.outside),
        ]
    }

    private func rows(of control: ComplianceControl) -> [[String]] {
        var rows: [[String]] = []
        for count in control.queries.compactMap({ count($0) }) {
            let tally = count.tally
            rows.append([
                "query", count.query.name, count.query.asks, "\(tally.count)",
                tally.count > 0 ? "\(tally.first)" : "", tally.count > 0 ? "\(tally.last)" : "",
                count.fileName,
            ])
        }
        for fact in control.facts {
            let statement = facts.statement(fact, of: head)
            rows.append([
                "fact", fact.rawValue, statement.says.joined(separator: " "), "", "", "",
                statement.file ?? "",
            ])
        }
        if let outside = control.outside {
            rows.append(["outside of what the journal shows", "", outside, "", "", "", ""])
        }
        return rows
    }

    private mutating func writeTree(_ journal: String?) throws(JournalError) {
        if let checkpoint {
            try folder.put(Self.checkpointName, Array(checkpoint.text.utf8))
        }
        let name = origin ?? "session-journal"
        try folder.put(
            Self.headName, Array("\(name)\n\(size)\n\(head.head.root.base64)\n".utf8))
    }

    /// The manifest names every file but itself and the file with its hash.
    private mutating func writeManifest(
        _ time: Timestamp, _ journal: String?
    ) throws(JournalError) -> Digest {
        let manifest: JSONValue = [
            "pack": 1, "journal": JSONValue(journal),
            "tree": [
                "size": JSONValue(head.head.size), "root": .string(head.head.root.base64),
            ],
            "signed": checkpoint.map { checkpoint in
                [
                    "file": .string(Self.checkpointName), "size": JSONValue(checkpoint.head.size),
                    "signers": .array(checkpoint.signers.map { .string($0) }),
                ]
            } ?? .null,
            "made": .string(time.description), "tool": .string(options.tool),
            "options": options.json, "reported": JSONValue(reported),
            "hashes_only": JSONValue(hashed),
            "lost": .array(
                facts.lost.map { [JSONValue($0.lowerBound), JSONValue($0.upperBound)] }),
            "files": .array(folder.entries.sorted { $0.name < $1.name }.map(\.json)),
        ]
        let bytes = Array((manifest.description + "\n").utf8)
        let hash = Digest(hashing: bytes.span)
        try folder.put(Self.manifestName, bytes)
        try folder.put(
            Self.hashName, Array("\(hash.hexadecimal)  \(Self.manifestName)\n".utf8))
        return hash
    }
}
