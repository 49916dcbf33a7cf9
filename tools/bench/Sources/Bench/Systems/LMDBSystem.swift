internal import CLMDB

/// LMDB with its syncs on: a file that is mapped into memory, one writer at a time.
///
/// Events are appended by sequence number, and an index leads from a session to the numbers of its
/// events. It has no compression and no cache but the system's.
final class LMDBSystem: BlockingSystem {
    let name = "LMDB"
    let abilities = Abilities.all
    let path: String

    /// Set by `open` and `close`, which nothing else runs beside.
    nonisolated(unsafe) private var environment: OpaquePointer?
    nonisolated(unsafe) private var events = MDB_dbi()
    nonisolated(unsafe) private var sessions = MDB_dbi()

    /// Addresses, not memory: what the file may grow to.
    private static let largestSize = 64 << 30

    init(path: String) { self.path = path }

    func open() async throws {
        try Disk.makeDirectory(path)
        try check(mdb_env_create(&environment))
        try check(mdb_env_set_mapsize(environment, Self.largestSize))
        try check(mdb_env_set_maxdbs(environment, 2))
        try check(mdb_env_open(environment, path, 0, 0o644))
        try transaction { transaction in
            let index = MDB_CREATE | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP
            try check(
                mdb_dbi_open(
                    transaction, "events", UInt32(MDB_CREATE | MDB_INTEGERKEY), &events))
            try check(mdb_dbi_open(transaction, "sessions", UInt32(index), &sessions))
        }
    }

    func write(_ messages: ArraySlice<Message>) throws {
        // The lock that begins a transaction also orders the sequence numbers.
        try transaction { transaction in
            var sequence = try last(transaction)
            var record: [UInt8] = []
            for message in messages {
                sequence += 1
                EventRecord.encode(message, into: &record)
                try withValue(sequence) { key in
                    try withValue(record) { value in
                        try check(mdb_put(transaction, events, &key, &value, UInt32(MDB_APPEND)))
                    }
                    try withName(message.session) { name in
                        try check(mdb_put(transaction, sessions, &name, &key, 0))
                    }
                }
            }
        }
    }

    private func last(_ transaction: OpaquePointer?) throws -> UInt64 {
        var found: UInt64 = 0
        try cursor(transaction, events) { cursor in
            var key = MDB_val()
            var value = MDB_val()
            let result = mdb_cursor_get(cursor, &key, &value, MDB_LAST)
            guard result != MDB_NOTFOUND else { return }
            try check(result)
            found = key.bytes.load(as: UInt64.self)
        }
        return found
    }

    func settle() async throws {}

    func shrink() async throws {}

    func scan(_ tally: inout Tally) async throws {
        try reading { transaction in
            try cursor(transaction, events) { cursor in
                var key = MDB_val()
                var value = MDB_val()
                var result = mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
                while result == 0 {
                    try EventRecord.take(
                        value.bytes, sequence: key.bytes.load(as: UInt64.self), &tally)
                    result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
                }
                if result != MDB_NOTFOUND { try check(result) }
            }
        }
    }

    func read(sessions names: [SessionName], _ tally: inout Tally) async throws {
        try reading { transaction in
            try cursor(transaction, sessions) { cursor in
                for session in names {
                    try withName(session) { name in
                        var value = MDB_val()
                        var result = mdb_cursor_get(cursor, &name, &value, MDB_SET)
                        while result == 0 {
                            try take(
                                value.bytes.load(as: UInt64.self), transaction, &tally)
                            result = mdb_cursor_get(cursor, &name, &value, MDB_NEXT_DUP)
                        }
                        if result != MDB_NOTFOUND { try check(result) }
                    }
                }
            }
        }
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        try reading { transaction in
            for sequence in sequences { try take(sequence, transaction, &tally) }
        }
    }

    private func take(
        _ sequence: UInt64, _ transaction: OpaquePointer?, _ tally: inout Tally
    ) throws {
        try withValue(sequence) { key in
            var value = MDB_val()
            try check(mdb_get(transaction, events, &key, &value))
            try EventRecord.take(value.bytes, sequence: sequence, &tally)
        }
    }

    func close() async throws {
        if let environment { mdb_env_close(environment) }
        environment = nil
    }

    // MARK: Calls

    private func transaction(_ body: (OpaquePointer?) throws -> Void) throws {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, 0, &transaction))
        do {
            try body(transaction)
        } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        try check(mdb_txn_commit(transaction))
    }

    private func reading(_ body: (OpaquePointer?) throws -> Void) throws {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction))
        defer { mdb_txn_abort(transaction) }
        try body(transaction)
    }

    private func cursor(
        _ transaction: OpaquePointer?, _ table: MDB_dbi, _ body: (OpaquePointer?) throws -> Void
    ) throws {
        var cursor: OpaquePointer?
        try check(mdb_cursor_open(transaction, table, &cursor))
        defer { mdb_cursor_close(cursor) }
        try body(cursor)
    }

    private func withName(
        _ session: SessionName, _ body: (inout MDB_val) throws -> Void
    ) throws {
        var name = (session.high.bigEndian, session.low.bigEndian)
        try withUnsafeMutableBytes(of: &name) { bytes in
            var value = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            try body(&value)
        }
    }

    private func withValue(
        _ number: UInt64, _ body: (inout MDB_val) throws -> Void
    ) throws {
        var number = number
        try withUnsafeMutableBytes(of: &number) { bytes in
            var value = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            try body(&value)
        }
    }

    private func withValue(
        _ record: [UInt8], _ body: (inout MDB_val) throws -> Void
    ) throws {
        try record.withUnsafeBytes { bytes in
            var value = MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            try body(&value)
        }
    }

    private func check(_ result: Int32) throws {
        guard result == 0 else {
            throw BenchError("LMDB: \(String(cString: mdb_strerror(result)))")
        }
    }
}

extension MDB_val {
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
