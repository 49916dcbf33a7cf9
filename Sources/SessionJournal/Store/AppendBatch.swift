/// Drafts that are appended together: all of them or none, in one commit.
public struct AppendBatch: Sendable {
    /// A draft and the session it goes to.
    public struct Item: Sendable {
        /// The session.
        public var session: SessionID

        /// The event to be.
        public var draft: EventDraft

        /// Creates an item.
        public init(session: SessionID, draft: EventDraft) {
            self.session = session
            self.draft = draft
        }
    }

    /// Who appends, at most ``EventLimits/maximumNameSize`` bytes.
    public var actor: String

    /// What is appended, in this order.
    public var items: [Item]

    /// What must be true of the sessions for the batch to be stored. A session that is not named
    /// may be at any version.
    public var conditions: [SessionID: AppendCondition]

    /// What the answer promises.
    public var durability: Durability

    /// Sessions that the batch creates and that are to be encrypted. A store that cannot do that
    /// refuses the batch.
    public var encrypted: Set<SessionID> = []

    /// Creates a batch over any number of sessions.
    public init(
        actor: String, items: [Item], conditions: [SessionID: AppendCondition] = [:],
        durability: Durability = .durable
    ) {
        self.actor = actor
        self.items = items
        self.conditions = conditions
        self.durability = durability
    }
}

extension AppendBatch {
    /// The one session that all items go to; nil where they go to several.
    var onlySession: SessionID? {
        guard let first = items.first?.session else { return nil }
        return items.allSatisfy { $0.session == first } ? first : nil
    }
}

/// What must be true of a session for a batch to be stored.
public enum AppendCondition: Sendable, Hashable {
    /// Anything.
    case any

    /// The session's last event has this version; 0 means that the session does not exist.
    case version(UInt64)

    /// The last event on this branch of the session has this sequence number; 0 means that the
    /// branch has no event.
    case head(branch: String, sequence: UInt64)
}

/// What the answer to an append promises.
public enum Durability: Sendable, Hashable {
    /// The events are on the disk: a power cut does not take them.
    case durable

    /// The events are readable and in order, and become durable with the next durable append, the
    /// close of the journal, or by and by. A power cut may take them, the last ones first.
    case buffered
}

/// The positions that the store gave to one item of a batch.
public struct AppendReceipt: Sendable, Hashable {
    /// The position in the journal, from 1.
    public var sequence: UInt64

    /// The position in the session, from 1.
    public var version: UInt64

    /// The journal's clock when the event was appended.
    public var time: Timestamp

    /// Whether the event was there already, known by its `id`: nothing was stored, and the other
    /// fields are those of the first receipt.
    public var isDuplicate: Bool

    /// Creates a receipt.
    public init(sequence: UInt64, version: UInt64, time: Timestamp, isDuplicate: Bool) {
        self.sequence = sequence
        self.version = version
        self.time = time
        self.isDuplicate = isDuplicate
    }
}

/// What became of adopted lines.
public struct AdoptReceipt: Sendable, Hashable {
    /// The number of lines that were stored.
    public var adopted: Int

    /// The number of lines that were there already, byte for byte.
    public var duplicates: Int

    /// The last sequence number of the store after the call.
    public var lastSequence: UInt64

    /// Creates a receipt.
    public init(adopted: Int, duplicates: Int, lastSequence: UInt64) {
        self.adopted = adopted
        self.duplicates = duplicates
        self.lastSequence = lastSequence
    }
}
