#if Search
internal import CSQLite
internal import Dispatch
internal import SessionJournal
internal import Synchronization

extension SQLiteConnection {
    /// From now on statements may read, and nothing else, whatever they say.
    func allowReadingOnly() {
        sqlite3_set_authorizer(
            handle,
            { _, action, first, second, _, _ in
                switch action {
                case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
                case SQLITE_UPDATE:
                    // What SQLite seems to do while it declares a virtual table; one that a
                    // statement spells out it refuses itself.
                    let table = first.map { String(cString: $0) }
                    return table == "sqlite_master" ? SQLITE_OK : SQLITE_DENY
                case SQLITE_FUNCTION:
                    let name = second.map { String(cString: $0).lowercased() }
                    return name == "load_extension" ? SQLITE_DENY : SQLITE_OK
                case SQLITE_PRAGMA:
                    // What FTS5 asks itself; with a value it would set something.
                    let name = first.map { String(cString: $0).lowercased() } ?? ""
                    let isHarmless = ["data_version", "table_info", "table_list"].contains(name)
                    return isHarmless && (second == nil || name == "table_info")
                        ? SQLITE_OK : SQLITE_DENY
                default: return SQLITE_DENY
                }
            }, nil)
    }

    /// Gives statements the function `event_data`, which reads the journal.
    func add(_ reader: EventDataReader) throws(SQLiteError) {
        let context = Unmanaged.passRetained(reader).toOpaque()
        let code = sqlite3_create_function_v2(
            handle, "event_data", 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, context,
            { call, _, arguments in
                guard let call, let argument = arguments?[0],
                    let context = sqlite3_user_data(call)
                else { return }
                let reader = Unmanaged<EventDataReader>.fromOpaque(context).takeUnretainedValue()
                let sequence = sqlite3_value_int64(argument)
                guard let bytes = reader.data(at: UInt64(max(0, sequence))) else {
                    sqlite3_result_null(call)
                    return
                }
                bytes.withUnsafeBytes { buffer in
                    csqlite_result_text(
                        call, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                        Int32(clamping: buffer.count))
                }
            }, nil, nil,
            { context in
                if let context { Unmanaged<EventDataReader>.fromOpaque(context).release() }
            })
        guard code == SQLITE_OK else { throw SQLiteError(code, handle) }
    }
}

extension SQLiteError {
    /// What is wrong with a statement, in words of ours.
    static func words(_ text: String) -> SQLiteError {
        SQLiteError(code: SQLITE_ERROR, message: text, offset: nil)
    }

    /// Whether whoever wrote the statement is to hear of it.
    var isOfStatement: Bool {
        [
            SQLITE_ERROR, SQLITE_AUTH, SQLITE_SCHEMA, SQLITE_READONLY, SQLITE_MISUSE, SQLITE_RANGE,
            SQLITE_TOOBIG, SQLITE_MISMATCH,
        ].contains(code)
    }
}

/// Reads the data of events for SQL, which asks from a thread of its own and waits: by the page where
/// it goes through them in order.
final class EventDataReader: Sendable {
    private struct Page {
        var events: [UInt64: Event] = [:]
        /// Behind the last one.
        var end: UInt64 = 0
    }

    private let journal: Journal
    private let page = Mutex(Page())

    /// How many events are read at once where they are asked for in order.
    private static let pageCount: UInt64 = 256

    init(_ journal: Journal) { self.journal = journal }

    /// The data as JSON; nil where it is withheld, and where the event is lost.
    func data(at sequence: UInt64) -> [UInt8]? {
        let (known, end) = page.withLock { ($0.events[sequence], $0.end) }
        var event = known
        if event == nil {
            let count = sequence == end ? Self.pageCount : 1
            let events = read(from: sequence, count)
            page.withLock { page in
                page.events = events
                page.end = sequence + count
            }
            event = events[sequence]
        }
        guard let event, !event.isWithheld, let data = try? event.data() else { return nil }
        return Array(data.description.utf8)
    }

    private func read(from first: UInt64, _ count: UInt64) -> [UInt64: Event] {
        wait { [journal] in
            let query = ReadQuery(from: first, through: first + count - 1)
            guard let page = try? await journal.store.read(query) else { return [:] }
            return Dictionary(page.events.map { ($0.sequence, $0) }) { event, _ in event }
        }
    }

    /// Runs something in a task, and waits for it on a thread that may block.
    private func wait(
        _ body: @escaping @Sendable () async -> [UInt64: Event]
    ) -> [UInt64: Event] {
        let answer = Answer()
        let isDone = DispatchSemaphore(value: 0)
        Task.detached {
            let value = await body()
            answer.value.withLock { $0 = value }
            isDone.signal()
        }
        isDone.wait()
        return answer.value.withLock { $0 }
    }

    private final class Answer: Sendable {
        let value = Mutex<[UInt64: Event]>([:])
    }
}
#endif
