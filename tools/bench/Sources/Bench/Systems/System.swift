/// Something that keeps events: the journal, or a peer. It is opened in a folder of its own.
///
/// All are handed the same messages and hand back the same: sequence number, session, version, kind,
/// time and content of each event. What a system cannot do it does not list in `abilities`.
///
/// Readings take many questions at once, so that the way into a system costs no peer anything.
protocol System: AnyObject, Sendable {
    /// The name in the table.
    var name: String { get }

    /// What the system is measured at.
    var abilities: Abilities { get }

    /// The folder, or the file, that holds everything.
    var path: String { get }

    /// Opens what is at `path`, or makes it.
    func open() async throws

    /// Appends messages, all in one durable commit: they are on the disk when this returns.
    func append(_ messages: ArraySlice<Message>) async throws

    /// Finishes the work that the system has put off, as sealing is for the journal.
    func settle() async throws

    /// Brings everything into the smallest form that the system has.
    func shrink() async throws

    /// Reads every event in order of sequence.
    func scan(_ tally: inout Tally) async throws

    /// Reads the events of sessions, one session after the other.
    func read(sessions: [SessionName], _ tally: inout Tally) async throws

    /// Reads single events.
    func read(sequences: [UInt64], _ tally: inout Tally) async throws

    func close() async throws
}

/// What a system can do.
struct Abilities: OptionSet {
    let rawValue: Int

    static let scan = Abilities(rawValue: 1)
    static let sessions = Abilities(rawValue: 2)
    static let points = Abilities(rawValue: 4)
    static let bulk = Abilities(rawValue: 8)
    static let all: Abilities = [.scan, .sessions, .points, .bulk]
}

/// A system whose calls block. A number of threads may write at once.
protocol BlockingSystem: System {
    /// Appends messages, all in one durable commit.
    func write(_ messages: ArraySlice<Message>) throws
}

extension BlockingSystem {
    func append(_ messages: ArraySlice<Message>) async throws { try write(messages) }
}

/// The bytes that every system may use to keep what it has read: for us the cache of decompressed
/// blocks, for SQLite its pages, for RocksDB its blocks. LMDB has no cache but the system's.
let cacheSize = 32 << 20
