/// What a compliance pack is to report on.
public struct ComplianceOptions: Sendable {
    /// For which sets of rules. Default: all.
    public var regimes = ComplianceRegime.allCases

    /// The first event that is reported on.
    public var from: UInt64 = 1

    /// The last one; nil for the last there is.
    public var through: UInt64?

    /// Only what the journal took at that time or later, by its own clock.
    public var since: Timestamp?

    /// Only what the journal took at that time or earlier, by its own clock.
    public var until: Timestamp?

    /// Only these sessions, and the journal's own events; nil for all.
    public var sessions: Set<SessionID>?

    /// How the sessions were asked for, in words, for the pack to say.
    public var query: String?

    /// The name and version of the program that makes the pack, for it to say.
    public var tool = "SessionJournal"

    /// Called now and then: how much of the journal was read.
    public var progress: (@Sendable (OperationProgress) -> Void)?

    /// All rules, all events.
    public init() {}

    /// Whether an event is reported on.
    func admits(_ event: Event) -> Bool {
        event.sequence >= from && event.sequence <= through ?? .max
            && since.map { event.time >= $0 } ?? true && until.map { event.time <= $0 } ?? true
            && (event.session.isJournal || sessions?.contains(event.session) ?? true)
    }

    /// The options as the pack writes them.
    var json: JSONValue {
        [
            "regimes": .array(regimes.map { .string($0.rawValue) }), "from": JSONValue(from),
            "through": through.map { JSONValue($0) } ?? .null,
            "since": JSONValue(since?.description), "until": JSONValue(until?.description),
            "sessions": sessions.map { sessions in
                .array(sessions.map(\.hexadecimal).sorted().map { .string($0) })
            } ?? .null,
            "query": JSONValue(query),
        ]
    }
}

/// What a pack holds that was made.
public struct ComplianceReport: Sendable {
    /// The folder.
    public let path: String
    /// How many files it has.
    public let files: Int
    /// Their size in bytes.
    public let bytes: UInt64
    /// The tree over all events of the journal.
    public let head: TreeHead
    /// The checkpoint in the pack; nil where nothing signs the tree.
    public let checkpoint: SignedCheckpoint?
    /// How many events are reported on.
    public let events: UInt64
    /// How many events are lost to damage: the tree cannot be computed through them.
    public let lost: UInt64
    /// How many events each query has counted.
    public let counts: [String: UInt64]
    /// SHA-256 of the manifest, which names all other files: note it where the pack cannot be changed.
    public let manifest: Digest

    /// The report as scripts read it.
    public var json: JSONValue {
        var numbers: JSONObject = [:]
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            numbers.append(name, JSONValue(count))
        }
        return [
            "path": .string(path), "files": JSONValue(files), "bytes": JSONValue(bytes),
            "size": JSONValue(head.size), "root": .string(head.root.hexadecimal),
            "signed": checkpoint.map { JSONValue($0.head.size) } ?? .null,
            "signers": .array((checkpoint?.signers ?? []).map { .string($0) }),
            "events": JSONValue(events), "lost": JSONValue(lost), "counts": .object(numbers),
            "manifest_sha256": .string(manifest.hexadecimal),
        ]
    }
}

extension Journal {
    /// Makes a folder that says, control by control, what the journal shows of what rules ask: each
    /// number with its query and its events, which are in the tree that the pack names; the checkpoint;
    /// and a verifier that needs nothing else.
    ///
    /// The folder appears whole or not at all. Where the journal is open for writing with a key, a
    /// checkpoint is signed first, so that all of it is signed.
    ///
    /// What the pack shows is not encrypted: who did what to the record and why, names and values of
    /// metadata among it. No message's text is in it, and of an encrypted session nothing but entry
    /// lines, whether or not its key is open.
    ///
    /// Cost: one reading of the journal and two hashes an event; about 220 bytes of the pack for each
    /// event that is reported on, 32 for each other one, and the lines that are shown. Memory: some
    /// hundred bytes a session, and one page of events.
    ///
    /// - Parameters:
    ///   - path: A folder that does not exist yet, or is empty.
    ///   - options: For which rules, and on which events.
    /// - Returns: What was made.
    /// - Throws: ``JournalError/Code/alreadyExists``; ``JournalError/Code/conflict`` where the journal
    ///   does not extend its newest checkpoint; ``JournalError/Code/damaged`` where its events do not
    ///   come to the tree that was recorded; what the disk says.
    public func writeCompliancePack(
        to path: String, _ options: ComplianceOptions = ComplianceOptions()
    ) async throws -> ComplianceReport {
        let folder = PackFolder(at: path, self.options.fileSystem)
        try folder.prepare()
        do {
            let (size, checkpoint) = try await packedState()
            var run = try PackRun(
                folder: folder, options, size: size, checkpoint: checkpoint, origin: origin)
            let total = try await store.storage().sizeOnDisk
            if size > 0 {
                var encrypted: [SessionID: Bool] = [:]
                for try await event in events(through: size, damage: .skip) {
                    try run.take(try await packed(event, &encrypted))
                    if event.sequence % 4_096 == 0 {
                        let done = Double(total) * Double(event.sequence) / Double(size)
                        options.progress?(
                            OperationProgress(bytesDone: UInt64(done), bytesTotal: total))
                    }
                }
            }
            try run.endReading(try await store.treeHead(at: size))
            for sequence in run.provedSequences {
                try run.add(proof: try await proofFile(of: sequence), of: sequence)
            }
            let erasures = try await erasures().filter { $0.requestedSequence ?? 0 <= size }
            return try run.finish(
                erasures: erasures, time: self.options.clock(), journal: place?.id)
        } catch {
            try? folder.discard()
            throw error
        }
    }

    /// An event as the pack may show it: of an encrypted session the entry line, also where its key is
    /// open here, for a pack is not encrypted.
    private func packed(
        _ event: Event, _ encrypted: inout [SessionID: Bool]
    ) async throws -> Event {
        guard opensEncrypted, !event.isWithheld, !event.session.isJournal else { return event }
        let isEncrypted: Bool
        if let known = encrypted[event.session] {
            isEncrypted = known
        } else {
            isEncrypted = try await protection(of: event.session) != .plain
            encrypted[event.session] = isEncrypted
        }
        return isEncrypted ? try Event(line: EventLine.entryLine(of: event.line.span)) : event
    }

    /// How many events a pack is over, and the newest checkpoint, which the journal must extend.
    private func packedState() async throws -> (UInt64, SignedCheckpoint?) {
        guard store is FileStore else { return (try await lastSequence(), nil) }
        if isWritable, checkpoints.signer != nil {
            try await signCheckpoint(actor: "journal", reason: "for a compliance pack")
        }
        let last = try await lastSequence()
        guard let newest = try checkpointFiles().newest() else { return (last, nil) }
        guard newest.origin == origin, newest.head.size <= last,
            try await store.treeHead(at: newest.head.size) == newest.head
        else {
            throw JournalError(
                .conflict,
                "the journal does not extend its newest checkpoint, so that nothing is reported; "
                    + "see sjournal verify")
        }
        // What only says that it was signed is left out, so that everything in the pack is signed.
        return (try await hasNews(since: newest.head.size) ? last : newest.head.size, newest)
    }
}
