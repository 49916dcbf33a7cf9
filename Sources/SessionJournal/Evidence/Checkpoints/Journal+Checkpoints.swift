internal import SegmentLog
internal import Synchronization
internal import TransparencyLog

extension Journal {
    /// The name that the journal's checkpoints carry, and its keys: `session-journal/` and the
    /// journal's id. Nil of a journal that is not in files, which has no id.
    public var origin: String? { place.map { Self.origin(of: $0.id) } }

    /// The name that the checkpoints of the journal of an id carry.
    package static func origin(of id: String) -> String { "session-journal/" + id }

    /// The checkpoints that were signed of the journal and lie in `checkpoints/`, the oldest first.
    /// Says nothing about whether their signatures are good, or the journal still fits:
    /// ``verifyEvidence(_:)`` does. Cost: reads each file.
    ///
    /// - Throws: ``JournalError/Code/damaged`` where a file is no checkpoint.
    public func checkpoints() async throws -> [SignedCheckpoint] {
        let files = try checkpointFiles()
        return try files.sizes().compactMap { size throws(JournalError) in try files.read(size) }
    }

    /// Whether a checkpoint lies in `checkpoints/`, whole or not. Cost: a look at the names.
    package var hasCheckpoints: Bool {
        get throws { store is FileStore ? try !checkpointFiles().sizes().isEmpty : false }
    }

    /// The newest checkpoint of at least so many events; nil where none was signed.
    package func checkpoint(covering sequence: UInt64) throws -> SignedCheckpoint? {
        let files = try checkpointFiles()
        guard let size = try files.sizes().last, size >= sequence else { return nil }
        return try files.read(size)
    }

    func checkpointFiles() throws(JournalError) -> CheckpointFiles {
        guard let files = store as? FileStore else {
            throw JournalError(
                .unsupported, "checkpoints are signed of journals in files, which have an id")
        }
        return CheckpointFiles(files)
    }

    /// Adds signatures of others, such as witnesses, to a checkpoint that was signed here. They are
    /// not checked: who verifies does that, with a policy that says whom to believe.
    ///
    /// - Parameter bytes: The checkpoint with the signatures under it, or the signature lines alone,
    ///   which are taken for those of the newest checkpoint.
    /// - Returns: The checkpoint with all its signatures.
    /// - Throws: ``JournalError/Code/invalidArgument`` where the text is neither, or the checkpoint was
    ///   not signed here.
    @discardableResult
    public func addCosignatures(_ bytes: [UInt8]) async throws -> SignedCheckpoint {
        guard isWritable else {
            throw JournalError(.readOnly, "open the journal for writing to keep a signature")
        }
        let files = try checkpointFiles()
        var checkpoint: SignedCheckpoint
        if let note = SignedNote(bytes) {
            checkpoint = try SignedCheckpoint(note)
        } else {
            guard let newest = try files.newest() else {
                throw JournalError(
                    .invalidArgument, "no checkpoint was signed that these could be signatures of")
            }
            guard let lines = SignedNote(newest.note.text.utf8 + [0x0A] + bytes) else {
                throw JournalError(
                    .invalidArgument,
                    "give a checkpoint, or signature lines: an em dash, a name and base64 each")
            }
            checkpoint = try SignedCheckpoint(lines)
        }
        guard checkpoint.origin == origin, try files.read(checkpoint.head.size) != nil else {
            throw JournalError(
                .invalidArgument,
                "the checkpoint of \(checkpoint.head.size) events of \(checkpoint.origin) was not "
                    + "signed by this journal")
        }
        return try checkpoints.turn.withLock { _ throws(JournalError) in
            try files.put(checkpoint)
        }
    }

    /// Signs the state of the journal before something of it is destroyed, so that what was there
    /// can be held against what is left. Does nothing where no key was given, and where nothing has
    /// come since the last checkpoint.
    func checkpointBeforeDestruction() async throws {
        try await signCheckpoint(
            actor: Self.ownActor, reason: "before something is destroyed")
    }

    /// Signs a checkpoint where one is due by time. The append that this came with stands, whatever
    /// becomes of it: an error is logged, and the next interval tries again.
    func checkpointIfDue() async {
        guard checkpoints.isDue(at: options.clock) else { return }
        do {
            try await signCheckpoint(actor: Self.ownActor, reason: nil)
        } catch {
            (store as? FileStore)?.instruments.write(.checkpointFailed(error))
        }
        checkpoints.signed(at: options.clock())
    }

    /// Signs a checkpoint when the journal is closed.
    func checkpointAtEnd() async throws {
        guard checkpoints.close(), isWritable else { return }
        try await signCheckpoint(actor: Self.ownActor, reason: nil)
    }

    private static let ownActor = "journal"

    /// Signs the journal as it stands, keeps the checkpoint in its file and records it. Where nothing
    /// came since the last one but what says that it was signed, that one is the answer. Nil where
    /// there is no key, or no event.
    ///
    /// The last checkpoint must be a beginning of the journal: a key never signs a second history.
    @discardableResult
    func signCheckpoint(actor: String, reason: String?) async throws -> SignedCheckpoint? {
        guard let signer = checkpoints.signer, let origin else { return nil }
        let files = try checkpointFiles()
        let size = try await store.position().lastSequence
        guard size > 0 else { return nil }
        if let last = try files.newest() {
            try await check(last, origin, size: size)
            if try await !hasNews(since: last.head.size) {
                try await record(last, signer, origin, actor: actor, reason: reason)
                return last
            }
        }
        let head = try await store.treeHead(at: size)
        let text = Checkpoint(origin: origin, size: size, root: Hash(head.root)).text
        let checkpoint = try checkpoints.turn.withLock { _ in
            try files.put(SignedCheckpoint(signer.note(text, named: origin)))
        }
        try await record(checkpoint, signer, origin, actor: actor, reason: reason)
        (store as? FileStore)?.tiles.keepEdge(isNeeded: true)
        return checkpoint
    }

    private func check(
        _ last: SignedCheckpoint, _ origin: String, size: UInt64
    ) async throws {
        guard last.origin == origin else {
            throw JournalError(
                .conflict,
                "the newest checkpoint is of another journal, \(last.origin); nothing "
                    + "is signed", place: CheckpointFiles.folderName)
        }
        guard last.head.size <= size else {
            throw JournalError(
                .conflict,
                "a checkpoint of \(last.head.size) events was signed, and the journal has \(size): "
                    + "it was rolled back; nothing is signed", place: CheckpointFiles.folderName)
        }
        guard try await store.treeHead(at: last.head.size) == last.head else {
            throw JournalError(
                .conflict,
                "the first \(last.head.size) events are not those of which a checkpoint was "
                    + "signed; nothing is signed", place: CheckpointFiles.folderName)
        }
    }

    /// Whether an event came behind `sequence` that does not just say that a checkpoint was signed.
    func hasNews(since sequence: UInt64) async throws -> Bool {
        var query: ReadQuery? = ReadQuery(from: sequence + 1, maximumCount: 16)
        while let current = query {
            let page = try await store.read(current)
            if !page.holes.isEmpty || page.events.contains(where: { $0.kind != .checkpointSigned })
            {
                return true
            }
            query = page.next
        }
        return false
    }

    /// Records a checkpoint in the journal, unless the newest record is of it: a crash may have come
    /// between its file and the record.
    private func record(
        _ checkpoint: SignedCheckpoint, _ signer: CheckpointSigner, _ origin: String,
        actor: String, reason: String?
    ) async throws {
        let page = try await store.read(
            ReadQuery(
                session: .journal, kinds: [.checkpointSigned], order: .backwards, maximumCount: 1))
        if let newest = page.events.first, let data = try? newest.data(),
            data["size"]?.integer == Int64(checkpoint.head.size)
        {
            return
        }
        var draft = EventDraft(
            .checkpointSigned,
            data: [
                "size": JSONValue(checkpoint.head.size),
                "root": .string(checkpoint.head.root.base64),
                "key": JSONValue(signer.verifierKey(named: origin)),
                "note": .string(checkpoint.text),
            ])
        draft.reason = reason
        try await store.append(
            AppendBatch(actor: actor, items: [.init(session: .journal, draft: draft)]))
    }
}

extension JournalWriter {
    /// Signs the journal as it stands: a checkpoint in `checkpoints/`, and a `checkpoint.signed` event
    /// that repeats it. Where nothing has come since the last checkpoint, that one is the answer.
    ///
    /// Cost: one look at the last checkpoint, which must be a beginning of the journal; one signature,
    /// one small file, one event.
    ///
    /// - Parameter reason: Why; it stands in the event.
    /// - Returns: The checkpoint.
    /// - Throws: ``JournalError/Code/invalidArgument`` where the journal was opened without a key
    ///   (``JournalOptions/signer``) or has no event; ``JournalError/Code/conflict`` where the journal
    ///   does not extend the last checkpoint.
    @discardableResult
    public func signCheckpoint(reason: String? = nil) async throws -> SignedCheckpoint {
        guard journal.checkpoints.signer != nil else {
            throw JournalError(
                .invalidArgument, "a checkpoint is signed with a key, and the journal has none open"
            )
        }
        try await journal.require(.operate, as: actor, for: EventKind.checkpointSigned.rawValue)
        let checkpoint = try await journal.signCheckpoint(actor: actor, reason: reason)
        guard let checkpoint else {
            throw JournalError(.invalidArgument, "there is no event yet that could be signed")
        }
        return checkpoint
    }

    /// Has another key sign from here on. The key so far signs a checkpoint, and then a statement that
    /// names the new one; `key.rotated` records it. Whoever knows the old key can follow.
    ///
    /// - Parameters:
    ///   - signer: The new key.
    ///   - reason: Why; it stands in the event.
    /// - Returns: The receipt of the event.
    /// - Throws: as ``signCheckpoint(reason:)``.
    @discardableResult
    public func rotateKey(
        to signer: CheckpointSigner, reason: String? = nil
    ) async throws -> AppendReceipt {
        guard let old = journal.checkpoints.signer, let origin = journal.origin,
            let oldKey = old.key(named: origin), let newKey = signer.key(named: origin)
        else {
            throw JournalError(
                .invalidArgument, "a key gives way to another, and the journal has none open")
        }
        guard oldKey != newKey else {
            throw JournalError(.invalidArgument, "the new key is the one that signs already")
        }
        try await journal.require(.operate, as: actor, for: EventKind.keyRotated.rawValue)
        try await journal.signCheckpoint(actor: actor, reason: reason)
        let statement = try old.note(
            KeyRotation(origin: origin, new: newKey).text, named: origin)
        var draft = EventDraft(
            .keyRotated,
            data: [
                "old": .string(oldKey.description), "new": .string(newKey.description),
                "statement": .string(statement.description),
            ])
        draft.reason = reason
        let receipts = try await journal.store.append(
            AppendBatch(actor: actor, items: [.init(session: .journal, draft: draft)]))
        journal.checkpoints.replaceSigner(signer)
        return receipts[0]
    }
}

/// What an old key signs when a new one follows it: three lines that no checkpoint can be taken for,
/// since the second is no number.
struct KeyRotation: Hashable {
    var origin: String
    var new: VerifierKey

    init(origin: String, new: VerifierKey) {
        self.origin = origin
        self.new = new
    }

    private static let word = "key rotation"

    var text: String { "\(origin)\n\(Self.word)\n\(new)\n" }

    /// Reads the statement of a note; nil for any other text.
    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[1] == Self.word, lines[3].isEmpty,
            let new = VerifierKey(String(lines[2])), new.name == lines[0]
        else { return nil }
        self.init(origin: String(lines[0]), new: new)
    }
}
