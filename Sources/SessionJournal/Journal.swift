internal import Synchronization

/// An event-sourced journal of sessions.
///
/// Everything that happens in a session is appended as an event and never changed. What people ask
/// for, such as the state of a session at some event, its tree of messages, or who changed a field
/// and why, is folded from the events.
///
/// ```swift
/// let journal = try await Journal.open(at: "chats.journal")
/// let ada = journal.as("user:ada")
/// let session = try await ada.createSession(key: "chat-1", metadata: ["name": "First words"])
/// try await ada.say("user", "Hello", in: session)
/// let state = try await journal.state(of: session, at: .now)
/// try await journal.close()
/// ```
///
/// Reading needs no writer and disturbs none. Any number of tasks may use one journal at once.
public final class Journal: Sendable {
    /// Where the events live.
    public let store: any JournalStore

    /// How the journal was opened.
    public let options: JournalOptions

    /// The trace that the work of the current task belongs to: a request, a span of a distributed
    /// trace. Events that are appended meanwhile carry it as their `trace`, unless their draft names
    /// one, and the observer is told of it.
    ///
    /// ```swift
    /// try await Journal.$traceID.withValue("4bf92f3577b34da6") {
    ///     try await ada.say("user", "Hello", in: session)
    /// }
    /// ```
    ///
    /// At most ``EventLimits/maximumNameSize`` bytes.
    @TaskLocal public static var traceID: String?

    /// Who follows the journal through this handle.
    let followers = Followers()

    /// The fields of metadata that were declared.
    let declarations = Declarations(.fieldDeclared) { MetadataField(declaration: $0) }
    let retentionChanges = Declarations(.retentionChanged) { RetentionChange($0) }
    let templateDeclarations = Declarations(.templateDeclared) { SessionTemplate(declared: $0) }

    // One that is lost may have covered anything.
    let holdsPlaced = Declarations(.holdPlaced, damage: .fail) { HoldNotice(placing: $0) }
    let redactions = Declarations(.redactionRecorded) { RedactionNotice($0) }
    let compactionsBegun = Declarations(.compactionBegan) { CompactionNotice($0) }
    let holdsLifted = Declarations(.holdLifted) { HoldNotice(lifting: $0) }

    /// How often everything derived was destroyed: what was folded before must not be put away.
    let derivation = Mutex<UInt64>(0)
    /// What is done at an erasure: ``hearErasures(_:)``.
    let erasureListeners = Mutex<[UInt64: @Sendable () -> Void]>([:])

    /// Those who destroy, and those who forbid it, take turns.
    let destruction = DestructionGate()

    /// Those who apply the rules of retention take turns.
    let retaining = DestructionGate()

    /// Who may do what.
    let access = AccessKeeper()

    /// The limits of sessions, and how much they hold.
    let meters = SessionMeters()

    /// How often sessions were read; nil where nobody counts.
    let accesses: AccessLog?

    /// When sessions last showed a sign of life.
    let pulses = SessionPulses()

    /// The last message of the sessions that `say` has written to.
    let conversations = ConversationHeads()

    /// What a list of sessions shows.
    let sessionList = SessionList()

    /// Whose key signs checkpoints, and when one was signed last.
    let checkpoints: CheckpointDesk

    /// The states of long sessions, put away at some of their events; nil where the store keeps no
    /// files.
    let snapshots: SessionSnapshots?

    /// Those who maintain it take turns.
    let maintaining = DestructionGate()

    /// Whom what the current task reads and rewrites is to leave room for; nil where nobody has to.
    @TaskLocal static var pace: IOPace?

    /// What it does by a schedule: verify itself, maintain itself.
    let background = Mutex<[Task<Void, Never>]>([])

    /// Takes a store of any kind for a journal.
    public init(store: any JournalStore, options: JournalOptions = JournalOptions()) {
        self.store = store
        self.options = options
        checkpoints = CheckpointDesk(options)
        accesses = options.accessActor != nil && store.isWritable ? AccessLog() : nil
        snapshots = (store as? FileStore).map {
            SessionSnapshots($0, pageSize: options.cacheSize / 2)
        }
    }

    /// A journal in memory, gone with the last reference to it.
    public static func inMemory(options: JournalOptions = JournalOptions()) -> Journal {
        Journal(store: MemoryStore(options: options), options: options)
    }

    /// Whether events can be appended through this handle.
    public var isWritable: Bool { store.isWritable }

    /// How the content of a session is stored: plain, encrypted, or encrypted and locked.
    ///
    /// Cost: none in a journal without encrypted sessions, else a look at the session's last part.
    ///
    /// - Parameter session: The session; one that does not exist is plain.
    public func protection(of session: SessionID) async throws -> SessionProtection {
        try (store as? FileStore)?.protection(of: session) ?? .plain
    }

    /// Whether encrypted content is read through this handle: what is made of it belongs into no file.
    package var opensEncrypted: Bool { (store as? FileStore)?.opensEncrypted ?? false }

    /// The handle that writes in the name of a principal, such as `user:ada` or `agent:planner`.
    /// Its name stands in every event as `actor`. Cost: none.
    public func `as`(_ principal: String) -> JournalWriter {
        JournalWriter(journal: self, actor: principal)
    }

    /// Brings the events so far into their final, smaller form: seals the segment that is being
    /// written. Cost: reads and writes what is not sealed yet.
    ///
    /// - Parameter best: Also compresses all that is sealed as well as LZ4 can, once: for what is
    ///   put away. Cost: about 30 ns a byte of the journal; appends go on.
    public func seal(best: Bool = false) async throws {
        try await store.seal()
        if best { try await store.recompress() }
    }

    /// Reads every byte again and says whether it is what was written. Damage is an answer, not an
    /// error. A place that looks bad is read again before it is called damaged, so that this may run
    /// while events are appended, in this process or another.
    ///
    /// Cost: a read of the whole journal, one segment in memory at a time, and about 40 bytes a
    /// session.
    public func verify(
        _ options: VerificationOptions = VerificationOptions()
    ) async throws -> VerificationReport {
        try await store.verify(options)
    }

    /// Makes everything durable and gives the files back. What is used afterwards throws
    /// ``JournalError/Code/closed``; closing again does nothing.
    ///
    /// Where reads are counted (``JournalOptions/accessActor``), what was counted is written down first.
    /// Where the journal has a key (``JournalOptions/signer``), it is signed then, unless nothing came
    /// since the last checkpoint. An error of these is thrown when everything is closed.
    public func close() async throws {
        await endBackground()
        snapshots?.forget()
        var failure: (any Error)?
        do { try await recordAccesses() } catch { failure = error }
        do { try await checkpointAtEnd() } catch { failure = error }
        try await store.close()
        if let failure { throw failure }
    }
}
