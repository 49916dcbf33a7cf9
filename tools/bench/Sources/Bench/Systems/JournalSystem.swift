internal import SessionJournal

/// Ours, by the calls that everybody has.
final class JournalSystem: System {
    let name = "journal"
    let abilities = Abilities.all
    let path: String
    private let options: JournalOptions
    /// Set by `open` and `close`, which nothing else runs beside.
    nonisolated(unsafe) private var opened: Journal?

    init(path: String, options: JournalOptions = JournalOptions()) {
        self.path = path
        var options = options
        options.cacheSize = cacheSize
        self.options = options
    }

    private var journal: Journal {
        get throws {
            guard let opened else { throw BenchError("the journal is not open") }
            return opened
        }
    }

    func open() async throws {
        opened =
            Disk.exists(path)
            ? try await Journal.open(at: path, options: options)
            : try await Journal.create(at: path, options: options)
    }

    func append(_ messages: ArraySlice<Message>) async throws {
        let writer = try journal.as(Message.actor)
        if messages.count == 1, let message = messages.first {
            let receipt = try await writer.append(
                try JournalSystem.draft(message), to: message.session.id)
            guard receipt.version == message.version else {
                throw BenchError("the journal gave an event another version than its caller")
            }
            return
        }
        let receipts = try await writer.append(
            messages.map { message in
                AppendBatch.Item(
                    session: message.session.id, draft: try JournalSystem.draft(message))
            })
        guard receipts.count == messages.count, receipts.last?.version == messages.last?.version
        else { throw BenchError("the journal gave an event another version than its caller") }
    }

    private static func draft(_ message: Message) throws -> EventDraft {
        EventDraft(message.kind.eventKind, data: try EventData(json: message.data))
    }

    func settle() async throws { try await journal.seal() }

    func shrink() async throws { try await journal.seal(best: true) }

    func scan(_ tally: inout Tally) async throws {
        for try await event in try journal.events() { JournalSystem.take(event, &tally) }
    }

    func read(sessions: [SessionName], _ tally: inout Tally) async throws {
        let journal = try journal
        for session in sessions {
            for try await event in journal.events(session: session.id) {
                JournalSystem.take(event, &tally)
            }
        }
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        let journal = try journal
        for sequence in sequences {
            guard let event = try await journal.event(at: sequence) else {
                throw BenchError("the journal has no event \(sequence)")
            }
            JournalSystem.take(event, &tally)
        }
    }

    func close() async throws {
        try await opened?.close()
        opened = nil
    }

    @inline(__always)
    private static func take(_ event: Event, _ tally: inout Tally) {
        // A session's name is its sixteen bytes; as text it would cost us what no peer pays.
        let (high, low) = unsafeBitCast(event.session, to: (UInt64, UInt64).self)
        var kind = event.kind.rawValue
        kind.withUTF8 { kind in
            event.rawData.withUnsafeBytes { data in
                tally.take(
                    sequence: event.sequence, high: high, low: low, version: event.version,
                    time: event.time.microseconds, kind: UnsafeRawBufferPointer(kind), data: data)
            }
        }
    }
}
