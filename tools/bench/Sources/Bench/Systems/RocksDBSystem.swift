internal import CRocksDB
internal import Synchronization

/// RocksDB with LZ4 and a write-ahead log that is synced at every write.
///
/// Events are kept by sequence number, and an index leads from session and version to it. Blocks of
/// 16 KiB, which compress better than the default's 4 KiB; two background jobs, as many as there
/// are for sealing and appending in the journal. Writes of several threads share a sync by
/// themselves.
final class RocksDBSystem: BlockingSystem {
    let name = "RocksDB"
    let abilities = Abilities.all
    let path: String

    /// Set by `open` and `close`, which nothing else runs beside.
    nonisolated(unsafe) private var database: OpaquePointer?
    nonisolated(unsafe) private let options: OpaquePointer?
    nonisolated(unsafe) private let writing: OpaquePointer?
    nonisolated(unsafe) private let reading: OpaquePointer?
    private let sequence = Atomic<UInt64>(0)

    private static let blockSize = 16 << 10
    private static let eventPrefix = UInt8(ascii: "e")
    private static let sessionPrefix = UInt8(ascii: "s")

    init(path: String) {
        self.path = path
        options = rocksdb_options_create()
        writing = rocksdb_writeoptions_create()
        reading = rocksdb_readoptions_create()
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_increase_parallelism(options, 2)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_writeoptions_set_sync(writing, 1)
        let table = rocksdb_block_based_options_create()
        let cache = rocksdb_cache_create_lru(cacheSize)
        rocksdb_block_based_options_set_block_size(table, Self.blockSize)
        rocksdb_block_based_options_set_block_cache(table, cache)
        rocksdb_options_set_block_based_table_factory(options, table)
        rocksdb_block_based_options_destroy(table)
        rocksdb_cache_destroy(cache)
    }

    deinit {
        rocksdb_options_destroy(options)
        rocksdb_writeoptions_destroy(writing)
        rocksdb_readoptions_destroy(reading)
    }

    func open() async throws {
        database = try check { rocksdb_open(options, path, &$0) }
        let iterator = rocksdb_create_iterator(database, reading)
        defer { rocksdb_iter_destroy(iterator) }
        var key = Self.key(event: .max)
        seek(iterator, &key, backwards: true)
        var last: UInt64 = 0
        if rocksdb_iter_valid(iterator) != 0 {
            last = Self.number(bytes(iterator, rocksdb_iter_key), at: 1)
        }
        sequence.store(last, ordering: .relaxed)
    }

    func write(_ messages: ArraySlice<Message>) throws {
        let batch = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(batch) }
        var record: [UInt8] = []
        let count = UInt64(messages.count)
        var next = sequence.add(count, ordering: .relaxed).newValue - count
        for message in messages {
            next += 1
            EventRecord.encode(message, into: &record)
            put(batch, Self.key(event: next), record)
            put(
                batch, Self.key(session: message.session, version: message.version),
                Self.bytes(next))
        }
        try check { rocksdb_write(database, writing, batch, &$0) }
    }

    /// Writes out what is in memory only.
    func settle() async throws {
        let flushing = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(flushing) }
        rocksdb_flushoptions_set_wait(flushing, 1)
        try check { rocksdb_flush(database, flushing, &$0) }
    }

    func shrink() async throws {
        try await settle()
        rocksdb_compact_range(database, nil, 0, nil, 0)
    }

    func scan(_ tally: inout Tally) async throws {
        let iterator = rocksdb_create_iterator(database, reading)
        defer { rocksdb_iter_destroy(iterator) }
        var key = Self.key(event: 0)
        seek(iterator, &key, backwards: false)
        while rocksdb_iter_valid(iterator) != 0 {
            let key = bytes(iterator, rocksdb_iter_key)
            guard key.first == Self.eventPrefix else { break }
            try EventRecord.take(
                bytes(iterator, rocksdb_iter_value), sequence: Self.number(key, at: 1), &tally)
            rocksdb_iter_next(iterator)
        }
        try check { rocksdb_iter_get_error(iterator, &$0) }
    }

    func read(sessions: [SessionName], _ tally: inout Tally) async throws {
        let iterator = rocksdb_create_iterator(database, reading)
        defer { rocksdb_iter_destroy(iterator) }
        for session in sessions {
            var key = Self.key(session: session, version: 0)
            seek(iterator, &key, backwards: false)
            while rocksdb_iter_valid(iterator) != 0 {
                let found = bytes(iterator, rocksdb_iter_key)
                guard found.count == key.count, found.prefix(17).elementsEqual(key.prefix(17))
                else { break }
                try take(Self.number(bytes(iterator, rocksdb_iter_value), at: 0), &tally)
                rocksdb_iter_next(iterator)
            }
        }
        try check { rocksdb_iter_get_error(iterator, &$0) }
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        for sequence in sequences { try take(sequence, &tally) }
    }

    private func take(_ sequence: UInt64, _ tally: inout Tally) throws {
        let key = Self.key(event: sequence)
        let slice = try check { error in
            withCharacters(key) { rocksdb_get_pinned(database, reading, $0, $1, &error) }
        }
        guard let slice else { throw BenchError("RocksDB has no event \(sequence)") }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        let start = rocksdb_pinnableslice_value(slice, &count)
        try EventRecord.take(
            UnsafeRawBufferPointer(start: start, count: count), sequence: sequence, &tally)
    }

    func close() async throws {
        if let database { rocksdb_close(database) }
        database = nil
    }

    // MARK: Keys and calls

    private static func key(event sequence: UInt64) -> [UInt8] {
        [eventPrefix] + bytes(sequence)
    }

    private static func key(session: SessionName, version: UInt64) -> [UInt8] {
        [sessionPrefix] + bytes(session.high) + bytes(session.low) + bytes(version)
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private func bytes(
        _ iterator: OpaquePointer?,
        _ part: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>?
    ) -> UnsafeRawBufferPointer {
        var count = 0
        let start = part(iterator, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    private func seek(_ iterator: OpaquePointer?, _ key: inout [UInt8], backwards: Bool) {
        withCharacters(key) {
            if backwards {
                rocksdb_iter_seek_for_prev(iterator, $0, $1)
            } else {
                rocksdb_iter_seek(iterator, $0, $1)
            }
        }
    }

    private func put(_ batch: OpaquePointer?, _ key: [UInt8], _ value: [UInt8]) {
        withCharacters(key) { key, keySize in
            withCharacters(value) { rocksdb_writebatch_put(batch, key, keySize, $0, $1) }
        }
    }

    private func withCharacters<Result>(
        _ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Result
    ) -> Result {
        bytes.withUnsafeBytes {
            body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
    }

    @discardableResult
    private func check<Result>(
        _ call: (inout UnsafeMutablePointer<CChar>?) -> Result
    ) throws -> Result {
        var error: UnsafeMutablePointer<CChar>?
        let result = call(&error)
        if let error {
            defer { rocksdb_free(error) }
            throw BenchError("RocksDB: \(String(cString: error))")
        }
        return result
    }
}
